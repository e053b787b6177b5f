import assert from "node:assert/strict";
import avro from "avsc";
import { parseSchema } from "./avro/parse_schema.ts";
import { branchesOf, fieldNotesOf, typeText } from "./avro/schema_model.ts";
import { codecFor } from "./codec.ts";
import {
  loadSchema,
  RECORD_KINDS,
  SCHEMA_VERSIONS,
  UnknownRecordKindError,
  UnknownSchemaVersionError,
} from "./load.ts";
import type { RecordKind, SchemaVersion } from "./record_types.ts";

const ALL = RECORD_KINDS.flatMap((kind) => SCHEMA_VERSIONS.map((version) => ({ kind, version })));

function recordOf(kind: RecordKind, version: SchemaVersion): avro.types.RecordType {
  const schema = parseSchema(loadSchema(kind, version).text);
  assert.ok(schema instanceof avro.types.RecordType);
  return schema;
}

/** Name and type of each field, as in the contract. */
function fieldsOf(kind: RecordKind, version: SchemaVersion): readonly string[] {
  return recordOf(kind, version).fields.map(({ name, type }) => `${name}: ${typeText(type)}`);
}

function docOf(field: avro.types.Field | undefined): string {
  return field === undefined ? "" : fieldNotesOf(field).doc ?? "";
}

const CLASSES = "com.k2.marketdata.AssetClass (equities, crypto, futures, options)";
const SIDES = "com.k2.marketdata.TradeSide (BUY, SELL, SELL_SHORT, UNKNOWN)";

const CONTRACT = [
  ["trade", "v1", "com.k2.market_data.Trade", [
    "symbol: string",
    "company_id: int",
    "exchange: string",
    "exchange_timestamp: timestamp-millis",
    "price: decimal(18,6)",
    "volume: long",
    "qualifiers: int",
    "venue: string",
    "buyer_id: null | string",
    "ingestion_timestamp: timestamp-millis",
    "sequence_number: null | long",
  ]],
  ["quote", "v1", "com.k2.market_data.Quote", [
    "symbol: string",
    "company_id: int",
    "exchange: string",
    "exchange_timestamp: timestamp-millis",
    "bid_price: decimal(18,6)",
    "bid_volume: long",
    "ask_price: decimal(18,6)",
    "ask_volume: long",
    "ingestion_timestamp: timestamp-millis",
    "sequence_number: null | long",
  ]],
  ["reference_data", "v1", "com.k2.market_data.ReferenceData", [
    "company_id: int",
    "symbol: string",
    "company_name: string",
    "isin: string",
    "start_date: string",
    "end_date: null | string",
  ]],
  ["trade", "v2", "com.k2.marketdata.TradeV2", [
    "message_id: string",
    "trade_id: string",
    "symbol: string",
    "exchange: string",
    `asset_class: ${CLASSES}`,
    "timestamp: timestamp-micros",
    "price: decimal(18,8)",
    "quantity: decimal(18,8)",
    "currency: string",
    `side: ${SIDES}`,
    "trade_conditions: array of string",
    "source_sequence: null | long",
    "ingestion_timestamp: timestamp-micros",
    "platform_sequence: null | long",
    "vendor_data: null | map of string",
  ]],
  ["quote", "v2", "com.k2.marketdata.QuoteV2", [
    "message_id: string",
    "quote_id: string",
    "symbol: string",
    "exchange: string",
    `asset_class: ${CLASSES}`,
    "timestamp: timestamp-micros",
    "bid_price: decimal(18,8)",
    "bid_quantity: decimal(18,8)",
    "ask_price: decimal(18,8)",
    "ask_quantity: decimal(18,8)",
    "currency: string",
    "source_sequence: null | long",
    "ingestion_timestamp: timestamp-micros",
    "platform_sequence: null | long",
    "vendor_data: null | map of string",
  ]],
  ["reference_data", "v2", "com.k2.marketdata.ReferenceDataV2", [
    "message_id: string",
    "company_id: string",
    "symbol: string",
    "exchange: string",
    `asset_class: ${CLASSES}`,
    "company_name: string",
    "isin: null | string",
    "currency: null | string",
    "listing_date: null | timestamp-micros",
    "delisting_date: null | timestamp-micros",
    "is_active: boolean",
    "ingestion_timestamp: timestamp-micros",
    "vendor_data: null | map of string",
  ]],
] as const;

for (const [kind, version, fullName, fields] of CONTRACT) {
  Deno.test(`loadSchema gives the fields of the contract, in order: ${kind} ${version}`, () => {
    assert.equal(loadSchema(kind, version).fullName, fullName);
    assert.equal(recordOf(kind, version).name, fullName);
    assert.deepEqual(fieldsOf(kind, version), fields);
  });
}

Deno.test("loadSchema gives defaults to exchange in v1, to is_active and to nullable fields, and to no others", () => {
  for (const { kind, version } of ALL) {
    for (const field of recordOf(kind, version).fields) {
      const { name, type } = field;
      const { default: value } = fieldNotesOf(field);
      const expected = branchesOf(type) !== undefined ? null : name === "is_active" ? true : undefined;
      const inV1 = name === "exchange" && version === "v1" ? "ASX" : expected;
      assert.equal(value, inV1, `${kind} ${version} ${name}`);
    }
  }
});

Deno.test("loadSchema gives schemas with a doc on each record, field and enum", () => {
  for (const { kind, version } of ALL) {
    const record = recordOf(kind, version);
    assert.ok(record.doc !== undefined);
    for (const field of record.fields) {
      const { name, type } = field;
      const { doc } = fieldNotesOf(field);
      assert.ok(doc !== undefined && doc.length > 20, `${kind} ${version} ${name}`);
      if (type.typeName === "enum") assert.ok(type.doc !== undefined, `${kind} ${version} ${name}: the enum`);
    }
  }
});

Deno.test("loadSchema says in the quote's fields that 0 with 0 is no quote, and in sequences that rows are no venue order", () => {
  for (const version of SCHEMA_VERSIONS) {
    const quote = recordOf("quote", version);
    for (const side of ["bid", "ask"]) {
      const price = quote.fields.find(({ name }) => name === `${side}_price`);
      assert.match(docOf(price), new RegExp(`Price 0 with (volume|quantity) 0 means that there is no ${side}`));
    }
    const sequence = quote.fields.find(({ name }) =>
      name === (version === "v1" ? "sequence_number" : "source_sequence")
    );
    assert.match(docOf(sequence), /no venue sequence/);
  }
});

Deno.test("loadSchema refuses a version and a kind that are not known", () => {
  for (const version of ["v3", "V1", "", "toString", "__proto__", 1, null, undefined]) {
    // What comes from a configuration or a command line is not what the type says.
    assert.throws(() => loadSchema("trade", version as SchemaVersion), UnknownSchemaVersionError);
  }
  for (const kind of ["trades", "", "constructor", undefined]) {
    assert.throws(() => loadSchema(kind as RecordKind, "v2"), UnknownRecordKindError);
  }
  assert.throws(() => loadSchema("trade", "v3" as SchemaVersion), {
    message: `Cannot load schema version "v3": it is none of v1, v2`,
  });
});

Deno.test("loadSchema() parses nothing, since callers ask for a codec with every record", () => {
  const { parse } = JSON;
  let parsed = 0;
  JSON.parse = (...given) => {
    parsed += 1;
    return parse(...given);
  };
  try {
    for (const { kind, version } of ALL) assert.equal(codecFor(kind, version), codecFor(kind, version));
  } finally {
    JSON.parse = parse;
  }
  assert.equal(parsed, 0);
});
