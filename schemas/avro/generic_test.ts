import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import avro from "avsc";
import { Decimal } from "decimal.js";
import { decoderFor } from "./generic.ts";
import { codecFor, DecodeError } from "../codec.ts";
import type { JsonValue } from "./schema_model.ts";
import { SchemaParseError } from "./parse_schema.ts";

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");

Deno.test("decoderFor gives decimals with all decimals of the scale, and enums and maps plain", () => {
  const codec = codecFor("reference_data", "v2");
  const body = codec.encode({
    message_id: "m",
    company_id: "7078",
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    company_name: "BHP",
    isin: null,
    currency: "AUD",
    listing_date: 5,
    delisting_date: null,
    is_active: true,
    ingestion_timestamp: 1700000000123456,
    vendor_data: { a: "1" },
  });
  assert.deepEqual(decoderFor(codec.schemaText)(body), {
    message_id: "m",
    company_id: "7078",
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    company_name: "BHP",
    isin: null,
    currency: "AUD",
    listing_date: 5,
    delisting_date: null,
    is_active: true,
    ingestion_timestamp: 1700000000123456,
    vendor_data: { a: "1" },
  });
});

Deno.test("decoderFor gives text for what JSON has no exact form for", () => {
  const cases: readonly (readonly [JsonValue, string, JsonValue])[] = [
    [{ type: "bytes", logicalType: "decimal", precision: 18, scale: 6 }, "08 02b8d8f0", "45.668592"],
    [{ type: "bytes", logicalType: "decimal", precision: 18, scale: 6 }, "02 ff", "-0.000001"],
    [{ type: "fixed", name: "D", size: 3, logicalType: "decimal", precision: 5, scale: 1 }, "00 00 0f", "1.5"],
    ["long", "feffffffffffff1f", 2 ** 52 - 1 + 2 ** 52],
    ["long", "8080808080808020", "9007199254740992"],
    ["long", "ffffffffffffffffff01", "-9223372036854775808"],
    [{ type: "long", logicalType: "timestamp-micros" }, "8080808080808020", "9007199254740992"],
    ["double", "000000000000f87f", "NaN"],
    ["float", "000080ff", "-Infinity"],
    ["double", "000000000000f83f", 1.5],
    ["bytes", "06 010203", "AQID"],
    [{ type: "fixed", name: "F", size: 2 }, "ffff", "//8="],
    ["int", "03", -2],
    ["boolean", "01", true],
    ["null", "", null],
    ["string", "00", ""],
  ];
  for (const [schema, body, expected] of cases) {
    assert.deepEqual(decoderFor(JSON.stringify(schema))(hex(body)), expected, JSON.stringify(schema));
  }
});

Deno.test("decoderFor gives a union's value bare, also where avsc would have to wrap it", () => {
  const decode = decoderFor(`["null", "int", "long", "string", {"type": "array", "items": "int"}]`);
  assert.deepEqual(["00", "0202", "0402", "06026b", "08020800"].map((body) => decode(hex(body))), [null, 1, 1, "k", [
    4,
  ]]);
});

Deno.test("decoderFor reads recursive records and names by reference", () => {
  const schema = {
    type: "record",
    name: "tick.Node",
    fields: [{ name: "value", type: "int" }, { name: "next", type: ["null", "Node"] }],
  };
  const decode = decoderFor(JSON.stringify(schema));
  assert.deepEqual(decode(hex("02 02 04 00")), { value: 1, next: { value: 2, next: null } });
  const endless = Buffer.alloc(20_000, 2);
  assert.throws(() => decode(endless), { name: "DecodeError", reason: /nested deeper than 256/ });
});

Deno.test("decoderFor reads what avsc writes for a schema with everything in it", () => {
  const schema = {
    type: "record",
    name: "Everything",
    namespace: "tick",
    fields: [
      { name: "flag", type: "boolean" },
      { name: "small", type: "int" },
      { name: "large", type: "long" },
      { name: "single", type: "float" },
      { name: "exact", type: "double" },
      { name: "text", type: "string" },
      { name: "kind", type: { type: "enum", name: "Kind", symbols: ["A", "B"] } },
      { name: "kinds", type: { type: "array", items: "Kind" } },
      {
        name: "legs",
        type: { type: "map", values: { type: "record", name: "Leg", fields: [{ name: "x", type: "int" }] } },
      },
    ],
  };
  const value = {
    flag: true,
    small: -5,
    large: 1e15,
    single: 0.5,
    exact: 0.1,
    text: "株",
    kind: "B",
    kinds: ["A", "B"],
    legs: { a: { x: 1 }, b: { x: -1 } },
  };
  const body = avro.Type.forSchema(JSON.parse(JSON.stringify(schema))).toBuffer(value);
  assert.deepEqual(decoderFor(JSON.stringify(schema))(body), value);
});

