/**
 * Cases of compatibility with their verdicts: one table for this project's walker and for a real registry.
 *
 * @module
 */
import { decimal, enumType, field, fixed, instant, linkedList, one, record, recordType } from "./case_schemas.ts";
import type { WarningCode } from "../../schemas/avro/compatibility.ts";
import type { CompatibilityLevel } from "../../schemas/compatibility_level.ts";
import { loadSchema } from "../../schemas/load.ts";

/** One case. */
export interface CompatibilityCase {
  readonly name: string;
  /** Texts of the registered versions, oldest first. */
  readonly old: readonly string[];
  readonly new: string;
  readonly level: CompatibilityLevel;
  readonly compatible: boolean;
  /** Path of the first incompatibility, null if there is none. */
  readonly path: string | null;
  /** Codes of all warnings, in order. */
  readonly warnings: readonly WarningCode[];
}

type Verdict = Pick<CompatibilityCase, "compatible" | "path" | "warnings">;
const yes: Verdict = { compatible: true, path: null, warnings: [] };
const no = (path: string): Verdict => ({ compatible: false, path, warnings: [] });
const warned = (...warnings: readonly WarningCode[]): Verdict => ({ ...yes, warnings });

interface Change {
  readonly from: string | readonly string[];
  readonly to: string;
}

function change(name: string, { from, to }: Change, level: CompatibilityLevel, verdict: Verdict): CompatibilityCase {
  return { name: `${level}: ${name}`, old: typeof from === "string" ? [from] : from, new: to, level, ...verdict };
}

const A = record({ a: "int" });
const AB = record({ a: "int", b: "int" });
const A_B_DEFAULT = record({ a: "int", b: field("int", { default: 0 }) });
const tradeV1 = loadSchema("trade", "v1").text;
const tradeV2 = loadSchema("trade", "v2").text;

