/**
 * The operations that write a row's own fields, by the column that holds the value and by the schema's type. They run in
 * WebAssembly (wasm/src/event_bodies.rs), and numbers name them there.
 *
 * @module
 */
import { type AvroType, branchesOf, notesOf } from "../../schemas/avro/schema_model.ts";
import { UnwritableTypeError } from "../../schemas/avro/body_writer.ts";
import { DECIMAL_V2 } from "../values/decimal.ts";
import type { EventColumns } from "./event_columns.ts";
import type { OwnValue } from "./own_layout.ts";
import { numberOfHalves } from "../values/wide_integer.ts";

/** What an operation writes. */
export const OPERATION = {
  shared: 0,
  message_id: 1,
  event_id: 2,
  event_text: 3,
  instant: 4,
  ingestion: 5,
  sequence: 6,
  platform_sequence: 7,
  decimal: 8,
  long: 9,
  vendor_data: 10,
} as const;

/** One step of writing a row. */
export interface Operation {
  readonly code: number;
  /** The index of a decimal, or of the shared bytes between two own fields. @default 0 */
  readonly argument?: number;
  /** The field's unit in that of the column. @default 1 */
  readonly divisor?: number;
}

/** Whether a field of a row can be written without a loss. */
export type OwnCheck = (columns: EventColumns, row: number) => boolean;

/** How a field is written, and the check whether it can be; null if it always can. */
export interface OwnField {
  readonly operation: Operation;
  readonly check: OwnCheck | null;
}

const MICROS_PER = { "timestamp-micros": 1, "timestamp-millis": 1000 } as const;

/** @throws {UnwritableTypeError} If a field of that type cannot have such a value. */
export function ownField(value: OwnValue, type: AvroType): OwnField {
  switch (value) {
    case "message_id":
    case "event_id":
    case "event_text":
      if (type.typeName !== "string") throw noSuchField(value, type);
      return { operation: { code: OPERATION[value] }, check: null };
    case "instant":
      return instantField(type, value, (columns, row) => columns.micros[row] ?? 0);
    case "ingestion":
      return instantField(type, value, (columns, row) => columns.ingestionOf(row));
    case "sequence":
    case "platform_sequence":
      return optionalField(type, value, "null,long");
    case "vendor_data":
      return optionalField(type, value, "null,map");
    default:
      return decimalField(type, value);
  }
}

function noSuchField(value: OwnValue, type: AvroType): UnwritableTypeError {
  const what = typeof value === "number" ? "a decimal" : `the ${value}`;
  return new UnwritableTypeError(type, `${what} of an event is not written as ${type.typeName}`);
}

function optionalField(
  type: AvroType,
  value: "sequence" | "platform_sequence" | "vendor_data",
  branches: string,
): OwnField {
  const names = branchesOf(type)?.map(({ typeName }) => typeName);
  if (names?.join() !== branches) throw noSuchField(value, type);
  return { operation: { code: OPERATION[value] }, check: null };
}

function instantField(
  type: AvroType,
  value: "instant" | "ingestion",
  microsOf: (columns: EventColumns, row: number) => number,
): OwnField {
  const unit = type.typeName === "long"
    ? Object.entries(MICROS_PER).find(([name]) => name === notesOf(type).logical?.name)
    : undefined;
  if (unit === undefined) throw noSuchField(value, type);
  const [, divisor] = unit;
  return {
    operation: { code: OPERATION[value], divisor },
    check: divisor === 1 ? null : (columns, row) => microsOf(columns, row) % divisor === 0,
  };
}

/**
 * The columns hold decimals at the scale of v2; a field with fewer decimals, or a long, holds only multiples of its
 * unit.
 */
function decimalField(type: AvroType, index: number): OwnField {
  const { logical } = notesOf(type);
  const isDecimal = type.typeName === "bytes" && logical?.name === "decimal";
  const scale = isDecimal ? logical.scale ?? 0 : 0;
  if (!(isDecimal || type.typeName === "long") || scale > DECIMAL_V2.scale) throw noSuchField(index, type);
  const divisor = 10 ** (DECIMAL_V2.scale - scale);
  return {
    operation: { code: isDecimal ? OPERATION.decimal : OPERATION.long, argument: index, divisor },
    check: divisor === 1 ? null : (columns, row) => {
      const at = row * columns.decimals + index;
      const value = numberOfHalves(columns.high[at] ?? 0, columns.low[at] ?? 0);
      return Number.isSafeInteger(value) && value % divisor === 0;
    },
  };
}
