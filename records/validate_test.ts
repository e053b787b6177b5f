import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  quoteV1,
  quoteV2,
  referenceDataV1,
  referenceDataV2,
  tradeV1,
  tradeV2,
} from "../tests/support/record_arbitraries.ts";
import type { MarketRecord, RecordKind, SchemaVersion, TradeV2, Unscaled } from "../schemas/record_types.ts";
import { buildTradeV2 } from "./trade/build.ts";
import { withDecimals } from "./record_decimals.ts";
import { recordVersionOf, validateRecord, validateUnscaled } from "./validate.ts";

const TRADE: TradeV2 = buildTradeV2({
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: "2014-03-09T23:00:00.123Z",
  price: "45.67",
  quantity: "1000",
  vendorData: { company_id: "123" },
});

type Arbitraries = Record<RecordKind, Record<SchemaVersion, fc.Arbitrary<Unscaled<MarketRecord>>>>;

const ARBITRARIES: Arbitraries = {
  trade: { v1: tradeV1, v2: tradeV2 },
  quote: { v1: quoteV1, v2: quoteV2 },
  reference_data: { v1: referenceDataV1, v2: referenceDataV2 },
};
const KINDS: readonly RecordKind[] = ["trade", "quote", "reference_data"];
const VERSIONS: readonly SchemaVersion[] = ["v1", "v2"];

for (const kind of KINDS) {
  for (const version of VERSIONS) {
    Deno.test(`validateRecord() and recordVersionOf() take any ${kind} of ${version}`, () => {
      fc.assert(fc.property(ARBITRARIES[kind][version], (unscaled) => {
        const record = withDecimals(kind, version, unscaled);
        assert.equal(recordVersionOf(kind, record), version);
        assert.deepEqual(validateRecord(kind, version, record), record);
        assert.deepEqual(validateUnscaled(kind, version, record), unscaled);
        // What came as JSON has decimals and big longs as text.
        const text = JSON.stringify(record, (_, value) => typeof value === "bigint" ? String(value) : value);
        assert.deepEqual(validateRecord(kind, version, JSON.parse(text)), record);
      }));
    });

    Deno.test(`validateRecord() misses each field of a ${kind} of ${version} that has no default`, () => {
      const [unscaled] = fc.sample(ARBITRARIES[kind][version], 1);
      assert.ok(unscaled !== undefined);
      const record = withDecimals(kind, version, unscaled);
      const optional = [
        "buyer_id",
        "sequence_number",
        "source_sequence",
        "platform_sequence",
        "vendor_data",
        "end_date",
      ]
        .concat(["currency", "listing_date", "delisting_date"].filter(() => kind === "reference_data"))
        .concat(version === "v2" && kind === "reference_data" ? ["isin", "is_active"] : [])
        .concat(version === "v1" ? ["exchange"] : []);
      for (const name of Object.keys(record)) {
        const { [name]: _, ...rest }: Record<string, unknown> = { ...record };
        if (optional.includes(name)) {
          const { [name]: value } = { ...validateRecord(kind, version, rest) } as Record<string, unknown>;
          assert.equal(value, { exchange: "ASX", is_active: true }[name] ?? null, name);
        } else {
          assert.throws(() => validateRecord(kind, version, rest), { field: name, rule: "missing" }, name);
        }
      }
    });
  }
}

Deno.test("validateRecord() returns the record normalised, and frozen", () => {
  const given = {
    ...TRADE,
    exchange: "asx",
    asset_class: "EQUITIES",
    side: "short",
    price: "45.670",
    quantity: 1000n,
    timestamp: "2014-03-10T10:00:00.123+11:00",
    source_sequence: 12n,
    vendor_data: Object.assign(Object.create(null), { company_id: "123" }),
  };
  const record = validateRecord("trade", "v2", given);
  assert.deepEqual(record, { ...TRADE, side: "SELL_SHORT", source_sequence: 12 });
  assert.ok(Object.isFrozen(record) && Object.isFrozen(record.vendor_data));
  assert.equal(given.exchange, "asx");
});

