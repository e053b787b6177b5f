import assert from "node:assert/strict";
import fc from "fast-check";
import { zigzagVarint } from "./_plain_batch.ts";
import { TruncatedError, WireReader } from "./wire.ts";

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const edges = [0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2 ** 31 - 1, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 31];

Deno.test("WireReader.varint reads any number of 32 bits", () => {
  fc.assert(fc.property(int32, (value) => {
    assert.equal(new WireReader(zigzagVarint(BigInt(value))).varint(), value);
  }));
});

Deno.test("WireReader.varlong reads any safe number", () => {
  const check = (value: number) => assert.equal(new WireReader(zigzagVarint(BigInt(value))).varlong(), BigInt(value));
  edges.forEach(check);
  fc.assert(fc.property(fc.maxSafeInteger(), check));
});

Deno.test("WireReader throws a TruncatedError where the bytes end, for a negative length too", () => {
  const bytes = new Uint8Array([0, 0, 0]);
  assert.throws(() => new WireReader(bytes).int32(), TruncatedError);
  assert.throws(() => new WireReader(bytes).bytes(4), TruncatedError);
  assert.throws(() => new WireReader(bytes).bytes(-1), TruncatedError);
  assert.throws(() => new WireReader(new Uint8Array([0x80])).uvarint(), TruncatedError);
});

Deno.test("WireReader refuses variable-length integers that are too long", () => {
  assert.throws(() => new WireReader(new Uint8Array(6).fill(0x80)).uvarint(), RangeError);
  assert.throws(() => new WireReader(new Uint8Array(11).fill(0x80)).varlong(), RangeError);
});

Deno.test("WireReader reads strings, compact strings and arrays with their nulls, and skips tagged fields", () => {
  const text = (value: string) => [...new TextEncoder().encode(value)];
  const reader = new WireReader(
    Uint8Array.from([
      ...[0xff, 0xff, 0, 2, ...text("hé").slice(0, 2)],
      ...[0, 3, ...text("ab")],
      ...[0, 0, 0, 1, 7, 3, 8, 9],
      ...[2, 5, 3, 1, 2, 3, 6, 0],
      0x2a,
    ]),
  );
  assert.equal(reader.string(), null);
  assert.equal(reader.string()?.length, 2);
  assert.equal(reader.compactString(), null);
  assert.equal(reader.compactString(), "ab");
  assert.deepEqual(reader.array(() => reader.int8()), [7]);
  assert.deepEqual(reader.compactArray(() => reader.int8()), [8, 9]);
  reader.skipTaggedFields();
  assert.equal(reader.int8(), 0x2a);
  assert.equal(reader.remaining, 0);
});

Deno.test("WireReader makes no room for more items than there are bytes", () => {
  const announcing = new Uint8Array([0x01, 0xc9, 0xc3, 0x80, 0]);
  assert.throws(() => new WireReader(announcing).array(() => assert.fail("read")), /30000000 items in 1 bytes/);
  const compact = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f, 0]);
  assert.throws(() => new WireReader(compact).compactArray(() => assert.fail("read")), TruncatedError);
  const reader = new WireReader(new Uint8Array([0, 0, 0, 2, 7, 8]));
  assert.deepEqual(reader.array(() => reader.int8()), [7, 8]);
});
