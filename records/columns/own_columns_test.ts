/** Rows with texts, sequences and times of their own, against records that are made the ordinary way. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { codecFor } from "../../schemas/codec.ts";
import { SCHEMA_VERSIONS } from "../../schemas/load.ts";
import type { SchemaVersion, Unscaled, VendorData } from "../../schemas/record_types.ts";
import { uuidToWords } from "../ids/uuid_text.ts";
import { validateUnscaled } from "../validate.ts";
import { unscaledToV1 } from "../values/unscaled.ts";
import { WideInteger } from "../values/wide_integer.ts";
import { EventColumns, type EventV2, SharedFields } from "./event_columns.ts";
import { eventEncoderOf } from "./event_encoder.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { RowBodies } from "./row_bodies.ts";
import type { EventKind, OwnLayout } from "./own_layout.ts";

const KINDS: readonly EventKind[] = ["trade", "quote"];
const INGESTED = 1_700_000_000_000_000;

const long = fc.option(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.integer().map(BigInt)), { freq: 3 });
const text = fc.oneof(fc.string({ unit: "binary", maxLength: 30 }), fc.constantFrom("x".repeat(200), "\ufeffBOM", "0"));
const fine = fc.constantFrom("1394406006717000000", "1394406006717000001", "000000", "0");
const layouts = fc.record({
  eventId: fc.constantFrom<OwnLayout["eventId"]>("derived", "text"),
  sequence: fc.boolean(),
  vendorKeys: fc.subarray(["maker", "Ω", "timestamp_ns", "venue", "__proto__"]),
  ingestion: fc.boolean(),
  platformSequence: fc.boolean(),
});
const sharedVendor = fc.option(
  fc.record({ company_id: fc.constant("7078"), note: text, maker: text }, {
    requiredKeys: [],
    noNullPrototype: true,
  }),
  { freq: 5 },
);
const ownRow = fc.record({
  messageId: fc.uuid(),
  // Whole milliseconds mostly, since v1 holds no other.
  micros: fc.oneof({ weight: 4, arbitrary: fc.nat().map((millis) => millis * 1000) }, fc.nat()),
  units: fc.array(fc.nat({ max: 90_000 }), { minLength: 4, maxLength: 4 }),
  eventId: fc.option(text.filter((id) => id !== ""), { freq: 5 }),
  sequence: long,
  platformSequence: long,
  ingestion: fc.option(fc.nat().map((millis) => millis * 1000)),
  vendor: fc.record({ maker: text, "Ω": text, timestamp_ns: fine, venue: text, ["__proto__"]: text }, {
    requiredKeys: [],
    noNullPrototype: true,
  }),
  shared: fc.nat(1),
});
type OwnRow = typeof ownRow extends fc.Arbitrary<infer T> ? T : never;

/** The record that a program would hand over. */
function recordOf(kind: EventKind, layout: OwnLayout, row: OwnRow, shared: VendorData): Unscaled<EventV2> {
  const own = layout.vendorKeys.filter((name) => Object.hasOwn(row.vendor, name)).map((name) => {
    return [name, Object.entries(row.vendor).find(([key]) => key === name)?.[1] ?? ""] as const;
  });
  const vendor = own.length === 0 && shared === null
    ? null
    : Object.fromEntries([...Object.entries(shared ?? {}), ...own]);
  const derived = `ASX-BHP-${row.micros}-${row.messageId.slice(0, 8)}`;
  const eventId = layout.eventId === "text" ? row.eventId ?? derived : derived;
  const [first = 0, second = 0, third = 0, fourth = 0] = row.units;
  const decimals = kind === "trade"
    ? { trade_id: eventId, price: first, quantity: second, side: "BUY", trade_conditions: [] }
    : { quote_id: eventId, bid_price: first, bid_quantity: second, ask_price: third, ask_quantity: fourth };
  const record = {
    message_id: row.messageId,
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    timestamp: row.micros,
    currency: "AUD",
    source_sequence: layout.sequence ? row.sequence : null,
    ingestion_timestamp: layout.ingestion === true ? row.ingestion ?? INGESTED : INGESTED,
    platform_sequence: layout.platformSequence === true ? row.platformSequence : null,
    vendor_data: vendor,
    ...decimals,
  };
  return kind === "trade" ? validateUnscaled("trade", "v2", record) : validateUnscaled("quote", "v2", record);
}

/** The columns of some rows. Its scratch is that of one row, as a parser's is. */
function columnsOf(kind: EventKind, layout: OwnLayout, rows: readonly OwnRow[], shared: readonly VendorData[]) {
  const columns = new EventColumns(kind, INGESTED, 1, layout);
  const fields = shared.map((vendor_data) => {
    const record = kind === "trade"
      ? { ...base, trade_id: "", price: 0n, quantity: 0n, side: "BUY" as const, trade_conditions: [], vendor_data }
      : { ...base, quote_id: "", bid_price: 0n, bid_quantity: 0n, ask_price: 0n, ask_quantity: 0n, vendor_data };
    return new SharedFields(kind, record, "2014-03-10");
  });
  for (const row of rows) {
    const texts = [
      ...(layout.eventId === "text" ? [row.eventId] : []),
      ...layout.vendorKeys.map((name) => Object.entries(row.vendor).find(([key]) => key === name)?.[1] ?? null),
    ];
    const bytes = texts.map((each) => Buffer.from(each ?? ""));
    const buffer = Buffer.concat([Buffer.from("before"), ...bytes]);
    const starts = new Int32Array(texts.length), ends = new Int32Array(texts.length);
    let at = 6;
    for (const [index, each] of bytes.entries()) {
      starts[index] = texts[index] === null ? -1 : at;
      ends[index] = at += each.length;
    }
    const decimals = row.units.slice(0, columns.decimals).map((units) => wide(BigInt(units) * 10n ** 8n));
    columns.add(fields[row.shared] ?? assert.fail(), {
      micros: row.micros,
      id: uuidToWords(row.messageId),
      decimals,
      sequence: row.sequence === null ? null : wide(row.sequence),
      platformSequence: row.platformSequence === null ? null : wide(row.platformSequence),
      ingestionMicros: row.ingestion,
      texts: { buffer, starts, ends },
    });
    buffer.fill(0);
  }
  return columns;
}

