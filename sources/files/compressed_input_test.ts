import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import type { StreamCompression } from "../../storage/compression.ts";
import {
  compress,
  concat,
  frameWithoutChecksum,
  memberWithAllFields,
  skippableFrame,
} from "../../tests/support/compressed_bytes.ts";
import { bytesInput } from "../../tests/support/source_input.ts";
import { CompressedInput } from "./compressed_input.ts";
import { SourceError } from "../source.ts";

const BOTH: readonly StreamCompression[] = ["gzip", "zstd"];

interface Outcome {
  readonly content: Uint8Array;
  readonly error: SourceError | null;
  readonly fileOffset: number;
}

/** Everything that a compressed file gives. */
async function readAll(
  compression: StreamCompression,
  file: Uint8Array,
  { chunk = file.length, buffer = 64 * 1024 }: { readonly chunk?: number; readonly buffer?: number } = {},
): Promise<Outcome> {
  const input = new CompressedInput({ file: bytesInput(file, Math.max(1, chunk)), path: "rows", compression });
  const parts: Uint8Array[] = [];
  let error: SourceError | null = null;
  try {
    for (;;) {
      const part = new Uint8Array(buffer);
      const count = await input.read(part);
      if (count === null) break;
      assert.ok(count > 0);
      parts.push(part.subarray(0, count));
    }
  } catch (cause) {
    assert.ok(cause instanceof SourceError, String(cause));
    error = cause;
    await assert.rejects(input.read(new Uint8Array(1)), (again) => again === cause, "it is not the end, ever");
  } finally {
    await input.close();
  }
  return { content: concat(parts), error, fileOffset: input.fileOffset };
}

function isPrefix(start: Uint8Array, whole: Uint8Array): boolean {
  return Buffer.compare(start, whole.subarray(0, start.length)) === 0;
}

/** Lines of which each is another one, which compress as those of a tick file do. */
function linesOf(count: number): Uint8Array {
  const line = (row: number) =>
    `03/10/2014,10:00:${row % 60}.${(row * 7919) % 1000},36.${(row * 31) % 97},${row},0,,\n`;
  return new TextEncoder().encode(Array.from({ length: count }, (_, row) => line(row)).join(""));
}

const anyPart = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat(3_000).map(linesOf),
  // Long runs: blocks and back references that expand a lot.
  fc.record({ byte: fc.nat(255), length: fc.nat(300_000) }).map(({ byte, length }) =>
    new Uint8Array(length).fill(byte)
  ),
);

