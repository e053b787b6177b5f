import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { codecFor } from "../../schemas/codec.ts";
import { SCHEMA_VERSIONS } from "../../schemas/load.ts";
import type { AssetClass, SchemaVersion, TradeSide, Unscaled, VendorData } from "../../schemas/record_types.ts";
import { EventColumns, type EventKind, type EventV2, SharedFields } from "./event_columns.ts";
import { eventEncoderOf } from "./event_encoder.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { RowBodies } from "./row_bodies.ts";
import { unscaledToV1 } from "../values/unscaled.ts";
import { WideInteger } from "../values/wide_integer.ts";

const EVENT_KINDS: readonly EventKind[] = ["trade", "quote"];
const SCHEMA_ID = 0x01020304;
const DECIMALS = { trade: 2, quote: 4 };

interface SharedValues {
  readonly symbol: string;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly currency: string;
  readonly side: TradeSide;
  readonly conditions: readonly string[];
  readonly platformSequence: number | bigint | null;
  readonly vendorData: VendorData;
}

function sharedOf(kind: EventKind, values: SharedValues): SharedFields {
  const start = { symbol: values.symbol, exchange: values.exchange, asset_class: values.assetClass, timestamp: 1 };
  const end = {
    source_sequence: null,
    ingestion_timestamp: 1,
    platform_sequence: values.platformSequence,
    vendor_data: values.vendorData,
  };
  const { currency, side, conditions } = values;
  const record: Unscaled<EventV2> = kind === "trade"
    ? {
      message_id: "",
      trade_id: "",
      ...start,
      price: 1n,
      quantity: 1n,
      currency,
      side,
      trade_conditions: conditions,
      ...end,
    }
    : {
      message_id: "",
      quote_id: "",
      ...start,
      bid_price: 1n,
      bid_quantity: 1n,
      ask_price: 1n,
      ask_quantity: 1n,
      currency,
      ...end,
    };
  return new SharedFields(kind, record, "2014-03-10");
}

const text = fc.string({ unit: "binary", maxLength: 20 });
const shared: fc.Arbitrary<SharedValues> = fc.record({
  symbol: fc.oneof(text, fc.constantFrom("BHP", "株", "x".repeat(300))),
  exchange: fc.constantFrom("ASX", "", "ÄÖ"),
  assetClass: fc.constantFrom<AssetClass>("equities", "crypto", "futures", "options"),
  currency: text,
  side: fc.constantFrom<TradeSide>("BUY", "SELL", "SELL_SHORT", "UNKNOWN"),
  conditions: fc.constantFrom<readonly string[]>([], [], [], ["3"], ["x"], ["1", "2"]),
  platformSequence: fc.constantFrom(null, 5, 2n ** 60n),
  vendorData: fc.option(
    fc.record({
      company_id: fc.constantFrom("7078", "7078", "7078", "007"),
      qualifiers: fc.constantFrom("3", "0"),
      venue: text,
      note: fc.constantFrom("y".repeat(5000), ""),
    }, { requiredKeys: [], noNullPrototype: true }),
    { nil: null, freq: 10 },
  ),
});
const LIMIT = 10n ** 18n;
const decimal = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -9, max: 90_071_992 }).map((whole) => BigInt(whole) * 10n ** 8n) },
  fc.bigInt(0n, LIMIT - 1n),
  fc.bigInt(0n, 10n ** 10n - 1n).map((whole) => whole * 10n ** 8n),
  fc.bigInt(0n, 10n ** 12n - 1n).map((cents) => cents * 10n ** 6n),
  fc.integer({ min: 0, max: 59 }).map((bits) => 2n ** BigInt(bits) - 1n),
  fc.bigInt(1n - LIMIT, 0n),
);
const row = fc.record({
  micros: fc.oneof(
    fc.maxSafeInteger(),
    { weight: 5, arbitrary: fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).map((millis) => millis * 1000) },
    fc.integer({ min: 0, max: 15 }).map((exponent) => 10 ** exponent),
    fc.constantFrom(0, -1, 99_999_999, 100_000_000),
  ),
  id: fc.uint32Array({ minLength: 4, maxLength: 4 }),
  decimals: fc.array(decimal, { minLength: 4, maxLength: 4 }),
  shared: fc.nat(2),
});

/** Of whole milliseconds, mostly: v1 takes no other. */
const ingestion = fc.oneof({ weight: 9, arbitrary: fc.nat().map((millis) => millis * 1000) }, fc.maxSafeNat());

