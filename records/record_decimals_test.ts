import fc from "fast-check";
import assert from "node:assert/strict";
import { codecFor } from "../schemas/codec.ts";
import type { MarketRecord, RecordKind, SchemaVersion, Unscaled } from "../schemas/record_types.ts";
import {
  quoteV1,
  quoteV2,
  referenceDataV1,
  referenceDataV2,
  tradeV1,
  tradeV2,
} from "../tests/support/record_arbitraries.ts";
import { withDecimals, withUnscaled } from "./record_decimals.ts";

const RECORDS: readonly [RecordKind, SchemaVersion, fc.Arbitrary<Unscaled<MarketRecord>>][] = [
  ["trade", "v1", tradeV1],
  ["trade", "v2", tradeV2],
  ["quote", "v1", quoteV1],
  ["quote", "v2", quoteV2],
  ["reference_data", "v1", referenceDataV1],
  ["reference_data", "v2", referenceDataV2],
];

for (const [kind, version, records] of RECORDS) {
  Deno.test(`withDecimals() and withUnscaled() are the inverse of each other for a ${kind} of ${version}`, () => {
    fc.assert(fc.property(records, (unscaled) => {
      assert.deepEqual(withUnscaled(kind, version, withDecimals(kind, version, unscaled)), unscaled);
    }));
  });

  Deno.test(`both forms of a ${kind} of ${version} are the same Avro bytes, which decode to both forms`, () => {
    const codec = codecFor(kind, version);
    fc.assert(fc.property(records, (unscaled) => {
      const record = withDecimals(kind, version, unscaled);
      const body = codec.encode(unscaled);
      assert.deepEqual(codec.encode(record), body);
      assert.deepEqual(codec.decode(body), record);
      assert.deepEqual(codec.decodeUnscaled(body), unscaled);
    }));
  });
}

Deno.test("withUnscaled() refuses a decimal that the schema cannot hold", () => {
  const [unscaled] = fc.sample(tradeV2, 1);
  assert.ok(unscaled !== undefined);
  const record = withDecimals("trade", "v2", unscaled);
  assert.throws(() => withUnscaled("trade", "v2", { ...record, price: record.price.abs().plus("1e10") }), {
    field: "price",
    rule: "too_many_integer_digits",
  });
});
