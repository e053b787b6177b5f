import assert from "node:assert/strict";
import { checkCompatibility } from "./compatibility.ts";
import { COMPATIBILITY_CASES } from "../../tests/support/compatibility_cases.ts";
import type { JsonValue } from "./schema_model.ts";
import { loadSchema, RECORD_KINDS, SCHEMA_VERSIONS } from "../load.ts";
import { SchemaParseError } from "./parse_schema.ts";

for (const { name, old, new: next, level, compatible, path, warnings } of COMPATIBILITY_CASES) {
  Deno.test(`checkCompatibility judges ${name}`, () => {
    const report = checkCompatibility(next, old, { level });
    assert.equal(report.compatible, compatible, JSON.stringify(report.incompatibilities));
    assert.equal(report.incompatibilities[0]?.path ?? null, path);
    assert.deepEqual(report.warnings.map(({ code }) => code), warnings);
  });
}

Deno.test("the table of cases has at least 30, no two of one name", () => {
  assert.ok(COMPATIBILITY_CASES.length >= 30);
  assert.equal(new Set(COMPATIBILITY_CASES.map(({ name }) => name)).size, COMPATIBILITY_CASES.length);
});

Deno.test("checkCompatibility finds no fault and no doubt in any schema of the contract against itself", () => {
  for (const kind of RECORD_KINDS) {
    for (const version of SCHEMA_VERSIONS) {
      const { text } = loadSchema(kind, version);
      const report = checkCompatibility(text, [text, text], { level: "FULL_TRANSITIVE" });
      assert.deepEqual(report, { compatible: true, incompatibilities: [], warnings: [] });
    }
  }
});

Deno.test("checkCompatibility names every reason why v2 is no successor of v1, direction and version", () => {
  const report = checkCompatibility(loadSchema("trade", "v2").text, loadSchema("trade", "v1").text, { level: "FULL" });
  const backward = report.incompatibilities.filter(({ direction }) => direction === "backward");
  assert.deepEqual(backward.map(({ path, code, version }) => [path, code, version]), [
    ["/name", "name_mismatch", 0],
    ["/fields/0", "missing_default", 0], // message_id
    ["/fields/1", "missing_default", 0],
    ["/fields/4", "missing_default", 0],
    ["/fields/5", "missing_default", 0],
    ["/fields/7", "missing_default", 0],
    ["/fields/8", "missing_default", 0],
    ["/fields/9", "missing_default", 0],
    ["/fields/10", "missing_default", 0],
  ]);
  assert.match(
    backward[0]?.message ?? "",
    /com\.k2\.market_data\.Trade cannot be read as com\.k2\.marketdata\.TradeV2/,
  );
  assert.ok(report.incompatibilities.some(({ direction }) => direction === "forward"));
});

Deno.test("checkCompatibility tells which of several versions breaks", () => {
  const row = (...fields: readonly JsonValue[]) => JSON.stringify({ type: "record", name: "R", fields });
  const a = { name: "a", type: "int" };
  const report = checkCompatibility(row(a, { name: "b", type: "int" }), [
    row(a),
    row(a, { name: "b", type: "int", default: 0 }),
  ], {
    level: "BACKWARD_TRANSITIVE",
  });
  assert.deepEqual(report.incompatibilities.map(({ version, path }) => [version, path]), [[0, "/fields/1"]]);
});

Deno.test("checkCompatibility takes anything where there is no earlier version", () => {
  assert.equal(checkCompatibility(`"int"`, [], { level: "FULL_TRANSITIVE" }).compatible, true);
});

Deno.test("checkCompatibility refuses texts that are no schemas", () => {
  assert.throws(() => checkCompatibility("{", [], { level: "NONE" }), SchemaParseError);
  assert.throws(() => checkCompatibility(`"int"`, `"itn"`, { level: "BACKWARD" }), SchemaParseError);
});

/** Each record uses the one before it twice, in unions: 2^60 ways down to the last. */
function doubling(bottom: string): string {
  let schema: JsonValue = { type: "record", name: "R0", fields: [{ name: "x", type: bottom }] };
  for (let n = 1; n <= 60; n++) {
    const fields: JsonValue = [{ name: "a", type: ["null", schema] }, { name: "b", type: ["null", `R${n - 1}`] }];
    schema = { type: "record", name: `R${n}`, fields };
  }
  return JSON.stringify(schema);
}

Deno.test("checkCompatibility ends at once for schemas with very many ways through them", () => {
  assert.equal(checkCompatibility(doubling("long"), doubling("int"), { level: "BACKWARD" }).compatible, true);
  const report = checkCompatibility(doubling("int"), doubling("long"), { level: "BACKWARD" });
  assert.equal(report.incompatibilities.length, 1);
  assert.match(report.incompatibilities[0]?.path ?? "", /^(\/fields\/0\/type\/1){60}\/fields\/0\/type$/);
});

Deno.test("checkCompatibility does not let an assumption about a recursive record outlive its refutation", () => {
  // A and B contain each other. A cannot be read, as its x has changed, so B cannot either; their aliases can.
  const leg = (name: string, aliases: readonly string[], ...fields: readonly JsonValue[]): JsonValue => ({
    type: "record",
    name,
    aliases,
    fields,
  });
  const schema = (x: string, more: (name: string) => readonly JsonValue[]) => {
    const b = leg("B", [], { name: "a", type: ["null", "A"] });
    const a = leg("A", [], { name: "b", type: b }, { name: "x", type: x });
    const fields = [{ name: "first", type: ["null", a, ...more("A")] }, {
      name: "second",
      type: ["null", "B", ...more("B")],
    }];
    return JSON.stringify({ type: "record", name: "Top", fields });
  };
  const next = schema("int", (name) => [leg(`${name}2`, [name])]);
  const report = checkCompatibility(next, schema("string", () => []), { level: "BACKWARD" });
  assert.deepEqual(report.incompatibilities, []);
});
