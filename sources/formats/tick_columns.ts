/**
 * The columns of a tick file's row: date, time, prices, volumes and codes, read from bytes.
 *
 * @module
 */
import { DECIMAL_V2, type DecimalFormat, toUnscaled } from "../../records/values/decimal.ts";
import { parsePlain, parseWide } from "../../records/columns/parse_decimal.ts";
import { RecordError } from "../../records/errors.ts";
import { type LocalCalendar, localTimeError } from "../../records/values/local_time.ts";
import { bigOfHalves, type WideInteger } from "../../records/values/wide_integer.ts";
import type { BadRow } from "../source.ts";
import { DelimitedCells } from "./delimited_cells.ts";
import { badForm, decodeText, QUOTING, type RawRow } from "./row_parser.ts";

const ZERO = 0x30;
const SLASH = 0x2f;
const COLON = 0x3a;
const DOT = 0x2e;

const DATE = 0, TIME = 1;
const DATE_LENGTH = "MM/DD/YYYY".length;
const TIME_LENGTH = "HH:MM:SS.mmm".length;
const HINTS = ["Dates are written MM/DD/YYYY.", "Times are written HH:MM:SS.mmm."];

const WHOLE_NUMBER: DecimalFormat = { integerDigits: DECIMAL_V2.integerDigits, scale: 0 };
const ONE = 10n ** BigInt(DECIMAL_V2.scale);
const MAX_INT = 2 ** 31 - 1;

/**
 * One row at a time of a file whose first two columns are a local date and time. The methods that read a column throw a
 * `RecordError` if it has a wrong value.
 */
export class TickColumns {
  /** Local date of the row, YYYY-MM-DD; valid after {@link instant}. */
  tradeDate = "";
  readonly #names: readonly string[];
  readonly #calendar: LocalCalendar;
  readonly #prices: DecimalFormat;
  readonly #csv = new DelimitedCells();
  // Consecutive rows mostly have the same date, so this keeps its bytes and their meaning.
  readonly #dateBytes = new Uint8Array(DATE_LENGTH);
  #year = 0;
  #month = 0;
  #day = 0;

  /** @param prices Whether numbers may be negative, as prices may. */
  constructor(names: readonly string[], calendar: LocalCalendar, prices: DecimalFormat) {
    this.#names = names;
    this.#prices = prices;
    this.#calendar = calendar;
  }

