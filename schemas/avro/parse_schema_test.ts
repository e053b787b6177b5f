import assert from "node:assert/strict";
import avro from "avsc";
import { fieldNotesOf, fieldsOf, type JsonValue, typeText } from "./schema_model.ts";
import { parseSchema, SchemaParseError } from "./parse_schema.ts";

const parse = (schema: JsonValue) => parseSchema(JSON.stringify(schema));

function row(...fields: readonly JsonValue[]): JsonValue {
  return { type: "record", name: "Row", namespace: "tick", fields };
}

Deno.test("parseSchema refuses what is no schema, and says where", () => {
  const cases: readonly (readonly [JsonValue, string, RegExp])[] = [
    [5, "", /a type is a name, an object or an array/],
    [null, "", /a type is/],
    ["text", "", /"text" is not defined before/],
    [{}, "", /"type" is missing/],
    [{ type: "array" }, "", /"items" is missing/],
    [{ type: "array", items: "lnog" }, "/items", /"lnog" is not defined before/],
    [{ type: "map", values: 5 }, "/values", /a type is/],
    [{ type: "record", fields: [] }, "", /"name" is missing/],
    [{ type: "record", name: "1x", fields: [] }, "/name", /"1x" is not a name/],
    [{ type: "record", name: "a..b", fields: [] }, "/name", /"" is not a name/],
    [{ type: "record", name: "int", fields: [] }, "", /cannot rename primitive type: "int"/],
    [{ type: "record", name: "Row", namespace: 5, fields: [] }, "/namespace", /it is not text/],
    [{ type: "record", name: "Row" }, "", /"fields" is not an array/],
    [row(5), "/fields/0", /a field is an object/],
    [row({ type: "int" }), "/fields/0", /nothing is not a name/],
    [row({ name: "a" }), "/fields/0", /"type" is missing/],
    [row({ name: "a", type: "int" }, { name: "a", type: "int" }), "/fields/1", /two fields a/],
    [row({ name: "a", type: "int", aliases: "b" }), "/fields/0/aliases", /not an array of texts/],
    [row({ name: "a", type: "int", default: "1" }), "/fields/0/default", /"1" is no value of the field's type/],
    [row({ name: "a", type: ["null", "int"], default: "x" }), "/fields/0/default", /no value/],
    [row({ name: "a", type: "int", default: 2147483648 }), "/fields/0/default", /no value/],
    [row({ name: "a", type: "tick.Row", default: {} }), "/fields/0/default", /no value/],
    [{ type: "enum", name: "E" }, "/symbols", /missing/],
    [{ type: "enum", name: "E", symbols: ["a", "a"] }, "", /duplicate "E" symbol: "a"/],
    [{ type: "enum", name: "E", symbols: ["a-b"] }, "/symbols/0", /not a name/],
    [{ type: "enum", name: "E", symbols: ["a"], default: "b" }, "/default", /none of the symbols/],
    [{ type: "fixed", name: "F", size: -1 }, "/size", /not a whole number/],
    [["int", ["null"]], "", /unions cannot be directly nested/],
    [["int", "int"], "", /duplicate union branch name: "int"/],
    [[{ type: "fixed", name: "F", size: 1 }, "F"], "", /duplicate union branch name: "F"/],
    [
      row({ name: "a", type: { type: "enum", name: "E", symbols: ["A"] } }, {
        name: "b",
        type: { type: "enum", name: "E", symbols: [] },
      }),
      "/fields/1/type",
      /duplicate type name: tick\.E/,
    ],
  ];
  for (const [schema, path, reason] of cases) {
    assert.throws(() => parse(schema), (cause) => {
      assert.ok(cause instanceof SchemaParseError, String(cause));
      assert.equal(cause.path, path, cause.message);
      assert.match(cause.reason, reason);
      return true;
    }, JSON.stringify(schema));
  }
  assert.throws(() => parseSchema("{type"), new SchemaParseError("", "it is not JSON"));
});

Deno.test("parseSchema resolves names as the specification says", () => {
  const schema = parse({
    type: "record",
    name: "a.b.Outer",
    namespace: "ignored",
    aliases: ["Old", "x.y.Other"],
    fields: [
      { name: "inner", type: { type: "record", name: "Inner", fields: [{ name: "self", type: ["null", "Outer"] }] } },
      { name: "far", type: { type: "fixed", name: "Far", namespace: "c", size: 2 } },
      { name: "again", type: "Inner" },
      { name: "full", type: "c.Far" },
      { name: "wrapped", type: { type: { type: "string" } } },
    ],
  });
  assert.ok(schema instanceof avro.types.RecordType);
  assert.equal(schema.name, "a.b.Outer");
  assert.deepEqual(schema.aliases, ["a.b.Old", "x.y.Other"]);
  assert.deepEqual(schema.fields.map(({ type }) => typeText(type)), [
    "a.b.Inner",
    "c.Far (2 bytes)",
    "a.b.Inner",
    "c.Far (2 bytes)",
    "string",
  ]);
  assert.equal(schema.fields[2]?.type, schema.fields[0]?.type);
});

Deno.test("parseSchema finds a type without a namespace from inside one, as Java does", () => {
  const schema = parse([{ type: "fixed", name: "Bare", size: 1 }, row({ name: "a", type: "Bare" })]);
  assert.equal(typeText(schema), "Bare (1 bytes) | tick.Row");
});

Deno.test("parseSchema ignores a logical type that does not fit, as the specification asks", () => {
  const cases: readonly (readonly [JsonValue, string])[] = [
    [{ type: "bytes", logicalType: "decimal", precision: 18, scale: 8 }, "decimal(18,8)"],
    [{ type: "bytes", logicalType: "decimal", precision: 4 }, "decimal(4,0)"],
    [{ type: "bytes", logicalType: "decimal", precision: 4, scale: 5 }, "bytes"],
    [{ type: "bytes", logicalType: "decimal" }, "bytes"],
    [{ type: "string", logicalType: "decimal", precision: 4 }, "string"],
    [{ type: "fixed", name: "F", size: 2, logicalType: "decimal", precision: 4 }, "decimal(4,0)"],
    [{ type: "fixed", name: "F", size: 2, logicalType: "decimal", precision: 5 }, "F (2 bytes)"],
    [{ type: "fixed", name: "F", size: 3, logicalType: "decimal", precision: 7 }, "F (3 bytes)"],
    [{ type: "long", logicalType: "timestamp-micros" }, "timestamp-micros"],
  ];
  for (const [schema, text] of cases) assert.equal(typeText(parse(schema)), text);
});

Deno.test("parseSchema takes defaults of every type", () => {
  const leg = {
    type: "record",
    name: "Leg",
    fields: [{ name: "x", type: "int" }, { name: "y", type: "int", default: 1 }],
  };
  const cases: readonly (readonly [JsonValue, JsonValue])[] = [
    ["null", null],
    ["boolean", false],
    ["long", 9007199254740993],
    ["double", 1.5],
    ["double", "NaN"],
    ["bytes", "\u00ff"],
    [{ type: "fixed", name: "F", size: 2 }, "\u0000\u0001"],
    [{ type: "enum", name: "E", symbols: ["A"] }, "A"],
    [{ type: "array", items: "int" }, [1, 2]],
    [{ type: "map", values: "int" }, { a: 1 }],
    [["null", "string"], null],
    [["null", "string"], "second branch"],
    [leg, { x: 1 }],
  ];
  for (const [type, value] of cases) {
    const schema = parse(row({ name: "a", type, default: value }));
    assert.ok(schema instanceof avro.types.RecordType);
    const [field] = schema.fields;
    assert.ok(field);
    assert.deepEqual(fieldNotesOf(field).default, value);
  }
});

Deno.test("parseSchema bounds depth, names and the depth of defaults", () => {
  const deep = (depth: number) => `${`{"type":"array","items":`.repeat(depth)}"int"${"}".repeat(depth)}`;
  assert.equal(parseSchema(deep(150)).typeName, "array");
  assert.throws(() => parseSchema(deep(50_000)), { name: "SchemaParseError", reason: /nested deeper than 200/ });
  const names = (count: number) => Array.from({ length: count }, (_, n) => ({ type: "fixed", name: `F${n}`, size: 1 }));
  assert.throws(() => parse(names(1001)), { name: "SchemaParseError", reason: /more than 1000 named types/ });
  const wide = Array.from({ length: 10_001 }, (_, n) => ({ name: `f${n}`, type: "int" }));
  assert.throws(() => parse(row(...wide)), { name: "SchemaParseError", reason: /more than 10000 types/ });
  const chain = `{"type":"record","name":"N","fields":[{"name":"n","type":["null","N"],"default":${
    `{"n":`.repeat(10_000)
  }null${"}".repeat(10_000)}}]}`;
  assert.throws(() => parseSchema(chain), { name: "SchemaParseError", path: "/fields/0/default" });
});

Deno.test("parseSchema refuses JSON of any depth where a name or a value should be", () => {
  const deep = (text: string) => text.replace("?", `${"[".repeat(10_000)}${"]".repeat(10_000)}`);
  const field = '{"type":"record","name":"A","fields":[{"name":"f","type":"int"}]}';
  for (const text of [field.replace('"f"', "?"), field.replace('"int"', '"int","default":?')]) {
    assert.throws(
      () => parseSchema(deep(text)),
      (error) => error instanceof SchemaParseError && /an array/.test(error.reason),
    );
  }
});

Deno.test("parseSchema takes names of Object's methods for nothing but names", () => {
  for (const name of ["toString", "constructor", "__proto__"]) {
    assert.throws(() => parse(name), { name: "SchemaParseError", reason: /is not defined before/ });
    assert.throws(() => parse({ type: name }), { name: "SchemaParseError", reason: /is not defined before/ });
    const schema = parse({ type: "record", name, fields: [{ name, type: { type: "array", items: name } }] });
    assert.equal(fieldsOf(schema)?.[0]?.name, name);
  }
});

Deno.test("parseSchema cuts what avsc says of a schema", () => {
  const long = "x".repeat(10_000);
  const union = [{ type: "fixed", name: long, size: 1 }, long];
  assert.throws(() => parse(union), (error) => {
    return error instanceof SchemaParseError && /^duplicate union/.test(error.reason) && error.reason.length <= 200;
  });
});

Deno.test("parseSchema gives up on a default that can be read in 2^40 ways", () => {
  const value = `${'{"f":'.repeat(40)}1${"}".repeat(40)}`;
  const inner = `{"type":"record","name":"B","fields":[{"name":"f","type":["A","B"],"default":${value}}]}`;
  const text = `{"type":"record","name":"A","fields":[{"name":"f","type":["A",${inner}]}]}`;
  assert.throws(() => parseSchema(text), (error) => {
    return error instanceof SchemaParseError && /too many ways/.test(error.reason) && error.path.endsWith("/default");
  });
});
