import assert from "node:assert/strict";
import {
  CHUNK_BYTES,
  chunkStart,
  ContentChain,
  type ContentMark,
  isSameContent,
  NOTHING_MARKED,
} from "./content_chain.ts";
import { rowHash } from "./row_samples.ts";

const CONTENT = Uint8Array.from({ length: 3 * CHUNK_BYTES + 1_000 }, (_, at) => (at * 7 + (at >> 9)) & 0xff);

function markOf(content: Uint8Array, piece = content.length): ContentMark {
  const chain = new ContentChain();
  for (let at = 0; at < content.length; at += piece) chain.update(content.subarray(at, at + piece));
  return chain.mark();
}

Deno.test("ContentChain marks the same for any pieces of the content", () => {
  const whole = markOf(CONTENT);
  assert.equal(whole.bytes, CONTENT.length);
  for (const piece of [999_983, CHUNK_BYTES, 2 * CHUNK_BYTES + 1]) assert.deepEqual(markOf(CONTENT, piece), whole);
  assert.deepEqual(markOf(new Uint8Array(0)), NOTHING_MARKED);
});

Deno.test("ContentChain marks every byte", () => {
  for (const length of [1_000, CHUNK_BYTES, 2 * CHUNK_BYTES + 5]) {
    const mark = markOf(CONTENT.subarray(0, length));
    for (const at of [0, length >> 1, length - 1]) {
      const other = CONTENT.slice(0, length);
      other[at] = (other[at] ?? 0) ^ 1;
      assert.equal(isSameContent(markOf(other), mark), false, `byte ${at} of ${length}`);
    }
    assert.equal(isSameContent(markOf(CONTENT.subarray(0, length + 1)), mark), false);
    assert.ok(isSameContent(markOf(CONTENT.subarray(0, length)), mark));
  }
});

Deno.test("ContentChain resumes from a mark with less than a chunk of the bytes before it", () => {
  const whole = markOf(CONTENT);
  for (const length of [0, 10, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES]) {
    const mark = markOf(CONTENT.subarray(0, length));
    assert.ok(length - chunkStart(mark) < CHUNK_BYTES);
    const chain = new ContentChain(mark);
    chain.update(CONTENT.subarray(chunkStart(mark), length));
    assert.deepEqual(chain.mark(), mark);
    chain.update(CONTENT.subarray(length));
    assert.deepEqual(chain.mark(), whole);
  }
});

Deno.test("ContentChain keeps a bounded number of waypoints, spread over all of it", () => {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const chain = new ContentChain();
  for (let chunks = 1; chunks <= 150; chunks++) chain.update(chunk);
  const { waypoints } = chain.mark();
  const chunks = waypoints.map(([at]) => at);
  assert.ok(waypoints.length <= 32 && waypoints.length > 15, `${waypoints.length}`);
  const gaps = chunks.map((at, index) => at - (chunks[index - 1] ?? 0));
  assert.ok(Math.max(...gaps) <= 8, `${chunks}`);
});

Deno.test("ContentChain that resumes from a mark spreads its waypoints as one that was never interrupted", () => {
  const chunk = new Uint8Array(CHUNK_BYTES);
  const whole = new ContentChain();
  let resumed = new ContentChain();
  for (let chunks = 1; chunks <= 100; chunks++) {
    whole.update(chunk);
    resumed.update(chunk);
    resumed = new ContentChain(resumed.mark());
  }
  assert.deepEqual(resumed.mark(), whole.mark());
});

Deno.test("ContentChain keeps the samples it is given", () => {
  const chain = new ContentChain();
  const row = new TextEncoder().encode("a,b"), last = new TextEncoder().encode("c,d");
  assert.ok(chain.wantsSample(1));
  chain.sample(1, row);
  for (const each of [row, last]) chain.sampleLast(each);
  const samples = { first: rowHash(row), rows: [rowHash(row)], stride: 1, last: rowHash(last) };
  assert.deepEqual(chain.mark().samples, samples);
  assert.deepEqual(new ContentChain(chain.mark()).mark().samples, samples);
});