  /** Splits a row; returns the fault of its form, or null. */
  split(raw: RawRow): BadRow | null {
    const fault = this.#csv.split(raw.buffer, raw.start, raw.end);
    if (fault !== null) return badForm(raw, fault, QUOTING);
    if (this.#csv.count === this.#names.length) return null;
    const expected = `${this.#names.length} are expected: ${this.#names.join(", ")}`;
    return badForm(raw, "wrong_column_count", `It has ${this.#csv.count}, and ${expected}.`);
  }

  /** The instant of the row, in micros. */
  instant(): number {
    const { buffer, starts, ends } = this.#csv;
    const date = starts[DATE] ?? 0, time = starts[TIME] ?? 0;
    if ((ends[DATE] ?? 0) - date !== DATE_LENGTH) throw this.#refusal("bad_date", DATE);
    for (let index = 0; index < DATE_LENGTH; index++) {
      if (buffer[date + index] === this.#dateBytes[index]) continue;
      this.#parseDate(buffer, date);
      break;
    }
    const microsOfDay = (ends[TIME] ?? 0) - time === TIME_LENGTH ? parseTime(buffer, time) : NaN;
    if (Number.isNaN(microsOfDay)) throw this.#refusal("bad_date", TIME);
    const micros = this.#calendar.resolve(this.#year, this.#month, this.#day, microsOfDay);
    if (typeof micros === "number") return micros;
    const value = `${this.text(DATE)},${this.text(TIME)}`;
    throw localTimeError(micros, { field: "date and time", value, timeZone: this.#calendar.timeZone });
  }

  /** Reads a decimal, unscaled at 8 decimals. */
  price(column: number, into: WideInteger): void {
    const { buffer, starts, ends } = this.#csv;
    const plain = { format: DECIMAL_V2, scale: DECIMAL_V2.scale };
    if (!parsePlain(buffer, starts[column] ?? 0, ends[column] ?? 0, plain, into)) {
      this.#decimal(column, this.#prices, into);
    }
  }

  /** Reads a whole number, unscaled at 8 decimals. */
  volume(column: number, into: WideInteger): void {
    const { buffer, starts, ends } = this.#csv;
    const plain = { format: WHOLE_NUMBER, scale: DECIMAL_V2.scale };
    if (parsePlain(buffer, starts[column] ?? 0, ends[column] ?? 0, plain, into)) return;
    this.#decimal(column, DECIMAL_V2, into);
    if (bigOfHalves(into.high, into.low) % ONE === 0n) return;
    throw this.#refusal("not_an_integer", column, "Volumes are whole numbers: check the order of the columns.");
  }

  /** A whole number from 0 to 2^31-1. */
  code(column: number): number {
    const { buffer, starts, ends } = this.#csv;
    const start = starts[column] ?? 0, end = ends[column] ?? 0;
    let value = 0, plain = start < end;
    for (let at = start; plain && at < end; at++) {
      const digit = (buffer[at] ?? 0) - ZERO;
      plain = digit >= 0 && digit <= 9;
      value = value * 10 + digit;
      if (plain && value > MAX_INT) throw this.#refusal("out_of_range", column, `The largest is ${MAX_INT}.`);
    }
    if (plain) return value;
    // A value that is no decimal either breaks another rule, which this call throws.
    toUnscaled(this.text(column), DECIMAL_V2, this.#nameOf(column));
    throw this.#refusal("not_an_integer", column, "Write it in digits only.");
  }

  text(column: number): string {
    const { buffer, starts, ends } = this.#csv;
    const start = starts[column] ?? 0, end = ends[column] ?? 0;
    if (start === end) return "";
    const text = decodeText(buffer.subarray(start, end));
    if (text !== null) return text;
    // The reader sees the whole row and finds the exact rule.
    throw new RecordError("malformed_text", { field: this.#nameOf(column), value: "(bytes that are not text)" });
  }

  #parseDate(buffer: Uint8Array, start: number): void {
    // No later row may count as one of this date unless it is one.
    this.#dateBytes[0] = 0;
    this.#month = twoDigits(buffer, start);
    this.#day = twoDigits(buffer, start + 3);
    this.#year = twoDigits(buffer, start + 6) * 100 + twoDigits(buffer, start + 8);
    if (
      buffer[start + 2] !== SLASH || buffer[start + 5] !== SLASH || Number.isNaN(this.#month + this.#day + this.#year)
    ) {
      throw this.#refusal("bad_date", DATE);
    }
    const [month, day] = [this.#month, this.#day].map((part) => String(part).padStart(2, "0"));
    this.tradeDate = `${String(this.#year).padStart(4, "0")}-${month}-${day}`;
    for (let index = 0; index < DATE_LENGTH; index++) this.#dateBytes[index] = buffer[start + index] ?? 0;
  }

  #decimal(column: number, format: DecimalFormat, into: WideInteger): void {
    const { buffer, starts, ends } = this.#csv;
    const range = { start: starts[column] ?? 0, end: ends[column] ?? 0 };
    parseWide(buffer, range, { format, field: this.#nameOf(column), into });
  }

  #nameOf(column: number): string {
    return this.#names[column] ?? "";
  }

  #refusal(rule: "bad_date" | "not_an_integer" | "out_of_range", column: number, hint = HINTS[column]): RecordError {
    return new RecordError(rule, { field: this.#nameOf(column), value: this.text(column), hint });
  }
}

/** Micros since midnight of HH:MM:SS.mmm; NaN for any other text. */
function parseTime(buffer: Uint8Array, at: number): number {
  if (buffer[at + 2] !== COLON || buffer[at + 5] !== COLON || buffer[at + 8] !== DOT) return NaN;
  const hour = twoDigits(buffer, at), minute = twoDigits(buffer, at + 3), second = twoDigits(buffer, at + 6);
  const lastDigit = (buffer[at + 11] ?? 0) - ZERO;
  if (hour > 23 || minute > 59 || second > 59 || lastDigit < 0 || lastDigit > 9) return NaN;
  const millis = twoDigits(buffer, at + 9) * 10 + lastDigit;
  return (((hour * 60 + minute) * 60 + second) * 1000 + millis) * 1000;
}

/** The value of two ASCII digits; NaN for other bytes. */
function twoDigits(buffer: Uint8Array, at: number): number {
  const tens = (buffer[at] ?? 0) - ZERO, ones = (buffer[at + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}
