import assert from "node:assert/strict";
import { target } from "../../tests/support/trades.ts";
import type { StoredRecord } from "../../transport/log.ts";
import type { TopicReader } from "./live_topics.ts";
import { KnownEnds, WrittenSince } from "./written_since.ts";
import { sourceValue } from "../../transport/source_header.ts";

const TOPIC = { name: "t", target: target("v2"), id: "T", compacted: false };
const ORIGINS = ["0123456789abcdef", "fedcba9876543210"] as const;

function record(origin: string, row: number, offset: bigint): StoredRecord {
  const headers = [["src", sourceValue(Uint8Array.fromHex(origin), row)] as const];
  return { key: null, value: new Uint8Array(), headers, offset, timestamp: 0 };
}

/** A log of one partition that notes what was read. */
function readerOf(records: readonly StoredRecord[]) {
  const reads: bigint[] = [];
  const reader: TopicReader = {
    read(_topic, { from, to }, { visit }) {
      reads.push(from);
      records.filter(({ offset }) => offset >= from && offset < to).forEach(visit);
      return Promise.resolve();
    },
  };
  return { reader, reads };
}

function since(records: readonly StoredRecord[], nexts: readonly bigint[]) {
  const { reader, reads } = readerOf(records);
  const ends = new KnownEnds();
  for (const next of nexts) {
    ends.add({
      clusterId: "C",
      topics: [{ name: "t", id: "T", version: "v2", next: [next], partitions: 1, partitioner: "murmur2" }],
    });
  }
  const live = {
    clusterId: "C",
    topics: [{ ...TOPIC, offsets: [{ partition: 0, start: 0n, end: BigInt(records.length) }] }],
  };
  return { written: new WrittenSince({ reader, ends: () => ends }), live, reads };
}

const RECORDS = [
  record(ORIGINS[0], 1, 0n),
  record(ORIGINS[1], 7, 1n),
  record(ORIGINS[0], 9, 2n),
  record(ORIGINS[0], 8, 3n),
];

Deno.test("WrittenSince.rowOf() finds the highest row of an origin past what any checkpoint knows, and reads that once", async () => {
  const { written, live, reads } = since(RECORDS, [0n, 1n]);
  const { signal } = new AbortController();
  assert.equal(await written.rowOf(ORIGINS[0], live, signal), 9);
  assert.equal(await written.rowOf(ORIGINS[1], live, signal), 7);
  assert.equal(await written.rowOf("00000000000000ff", live, signal), 0);
  assert.deepEqual(reads, [1n]);
});

Deno.test("WrittenSince.rowOf() reads nothing where the ends are those that checkpoints know", async () => {
  const { written, live, reads } = since(RECORDS, [2n, 4n, 3n]);
  assert.equal(await written.rowOf(ORIGINS[0], live, new AbortController().signal), 0);
  assert.deepEqual(reads, []);
});

Deno.test("KnownEnds.of() knows nothing of a topic that was made again, or of another cluster", () => {
  const ends = new KnownEnds();
  ends.add({
    clusterId: "C",
    topics: [{ name: "t", id: "T", version: "v2", next: [5n], partitions: 1, partitioner: "murmur2" }],
  });
  assert.deepEqual([ends.of("C", TOPIC), ends.of("C", { name: "t", id: "U" }), ends.of("D", TOPIC)], [[5n], [], []]);
});
