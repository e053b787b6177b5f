/**
 * Converts dates of reference data to instants: midnight UTC of the date. v1 holds them as MM/DD/YYYY.
 *
 * @module
 */
import { dayNumber, isCivilDate, MICROS_PER_DAY } from "./civil_date.ts";
import { RecordError } from "../errors.ts";
import { toFreeText } from "./field_values.ts";

/**
 * The text, if it is a date written MM/DD/YYYY.
 *
 * @throws {RecordError} `missing`, `wrong_type`, `bad_date` or `out_of_range`.
 */
export function toUsDate(value: unknown, field: string): string {
  const text = toFreeText(value, field);
  microsOfUsDate(text, field);
  return text;
}

/**
 * Midnight UTC of a date written MM/DD/YYYY, in micros since the epoch.
 *
 * @throws {RecordError} `bad_date`, or `out_of_range` for years before 1685 and after 2254.
 */
export function microsOfUsDate(text: string, field: string): number {
  const match = /^([0-9]{2})\/([0-9]{2})\/([0-9]{4})$/.exec(text);
  const [, month, day, year] = match ?? [];
  return midnight(text, { year, month, day, field, form: "MM/DD/YYYY" });
}

/**
 * Midnight UTC of a date written YYYY-MM-DD, in micros since the epoch; null if the text is written in another way.
 *
 * @throws {RecordError} `bad_date`, or `out_of_range` for years before 1685 and after 2254.
 */
export function microsOfIsoDate(text: string, field: string): number | null {
  const match = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  if (match === null) return null;
  const [, year, month, day] = match;
  return midnight(text, { year, month, day, field, form: "YYYY-MM-DD" });
}

/** The date of an instant in UTC, as YYYY-MM-DD. */
export function isoDateOf(micros: number): string {
  return new Date(micros / 1000).toISOString().slice(0, 10);
}

/** The date whose midnight UTC an instant is, as MM/DD/YYYY; null if it is not midnight. */
export function usDateOfMicros(micros: number): string | null {
  if (micros % MICROS_PER_DAY !== 0) return null;
  const [year = "", month = "", day = ""] = isoDateOf(micros).split("-");
  return `${month}/${day}/${year}`;
}

interface DateParts {
  readonly year: string | undefined;
  readonly month: string | undefined;
  readonly day: string | undefined;
  readonly field: string;
  readonly form: string;
}

function midnight(text: string, { year, month, day, field, form }: DateParts): number {
  if (!isCivilDate(Number(year), Number(month), Number(day))) {
    throw new RecordError("bad_date", { field, value: text, hint: `Give a date as ${form}.` });
  }
  const micros = dayNumber(Number(year), Number(month), Number(day)) * MICROS_PER_DAY;
  if (Number.isSafeInteger(micros)) return micros;
  throw new RecordError("out_of_range", { field, value: text, hint: "Dates from the year 1685 to 2254 can be kept." });
}