/** All cases. */
export const COMPATIBILITY_CASES: readonly CompatibilityCase[] = [
  change("the same schema", { from: AB, to: AB }, "FULL_TRANSITIVE", yes),
  change("another doc", { from: A, to: record({ a: "int" }, { doc: "A row." }) }, "FULL", yes),

  change("a field is added with a default", { from: A, to: A_B_DEFAULT }, "BACKWARD", yes),
  change("a field is added without a default", { from: A, to: AB }, "BACKWARD", no("/fields/1")),
  change("a field is added without a default", { from: A, to: AB }, "FORWARD", yes),
  change("a field is removed", { from: AB, to: A }, "BACKWARD", yes),
  change("a field without a default is removed", { from: AB, to: A }, "FORWARD", no("/fields/1")),
  change("a field with a default is removed", { from: A_B_DEFAULT, to: A }, "FORWARD", yes),
  change("a field is added with a default", { from: A, to: A_B_DEFAULT }, "FULL", yes),
  change("a field without a default is removed", { from: AB, to: A }, "FULL", no("/fields/1")),
  change("a default is taken away", { from: A_B_DEFAULT, to: AB }, "BACKWARD", yes),
  change("a field is renamed", { from: A, to: record({ z: "int" }) }, "BACKWARD", no("/fields/0")),
  change(
    "a field is renamed with an alias",
    { from: A, to: record({ z: field("int", { aliases: ["a"] }) }) },
    "BACKWARD",
    yes,
  ),
  change("fields change places", { from: AB, to: record({ b: "int", a: "int" }) }, "FULL", yes),

  change("int becomes long", { from: one("int"), to: one("long") }, "BACKWARD", yes),
  change("int becomes long", { from: one("int"), to: one("long") }, "FORWARD", no("/fields/0/type")),
  change("long becomes int", { from: one("long"), to: one("int") }, "BACKWARD", no("/fields/0/type")),
  change("int becomes double", { from: one("int"), to: one("double") }, "BACKWARD", yes),
  change("long becomes float", { from: one("long"), to: one("float") }, "BACKWARD", yes),
  change("double becomes float", { from: one("double"), to: one("float") }, "BACKWARD", no("/fields/0/type")),
  change("string becomes bytes", { from: one("string"), to: one("bytes") }, "FULL", yes),
  change("string becomes int", { from: one("string"), to: one("int") }, "BACKWARD", no("/fields/0/type")),
  change("a record becomes a map", { from: A, to: `{"type":"map","values":"int"}` }, "BACKWARD", no("")),
  change("int becomes long at the top", { from: `"int"`, to: `"long"` }, "BACKWARD", yes),

  change("null is allowed", { from: one("int"), to: one(["null", "int"]) }, "BACKWARD", yes),
  change("null is allowed", { from: one("int"), to: one(["null", "int"]) }, "FORWARD", no("/fields/0/type")),
  change(
    "null is not allowed any more",
    { from: one(["null", "int"]), to: one("int") },
    "BACKWARD",
    no("/fields/0/type"),
  ),
  change("branches change places", { from: one(["null", "int"]), to: one(["int", "null"]) }, "FULL", yes),
  change("a branch is added", { from: one(["null", "int"]), to: one(["null", "int", "string"]) }, "BACKWARD", yes),
  change(
    "a branch is removed",
    { from: one(["null", "int", "string"]), to: one(["null", "int"]) },
    "BACKWARD",
    no("/fields/0/type"),
  ),
  change("a branch is promoted", { from: one(["null", "int"]), to: one(["null", "long"]) }, "BACKWARD", yes),

  change("a symbol is added", { from: one(enumType(["BUY"])), to: one(enumType(["BUY", "SELL"])) }, "BACKWARD", yes),
  change(
    "a symbol is added",
    { from: one(enumType(["BUY"])), to: one(enumType(["BUY", "SELL"])) },
    "FORWARD",
    no("/fields/0/type/symbols"),
  ),
  change(
    "a symbol is added, the old enum has a default",
    { from: one(enumType(["BUY"], { default: "BUY" })), to: one(enumType(["BUY", "SELL"])) },
    "FORWARD",
    yes,
  ),
  change(
    "a symbol is removed",
    { from: one(enumType(["BUY", "SELL"])), to: one(enumType(["BUY"])) },
    "BACKWARD",
    no("/fields/0/type/symbols"),
  ),
  change(
    "a symbol is removed, the new enum has a default",
    { from: one(enumType(["BUY", "SELL"])), to: one(enumType(["BUY"], { default: "BUY" })) },
    "BACKWARD",
    yes,
  ),
  change(
    "an enum is renamed",
    { from: one(enumType(["BUY"])), to: one(enumType(["BUY"], { name: "TradeSide" })) },
    "BACKWARD",
    no("/fields/0/type/name"),
  ),
  change(
    "an enum is renamed with an alias",
    { from: one(enumType(["BUY"])), to: one(enumType(["BUY"], { name: "TradeSide", aliases: ["Side"] })) },
    "BACKWARD",
    yes,
  ),
  change(
    "fixed gets another size",
    { from: one(fixed(16)), to: one(fixed(32)) },
    "BACKWARD",
    no("/fields/0/type/size"),
  ),
  change("fixed is renamed", { from: one(fixed(16)), to: one(fixed(16, "Id")) }, "BACKWARD", no("/fields/0/type/name")),

  change("the record is renamed", { from: A, to: record({ a: "int" }, { name: "Line" }) }, "BACKWARD", no("/name")),
  change(
    "the record is renamed with an alias",
    { from: A, to: record({ a: "int" }, { name: "Line", aliases: ["tick.Row"] }) },
    "BACKWARD",
    yes,
  ),
  change(
    "the namespace changes",
    { from: A, to: record({ a: "int" }, { namespace: "tock" }) },
    "BACKWARD",
    warned("namespace_changed"),
  ),

  change(
    "items are promoted",
    { from: one({ type: "array", items: "int" }), to: one({ type: "array", items: "long" }) },
    "BACKWARD",
    yes,
  ),
  change(
    "items change type",
    { from: one({ type: "array", items: "int" }), to: one({ type: "array", items: "string" }) },
    "BACKWARD",
    no("/fields/0/type/items"),
  ),
  change(
    "map values change type",
    { from: one({ type: "map", values: "string" }), to: one({ type: "map", values: "int" }) },
    "BACKWARD",
    no("/fields/0/type/values"),
  ),
  change(
    "a record inside gets a field without a default",
    { from: one(recordType({ x: "int" }, "Leg")), to: one(recordType({ x: "int", y: "int" }, "Leg")) },
    "BACKWARD",
    no("/fields/0/type/fields/1"),
  ),
  change(
    "a record inside a union gets a field without a default",
    {
      from: one(["null", recordType({ x: "int" }, "Leg")]),
      to: one(["null", recordType({ x: "int", y: "int" }, "Leg")]),
    },
    "BACKWARD",
    no("/fields/0/type/1/fields/1"),
  ),
  change(
    "a record inside a union is renamed",
    { from: one(["null", recordType({ x: "int" }, "Leg")]), to: one(["null", recordType({ x: "int" }, "Arm")]) },
    "BACKWARD",
    no("/fields/0/type/1/name"),
  ),
  change(
    "a record inside a union changes its namespace",
    {
      from: one(["null", recordType({ x: "int" }, "Leg")]),
      to: one(["null", { ...recordType({ x: "int" }, "Leg"), namespace: "tock" }]),
    },
    "BACKWARD",
    warned("namespace_changed"),
  ),
  change(
    "one of two records inside a union is removed",
    {
      from: one([recordType({ x: "int" }, "Leg"), recordType({ y: "int" }, "Arm")]),
      to: one([recordType({ x: "int" }, "Leg"), "string"]),
    },
    "BACKWARD",
    no("/fields/0/type/0/name"),
  ),
  change(
    "one of two records inside a union changes a field",
    {
      from: one([recordType({ x: "int" }, "Leg"), recordType({ y: "int" }, "Arm")]),
      to: one([recordType({ x: "int" }, "Leg"), recordType({ y: "string" }, "Arm")]),
    },
    "BACKWARD",
    no("/fields/0/type/1/fields/0/type"),
  ),
  change(
    "an alias in a union reads what the branch of that name cannot",
    {
      from: one(["null", recordType({ x: ["int", "string"] }, "Leg")]),
      to: one([
        "null",
        recordType({ x: "int" }, "Leg"),
        { ...recordType({ x: ["int", "string"] }, "Arm"), aliases: ["tick.Leg"] },
      ]),
    },
    "BACKWARD",
    yes,
  ),
  change("a branch is found by promotion", { from: one("int"), to: one(["string", "long"]) }, "BACKWARD", yes),
  change("no branch takes it", { from: one("boolean"), to: one(["string", "long"]) }, "BACKWARD", no("/fields/0/type")),
  change(
    "a type used twice breaks at its definition",
    {
      from: record({ a: recordType({ x: "int" }, "Leg"), b: "tick.Leg" }),
      to: record({ a: recordType({ x: "string" }, "Leg"), b: "tick.Leg" }),
    },
    "BACKWARD",
    no("/fields/0/type/fields/0/type"),
  ),
  change("a recursive schema stays", { from: linkedList("int"), to: linkedList("int") }, "FULL", yes),
  change("a recursive schema is promoted", { from: linkedList("int"), to: linkedList("long") }, "BACKWARD", yes),
  change(
    "a recursive schema gets a field without a default",
    { from: linkedList("int"), to: linkedList("int", { more: "int" }) },
    "BACKWARD",
    no("/fields/1"),
  ),

  change(
    "the scale changes",
    { from: one(decimal(18, 6)), to: one(decimal(18, 8)) },
    "BACKWARD",
    warned("decimal_scale_changed"),
  ),
  change(
    "the precision changes",
    { from: one(decimal(18, 8)), to: one(decimal(20, 8)) },
    "BACKWARD",
    warned("decimal_precision_changed"),
  ),
  change(
    "milliseconds become microseconds",
    { from: one(instant("millis")), to: one(instant("micros")) },
    "BACKWARD",
    warned("timestamp_unit_changed"),
  ),
  change(
    "milliseconds become microseconds in a union, both ways",
    { from: one(["null", instant("millis")]), to: one(["null", instant("micros")]) },
    "FULL",
    warned("timestamp_unit_changed", "timestamp_unit_changed"),
  ),
  change(
    "bytes become a decimal",
    { from: one("bytes"), to: one(decimal(18, 8)) },
    "BACKWARD",
    warned("logical_type_changed"),
  ),
  change(
    "the scale changes",
    { from: one(decimal(18, 6)), to: one(decimal(18, 8)) },
    "NONE",
    warned("decimal_scale_changed"),
  ),
  change("everything changes", { from: A, to: `"string"` }, "NONE", yes),

  change("only the latest counts", { from: [A, A_B_DEFAULT], to: AB }, "BACKWARD", yes),
  change("every version counts", { from: [A, A_B_DEFAULT], to: AB }, "BACKWARD_TRANSITIVE", no("/fields/1")),
  change("every version counts", { from: [AB, A_B_DEFAULT], to: A }, "FORWARD_TRANSITIVE", no("/fields/1")),
  change("every version counts", { from: [AB, A_B_DEFAULT], to: A }, "FULL_TRANSITIVE", no("/fields/1")),

  change("trade v1 becomes v2", { from: tradeV1, to: tradeV2 }, "BACKWARD", {
    ...no("/name"),
    warnings: ["namespace_changed", "decimal_scale_changed", "timestamp_unit_changed"],
  }),
];