/** The encoding of a record by the codec, null if it cannot be written as the version. */
function encodedAsRecord(kind: EventKind, version: SchemaVersion, record: Unscaled<EventV2>): string | null {
  const codec = codecFor(kind, version);
  try {
    return Buffer.from(codec.encode(version === "v1" ? unscaledToV1(kind, record) : record)).toString("hex");
  } catch (error) {
    assert.match(String(error), /^(RecordError|EncodeError)/);
    return null;
  }
}

/** The bodies of some rows as they were encoded together. */
function encodedBodies(bodies: RowBodies, rows: readonly number[]): string[] {
  const { values, ends } = bodies.encode(Int32Array.from(rows), SCHEMA_ID);
  assert.equal(ends.at(-1) ?? 0, values.length);
  return Array.from(ends, (end, at) => {
    const { schemaId, body } = parseFrame(values.subarray(ends[at - 1] ?? 0, end));
    assert.equal(schemaId, SCHEMA_ID);
    return Buffer.from(body).toString("hex");
  });
}

for (const kind of EVENT_KINDS) {
  for (const version of SCHEMA_VERSIONS) {
    Deno.test(`EventEncoder writes a row of columns as the codec writes its record: ${kind} ${version}`, () => {
      const encoder = eventEncoderOf(kind, version);
      let taken = 0;
      const rows = fc.array(row, { minLength: 1, maxLength: 20 });
      fc.assert(
        fc.property(fc.tuple(shared, shared, shared), rows, ingestion, (values, given, micros) => {
          const columns = new EventColumns(kind, micros, 1);
          const fields = values.map((each) => sharedOf(kind, each));
          for (const { shared, decimals, ...own } of given) {
            const wide = decimals.slice(0, DECIMALS[kind]).map((value) => {
              const integer = new WideInteger();
              integer.setBig(value);
              return integer;
            });
            columns.add(fields[shared] ?? assert.fail(), { ...own, decimals: wide });
          }
          const bodies = encoder.rowsOf(columns);
          const rows: number[] = [], bodiesOfRows: string[] = [];
          for (const [at, { decimals }] of given.entries()) {
            const record = columns.record(at) ?? assert.fail();
            const expected = encodedAsRecord(kind, version, record);
            if (!bodies.takes(at)) {
              // Past 2^53 only the conversion of records knows what to do.
              const large = decimals.some((value) => value > 2n ** 53n || -value > 2n ** 53n);
              assert.ok(version === "v1" && (expected === null || large), "it takes what can be written");
              continue;
            }
            assert.ok(expected !== null, "it takes only what can be written");
            rows.push(at);
            bodiesOfRows.push(expected);
          }
          taken += rows.length;
          assert.deepEqual(encodedBodies(bodies, rows), bodiesOfRows);
          assert.deepEqual(encodedBodies(bodies, rows.toReversed()), bodiesOfRows.toReversed());
        }),
        { numRuns: 300 },
      );
      assert.ok(taken > 20, `only ${taken} rows were taken`);
    });
  }
}

Deno.test("EventColumns.record() is the row with its own fields, in the order of the schema, and null where it was skipped", () => {
  const values: SharedValues = {
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    currency: "AUD",
    side: "UNKNOWN",
    conditions: ["3"],
    platformSequence: null,
    vendorData: { company_id: "7078" },
  };
  const columns = new EventColumns("trade", 1_700_000_000_000_000, 0);
  const decimals = [new WideInteger(), new WideInteger()];
  decimals[0]?.setBig(3_678_000_000n);
  decimals[1]?.setBig(10n ** 18n - 1n);
  columns.skip();
  const id = new Uint32Array(Uint8Array.from({ length: 16 }, (_, at) => at * 16 + at).buffer);
  columns.add(sharedOf("trade", values), { micros: 1_394_406_006_717_000, id, decimals });
  id.fill(0);
  decimals[0]?.setBig(0n);
  assert.equal(columns.size, 2);
  assert.equal(columns.record(0), null);
  assert.deepEqual(Object.entries(columns.record(1) ?? {}), [
    ["message_id", "00112233-4455-6677-8899-aabbccddeeff"],
    ["trade_id", "ASX-BHP-1394406006717000-00112233"],
    ["symbol", "BHP"],
    ["exchange", "ASX"],
    ["asset_class", "equities"],
    ["timestamp", 1_394_406_006_717_000],
    ["price", 3_678_000_000n],
    ["quantity", 10n ** 18n - 1n],
    ["currency", "AUD"],
    ["side", "UNKNOWN"],
    ["trade_conditions", ["3"]],
    ["source_sequence", null],
    ["ingestion_timestamp", 1_700_000_000_000_000],
    ["platform_sequence", null],
    ["vendor_data", { company_id: "7078" }],
  ]);
});
