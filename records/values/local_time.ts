/**
 * Converts local times of an exchange to instants: exact on days when the clocks change, and quick on all days.
 *
 * @module
 */
import { dayNumber, isCivilDate, MICROS_PER_DAY } from "./civil_date.ts";
import { RecordError, type RecordRule } from "../errors.ts";

/** What to do with a local time that happened twice, because the clocks were put back over it. */
export type AmbiguousTime = "refuse" | "earlier" | "later";

/** How a {@link LocalCalendar} treats its input. */
export interface LocalCalendarOptions {
  /** @default "refuse" */
  readonly ambiguous?: AmbiguousTime | undefined;
  /** Field name for errors. @default "timestamp" */
  readonly field?: string | undefined;
}

/** Why there is no instant for a local time. */
export type LocalTimeFault = Extract<
  RecordRule,
  "bad_date" | "nonexistent_local_time" | "ambiguous_local_time" | "out_of_range"
>;

/** A span of instants over which the offset from UTC stays the same. */
interface Span {
  /** First instant, in micros; the next span's `from` ends it. */
  readonly from: number;
  readonly until: number;
  /** Local time minus UTC, in micros. */
  readonly offset: number;
}

interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** UTC micros of this date at 00:00, as if local time were UTC. */
  readonly nominal: number;
  /** All spans in which a local time of this day can fall: one, except on days around a change of the clocks. */
  readonly spans: readonly Span[];
}

/** Bounds the memory for the dates of a hostile file; days are cheap to compute again. */
const MAX_DAYS = 4096;

/**
 * Turns local dates and times of one time zone into instants. Each day's offset is looked up once and kept, so that a
 * row of a file costs an addition. Days around a change of the clocks are exact too: it refuses a local time that was
 * skipped, and refuses one that happened twice or chooses an instant, by its options.
 */
export class LocalCalendar {
  readonly timeZone: string;
  readonly #ambiguous: AmbiguousTime;
  readonly #field: string;
  readonly #days = new Map<number, Day>();
  /** The last day used: rows mostly stay on one day, and this saves the look-up in the map. */
  #last: Day | null = null;

  /** @throws {RecordError} `unknown_time_zone`. */
  constructor(timeZone: string, options: LocalCalendarOptions = {}) {
    this.timeZone = timeZone;
    this.#ambiguous = options.ambiguous ?? "refuse";
    this.#field = options.field ?? "timestamp";
    checkTimeZone(timeZone);
  }

  /**
   * The instant of a local time, in micros since the epoch.
   *
   * @throws {RecordError} `bad_date`, `nonexistent_local_time`, `ambiguous_local_time` or `out_of_range`.
   */
  toMicros(year: number, month: number, day: number, microsOfDay: number): number {
    const result = this.resolve(year, month, day, microsOfDay);
    if (typeof result === "number") return result;
    throw localTimeError(result, {
      field: this.#field,
      value: textOfLocalTime(year, month, day, microsOfDay),
      timeZone: this.timeZone,
    });
  }

  /** Like {@link toMicros}, but returns the broken rule instead of throwing: for readers of rows. */
  resolve(year: number, month: number, day: number, microsOfDay: number): number | LocalTimeFault {
    if (!(microsOfDay >= 0 && microsOfDay < MICROS_PER_DAY) || !Number.isInteger(microsOfDay)) return "bad_date";
    let found = this.#last;
    if (found === null || found.day !== day || found.month !== month || found.year !== year) {
      if (!isCivilDate(year, month, day)) return "bad_date";
      found = this.#last = this.#dayOf(year, month, day);
    }
    const local = found.nominal + microsOfDay;
    const { spans } = found, only = spans[0];
    if (only === undefined) return "out_of_range";
    if (spans.length === 1) return local - only.offset;
    return this.#search(spans, local);
  }

  /** The instant to which any time of day of a date is added, in micros; null on days around a change of the clocks. */
  midnightOf(year: number, month: number, day: number): number | null {
    if (!isCivilDate(year, month, day)) return null;
    const { nominal, spans } = this.#dayOf(year, month, day), only = spans[0];
    return spans.length === 1 && only !== undefined ? nominal - only.offset : null;
  }

