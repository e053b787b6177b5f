import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import fc from "fast-check";
import { parseFrame } from "../schemas/wire.ts";
import { BatchEncoder, type InPlaceCodec } from "./batch_encoder.ts";

/** Writes bytes as they are; says how many are missing, as avsc does. */
const plain: InPlaceCodec<Uint8Array> = {
  encodeInto(record: Uint8Array, buffer: Buffer, position: number): number {
    const end = position + record.length;
    if (end > buffer.length) return buffer.length - end;
    buffer.set(record, position);
    return end;
  },
};

Deno.test("BatchEncoder keeps every value intact, however large the records and however few were expected", () => {
  fc.assert(fc.property(
    fc.array(fc.uint8Array({ maxLength: 500, size: "max" }), { maxLength: 20, size: "max" }),
    fc.integer({ min: 0, max: 3 }),
    (records, expected) => {
      const encoder = new BatchEncoder(plain, { schemaId: 77, records: expected });
      const values = records.map((record) => encoder.encode(record));
      values.forEach((value, at) => {
        const { schemaId, body } = parseFrame(value);
        assert.equal(schemaId, 77);
        assert.deepEqual([...body], [...records[at] ?? []]);
      });
    },
  ));
});

Deno.test("BatchEncoder takes a record larger than any chunk", () => {
  const encoder = new BatchEncoder(plain, { schemaId: 1, records: 1 });
  const record = new Uint8Array(3_000_000).fill(9);
  assert.equal(parseFrame(encoder.encode(record)).body.length, record.length);
  assert.equal(parseFrame(encoder.encode(new Uint8Array([1]))).body.length, 1);
});

Deno.test("BatchEncoder writes many records into one chunk of memory", () => {
  const encoder = new BatchEncoder(plain, { schemaId: 1, records: 100 });
  const buffers = new Set(Array.from({ length: 100 }, () => encoder.encode(new Uint8Array(200)).buffer));
  assert.equal(buffers.size, 1);
});

Deno.test("BatchEncoder is as it was after a record that cannot be encoded", () => {
  let broken = true;
  const failing: InPlaceCodec<Uint8Array> = {
    encodeInto: (record, buffer, position) => {
      if (broken) throw new TypeError("no such field");
      return plain.encodeInto(record, buffer, position);
    },
  };
  const encoder = new BatchEncoder(failing, { schemaId: 1, records: 2 });
  assert.throws(() => encoder.encode(new Uint8Array([1])), /no such field/);
  broken = false;
  assert.deepEqual([...parseFrame(encoder.encode(new Uint8Array([2, 3]))).body], [2, 3]);
});
