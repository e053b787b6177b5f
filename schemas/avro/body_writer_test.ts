import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { Decimal } from "decimal.js";
import avro from "avsc";
import { bytesByAvsc } from "../../tests/support/avsc_reference.ts";
import { parseSchema } from "./parse_schema.ts";
import { fieldNotesOf } from "./schema_model.ts";
import { ValueFault } from "./value_fault.ts";
import { BodyOutput } from "./body_output.ts";
import { buildWriter, UnwritableTypeError } from "./body_writer.ts";
import { loadSchema, RECORD_KINDS, SCHEMA_VERSIONS } from "../load.ts";

/** The bytes of a value, as hex. */
function written(schema: string, value: unknown): string {
  const output = new BodyOutput();
  output.bytes = new Uint8Array(100_000);
  buildWriter(parseSchema(schema))(output, value);
  return Buffer.from(output.bytes.subarray(0, output.position)).toString("hex");
}

/** The bytes that avsc writes. */
function writtenByAvsc(schema: string, value: unknown): string {
  return Buffer.from(bytesByAvsc(schema, value)).toString("hex");
}

/** Values of any type, among them all that the types of the records hold, at their edges. */
const anyValue = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    undefined,
    true,
    "",
    "BUY",
    "equities",
    {},
    [],
    0,
    -0,
    NaN,
    "__proto__",
    "constructor",
  ),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.bigInt(-(2n ** 65n), 2n ** 65n),
  fc.integer({ min: 0, max: 64 }).map((bits) => 2n ** BigInt(bits)),
  fc.integer({ min: 0, max: 64 }).map((bits) => -(2 ** bits)),
  fc.integer({ min: 0, max: 19 }).map((digits) => 10n ** BigInt(digits) - 1n),
  fc.integer({ min: -9, max: 11 }).map((exponent) => new Decimal(10).pow(exponent)),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "binary-ascii", maxLength: 200 }),
  fc.constantFrom("\ud800", "a\udfff", "x".repeat(70_000), "ä".repeat(9_000), "株𝄞"),
  fc.array(fc.string({ maxLength: 70 }), { maxLength: 80 }),
  fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), { noNullPrototype: true }),
);

const FIELD_TYPES = [
  "null",
  "boolean",
  "int",
  "long",
  "double",
  "float",
  "string",
  { type: "long", logicalType: "timestamp-micros" },
  { type: "bytes", logicalType: "decimal", precision: 18, scale: 8 },
  { type: "bytes", logicalType: "decimal", precision: 18, scale: 0 },
  { type: "bytes", logicalType: "decimal", precision: 5, scale: 5 },
  { type: "enum", name: "Side", symbols: ["BUY", "SELL", "equities"] },
  { type: "array", items: "string" },
  { type: "map", values: "string" },
  ["null", "string"],
  ["long", "null"],
  ["null", { type: "map", values: "string" }],
];

for (const type of FIELD_TYPES) {
  const schema = JSON.stringify(type);
  Deno.test(`buildWriter writes the bytes that avsc writes, or refuses what it refuses: ${schema}`, () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        let theirs: string;
        try {
          theirs = writtenByAvsc(schema, value);
        } catch {
          assert.throws(() => written(schema, value), ValueFault);
          return;
        }
        assert.equal(written(schema, value), theirs);
      }),
      { numRuns: 500 },
    );
  });
}

for (
  const [kind, version] of RECORD_KINDS.flatMap((kind) => SCHEMA_VERSIONS.map((version) => [kind, version] as const))
) {
  const { text } = loadSchema(kind, version);
  Deno.test(`buildWriter takes the schema ${kind} ${version}, with the defaults of fields that are not there`, () => {
    const values: Record<string, unknown> = {
      string: "ASX",
      int: -7,
      long: 2 ** 52,
      bytes: 10n ** 17n,
      enum: undefined,
      array: ["a", "b"],
    };
    const schema = parseSchema(text);
    assert.ok(schema instanceof avro.types.RecordType);
    const full: Record<string, unknown> = {};
    for (const field of schema.fields) {
      const { name, type } = field;
      if (fieldNotesOf(field).default !== undefined) continue; // left out
      full[name] = type instanceof avro.types.EnumType ? type.symbols.at(-1) : values[type.typeName];
    }
    assert.equal(written(text, full), writtenByAvsc(text, full));
  });
}

Deno.test("buildWriter writes bytes, fixed and records within records as avsc does", () => {
  const schema = JSON.stringify({
    type: "record",
    name: "Node",
    fields: [
      { name: "hash", type: { type: "fixed", name: "Hash", size: 4 } },
      { name: "payload", type: "bytes" },
      { name: "next", type: ["null", "Node"], default: null },
    ],
  });
  const inner = { hash: Buffer.of(1, 2, 3, 4), payload: Buffer.alloc(100, 7) };
  const value = { ...inner, next: { ...inner, payload: Buffer.alloc(0) } };
  const theirs = writtenByAvsc(schema, value);
  assert.equal(written(schema, value), theirs);
  assert.throws(() => written(schema, { ...inner, hash: Buffer.alloc(5) }), {
    path: ["hash"],
    reason: "has 5 bytes: 4 are needed",
  });
});

Deno.test("buildWriter names the type that it cannot write", () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    [["int", "string"], /Cannot write the type at the schema's top: only unions of null and one other type/],
    [{ type: "bytes", logicalType: "decimal", precision: 19, scale: 8 }, /a decimal has from 1 to 18 digits/],
    [{ type: "fixed", name: "F", size: 8, logicalType: "decimal", precision: 9, scale: 0 }, /as bytes only/],
    [
      { type: "record", name: "R", fields: [{ name: "b", type: "bytes", default: "" }] },
      /at \/fields\/0\/type: defaults of bytes/,
    ],
  ];
  for (const [schema, message] of cases) {
    assert.throws(() => buildWriter(parseSchema(JSON.stringify(schema))), (error) => {
      return error instanceof UnwritableTypeError && message.test(error.message);
    });
  }
});

Deno.test("BodyOutput counts on past the end of its buffer and writes nothing there", () => {
  const schema = parseSchema(loadSchema("reference_data", "v2").text);
  const write = buildWriter(schema);
  const record = {
    message_id: "x".repeat(36),
    company_id: "7078",
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    company_name: "ä".repeat(70),
    isin: null,
    currency: "AUD",
    listing_date: 2 ** 52,
    delisting_date: 1,
    is_active: true,
    ingestion_timestamp: Number.MAX_SAFE_INTEGER,
    vendor_data: { note: "y".repeat(100) },
  };
  const output = new BodyOutput();
  output.bytes = new Uint8Array(1000);
  write(output, record);
  const { position } = output;
  for (let room = 0; room <= position; room++) {
    const larger = new Uint8Array(position + 20).fill(255);
    output.bytes = larger.subarray(0, room);
    output.position = 0;
    write(output, record);
    assert.equal(output.position, position);
    assert.ok(larger.subarray(room).every((byte) => byte === 255));
  }
});
