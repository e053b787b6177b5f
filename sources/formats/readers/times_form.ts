/**
 * Decimals that count lots of a fixed number of units.
 *
 * @module
 */
import { isMinus } from "../../../records/columns/parse_decimal.ts";
import { DECIMAL_V2, type DecimalFormat, toUnscaled, unscaledToText } from "../../../records/values/decimal.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { DecimalForm, DecimalOptions } from "./decimal_options.ts";
import { ofWritten, pointedText, productText } from "./decimal_text.ts";

const { scale: SCALE, integerDigits: INTEGER_DIGITS } = DECIMAL_V2;
/** As many digits are exact in a number. */
const EXACT_DIGITS = 15;

/** A number times a whole one, exactly: 2.5 lots of 100 are 250. */
export class TimesForm implements DecimalForm {
  /** WebAssembly multiplies nothing. */
  readonly alike = null;
  readonly rounded = 0;
  readonly #field: string;
  readonly #format: DecimalFormat;
  readonly #mark: string;
  readonly #times: number;

  constructor({ field, mark = "." }: DecimalOptions, format: DecimalFormat, times: number) {
    this.#field = field;
    this.#format = format;
    this.#mark = mark;
    this.#times = times;
  }

  /** Whole numbers, as lots mostly are. */
  plain(buffer: Uint8Array, start: number, end: number, into: WideInteger): boolean {
    const negative = this.#format.signed === true && isMinus(buffer, start, end);
    const from = negative ? start + 1 : start;
    if (from === end || end - from > EXACT_DIGITS) return false;
    let lots = 0;
    for (let at = from; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return false;
      lots = lots * 10 + digit;
    }
    const units = lots * this.#times;
    // Larger ones are not exact, and refused.
    if (units >= 10 ** INTEGER_DIGITS) return false;
    into.set(units, 10 ** SCALE, 0);
    if (negative) into.negate();
    return true;
  }

  exact(text: string): bigint {
    const format = this.#format, field = this.#field;
    const pointed = this.#mark === "," ? pointedText(text, field) : text;
    const product = productText(pointed, BigInt(this.#times));
    if (product !== null) return ofWritten(text, () => toUnscaled(product, format, field));
    // No number, or one of hundreds of digits, which a record may have all the same if most are zeros.
    const unscaled = ofWritten(text, () => toUnscaled(pointed, format, field)) * BigInt(this.#times);
    return ofWritten(text, () => toUnscaled(unscaledToText(unscaled, SCALE), format, field));
  }
}
