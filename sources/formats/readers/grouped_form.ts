/**
 * Decimals whose thousands are apart: 1,234,567.89.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { DecimalForm, Grouping } from "./decimal_options.ts";
import { ofWritten } from "./decimal_text.ts";

/** What a {@link GroupedForm} is about. */
export interface GroupedOptions {
  readonly field: string;
  readonly grouping: Grouping;
  /** What stands before the decimals. */
  readonly mark: "." | ",";
}

/** The characters of each mark, as a class of a pattern. */
const CHARACTERS: Readonly<Record<Grouping, string>> = { ",": ",", ".": ".", " ": " \u00a0\u202f", "'": "'\u2019" };

/**
 * Another form with its thousands apart. Each group has three digits, the first one to three and no zero before them: 0,123
 * is no thousand. Anything else with the mark is refused, for it may be the mark of decimals.
 */
export class GroupedForm implements DecimalForm {
  readonly alike: DecimalForm["alike"];
  readonly #form: DecimalForm;
  readonly #field: string;
  readonly #grouped: RegExp;
  readonly #marks: RegExp;
  readonly #hint: string;

  constructor(form: DecimalForm, { field, grouping, mark }: GroupedOptions) {
    this.#form = form;
    // Digits without the mark are read as by the form itself.
    this.alike = form.alike;
    this.#field = field;
    const marks = `[${CHARACTERS[grouping]}]`;
    this.#marks = new RegExp(marks, "g");
    this.#grouped = new RegExp(`^-?[1-9][0-9]{0,2}(?:${marks}[0-9]{3})+(?:[${mark}][0-9]*)?$`);
    const like = ["1", "234", "567"].join(grouping) + mark + "5";
    this.#hint =
      `In this format ${JSON.stringify(grouping)} stands between groups of three digits, and decimals are behind ` +
      `${JSON.stringify(mark)}: ${like}.`;
  }

  get rounded(): number {
    return this.#form.rounded;
  }

  plain(buffer: Uint8Array, start: number, end: number, into: WideInteger): boolean {
    return this.#form.plain(buffer, start, end, into);
  }

  exact(text: string): bigint {
    this.#marks.lastIndex = 0;
    if (!this.#marks.test(text)) return this.#form.exact(text);
    if (!this.#grouped.test(text)) {
      throw new RecordError("grouping", { field: this.#field, value: text, hint: this.#hint });
    }
    return ofWritten(text, () => this.#form.exact(text.replace(this.#marks, "")));
  }
}