Deno.test("validateRecord() takes numbers for instants in the unit of the schema only", () => {
  assert.equal(validateRecord("trade", "v2", { ...TRADE, timestamp: 5 }).timestamp, 5);
  assert.equal(validateRecord("trade", "v2", { ...TRADE, timestamp: 5n }).timestamp, 5);
  assert.throws(() => validateRecord("trade", "v2", { ...TRADE, timestamp: 0.5 }), { rule: "not_an_integer" });
  assert.throws(() => validateRecord("trade", "v2", { ...TRADE, timestamp: 2 ** 53 }), { rule: "out_of_range" });
  assert.throws(() => validateRecord("trade", "v2", { ...TRADE, timestamp: NaN }), { rule: "not_an_integer" });
  assert.throws(() => validateRecord("trade", "v2", { ...TRADE, timestamp: "2014-03-10T10:00:00" }), {
    rule: "no_offset",
  });
  const [v1] = fc.sample(tradeV1, 1);
  assert.throws(() => validateRecord("trade", "v1", { ...v1, price: 1, exchange_timestamp: 5n }), { rule: "no_unit" });
});

Deno.test("validateRecord() refuses bad fields, each with its rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ price: new Decimal("0.123456789") }, "price", "too_many_decimals"],
    [{ quantity: new Decimal("1e10") }, "quantity", "too_many_integer_digits"],
    [{ price: -1 }, "price", "negative"],
    [{ side: "B" }, "side", "unknown_enum"],
    [{ asset_class: "bonds" }, "asset_class", "unknown_enum"],
    [{ trade_conditions: [1] }, "trade_conditions.0", "wrong_type"],
    [{ vendor_data: { a: 1 } }, "vendor_data.a", "wrong_type"],
    [{ tradeId: "x" }, "tradeId", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    assert.throws(() => validateRecord("trade", "v2", { ...TRADE, ...changes }), { field, rule }, `${field} ${rule}`);
  }
  assert.throws(() => validateRecord("trade", "v2", null), { field: "TradeV2", rule: "missing" });
  assert.throws(() => validateRecord("trade", "v2", "x"), { field: "TradeV2", rule: "wrong_type" });
});

Deno.test("validateRecord() fills exchange and asset class from what is known, and refuses others", () => {
  const { exchange: _, asset_class: __, ...rest } = TRADE;
  const known = { exchange: "asx", assetClass: "Equities" };
  assert.deepEqual(validateRecord("trade", "v2", rest, known), TRADE);
  assert.deepEqual(validateRecord("trade", "v2", TRADE, known), TRADE);
  assert.deepEqual(validateRecord("trade", "v2", { ...TRADE, exchange: "Asx" }, known), TRADE);
  const refused = (options: Record<string, string>) => () => validateRecord("trade", "v2", TRADE, options);
  assert.throws(refused({ exchange: "NYSE" }), { field: "exchange", rule: "disagrees", message: /sent as NYSE/ });
  assert.throws(refused({ assetClass: "crypto" }), { field: "asset_class", rule: "disagrees" });
  assert.throws(refused({ assetClass: "bonds" }), { field: "asset_class", rule: "unknown_enum" });
  const [v1] = fc.sample(tradeV1, 1);
  const old = { ...v1, price: 1, exchange: undefined };
  assert.equal(validateRecord("trade", "v1", old, { exchange: "NYSE", assetClass: "equities" }).exchange, "NYSE");
  assert.equal(validateRecord("trade", "v1", old).exchange, "ASX");
  const [company] = fc.sample(referenceDataV1, 1);
  assert.deepEqual(validateRecord("reference_data", "v1", company, known), company);
});

Deno.test("recordVersionOf() refuses a record that is of neither version, or of both", () => {
  const table: [RecordKind, Record<string, unknown>][] = [
    ["trade", {}],
    ["trade", { message_id: "m" }],
    ["trade", { quantity: 1 }],
    ["trade", { volume: null }],
    ["trade", { volume: 1, quantity: 1 }],
    ["trade", { volume: 1, quantity: 1, message_id: "m" }],
    ["quote", { quantity: 1, message_id: "m" }],
    ["quote", { bid_quantity: 1 }],
    ["quote", { bid_quantity: 1, bid_volume: 1, message_id: "m" }],
    ["reference_data", {}],
    ["reference_data", { company_id: "7078" }],
    ["reference_data", { company_id: 7078, message_id: "m" }],
  ];
  for (const [kind, value] of table) {
    assert.throws(() => recordVersionOf(kind, value), { field: kind, rule: "unclear_version" }, JSON.stringify(value));
  }
  assert.equal(recordVersionOf("reference_data", { company_id: 0 }), "v1");
  assert.equal(recordVersionOf("trade", { volume: 0 }), "v1");
  assert.throws(() => recordVersionOf("trade", null), { rule: "missing" });
  assert.throws(() => recordVersionOf("trade", []), { rule: "wrong_type" });
});
