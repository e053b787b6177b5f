import assert from "node:assert/strict";
import { frame, HEADER_BYTES, parseFrame, WireError, writeHeader } from "./wire.ts";

Deno.test("frame puts a zero byte and the id in big-endian order before the body", () => {
  assert.deepEqual(frame(0x01020304, Uint8Array.of(9, 8)), Uint8Array.of(0, 1, 2, 3, 4, 9, 8));
  assert.deepEqual(frame(7, new Uint8Array(0)), Uint8Array.of(0, 0, 0, 0, 7));
});

Deno.test("parseFrame undoes frame, also for the largest id, without copying the body", () => {
  for (const id of [0, 1, 255, 256, 0x7fffffff]) {
    const framed = frame(id, Uint8Array.of(1, 2, 3));
    const { schemaId, body } = parseFrame(framed);
    assert.equal(schemaId, id);
    assert.deepEqual(body, Uint8Array.of(1, 2, 3));
    assert.equal(body.buffer, framed.buffer);
  }
});

Deno.test("parseFrame refuses short values, other first bytes and negative ids", () => {
  for (let length = 0; length < HEADER_BYTES; length++) {
    assert.throws(
      () => parseFrame(new Uint8Array(length)),
      new WireError(`The value has ${length} bytes: a framed one has at least 5`),
    );
  }
  assert.throws(() => parseFrame(Uint8Array.of(1, 0, 0, 0, 1, 0)), /starts with byte 1/);
  assert.throws(() => parseFrame(new TextEncoder().encode("{json}")), WireError);
  assert.throws(() => parseFrame(Uint8Array.of(0, 255, 255, 255, 255)), /schema id -1/);
});

Deno.test("writeHeader writes in place, and refuses ids and places that do not fit", () => {
  const buffer = new Uint8Array(8).fill(9);
  writeHeader(buffer, 2, 258);
  assert.deepEqual(buffer, Uint8Array.of(9, 9, 0, 0, 0, 1, 2, 9));
  for (const id of [-1, 2 ** 31, 1.5, NaN]) assert.throws(() => writeHeader(buffer, 0, id), WireError);
  for (const position of [-1, 4]) assert.throws(() => writeHeader(buffer, position, 1), WireError);
  assert.deepEqual(buffer, Uint8Array.of(9, 9, 0, 0, 0, 1, 2, 9));
});
