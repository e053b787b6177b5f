/**
 * The instants of a row with named fields: ISO 8601 text, or plain numbers in the declared unit.
 *
 * @module
 */
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import { MICROS_PER_DAY } from "../../records/values/civil_date.ts";
import {
  instantOfNumber,
  instantText,
  isPlainNumber,
  likelyReadings,
  type TimeUnit,
} from "../../records/values/epoch_number.ts";
import { RecordError } from "../../records/errors.ts";
import { type FineInstant, nanosText } from "../../records/values/fine_instant.ts";
import { toFineInstant } from "../../records/values/instant.ts";
import type { NamedRow, RowAbout } from "./named_row.ts";
import { UndeclaredError } from "./undeclared_error.ts";

/** The instant of a trade or quote. */
export interface EventInstant {
  readonly micros: number;
  /** The whole instant in nanoseconds, if it was cut to microseconds; else null. */
  readonly whole: string | null;
}

/** `exchange_timestamp` is v1's name, `timestamp` is v2's: one of them. */
export function eventInstant(row: NamedRow, about: RowAbout): EventInstant {
  const name = row.has("exchange_timestamp") ? "exchange_timestamp" : "timestamp";
  if (name === "exchange_timestamp" && row.has("timestamp")) {
    throw new RecordError("unclear_version", {
      field: "timestamp",
      value: row.digits("timestamp"),
      hint: "Give it or exchange_timestamp, not both.",
    });
  }
  const instant = fineInstant(row, name, about);
  const { micros } = instant;
  if (instant.nanos === 0) return { micros, whole: null };
  if (about.settings.finer === "keep") return { micros, whole: nanosText(instant) };
  const hint = "The field holds microseconds: --finer keep cuts it off there, and keeps all of it in " +
    "vendor_data.timestamp_ns.";
  throw new UndeclaredError("too_fine", { field: name, value: row.digits(name), hint });
}

/** When the row's own source received it; null if the row does not say. */
export function ingestionInstant(row: NamedRow, about: RowAbout): number | null {
  return row.has("ingestion_timestamp") ? wholeMicros(row, "ingestion_timestamp", about) : null;
}

/** A date: ISO 8601 with or without a time, or a plain number; null if absent. */
export function dateOf(row: NamedRow, name: string, about: RowAbout): number | null {
  if (!row.has(name)) return null;
  return microsOfIsoDate(row.text(name), name) ?? wholeMicros(row, name, { ...about, mayBeOld: true });
}

/** Rules for one instant. */
interface InstantAbout extends RowAbout {
  /** Whether it may be older than the events themselves, as a company's listing may. @default false */
  readonly mayBeOld?: boolean;
}

/** Only the instant of the event has a place for finer digits. */
function wholeMicros(row: NamedRow, name: string, about: InstantAbout): number {
  const { micros, nanos } = fineInstant(row, name, about);
  if (nanos === 0) return micros;
  const hint = `The field holds microseconds. As vendor_data.${name} it is kept as it is.`;
  throw new RecordError("too_fine", { field: name, value: row.digits(name), hint });
}

function fineInstant(row: NamedRow, name: string, about: InstantAbout): FineInstant {
  const { settings, ingestionMicros } = about;
  const text = row.text(name);
  if (!isPlainNumber(text)) return toFineInstant(text, name, settings);
  const { timeUnit } = settings;
  if (timeUnit !== null) return declaredInstant({ text, name, timeUnit, about });
  const likely = likelyReadings(text, ingestionMicros + MICROS_PER_DAY);
  const hint = likely.length === 0
    ? `${NEVER_LIKELY} Write instants as ISO 8601 text, such as 2014-03-10T10:00:00.123Z.`
    : `Say what it counts with --time-unit s, ms, us or ns: ${likely.join(", ")}.`;
  throw new UndeclaredError("no_unit", { field: name, value: row.digits(name), hint });
}

const NEVER_LIKELY = "In no unit is it an instant from 1980 to tomorrow.";

const WAYS_OUT = "Write instants as ISO 8601 text, or put the rows of each unit into a file of its own; " +
  "dlq replay --time-unit reads dead letters in theirs.";

/** A plain number in a row. */
interface DeclaredNumber {
  readonly text: string;
  readonly name: string;
  readonly timeUnit: TimeUnit;
  readonly about: InstantAbout;
}

/**
 * Reads a number in the unit that was declared for all rows. A row may still use another unit, for example in a file
 * joined from two. A number that is too late for its unit is beyond what records hold, unless every unit puts it in the
 * near future.
 *
 * @throws {UndeclaredError} If it is no instant in its unit but one in another, or if it is too early.
 */
function declaredInstant(number: DeclaredNumber): FineInstant {
  const { text, name, timeUnit, about: { settings, mayBeOld = false } } = number;
  const instant = instantInUnit(number);
  if (instant.micros >= settings.earliestMicros) return instant;
  const others = otherReadings(number);
  if (mayBeOld) {
    const hint = noInstantHint(text);
    if (hint !== null) throw new UndeclaredError("unlikely_instant", { field: name, value: text, hint });
    if (others.length === 0) return instant;
  }
  const hint = `By --time-unit, which is ${timeUnit}, it is ${instantText(instant.micros)}` +
    `${others.length === 0 ? `. ${NEVER_LIKELY}` : `; ${others.join(", ")}.`} ${WAYS_OUT} ` +
    "Only if the rows are so old: --earliest DATE takes those from that date on (of dead letters: dlq replay --earliest DATE).";
  throw new UndeclaredError("unlikely_instant", { field: name, value: text, hint });
}

/** The date that a plain number most likely spells out instead of a count; null if it may be a count. */
function noInstantHint(text: string): string | null {
  if (Number(text) === 0) return "0 is 1970-01-01 in every unit: leave the field empty where there is no date.";
  const [, year, month, day] = /^((?:18|19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.exec(text) ?? [];
  return year === undefined ? null : `It seems to be the date ${year}-${month}-${day}: write it so.`;
}

function instantInUnit(number: DeclaredNumber): FineInstant {
  const { text, name, timeUnit } = number;
  try {
    return instantOfNumber(text, timeUnit, name);
  } catch (error) {
    const others = error instanceof RecordError && error.rule === "out_of_range" ? otherReadings(number) : [];
    if (others.length === 0) throw error;
    const hint = `Check --time-unit, which is ${timeUnit}: ${others.join(", ")}. ${WAYS_OUT}`;
    throw new UndeclaredError("out_of_range", { field: name, value: text, hint });
  }
}

function otherReadings({ text, timeUnit, about: { ingestionMicros } }: DeclaredNumber): string[] {
  return likelyReadings(text, ingestionMicros + MICROS_PER_DAY, timeUnit);
}