const base = {
  message_id: "",
  symbol: "BHP",
  exchange: "ASX",
  asset_class: "equities",
  timestamp: 0,
  currency: "AUD",
  source_sequence: null,
  ingestion_timestamp: 0,
  platform_sequence: null,
} as const;

function wide(value: bigint): WideInteger {
  const integer = new WideInteger();
  integer.setBig(value);
  return integer;
}

/** What the codec writes of a record; null if the version cannot hold it. */
function bodyOf(kind: EventKind, version: SchemaVersion, record: Unscaled<EventV2>): Uint8Array | null {
  try {
    return codecFor(kind, version).encode(version === "v1" ? unscaledToV1(kind, record) : record);
  } catch (error) {
    assert.match(String(error), /^RecordError/);
    return null;
  }
}

/** What the columns write of a row. */
function bodyOfRow(bodies: RowBodies, row: number): Uint8Array {
  return parseFrame(bodies.encode(Int32Array.of(row), 1).values).body;
}

/** Reads a body by the schema: entries of a map may stand in any order. */
function readerOf(kind: EventKind, version: SchemaVersion) {
  const codec = codecFor(kind, version);
  return (body: Uint8Array): unknown => codec.decodeUnscaled(body);
}

for (const kind of KINDS) {
  for (const version of SCHEMA_VERSIONS) {
    Deno.test(`Columns of every layout hold the records that were put into them, and write them: ${kind} ${version}`, () => {
      const read = readerOf(kind, version);
      let taken = 0;
      const given = fc.tuple(
        layouts,
        fc.array(ownRow, { minLength: 1, maxLength: 8 }),
        fc.tuple(sharedVendor, sharedVendor),
      );
      fc.assert(
        fc.property(given, ([layout, rows, vendors]) => {
          const shared = vendors.map((vendor): VendorData => {
            const others = Object.entries(vendor ?? {}).filter(([name]) => !layout.vendorKeys.includes(name));
            return vendor === null ? null : Object.fromEntries(others);
          });
          const columns = columnsOf(kind, layout, rows, shared);
          const encoder = eventEncoderOf(kind, version, layout);
          const bodies = encoder.rowsOf(columns);
          for (const [at, row] of rows.entries()) {
            const record = recordOf(kind, layout, row, shared[row.shared] ?? null);
            assert.deepEqual(columns.record(at), record);
            const expected = bodyOf(kind, version, record);
            if (!bodies.takes(at)) {
              // An own venue of a v1 record is left to the conversion of records.
              assert.ok(version === "v1" && (expected === null || Object.hasOwn(row.vendor, "venue")));
              continue;
            }
            taken++;
            assert.ok(expected !== null, "it takes only what can be written");
            assert.deepEqual(read(bodyOfRow(bodies, at)), read(expected));
          }
        }),
        { numRuns: 120 },
      );
      assert.ok(taken > 80, `only ${taken} rows were taken`);
    });
  }
}

Deno.test("Shared entries of which rows have values of their own are not written from columns", () => {
  const layout: OwnLayout = { eventId: "derived", sequence: false, vendorKeys: ["maker"] };
  const columns = new EventColumns("trade", INGESTED, 1, layout);
  const record = { ...base, trade_id: "", price: 0n, quantity: 0n, side: "BUY" as const, trade_conditions: [] };
  const id = new Uint32Array(4);
  for (const vendor_data of [{ maker: "shared" }, { other: "shared" }]) {
    columns.add(new SharedFields("trade", { ...record, vendor_data }, ""), { micros: 0, id, decimals: [] });
  }
  const bodies = eventEncoderOf("trade", "v2", layout).rowsOf(columns);
  assert.deepEqual([0, 1].map((row) => bodies.takes(row)), [false, true]);
});

Deno.test("Shared fields that columns of two layouts have are written as each has them", () => {
  const record = { ...base, trade_id: "", price: 0n, quantity: 0n, side: "BUY" as const, trade_conditions: [] };
  const shared = new SharedFields("trade", { ...record, vendor_data: { note: "shared" } }, "");
  const id = new Uint32Array(4), decimals = [wide(0n), wide(0n)];
  const layouts: OwnLayout[] = [false, true].map((sequence) => ({ eventId: "derived", sequence, vendorKeys: [] }));
  const read = readerOf("trade", "v2");
  for (const layout of [...layouts, ...layouts]) {
    const columns = new EventColumns("trade", INGESTED, 1, layout);
    columns.add(shared, { micros: 0, id, decimals, sequence: wide(7n) });
    const bodies = eventEncoderOf("trade", "v2", layout).rowsOf(columns);
    assert.ok(bodies.takes(0));
    const expected = bodyOf("trade", "v2", columns.record(0) ?? assert.fail());
    assert.deepEqual(read(bodyOfRow(bodies, 0)), read(expected ?? assert.fail()));
  }
});
