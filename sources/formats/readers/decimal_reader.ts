/**
 * Reads decimals in the encodings of sources, exactly.
 *
 * @module
 */
import { isMinus, parsePlain, type PlainDecimal } from "../../../records/columns/parse_decimal.ts";
import { RecordError } from "../../../records/errors.ts";
import { DECIMAL_V2, type DecimalFormat, toUnscaled } from "../../../records/values/decimal.ts";
import { SIGNED_V2 } from "../../../records/values/price_sign.ts";
import { bigOfHalves, numberOfHalves, WideInteger } from "../../../records/values/wide_integer.ts";
import { type Cells, isAbsent, NUMBER, TEXT } from "../cells.ts";
import { ofWritten, plainText, pointedText, roundNoise } from "./decimal_text.ts";
import {
  type AlikeDecimal,
  type DecimalForm,
  type DecimalOptions,
  type DecimalReader,
  MAX_TIMES,
} from "./decimal_options.ts";
import { type FieldSource, requiredText } from "./field_source.ts";
import { GroupedForm } from "./grouped_form.ts";
import { KnownBytes } from "./known_bytes.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { TimesForm } from "./times_form.ts";

const { scale: SCALE } = DECIMAL_V2;
const ONE = 10 ** SCALE;
/** A whole number in the file has as many digits as a decimal that v2 holds, and those of the shift past it. */
const MAX_SHIFT = 18;

/** @throws {ReaderOptionsError} If the options exclude one another. */
export function decimalReader(options: DecimalOptions): DecimalReader {
  const { shift = 0, mark = ".", roundTo, grouping, times = 1 } = options;
  if (!Number.isInteger(shift) || shift < 0 || shift > MAX_SHIFT) {
    throw new ReaderOptionsError(`A shift is a whole number from 0 to ${MAX_SHIFT}.`);
  }
  if (roundTo !== undefined && (!Number.isInteger(roundTo) || roundTo < 0 || roundTo > SCALE)) {
    throw new ReaderOptionsError(`Decimals are rounded to a whole number of them from 0 to ${SCALE}.`);
  }
  if (shift > 0 && (roundTo !== undefined || mark !== ".")) {
    throw new ReaderOptionsError("A whole number of units has neither a decimal mark nor noise.");
  }
  if (!Number.isInteger(times) || times < 1 || times > MAX_TIMES) {
    throw new ReaderOptionsError(`A number is multiplied by a whole number from 1 to ${MAX_TIMES}.`);
  }
  if (times > 1 && (shift > 0 || roundTo !== undefined)) {
    throw new ReaderOptionsError("A number that is multiplied has neither a shift nor noise.");
  }
  if (grouping === mark) {
    throw new ReaderOptionsError("One mark cannot stand before the decimals and between thousands.");
  }
  const format = options.signed === true || options.absolute === true ? SIGNED_V2 : DECIMAL_V2;
  const formOf = () => {
    const form = shift > 0
      ? new ShiftedForm(options, format, shift)
      : times > 1
      ? new TimesForm(options, format, times)
      : new WrittenForm(options, format);
    return grouping === undefined ? form : new GroupedForm(form, { field: options.field, grouping, mark });
  };
  return new FormReader(options, formOf(), missingValues(options, formOf()));
}

/** The numbers among the texts that stand for no value; others are compared as texts alone. */
function missingValues({ missing = [] }: DecimalOptions, form: DecimalForm): readonly WideInteger[] {
  return missing.flatMap((text) => {
    try {
      const value = new WideInteger();
      value.setBig(form.exact(text));
      return [value];
    } catch (error) {
      if (error instanceof RecordError) return [];
      throw error;
    }
  });
}

class FormReader implements DecimalReader {
  readonly #source: FieldSource;
  readonly #form: DecimalForm;
  readonly #absolute: boolean;
  readonly #whole: string | undefined;
  readonly #missing: KnownBytes<true> | null;
  readonly #missingValues: readonly WideInteger[];

  constructor(
    { slot, field, absolute = false, whole, missing = [] }: DecimalOptions,
    form: DecimalForm,
    missingValues: readonly WideInteger[],
  ) {
    this.#source = { slot, field };
    this.#form = form;
    this.#absolute = absolute;
    this.#whole = whole;
    this.#missing = missing.length === 0 ? null : new KnownBytes(missing.map((text) => [text, true]));
    this.#missingValues = missingValues;
  }

  get rounded(): number {
    return this.#form.rounded;
  }

