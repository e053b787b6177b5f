/**
 * Reads whole numbers.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { DECIMAL_V2, toUnscaled } from "../../../records/values/decimal.ts";
import { toCompanyNumber, toCount, toInt32, toLong } from "../../../records/values/field_values.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import { type Cells, isAbsent, NUMBER, TEXT } from "../cells.ts";
import { digitsOf, type FieldSource } from "./field_source.ts";
import type { IntegerOptions, IntegerReader } from "./value_options.ts";

/** As many digits are exact as a number. */
const SAFE_DIGITS = 15;
const MAX_INT = 2 ** 31 - 1;

export function integerReader(options: IntegerOptions): IntegerReader {
  const { slot, field, bits, fromZero = false, leadingZeros = false } = options;
  const check = bits === 32 ? (fromZero ? toCompanyNumber : toInt32) : fromZero ? toCount : toLong;
  return new CheckedReader({ slot, field }, {
    check: leadingZeros ? (value, name) => toCode(value, name) : check,
    largest: bits === 32 ? MAX_INT : Number.MAX_SAFE_INTEGER,
    leadingZeros,
  });
}

interface IntegerRules {
  /** @throws {RecordError} */
  readonly check: (value: unknown, field: string) => number | bigint;
  readonly largest: number;
  readonly leadingZeros: boolean;
}

class CheckedReader implements IntegerReader {
  readonly #source: FieldSource;
  readonly #rules: IntegerRules;

  constructor(source: FieldSource, rules: IntegerRules) {
    this.#source = source;
    this.#rules = rules;
  }

  read(cells: Cells, into: WideInteger): boolean {
    const { slot } = this.#source;
    if (isAbsent(cells, slot)) return false;
    const plain = this.#plain(cells);
    if (plain >= 0) into.set(plain, 1, 0);
    else into.setBig(BigInt(this.#rules.check(digitsOf(cells, this.#source), this.#source.field)));
    return true;
  }

  /** The number of plain digits; -1 for anything that needs a closer look. */
  #plain({ buffer, starts, ends, kinds }: Cells): number {
    const { slot } = this.#source, { largest, leadingZeros } = this.#rules;
    const kind = kinds[slot], start = starts[slot] ?? 0, end = ends[slot] ?? 0, length = end - start;
    if ((kind !== TEXT && kind !== NUMBER) || length > SAFE_DIGITS) return -1;
    if (!leadingZeros && length > 1 && buffer[start] === 0x30) return -1;
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    return value <= largest ? value : -1;
  }
}

/** A code of a tick file: digits only, from 0 to 2^31-1. */
function toCode(value: unknown, field: string): number {
  const text = String(value);
  if (/^[0-9]+$/.test(text)) {
    if (Number(text) <= MAX_INT) return Number(text);
    throw new RecordError("out_of_range", { field, value, hint: `The largest is ${MAX_INT}.` });
  }
  // A value that is no decimal either breaks another rule, which this call throws.
  toUnscaled(text, DECIMAL_V2, field);
  throw new RecordError("not_an_integer", { field, value, hint: "Write it in digits only." });
}
