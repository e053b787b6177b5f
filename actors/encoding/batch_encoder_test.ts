import assert from "node:assert/strict";
import fc from "fast-check";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { plainCodec } from "../../tests/support/encoded_records.ts";
import { BatchEncoder, type InPlaceCodec } from "./batch_encoder.ts";

const ids = { text: String, bytes: (index: number) => new Uint8Array([index]) };

/** The values that an encoder made, as schema id and body. */
function valuesOf(encoder: BatchEncoder): { schemaId: number; body: number[] }[] {
  const records = encoder.finish({ ids, idInHeader: false, from: null });
  return Array.from(records, ({ value }) => parseFrame(value)).map(({ schemaId, body }) => ({
    schemaId,
    body: [...body],
  }));
}

Deno.test("BatchEncoder keeps every value intact, however large the records", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 500, size: "max" }), { maxLength: 20, size: "max" }), (bodies) => {
      const encoder = new BatchEncoder({ schemaId: 77, records: bodies.length });
      bodies.forEach((body, index) => encoder.add({ index, keyText: "BHP" }, plainCodec, body));
      assert.deepEqual(valuesOf(encoder), bodies.map((body) => ({ schemaId: 77, body: [...body] })));
    }),
  );
});

Deno.test("BatchEncoder takes a record that is larger than the buffer", () => {
  const encoder = new BatchEncoder({ schemaId: 1, records: 2 });
  encoder.add({ index: 0, keyText: "BHP" }, plainCodec, new Uint8Array(3_000_000).fill(9));
  encoder.add({ index: 1, keyText: "BHP" }, plainCodec, new Uint8Array([1]));
  assert.deepEqual(valuesOf(encoder).map(({ body }) => [body.length, body.at(-1)]), [[3_000_000, 9], [1, 1]]);
});

Deno.test("BatchEncoder takes hardly more memory than its records need, once", () => {
  const sizes: number[] = [];
  const counting: InPlaceCodec<Uint8Array> = {
    encodeInto: (record, buffer, position) => {
      if (sizes.at(-1) !== buffer.length) sizes.push(buffer.length);
      return plainCodec.encodeInto(record, buffer, position);
    },
  };
  const memoryOf = (bodies: readonly number[]) => {
    sizes.length = 0;
    const encoder = new BatchEncoder({ schemaId: 1, records: bodies.length });
    for (const [index, body] of bodies.entries()) {
      encoder.add({ index, keyText: "BHP" }, counting, new Uint8Array(body));
    }
    return [...sizes];
  };
  // 5 bytes before each body, and 16 to spare.
  assert.deepEqual(memoryOf(Array.from({ length: 1_000 }, (_, at) => 171 + at % 20)), [0, 192_000]);
  // A large record says little of those after it, and many of them are made room for again.
  assert.deepEqual(memoryOf([500_000, ...Array.from({ length: 999 }, () => 171)]), [0, 1_048_576]);
  const large = memoryOf([...Array.from({ length: 500 }, () => 171), 500_000, 500_000, 500_000]);
  assert.deepEqual(large, [0, 96_576, 1_136_576, 1_588_031]);
});

Deno.test("BatchEncoder takes no more records than were expected", () => {
  const encoder = new BatchEncoder({ schemaId: 1, records: 1 });
  const add = () => encoder.add({ index: 0, keyText: "BHP" }, plainCodec, new Uint8Array(1));
  add();
  assert.throws(add, RangeError);
});

Deno.test("BatchEncoder tells rows, ids and runs of keys, and ids as headers where they are asked for", () => {
  for (const idInHeader of [false, true]) {
    const encoder = new BatchEncoder({ schemaId: 1, records: 9 });
    const rows = [[2, "BHP"], [3, "BHP"], [5, "RIO"], [6, "BHP"], [7, ""]] as const;
    for (const [index, keyText] of rows) encoder.add({ index, keyText }, plainCodec, new Uint8Array(1));
    const records = encoder.finish({ ids, idInHeader, from: null });
    assert.equal(records.length, rows.length);
    assert.deepEqual(records.keyRuns, [
      { keyText: "BHP", from: 0, to: 2 },
      { keyText: "RIO", from: 2, to: 3 },
      { keyText: "BHP", from: 3, to: 4 },
      { keyText: "", from: 4, to: 5 },
    ]);
    assert.deepEqual(
      Array.from(records, ({ index, keyText, messageId, headers }) => [index, keyText, messageId, headers]),
      rows.map(([index, keyText]) => [
        index,
        keyText,
        String(index),
        idInHeader ? [["message_id", new Uint8Array([index])]] : [],
      ]),
    );
  }
});

Deno.test("BatchEncoder is as it was after a record that cannot be encoded", () => {
  let broken = true;
  const failing: InPlaceCodec<Uint8Array> = {
    encodeInto: (record, buffer, position) => {
      if (broken) throw new TypeError("no such field");
      return plainCodec.encodeInto(record, buffer, position);
    },
  };
  const encoder = new BatchEncoder({ schemaId: 1, records: 2 });
  const add = (body: number[]) => encoder.add({ index: 0, keyText: "BHP" }, failing, new Uint8Array(body));
  assert.throws(() => add([1]), /no such field/);
  broken = false;
  add([2, 3]);
  assert.deepEqual(valuesOf(encoder), [{ schemaId: 1, body: [2, 3] }]);
});

Deno.test("BatchEncoder takes no more bytes than it can tell", () => {
  const encoder = new BatchEncoder({ schemaId: 1, records: 2 });
  // As if so many had been written, without the memory that they would take.
  const pretends: InPlaceCodec<number> = { encodeInto: (bytes) => bytes };
  assert.throws(() => encoder.add({ index: 0, keyText: "" }, pretends, 2 ** 31), RangeError);
  encoder.add({ index: 0, keyText: "" }, pretends, 2 ** 31 - 1);
  const values = new Uint8Array(1), ends = Int32Array.of(1);
  assert.throws(() => encoder.addAll(Int32Array.of(1), { values, ends }, () => ""), RangeError);
  assert.equal(encoder.finish({ ids, idInHeader: false, from: null }).start(1), 2 ** 31 - 1);
});