Deno.test("decoderFor names the way to what is wrong, from the outside in", () => {
  const legs = {
    type: "map",
    values: { type: "array", items: { type: "record", name: "Leg", fields: [{ name: "flag", type: "boolean" }] } },
  };
  const decode = decoderFor(JSON.stringify({ type: "record", name: "Row", fields: [{ name: "legs", type: legs }] }));
  const many = Buffer.concat([hex("02 026b d804"), Buffer.alloc(300, 1), hex("00 00")]); // deep only if siblings counted
  assert.equal(JSON.stringify(decode(many)), `{"legs":{"k":[${Array(300).fill('{"flag":true}')}]}}`);
  many[4 + 7] = 2;
  assert.throws(() => decode(many), { path: "legs.k.6.flag", reason: "a boolean is byte 0 or 1, not 2" });
});

Deno.test("decoderFor bounds items that take no bytes", () => {
  const decode = decoderFor(`{"type": "array", "items": "null"}`);
  assert.deepEqual(decode(hex("0600")), [null, null, null]);
  assert.throws(() => decode(hex("feffffffffffffff7f 00")), { name: "DecodeError" });
  // Many blocks of many nothings: the bound is on the body, not on the block.
  assert.throws(() => decode(Buffer.concat([...Array(100).fill(hex("80c003")), hex("00")])), {
    reason: /more than 65536 items that take no bytes/,
  });
});

Deno.test("decoderFor refuses a decimal of a hundred thousand bytes without computing it", () => {
  const decode = decoderFor(`{"type": "bytes", "logicalType": "decimal", "precision": 300000, "scale": 0}`);
  const body = Buffer.concat([hex("c09a0c"), Buffer.alloc(100_000, 1)]);
  assert.throws(() => decode(body), { name: "DecodeError", reason: /a decimal of 100000 bytes is not plausible/ });
});

/** An array of records of which each uses the one before it twice: 2^60 ways down to the last. */
function doubling(bottom: JsonValue): string {
  let schema: JsonValue = { type: "record", name: "R0", fields: [{ name: "x", type: bottom }] };
  for (let n = 1; n <= 60; n++) {
    const fields: JsonValue = [{ name: "a", type: schema }, { name: "b", type: `R${n - 1}` }];
    schema = { type: "record", name: `R${n}`, fields };
  }
  return JSON.stringify({ type: "array", items: schema });
}

Deno.test("decoderFor builds and fails at once for a schema with very many ways through it", () => {
  for (const bottom of ["int", "null"]) {
    const decode = decoderFor(doubling(bottom));
    assert.deepEqual(decode(hex("00")), []);
    assert.throws(() => decode(hex("0200")), {
      name: "DecodeError",
      reason: /ends too early|items that take no bytes/,
    });
  }
});

Deno.test("decoderFor refuses a record that contains itself without end", () => {
  const decode = decoderFor(
    `{"type": "array", "items": {"type": "record", "name": "R", "fields": [{"name": "r", "type": "R"}]}}`,
  );
  assert.throws(() => decode(hex("0200")), { name: "DecodeError", reason: /nested deeper than 256/ });
});

Deno.test("decoderFor refuses every truncation of values with a fixed length", () => {
  const whole: readonly (readonly [string, number])[] = [[`"float"`, 4], [`"double"`, 8], [
    `{"type":"fixed","name":"F","size":3}`,
    3,
  ]];
  for (const [schema, bytes] of whole) {
    const decode = decoderFor(schema);
    decode(new Uint8Array(bytes));
    for (let length = 0; length < bytes; length++) {
      assert.throws(() => decode(new Uint8Array(length)), { name: "DecodeError", reason: /passes the end/ });
    }
  }
});

Deno.test("decoderFor refuses a text that is no schema, and a body of another schema", () => {
  assert.throws(() => decoderFor("{"), SchemaParseError);
  const trade = decoderFor(codecFor("trade", "v1").schemaText);
  const quote = codecFor("quote", "v1").encode({
    symbol: "BHP",
    company_id: 1,
    exchange: "ASX",
    exchange_timestamp: 1,
    bid_price: new Decimal(1),
    bid_volume: 5_000_000_000,
    ask_price: new Decimal(2),
    ask_volume: 1,
    ingestion_timestamp: 1,
    sequence_number: null,
  });
  assert.throws(() => trade(quote), { name: "DecodeError", message: /^Cannot decode com\.k2\.market_data\.Trade: / });
});

Deno.test("decoderFor refuses to write out a decimal of a thousand million decimals", () => {
  const decode = decoderFor('{"type":"bytes","logicalType":"decimal","precision":1000000000,"scale":1000000000}');
  assert.throws(
    () => decode(hex("02 02")),
    (error) => error instanceof DecodeError && /not plausible/.test(error.reason),
  );
});
