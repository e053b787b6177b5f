/**
 * The instants of a row with named fields: ISO 8601 text, or plain numbers in the declared unit.
 *
 * @module
 */
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import type { NamedRow, RowAbout } from "./named_row.ts";
import { refuseFiner } from "./readers/finer.ts";
import { type InstantAbout, instantOfText } from "./readers/instant_text.ts";

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
