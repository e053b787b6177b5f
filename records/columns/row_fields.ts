/**
 * Writers of a row's own fields, by the column that holds the value and by the schema's type.
 *
 * @module
 */
import { type AvroType, branchesOf, notesOf } from "../../schemas/avro/schema_model.ts";
import type { BodyOutput } from "../../schemas/avro/body_output.ts";
import { UnwritableTypeError } from "../../schemas/avro/body_writer.ts";
import { DECIMAL_V2 } from "../values/decimal.ts";
import type { EncodedFields, EventColumns } from "./event_columns.ts";
import type { LongColumn } from "./long_column.ts";
import type { OwnValue } from "./own_layout.ts";
import { UUID_TEXT_LENGTH, writeHexDigits, writeUuid } from "../ids/uuid_text.ts";
import { bigOfHalves, numberOfHalves } from "../values/wide_integer.ts";

/** Writes a field of a row. */
export type OwnWriter = (output: BodyOutput, columns: EventColumns, row: number, shared: EncodedFields) => void;

/** Whether the writer can write a field of a row without a loss. */
export type OwnCheck = (columns: EventColumns, row: number) => boolean;

/** The writer of a field, and the check whether it can write a row; null if it always can. */
export interface OwnField {
  readonly write: OwnWriter;
  readonly check: OwnCheck | null;
}

const MICROS_PER = { "timestamp-micros": 1, "timestamp-millis": 1000 } as const;

/** @throws {UnwritableTypeError} If a field of that type cannot have such a value. */
export function ownField(value: Exclude<OwnValue, "vendor_data">, type: AvroType): OwnField {
  switch (value) {
    case "message_id":
      if (type.typeName === "string") return { write: writeMessageId, check: null };
      break;
    case "event_id":
      if (type.typeName === "string") return { write: writeEventId, check: null };
      break;
    case "event_text":
      if (type.typeName === "string") return { write: writeEventText, check: null };
      break;
    case "instant":
      return instantField(type, (columns, row) => columns.micros[row] ?? 0);
    case "ingestion":
      return instantField(type, (columns, row) => columns.ingestionOf(row));
    case "sequence":
      return longField(type, ({ sequence }) => sequence);
    case "platform_sequence":
      return longField(type, ({ platformSequence }) => platformSequence);
    default:
      return decimalField(type, value);
  }
  throw noSuchField(value, type);
}

function noSuchField(value: OwnValue, type: AvroType): UnwritableTypeError {
  const what = typeof value === "number" ? "a decimal" : `the ${value}`;
  return new UnwritableTypeError(type, `${what} of an event is not written as ${type.typeName}`);
}

const writeMessageId: OwnWriter = (output, columns, row) => {
  const at = output.take(1 + UUID_TEXT_LENGTH);
  if (at < 0) return;
  output.bytes[at] = UUID_TEXT_LENGTH << 1;
  writeUuid(columns.ids, row * 16, output.view, at + 1);
};

/** `{exchange}-{symbol}-{micros}-{the first 8 digits of the message id}` */
const writeEventId: OwnWriter = (output, columns, row, { eventIdPrefix }) => {
  const micros = columns.micros[row] ?? 0;
  const digits = digitsOf(Math.abs(micros)) + (micros < 0 ? 1 : 0);
  output.long(eventIdPrefix.length + digits + 9);
  output.run(eventIdPrefix);
  const at = output.take(digits + 9);
  if (at < 0) return;
  const { bytes, view } = output;
  writeDigits(Math.abs(micros), view, at + digits);
  if (micros < 0) bytes[at] = DASH;
  bytes[at + digits] = DASH;
  writeHexDigits(columns.ids, row * 16, 4, view, at + digits + 1);
};

/** The row's own text; the derived id where it has none. */
const writeEventText: OwnWriter = (output, columns, row, shared) => {
  const { texts } = columns;
  const at = row * (texts?.width ?? 0);
  const start = texts?.starts[at] ?? -1;
  if (texts === null || start < 0) return writeEventId(output, columns, row, shared);
  output.textRange(texts.bytes, start, texts.ends[at] ?? 0);
};

