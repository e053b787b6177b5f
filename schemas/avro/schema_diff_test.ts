import assert from "node:assert/strict";
import type { JsonValue } from "./schema_model.ts";
import { loadSchema } from "../load.ts";
import { diffSchemas } from "./schema_diff.ts";

const row = (...fields: readonly JsonValue[]) =>
  JSON.stringify({ type: "record", name: "Row", namespace: "tick", fields });

Deno.test("diffSchemas finds nothing between equal schemas, however they are laid out", () => {
  const { text } = loadSchema("trade", "v2");
  assert.deepEqual(diffSchemas(text, text), []);
  assert.deepEqual(diffSchemas(text, JSON.stringify(JSON.parse(text))), []);
});

Deno.test("diffSchemas tells added, removed and changed fields, defaults, docs and order apart", () => {
  const before = row(
    { name: "kept", type: "int" },
    { name: "wider", type: "int" },
    { name: "gone", type: "string", default: "x" },
    { name: "told", type: "int", doc: "Before." },
  );
  const after = row(
    { name: "told", type: "int", doc: "After." },
    { name: "kept", type: "int" },
    { name: "wider", type: ["null", "long"], default: null },
    { name: "new", type: { type: "bytes", logicalType: "decimal", precision: 18, scale: 8 } },
  );
  assert.deepEqual(diffSchemas(before, after), [
    { field: "told", change: "doc_changed", before: "Before.", after: "After." },
    { field: "wider", change: "type_changed", before: "int", after: "null | long" },
    { field: "wider", change: "default_changed", before: null, after: "null" },
    { field: "new", change: "added", before: null, after: "decimal(18,8)" },
    { field: "gone", change: "removed", before: `string, default "x"`, after: null },
    { field: "", change: "reordered", before: "kept, wider, told", after: "told, kept, wider" },
  ]);
});

Deno.test("diffSchemas goes into records in arrays, maps and unions, and ends on recursive ones", () => {
  const leg = (type: string): JsonValue => ({ type: "record", name: "Leg", fields: [{ name: "x", type }] });
  const inside = (type: string) =>
    row(
      { name: "legs", type: { type: "array", items: ["null", leg(type)] } },
      { name: "next", type: ["null", "tick.Row"], default: null },
    );
  assert.deepEqual(diffSchemas(inside("int"), inside("long")), [
    { field: "legs.x", change: "type_changed", before: "int", after: "long" },
  ]);
});

Deno.test("diffSchemas compares schemas that are no records", () => {
  assert.deepEqual(diffSchemas(`"int"`, `"long"`), [{
    field: "",
    change: "type_changed",
    before: "int",
    after: "long",
  }]);
  assert.deepEqual(diffSchemas(`"int"`, `"int"`), []);
});

Deno.test("diffSchemas shows what v2 changed in trades", () => {
  const differences = diffSchemas(loadSchema("trade", "v1").text, loadSchema("trade", "v2").text);
  const told = differences.filter(({ change }) => change !== "doc_changed")
    .map(({ field, change, before, after }) => `${change} ${field}: ${before} -> ${after}`);
  assert.deepEqual(told.slice(0, 6), [
    "type_changed : com.k2.market_data.Trade -> com.k2.marketdata.TradeV2",
    "added message_id: null -> string",
    "added trade_id: null -> string",
    `default_changed exchange: "ASX" -> null`,
    "added asset_class: null -> com.k2.marketdata.AssetClass (equities, crypto, futures, options)",
    "added timestamp: null -> timestamp-micros",
  ]);
  assert.ok(told.includes("type_changed price: decimal(18,6) -> decimal(18,8)"));
  assert.ok(told.includes("removed volume: long -> null"));
});
