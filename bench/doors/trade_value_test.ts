import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { BenchError } from "../bench_error.ts";
import { TradeDigest } from "./trade_digest.ts";
import { tradeIn } from "./trade_value.ts";

const text = (value: string) => Buffer.concat([Buffer.from([value.length * 2]), Buffer.from(value)]);
const id = "00000000-0000-4000-8000-000000000000";

/** A value by hand: -1.5 and 2^40 unscaled, one condition, vendor data in the given blocks. */
function value(vendorData: readonly number[] | Buffer, frame = [0, 0, 0, 0, 7]): Uint8Array {
  return Buffer.concat([
    Buffer.from(frame),
    ...[text(id), text("T-1"), text("BHP"), text("ASX"), Buffer.from([0]), Buffer.from([0x80, 0x02])],
    // The price is padded by a byte of its sign, as some writers do.
    ...[
      Buffer.from([10, 0xff, 0xf7, 0x0f, 0x2e, 0x80]),
      Buffer.from([12, 1, 0, 0, 0, 0, 0]),
      text("AUD"),
      Buffer.from([6]),
    ],
    ...[Buffer.from([2]), text("25"), Buffer.from([0]), Buffer.from([0]), Buffer.from([2]), Buffer.from([0])],
    ...[Buffer.from([2]), Buffer.from(vendorData)],
  ]);
}

const pairs = (...names: readonly string[]) => Buffer.concat(names.flatMap((name) => [text(name), text(`of ${name}`)]));

Deno.test("tradeIn() reads what every Avro writer may write: padded decimals, blocks with their size, in any order", () => {
  const plain = value(Buffer.concat([Buffer.from([4]), pairs("a", "b"), Buffer.from([0])]));
  const sized = value(
    Buffer.concat([Buffer.from([1, 14]), pairs("b"), Buffer.from([2]), pairs("a"), Buffer.from([0])]),
  );
  const options = { schemaId: 7, whole: true };
  assert.deepEqual(tradeIn(plain, options), {
    symbol: "BHP",
    micros: 128,
    price: -150_000_000,
    quantity: 2 ** 40,
    rest: {
      exchange: "ASX",
      assetClass: 0,
      currency: "AUD",
      side: 3,
      conditions: ["25"],
      sourceSequence: null,
      platformSequence: null,
      vendorData: [["a", "of a"], ["b", "of b"]],
    },
  });
  assert.equal(digestOf([["BHP", plain]]), digestOf([["BHP", sized]]));
});

Deno.test("tradeIn() refuses another frame, and bytes after the record", () => {
  const end = [0];
  const options = { schemaId: 7, whole: false };
  assert.equal(tradeIn(value(end), options).rest, null);
  assert.throws(() => tradeIn(value(end, [0, 0, 0, 0, 8]), options), BenchError);
  assert.throws(() => tradeIn(value([0, 0]), options), /longer than its record/);
});

function digestOf(records: readonly (readonly [key: string, value: Uint8Array])[]): string {
  const digest = new TradeDigest();
  for (const [key, value] of records) digest.add(key, tradeIn(value, { schemaId: 7, whole: true }));
  return digest.end();
}

Deno.test("a digest tells a missing, a doubled, a swapped and a moved trade, and does not tell the order of keys", () => {
  const one = { symbol: "A", micros: 1, price: 1, quantity: 1, rest: null };
  const other = { ...one, price: 2 };
  const of = (...adds: readonly (readonly [string, typeof one])[]) => {
    const digest = new TradeDigest();
    for (const [key, content] of adds) digest.add(key, content);
    return digest.end();
  };
  const right = of(["A", one], ["A", other], ["B", one]);
  assert.equal(of(["B", one], ["A", one], ["A", other]), right);
  const wrong = [
    of(["A", one], ["B", one]),
    of(["A", one], ["A", other], ["A", other], ["B", one]),
    of(["A", other], ["A", one], ["B", one]),
    of(["A", one], ["B", other], ["B", one]),
  ];
  assert.equal(new Set([right, ...wrong]).size, 5);
});