const ZERO = 0x30, DASH = 0x2d;
const TEN_TO_8 = 10 ** 8;
/** From here on an instant has as many digits as those of the years 2001 to 2286. */
const TEN_TO_15 = 10 ** 15;
/** The two decimal digits of each number below 100, the first one in the lower half. */
const PAIRS = Uint16Array.from({ length: 100 }, (_, pair) => ZERO + Math.floor(pair / 10) | ZERO + pair % 10 << 8);

/** How many decimal digits a safe integer from 0 on has. */
function digitsOf(value: number): number {
  if (value >= TEN_TO_15) return 16;
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits++;
  return digits;
}

/** Writes the decimal digits of a safe integer from 0 on, the last ones first, two at a time. */
function writeDigits(value: number, view: DataView, end: number): void {
  let at = end;
  let rest = value;
  while (rest >= TEN_TO_8) {
    const upper = Math.floor(rest / TEN_TO_8);
    let lower = rest - upper * TEN_TO_8 | 0;
    for (let pair = 0; pair < 4; pair++) {
      const hundredth = lower / 100 | 0;
      view.setUint16(at -= 2, PAIRS[lower - hundredth * 100] ?? 0, true);
      lower = hundredth;
    }
    rest = upper;
  }
  let word = rest | 0;
  for (; word > 9; word = word / 100 | 0) view.setUint16(at -= 2, PAIRS[word % 100] ?? 0, true);
  if (word > 0 || at === end) view.setUint8(at - 1, ZERO + word);
}

function instantField(type: AvroType, microsOf: (columns: EventColumns, row: number) => number): OwnField {
  const unit = type.typeName === "long"
    ? Object.entries(MICROS_PER).find(([name]) => name === notesOf(type).logical?.name)
    : undefined;
  if (unit === undefined) throw noSuchField("instant", type);
  const [, micros] = unit;
  if (micros === 1) return { write: (output, columns, row) => output.long(microsOf(columns, row)), check: null };
  return {
    write: (output, columns, row) => output.long(microsOf(columns, row) / micros),
    check: (columns, row) => microsOf(columns, row) % micros === 0,
  };
}

/** A long that may be absent. */
function longField(type: AvroType, columnOf: (columns: EventColumns) => LongColumn | null): OwnField {
  const names = branchesOf(type)?.map(({ typeName }) => typeName);
  if (names?.join() !== "null,long") throw noSuchField("sequence", type);
  const write: OwnWriter = (output, columns, row) => {
    const column = columnOf(columns);
    if (column === null || column.present[row] !== 1) return output.byte(0);
    output.byte(1 << 1);
    const high = column.high[row] ?? 0, low = column.low[row] ?? 0;
    const near = numberOfHalves(high, low);
    if (Number.isSafeInteger(near)) output.long(near);
    else output.bigLong(bigOfHalves(high, low));
  };
  return { write, check: null };
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
  if (scale === DECIMAL_V2.scale) {
    return {
      write: (output, columns, row) => {
        const at = row * columns.decimals + index;
        output.decimal(columns.high[at] ?? 0, columns.low[at] ?? 0);
      },
      check: null,
    };
  }
  const factor = 10 ** (DECIMAL_V2.scale - scale);
  const valueOf: (columns: EventColumns, row: number) => number = (columns, row) => {
    const at = row * columns.decimals + index;
    return numberOfHalves(columns.high[at] ?? 0, columns.low[at] ?? 0);
  };
  return {
    write: isDecimal
      ? (output, columns, row) => output.unscaled(valueOf(columns, row) / factor)
      : (output, columns, row) => output.long(valueOf(columns, row) / factor),
    check: (columns, row) => {
      const value = valueOf(columns, row);
      return Number.isSafeInteger(value) && value % factor === 0;
    },
  };
}