  #dayOf(year: number, month: number, day: number): Day {
    const key = dayNumber(year, month, day);
    const known = this.#days.get(key);
    if (known !== undefined) return known;
    if (this.#days.size >= MAX_DAYS) this.#days.clear();
    const nominal = key * MICROS_PER_DAY;
    const made = { year, month, day, nominal, spans: spansAround(nominal, this.timeZone) };
    this.#days.set(key, made);
    return made;
  }

  #search(spans: readonly Span[], local: number): number | LocalTimeFault {
    let first: number | null = null;
    for (const span of spans) {
      const instant = local - span.offset;
      if (instant < span.from || instant >= span.until) continue;
      if (first === null) {
        first = instant;
        if (this.#ambiguous === "earlier") return first;
      } else {
        return this.#ambiguous === "later" ? instant : "ambiguous_local_time";
      }
    }
    return first ?? "nonexistent_local_time";
  }
}

/** The error for a local time that has no single instant. */
export function localTimeError(
  rule: LocalTimeFault,
  about: { readonly field: string; readonly value: unknown; readonly timeZone: string },
): RecordError {
  const { field, value, timeZone } = about;
  return new RecordError(rule, { field, value, hint: hintOf(rule, timeZone), rowHint: rowHintOf(rule, timeZone) });
}

function hintOf(rule: LocalTimeFault, timeZone: string): string | undefined {
  switch (rule) {
    case "nonexistent_local_time":
      return `Check that ${timeZone} is the time zone of this time.`;
    case "ambiguous_local_time":
      return `Choose the earlier or the later of the two instants in ${timeZone} with ambiguousTime.`;
    case "bad_date":
      return undefined;
    case "out_of_range":
      return "Instants from the year 1685 to 2254 can be kept.";
  }
}

function rowHintOf(rule: LocalTimeFault, timeZone: string): string | undefined {
  if (rule === "nonexistent_local_time") return `Check --time-zone, which is ${timeZone}.`;
  if (rule !== "ambiguous_local_time") return hintOf(rule, timeZone);
  return `Of its two instants in ${timeZone} choose one: --ambiguous-time earlier or later beside the other flags of the ` +
    "load. Where the row is a dead letter already, `deno task dlq replay --reason ambiguous_local_time --ambiguous-time " +
    "earlier` or `… later` writes it.";
}

/** A day is 24 hours, an offset less than 24: wider than any local time of the day can be from its UTC twin. */
const MARGIN = MICROS_PER_DAY;

function spansAround(nominal: number, timeZone: string): readonly Span[] {
  const start = nominal - MARGIN;
  const end = nominal + MICROS_PER_DAY + MARGIN;
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return [];
  const spans: Span[] = [];
  let here = Temporal.Instant.fromEpochMilliseconds(start / 1000).toZonedDateTimeISO(timeZone);
  let from = -Infinity;
  for (;;) {
    const offset = here.offsetNanoseconds / 1000;
    const next = here.getTimeZoneTransition("next");
    const until = next === null ? Infinity : next.epochMilliseconds * 1000;
    if (next === null || until >= end) {
      spans.push({ from, until: Infinity, offset });
      return spans;
    }
    spans.push({ from, until, offset });
    from = until;
    here = next;
  }
}

/** Time zones that there are: each reader asks for the one of its file. */
const checked = new Set<string>();

/** @throws {RecordError} `unknown_time_zone`. */
function checkTimeZone(timeZone: string): void {
  if (checked.has(timeZone)) return;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    checked.add(timeZone);
  } catch (cause) {
    const hint = "Give an IANA name such as Australia/Sydney, or UTC.";
    throw new RecordError("unknown_time_zone", { field: "timeZone", value: timeZone, hint, cause });
  }
}

function textOfLocalTime(year: number, month: number, day: number, microsOfDay: number): string {
  const seconds = Math.floor(microsOfDay / 1e6);
  const pad = (value: number, length: number) => String(value).padStart(length, "0");
  const date = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => pad(part, 2));
  return `${date}T${time.join(":")}.${pad(microsOfDay - seconds * 1e6, 6)}`;
}