  get alike(): AlikeDecimal | null {
    const { alike } = this.#form;
    if (alike === null || this.#missing !== null) return null;
    return { slot: this.#source.slot, ...alike };
  }

  read(cells: Cells, into: WideInteger): boolean {
    const { slot } = this.#source, form = this.#form;
    if (isAbsent(cells, slot)) return false;
    if (this.#missing !== null && this.#missing.of(cells, slot) === true) return false;
    const kind = cells.kinds[slot];
    const start = cells.starts[slot] ?? 0, end = cells.ends[slot] ?? 0;
    const isPlain = (kind === TEXT || kind === NUMBER) && form.plain(cells.buffer, start, end, into);
    if (!isPlain) into.setBig(form.exact(requiredText(cells, this.#source)));
    if (this.#absolute && into.high < 0) into.negate();
    for (const { high, low } of this.#missingValues) if (into.high === high && into.low === low) return false;
    if (!isPlain && this.#whole !== undefined) this.#requireWhole(cells, into, this.#whole);
    return true;
  }

  #requireWhole(cells: Cells, { high, low }: WideInteger, hint: string): void {
    const number = numberOfHalves(high, low);
    const isWhole = Number.isSafeInteger(number) ? number % ONE === 0 : bigOfHalves(high, low) % BigInt(ONE) === 0n;
    if (isWhole) return;
    const { field } = this.#source;
    throw new RecordError("not_an_integer", { field, value: requiredText(cells, this.#source), hint });
  }
}

/** A decimal as it is written. */
class WrittenForm implements DecimalForm {
  rounded = 0;
  readonly alike: Omit<AlikeDecimal, "slot">;
  readonly #field: string;
  readonly #format: DecimalFormat;
  readonly #mark: string;
  readonly #roundTo: number | undefined;
  readonly #plain: PlainDecimal;

  constructor({ field, mark = ".", roundTo, whole }: DecimalOptions, format: DecimalFormat) {
    this.#field = field;
    this.#format = format;
    this.#mark = mark;
    this.#roundTo = roundTo;
    // What is past the decimals to which noise is rounded is noise, or a fault.
    const scale = whole === undefined ? roundTo ?? SCALE : 0;
    this.#plain = { format: { ...format, scale }, scale: SCALE, mark: mark.charCodeAt(0) };
    this.alike = { integerDigits: format.integerDigits, decimals: scale, mark: mark.charCodeAt(0) };
  }

  plain(buffer: Uint8Array, start: number, end: number, into: WideInteger): boolean {
    if (this.#format.signed !== true || !isMinus(buffer, start, end)) {
      return parsePlain(buffer, start, end, this.#plain, into);
    }
    if (!parsePlain(buffer, start + 1, end, this.#plain, into)) return false;
    into.negate();
    return true;
  }

  exact(text: string): bigint {
    const field = this.#field;
    const marked = this.#mark === "." ? text : pointedText(text, field);
    const roundTo = this.#roundTo;
    if (roundTo === undefined) return this.#unscaled(marked, text);
    const noise = roundNoise(marked, roundTo);
    if (noise === null) return this.#unscaled(marked, text);
    if (noise.isNoise) {
      const unscaled = this.#unscaled(noise.text, text);
      if (noise.changed) this.rounded += 1;
      return unscaled;
    }
    const hint = `It is rounded to ${roundTo} decimals only where those past them begin with 000 or 999.`;
    throw new RecordError("too_many_decimals", { field, value: text, hint });
  }

  #unscaled(text: string, written: string): bigint {
    return text === written
      ? toUnscaled(text, this.#format, this.#field)
      : ofWritten(written, () => toUnscaled(text, this.#format, this.#field));
  }
}

/** A whole number of units of 10^-shift. */
class ShiftedForm implements DecimalForm {
  readonly alike = null;
  readonly rounded = 0;
  readonly #field: string;
  readonly #format: DecimalFormat;
  readonly #shift: number;
  readonly #whole: boolean;
  readonly #unit: number;
  /** By what the units past a whole one are multiplied; 0 if the value has more decimals than fit. */
  readonly #factor: number;

  constructor({ field, whole }: DecimalOptions, format: DecimalFormat, shift: number) {
    this.#field = field;
    this.#whole = whole !== undefined;
    this.#format = format;
    this.#shift = shift;
    this.#unit = 10 ** shift;
    this.#factor = shift <= SCALE ? 10 ** (SCALE - shift) : 0;
  }

  plain(buffer: Uint8Array, start: number, end: number, into: WideInteger): boolean {
    const negative = this.#format.signed === true && isMinus(buffer, start, end);
    const from = negative ? start + 1 : start;
    // As many digits are exact.
    if (from === end || end - from > 15) return false;
    let units = 0;
    for (let at = from; at < end; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return false;
      units = units * 10 + digit;
    }
    const whole = Math.floor(units / this.#unit), rest = units - whole * this.#unit;
    if (whole >= 10 ** DECIMAL_V2.integerDigits || (this.#whole && rest !== 0)) return false;
    let fraction = rest * this.#factor;
    if (this.#factor === 0) {
      const past = 10 ** (this.#shift - SCALE);
      if (rest % past !== 0) return false;
      fraction = rest / past;
    }
    into.set(whole, 10 ** SCALE, fraction);
    if (negative) into.negate();
    return true;
  }

  exact(text: string): bigint {
    const field = this.#field;
    if (/^-?[0-9]+$/.test(text)) {
      // So that only numbers that are too large are too long to be shifted.
      const shifted = plainText(text.replace(/^(-?)0+(?=[0-9])/, "$1"), -this.#shift);
      return ofWritten(text, () => toUnscaled(shifted, this.#format, field));
    }
    // What is no number either breaks another rule, which this call throws.
    if (!/^-?[0-9.]+(?:[eE][+-]?[0-9]+)?$/.test(text)) toUnscaled(text, this.#format, field);
    const hint = `It counts units of 10^-${this.#shift}: write it in digits only.`;
    throw new RecordError("not_an_integer", { field, value: text, hint });
  }
}
