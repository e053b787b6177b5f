import { Decimal } from "decimal.js";
import assert from "node:assert/strict";
import documentation from "../docs/records.md" with { type: "text" };
import { RECORD_RULES, RecordError } from "./errors.ts";

Deno.test("RecordError names field, value, rule and next step", () => {
  const cause = new Error("cause");
  const error = new RecordError("grouping", { field: "price", value: "1,234.5", hint: "Write digits.", cause });
  assert.equal(
    error.message,
    'price "1,234.5" is refused (grouping): the number holds a grouping mark or a comma. Write digits.',
  );
  assert.deepEqual([error.name, error.rule, error.field, error.value], ["RecordError", "grouping", "price", "1,234.5"]);
  assert.equal(error.cause, cause);
  assert.ok(error instanceof Error);
  assert.ok(!("cause" in new RecordError("empty", { field: "symbol", value: "" })));
});

Deno.test("RecordError shows any value in one short line", () => {
  const shown = (value: unknown) =>
    new RecordError("wrong_type", { field: "x", value }).message.slice(2).split(" is refused")[0];
  class Tick {
    toString(): never {
      throw new Error("never called");
    }
  }
  const table: [unknown, string][] = [
    [undefined, "undefined"],
    [null, "null"],
    [true, "true"],
    [-0, "-0"],
    [1.5, "1.5"],
    [12n, "12n"],
    [Symbol("s"), "of type symbol"],
    [() => 1, "of type function"],
    [[1, 2], "(an array of 2)"],
    [{ a: 1 }, "(an object)"],
    [Object.create(null), "(an object)"],
    [{ constructor: "x" }, "(an object)"],
    [new Tick(), "(an instance of Tick)"],
    [new Decimal("1.50"), "1.5"],
    [new Decimal("0.0000000001"), "0.0000000001"],
    [new (Decimal.clone({ toExpPos: 9e15 }))("1e1000000000"), "1e+1000000000"],
    [new Decimal(NaN), "NaN"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(NaN), "(an invalid Date)"],
    [Temporal.Instant.fromEpochMilliseconds(0), "1970-01-01T00:00:00Z"],
    ["a\r\n\u001b[31m\u0085\u2028\ud800", '"a\\r\\n\\u001b[31m\\u0085\\u2028\\ud800"'],
    ["x".repeat(1e6), `"${"x".repeat(80)}"… (1000000 characters)`],
    [10n ** 200n, `1${"0".repeat(79)}…`],
  ];
  for (const [value, text] of table) assert.equal(shown(value), text);
});

Deno.test("RecordError quotes a field name that a caller made up", () => {
  const named = (field: string) =>
    new RecordError("unknown_field", { field, value: 1 }).message.split(" 1 is").at(0) ?? "";
  assert.equal(named("vendor_data.company_id"), "vendor_data.company_id");
  assert.equal(named("a\nERROR all is lost"), '"a\\nERROR all is lost"');
  assert.ok(named("x".repeat(1e6)).length < 200);
});

Deno.test("docs/records.md lists each rule with its sentence", () => {
  const rows = documentation.slice(documentation.indexOf("# Rules")).matchAll(/^\| `([a-z0-9_]+)` +\| (.*?) +\|$/gm);
  const documented = Array.from(rows, ([, rule, sentence]) => [rule, sentence]);
  const rules = Object.entries(RECORD_RULES);
  assert.deepEqual(documented, rules);
});
