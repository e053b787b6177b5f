/**
 * Exact instants. `Temporal.Instant`, `Date`, ISO 8601 text and bigint micros go in; whole micros or millis since the
 * epoch come out. No unit is guessed by size, nothing is rounded, and text without an offset needs a time zone.
 *
 * @module
 */
import { dayNumber, isCivilDate, MICROS_PER_DAY } from "./civil_date.ts";
import { isPlainNumber } from "./epoch_number.ts";
import { RecordError } from "../errors.ts";
import { type FineInstant, inRange } from "./fine_instant.ts";
import { type AmbiguousTime, LocalCalendar, localTimeError } from "./local_time.ts";

/** The forms of an instant. A bigint is micros since the epoch. */
export type InstantInput = Temporal.Instant | Date | string | bigint;

/** How to read text that has no offset from UTC. */
export interface InstantOptions {
  /** IANA name. Without one, text needs an offset. */
  readonly timeZone?: string | undefined;
  /** Which instant to take of a local time that happened twice. @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | undefined;
}

const FORMS = {
  hint: "Give a Temporal.Instant, a Date, ISO 8601 text such as 2014-03-10T10:00:00.123+11:00, or bigint micros.",
  rowHint: "Write date and time in one, as ISO 8601 has them, such as 2014-03-10T10:00:00.123+11:00.",
} as const;

/**
 * Micros since the epoch.
 *
 * @throws {RecordError} `missing`, `wrong_type`, `no_unit`, `empty`, `not_iso_8601`, `bad_date`, `no_offset`, `too_fine`,
 * `out_of_range`, `unknown_time_zone`, `nonexistent_local_time` or `ambiguous_local_time`.
 */
export function toMicros(value: InstantInput, field: string, options: InstantOptions = {}): number {
  switch (typeof value) {
    case "string":
      return wholeMicros(toFineInstant(value, field, options), field, value);
    case "bigint":
      return inRange(Number(value), field, value);
    case "number":
      throw new RecordError("no_unit", { field, value, ...FORMS });
    default:
      if (value instanceof Date) return inRange(microsOfDate(value, field), field, value);
      if (value instanceof Temporal.Instant) return inRange(microsOfInstant(value, field), field, value);
      throw new RecordError(value === undefined || value === null ? "missing" : "wrong_type", {
        field,
        value,
        ...FORMS,
      });
  }
}

/**
 * Millis since the epoch.
 *
 * @throws {RecordError} As {@link toMicros}; `too_fine` too if the instant is not a whole millisecond.
 */
export function toMillis(value: InstantInput, field: string, options: InstantOptions = {}): number {
  const micros = toMicros(value, field, options);
  if (micros % 1000 === 0) return micros / 1000;
  throw new RecordError("too_fine", { field, value, hint: "The field holds milliseconds." });
}

function wholeMicros({ micros, nanos }: FineInstant, field: string, value: string): number {
  if (nanos === 0) return micros;
  throw new RecordError("too_fine", { field, value, hint: "The field holds microseconds." });
}

function microsOfDate(value: Date, field: string): number {
  const millis = value.getTime();
  if (Number.isNaN(millis)) throw new RecordError("bad_date", { field, value });
  return millis * 1000;
}

function microsOfInstant(value: Temporal.Instant, field: string): number {
  const nanos = value.epochNanoseconds;
  if (nanos % 1000n === 0n) return Number(nanos / 1000n);
  throw new RecordError("too_fine", { field, value, hint: "The field holds microseconds." });
}

const ISO_8601 =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?:([Zz])|([+-])([0-9]{2})(?::?([0-9]{2}))?)?$/;

/** The same without marks between the digits: ISO 8601's basic form, such as 20140310T100000.123+1100. */
const BASIC_ISO_8601 =
  /^([0-9]{4})([0-9]{2})([0-9]{2})[Tt]([0-9]{2})([0-9]{2})(?:([0-9]{2})(?:[.,]([0-9]+))?)?(?:([Zz])|([+-])([0-9]{2})([0-9]{2})?)?$/;

/**
 * The instant of ISO 8601 text, down to the nanosecond.
 *
 * @throws {RecordError} As {@link toMicros} for text; `too_fine` only for a part of a nanosecond.
 */
export function toFineInstant(text: string, field: string, options: InstantOptions): FineInstant {
  const match = ISO_8601.exec(text) ?? BASIC_ISO_8601.exec(text);
  if (match === null) throw refusalOfText(text, field);
  const [, years, months, days, hours, minutes, seconds = "0", fraction = "", utc, sign, offsetHours] = match;
  const [year, month, day] = [Number(years), Number(months), Number(days)];
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds)];
  const offset = (Number(offsetHours ?? "0") * 60 + Number(match[11] ?? "0")) * 60_000_000;
  const valid = isCivilDate(year, month, day) && hour < 24 && minute < 60 && second < 60;
  if (!valid || Number(match[11] ?? "0") >= 60 || offset >= MICROS_PER_DAY) {
    throw new RecordError("bad_date", { field, value: text });
  }
  const microsOfDay = ((hour * 60 + minute) * 60 + second) * 1_000_000 + Number(fraction.slice(0, 6).padEnd(6, "0"));
  const nanos = fraction.length > 6 ? nanosOfFraction(fraction, text, field) : 0;
  if (utc === undefined && sign === undefined) {
    const { timeZone, ambiguousTime } = options;
    if (timeZone === undefined) {
      throw new RecordError("no_offset", {
        field,
        value: text,
        hint: "Add an offset such as +11:00, or give timeZone.",
        rowHint: "Add an offset such as +11:00, or give --time-zone.",
      });
    }
    const local = calendarOf(timeZone, ambiguousTime).resolve(year, month, day, microsOfDay);
    if (typeof local === "string") throw localTimeError(local, { field, value: text, timeZone });
    return { micros: inRange(local, field, text), nanos };
  }
  // Adds the offset first: near the end of the safe integers the local time alone can be past it.
  const micros = dayNumber(year, month, day) * MICROS_PER_DAY + (microsOfDay - (sign === "-" ? -offset : offset));
  return { micros: inRange(micros, field, text), nanos };
}

/** The seventh to the ninth digit: nanoseconds past the micros. */
function nanosOfFraction(fraction: string, text: string, field: string): number {
  for (let index = 9; index < fraction.length; index += 1) {
    if (fraction[index] !== "0") {
      throw new RecordError("too_fine", { field, value: text, hint: "No instant is finer than a nanosecond." });
    }
  }
  return Number(fraction.slice(6, 9).padEnd(3, "0"));
}

function refusalOfText(text: string, field: string): RecordError {
  if (text === "") return new RecordError("empty", { field, value: text, ...FORMS });
  const rule = isPlainNumber(text) ? "no_unit" : "not_iso_8601";
  return new RecordError(rule, { field, value: text, ...FORMS });
}

/** One calendar for each time zone in use, which computes each day once. Cleared if a caller uses too many zones. */
const calendars = new Map<string, LocalCalendar>();
const MAX_CALENDARS = 256;

function calendarOf(timeZone: string, ambiguous: AmbiguousTime = "refuse"): LocalCalendar {
  const key = `${ambiguous} ${timeZone}`;
  const known = calendars.get(key);
  if (known !== undefined) return known;
  const made = new LocalCalendar(timeZone, { ambiguous });
  if (calendars.size >= MAX_CALENDARS) calendars.clear();
  calendars.set(key, made);
  return made;
}