Deno.test("CompressedInput gives the same bytes for any members, any reads of the file and any buffer", async () => {
  const one = fc.record({ content: anyPart, form: fc.nat(3) });
  const options = { parts: fc.array(one, { minLength: 1, maxLength: 4 }), chunk: fc.integer({ min: 5, max: 100_000 }) };
  const property = fc.asyncProperty(
    fc.record({ ...options, buffer: fc.integer({ min: 1000, max: 300_000 }), padding: fc.nat(1000) }),
    async ({ parts, chunk, buffer, padding }) => {
      const content = concat(parts.map(({ content }) => content));
      const members = parts.map(({ content, form }) =>
        form === 0 ? memberWithAllFields(content) : compress("gzip", content)
      );
      const frames = parts.flatMap(({ content, form }) => [
        ...(form > 1 ? [skippableFrame(form * 50_000, form)] : []),
        form === 0 ? frameWithoutChecksum(content) : compress("zstd", content),
      ]);
      for (
        const [compression, file] of [
          ["gzip", concat([...members, new Uint8Array(padding)])],
          ["zstd", concat(frames)],
        ] as const
      ) {
        const outcome = await readAll(compression, file, { chunk, buffer });
        assert.equal(outcome.error, null);
        assert.ok(outcome.content.length === content.length && isPrefix(outcome.content, content), compression);
        assert.equal(outcome.fileOffset, file.length, "all of the file was read");
      }
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("CompressedInput gives nothing for an empty member, and for a frame without content", async () => {
  for (const file of [compress("gzip", new Uint8Array(0)), memberWithAllFields(new Uint8Array(0))]) {
    assert.deepEqual(await readAll("gzip", file), { content: new Uint8Array(0), error: null, fileOffset: file.length });
  }
  for (const file of [compress("zstd", new Uint8Array(0)), skippableFrame(0), skippableFrame(1_000_000, 15)]) {
    assert.deepEqual(await readAll("zstd", file), { content: new Uint8Array(0), error: null, fileOffset: file.length });
  }
});

Deno.test("CompressedInput gives what is there of a file that is cut off at any byte, then says so", async () => {
  const [first, second] = [linesOf(40), linesOf(70)];
  const content = concat([first, second]);
  for (const compression of BOTH) {
    const members = compression === "gzip"
      ? [memberWithAllFields(first), compress("gzip", second)]
      : [skippableFrame(5), compress("zstd", first), skippableFrame(0), compress("zstd", second)];
    const file = concat(members);
    const whole = new Set<number>();
    let end = 0;
    for (const { length } of members) whole.add(end += length);
    let longest = 0;
    for (let length = 0; length < file.length; length++) {
      const outcome = await readAll(compression, file.subarray(0, length), { chunk: 7 });
      assert.ok(isPrefix(outcome.content, content), `${compression}, ${length} bytes`);
      assert.ok(outcome.content.length >= longest, "more of the file, more content");
      longest = outcome.content.length;
      if (whole.has(length)) assert.equal(outcome.error, null, `${length} bytes are complete`);
      else assert.equal(outcome.error?.code, "truncated", `${compression}, ${length} bytes`);
    }
    assert.equal(longest, content.length, "only the end of the checksum was missing");
  }
});

Deno.test("CompressedInput never gives a file with a flipped bit for a good one, and says from where it is in doubt", async () => {
  const [first, second] = [linesOf(10), linesOf(20)];
  const content = concat([first, second]);
  for (const compression of BOTH) {
    const firstMember = compress(compression, first);
    const file = concat([firstMember, compress(compression, second)]);
    const undetected = new Set<number>();
    for (let bit = 0; bit < file.length * 8; bit++) {
      const damaged = file.slice();
      const at = bit >> 3;
      damaged[at] = (damaged[at] ?? 0) ^ 1 << (bit & 7);
      const { content: read, error } = await readAll(compression, damaged);
      if (error === null) {
        assert.ok(read.length === content.length && isPrefix(read, content), `${compression}, bit ${bit}`);
        undetected.add(at);
        continue;
      }
      assert.match(error.code, /^(corrupt|truncated|not_readable)$/);
      if (at < firstMember.length) continue;
      assert.ok(isPrefix(first, read), "the member before it is there");
      if (error.code === "corrupt") {
        assert.match(error.message, new RegExp(`byte ${first.length} of its content on|no`));
      }
    }
    // Of each gzip member time, system and the like in its header, and bits that fill up the last byte of its data; of
    // each zstd frame what its header says about memory.
    const harmless = compression === "gzip" ? 2 * 8 : 2 * 3;
    assert.ok(undetected.size <= harmless, `${compression}: bytes ${[...undetected]}`);
  }
});

Deno.test("CompressedInput gives what was decompressed before damaged data, and before a checksum that disagrees", async () => {
  const content = linesOf(100_000);
  for (const compression of BOTH) {
    const file = compress(compression, content);
    const overwritten = file.slice();
    overwritten.fill(0xff, file.length >> 1, (file.length >> 1) + 200);
    const middle = await readAll(compression, overwritten);
    assert.equal(middle.error?.code, "corrupt");
    assert.match(
      middle.error.message,
      /^rows is damaged, as seen at byte \d+, after \d+ bytes of content: .*(invalid|zstd)/i,
    );
    assert.match(middle.error.message, /What stands from byte 0 of its content on is in doubt/);
    assert.ok(middle.content.length > content.length / 4, `${middle.content.length} of ${content.length}`);
    const sum = file.slice();
    const at = file.length - (compression === "gzip" ? 8 : 1);
    sum[at] = (sum[at] ?? 0) ^ 1;
    const end = await readAll(compression, sum);
    assert.equal(end.error?.code, "corrupt");
    assert.match(end.error.message, /checksum/);
    assert.deepEqual(end.content, content);
  }
});

Deno.test("CompressedInput refuses what follows the last member, after the content", async () => {
  const content = linesOf(5);
  for (const compression of BOTH) {
    for (const garbage of [[65], [0, 0, 65, 66], [0x28, 0xb5, 0x2f, 0xfe], [0x1f, 0x8c]]) {
      const file = concat([compress(compression, content), Uint8Array.from(garbage)]);
      const { error, content: read } = await readAll(compression, file);
      assert.deepEqual(read, content);
      const code = compression === "zstd" && garbage.length < 4 ? "truncated" : "corrupt";
      assert.ok(error !== null && (error.code === code || garbage[0] === 0x1f), `${compression} ${garbage}`);
    }
  }
});

Deno.test("CompressedInput refuses a window that needs too much memory, and a dictionary", async () => {
  // Frame header: no checksum, window of 2^28 bytes; then one with a dictionary id.
  const long = await readAll("zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 18 << 3, 1, 0, 0));
  assert.equal(long.error?.code, "not_readable");
  assert.match(long.error.message, /its window is 256 MiB, of which 128 are taken: compress it without --long/);
  const dictionary = await readAll("zstd", Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 7, 1, 0, 0));
  assert.equal(dictionary.error?.code, "not_readable");
  assert.match(dictionary.error.message, /with a dictionary/);
});

Deno.test("CompressedInput decompresses no further than it is read", async () => {
  for (const compression of BOTH) {
    const bomb = compress(compression, new Uint8Array(50_000_000));
    const input = new CompressedInput({ file: bytesInput(bomb), path: "bomb", compression });
    const buffer = new Uint8Array(100_000);
    await input.read(buffer);
    const after = input.fileOffset;
    assert.ok(after <= 16 * 1024, `${compression}: ${after} bytes of ${bomb.length} for the first ones`);
    let read = 0;
    while (input.fileOffset === after) read += await input.read(buffer) ?? 0;
    assert.ok(read < 20_000_000, `${compression}: ${read} bytes of content were held`);
    await input.close();
  }
});

Deno.test("CompressedInput reads a bomb in bounded memory", async () => {
  const program = `
    import { CompressedInput } from ${JSON.stringify(import.meta.resolve("./compressed_input.ts"))};
    import { Buffer } from "node:buffer";
    import { createGzip, createZstdCompress } from "node:zlib";
    const peaks = {};
    for (const [compression, create] of [["gzip", createGzip], ["zstd", createZstdCompress]]) {
      const parts = [];
      const zip = create();
      zip.on("data", (part) => parts.push(part));
      const zeros = new Uint8Array(1_000_000);
      for (let count = 0; count < 600; count++) await new Promise((done) => zip.write(zeros, done));
      await new Promise((done) => zip.on("end", done).end());
      const whole = Buffer.concat(parts);
      let at = 0;
      const file = {
        read(buffer) {
          const part = whole.subarray(at, at + buffer.length);
          at += part.length;
          buffer.set(part);
          return Promise.resolve(part.length === 0 ? null : part.length);
        },
      };
      const input = new CompressedInput({ file, path: "bomb", compression });
      const buffer = new Uint8Array(262_144), before = Deno.memoryUsage().rss;
      let read = 0, peak = 0;
      for (let count = await input.read(buffer); count !== null; count = await input.read(buffer)) {
        read += count;
        peak = Math.max(peak, Deno.memoryUsage().rss - before);
      }
      peaks[compression] = [read, peak];
    }
    console.log(JSON.stringify(peaks));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args: ["eval", program] }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  const peaks: Record<StreamCompression, [number, number]> = JSON.parse(new TextDecoder().decode(stdout));
  for (const compression of BOTH) {
    const [read, peak] = peaks[compression];
    assert.equal(read, 600_000_000);
    assert.ok(peak < 200_000_000, `${compression}: ${peak} bytes more`);
  }
});
