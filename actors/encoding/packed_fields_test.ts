import assert from "node:assert/strict";
import { packFields, unpackFields } from "./packed_fields.ts";

const bytes = (...values: number[]) => new Uint8Array(values);

Deno.test("unpackFields() gives what packFields() was given, empty runs too", () => {
  const all = [
    { runs: [bytes(1, 2), bytes(), bytes(3)], eventIdPrefix: bytes(4, 5) },
    { runs: [bytes(), bytes(6), bytes(7, 8, 9)], eventIdPrefix: bytes() },
  ];
  assert.deepEqual(unpackFields(packFields(all)), all);
  const packed = packFields(all);
  assert.deepEqual([packed.pieces, [...packed.bytes]], [4, [1, 2, 3, 4, 5, 6, 7, 8, 9]]);
});

Deno.test("packFields() packs fields of an encoder without shared runs, and none at all", () => {
  const all = [{ runs: [], eventIdPrefix: bytes(1) }, { runs: [], eventIdPrefix: bytes(2, 3) }];
  assert.deepEqual(unpackFields(packFields(all)), all);
  assert.deepEqual(unpackFields(packFields([])), []);
});
