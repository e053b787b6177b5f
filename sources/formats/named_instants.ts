/**
 * The instants of a row with named fields: ISO 8601 text, or plain numbers in the declared unit.
 *
 * @module
 */
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import { RecordError } from "../../records/errors.ts";
import { nanosText } from "../../records/values/fine_instant.ts";
import type { NamedRow, RowAbout } from "./named_row.ts";
import { refuseFiner } from "./readers/finer.ts";
import { type InstantAbout, instantOfText } from "./readers/instant_text.ts";

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
  const instant = instantOfText(row.text(name), name, about);
  const { micros } = instant;
  if (instant.nanos === 0) return { micros, whole: null };
  if (about.settings.finer === "keep") return { micros, whole: nanosText(instant) };
  throw refuseFiner("refuse", { field: name, value: row.digits(name) });
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

/** Only the instant of the event has a place for finer digits. */
function wholeMicros(row: NamedRow, name: string, about: InstantAbout): number {
  const { micros, nanos } = instantOfText(row.text(name), name, about);
  if (nanos === 0) return micros;
  throw refuseFiner("whole", { field: name, value: row.digits(name) });
}
