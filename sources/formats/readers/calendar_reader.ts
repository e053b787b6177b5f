/**
 * Reads instants of a date and a time of day on the wall clock: in one cell, in two, or with the date of the file.
 *
 * @module
 */
import { dayNumber, isCivilDate, MICROS_PER_DAY } from "../../../records/values/civil_date.ts";
import { RecordError } from "../../../records/errors.ts";
import { inRange } from "../../../records/values/fine_instant.ts";
import { LocalCalendar, localTimeError } from "../../../records/values/local_time.ts";
import { type Cells, isAbsent, NUMBER, TEXT, textOf } from "../cells.ts";
import type { FieldSource } from "./field_source.ts";
import { refuseFiner } from "./finer.ts";
import type {
  AlikeInstant,
  CalendarInstant,
  DatePart,
  InstantContext,
  InstantReader,
  TimePart,
} from "./instant_options.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { LastBytes } from "./last_bytes.ts";
import { EpochScanner } from "./scan_epoch.ts";
import { TimeParts } from "./time_parts.ts";
import { type TimePattern, timePattern } from "./time_pattern.ts";
import { offsetMinutes } from "./utc_offset.ts";

/** Where a part is, and its pattern; a count since midnight has a scanner in place of that. */
interface PatternPart extends FieldSource {
  readonly pattern: TimePattern;
}

export class CalendarReader implements InstantReader {
  nanos = 0;
  readonly #date: PatternPart | null;
  readonly #time: PatternPart | null;
  readonly #midnight: (FieldSource & Extract<TimePart, { readonly sinceMidnight: unknown }>) | null;
  readonly #count = new EpochScanner();
  readonly #parts = new TimeParts();
  /** Of times without an offset in the row. */
  readonly #calendar: LocalCalendar | null;
  readonly #offset: FieldSource | null;
  readonly #finer: InstantContext["finer"];
  readonly #fileDate: string;
  /** Whether the time of day is in a cell of its own, the date in another one or in none. */
  readonly #hasOwnTime: boolean;
  readonly #timeSlot: number;
  // Rows mostly have the date of the row before, and many its time.
  readonly #lastDate = new LastBytes();
  readonly #lastTime = new LastBytes();
  #lastMicros = 0;
  #lastNanos = 0;

  /** @throws {ReaderOptionsError} */
  constructor({ date, time, zone }: CalendarInstant, context: InstantContext) {
    this.#finer = context.finer;
    this.#date = "from" in date ? null : { ...date, pattern: timePattern(date.pattern) };
    this.#time = time !== null && "pattern" in time ? { ...time, pattern: timePattern(time.pattern) } : null;
    this.#midnight = time !== null && "sinceMidnight" in time ? time : null;
    this.#fileDate = this.#takeFileDate(date, context);
    this.#hasOwnTime = time !== null && this.#date?.pattern.hasTime !== true;
    this.#timeSlot = time?.slot ?? -1;
    requireOnce("date", "from" in date, [this.#date, this.#time].map((part) => part?.pattern.hasDate));
    requireOnce("time of day", this.#midnight !== null, [this.#date, this.#time].map((part) => part?.pattern.hasTime));
    const hasOffset = [this.#date, this.#time].some((part) => part?.pattern.hasOffset === true);
    if (hasOffset && zone !== "settings") {
      throw new ReaderOptionsError("The pattern has the offset from UTC, and a zone is given as well.");
    }
    this.#offset = typeof zone === "object" && "offset" in zone ? zone.offset : null;
    const timeZone = typeof zone === "object" && "zone" in zone ? zone.zone : context.timeZone;
    this.#calendar = hasOffset || this.#offset !== null
      ? null
      : new LocalCalendar(timeZone, { ambiguous: context.ambiguousTime });
  }

  read(cells: Cells): number {
    const date = this.#date;
    const isLastDate = date === null || this.#lastDate.isOf(cells, date.slot);
    if (isLastDate && this.#lastTime.isOf(cells, this.#timeSlot)) {
      this.nanos = this.#lastNanos;
      return this.#lastMicros;
    }
    this.nanos = 0;
    // No later row may count as one of this date or time unless it is one.
    this.#lastTime.forget();
    if (!isLastDate) {
      this.#lastDate.forget();
      this.#readPattern(cells, date);
      if (this.#hasOwnTime) this.#lastDate.keep(cells, date.slot);
    }
    const micros = this.#ofDay(cells);
    if (this.#hasOwnTime && this.#offset === null) {
      this.#lastTime.keep(cells, this.#timeSlot);
      this.#lastMicros = micros;
      this.#lastNanos = this.nanos;
    }
    return micros;
  }

  alike(): AlikeInstant | null {
    const calendar = this.#calendar, time = this.#time?.pattern.timeOfDay ?? null;
    if (calendar === null || time === null || !this.#hasOwnTime) return null;
    const { year, month, day } = this.#parts, date = this.#date;
    const midnight = calendar.midnightOf(year, month, day);
    const known = date === null ? null : { slot: date.slot, bytes: this.#lastDate.bytes };
    if (midnight === null || known?.bytes.length === 0) return null;
    return { type: "time_of_day", slot: this.#timeSlot, time, date: known, midnight };
  }

  /** Of the date that has been read. */
  #ofDay(cells: Cells): number {
    const parts = this.#parts, time = this.#time;
    if (time !== null) this.#readPattern(cells, time);
    let microsOfDay: number, { nanos } = parts;
    if (this.#midnight !== null) {
      microsOfDay = this.#readCount(cells, this.#midnight);
      nanos = this.#count.nanos;
    } else {
      microsOfDay = parts.microsOfDay;
      nanos %= 1000;
      if (Number.isNaN(microsOfDay)) throw this.#badPart(cells, time ?? this.#date, "time");
    }
    const micros = this.#resolve(cells, microsOfDay);
    if (nanos === 0) return micros;
    if (this.#finer === "keep") this.nanos = nanos;
    else if (this.#finer !== "floor") throw refuseFiner(this.#finer, this.#about(cells));
    return micros;
  }

  #resolve(cells: Cells, microsOfDay: number): number {
    const { year, month, day } = this.#parts, calendar = this.#calendar;
    if (calendar !== null) {
      const micros = calendar.resolve(year, month, day, microsOfDay);
      if (typeof micros === "number") return micros;
      throw localTimeError(micros, { ...this.#about(cells), timeZone: calendar.timeZone });
    }
    if (!isCivilDate(year, month, day)) throw new RecordError("bad_date", this.#about(cells));
    const offset = (this.#offset === null ? this.#parts.offsetMinutes : this.#readOffset(cells, this.#offset)) * 60e6;
    const { field, value } = this.#about(cells);
    return inRange(dayNumber(year, month, day) * MICROS_PER_DAY + (microsOfDay - offset), field, value);
  }

  #readPattern(cells: Cells, part: PatternPart): void {
    const { slot, pattern } = part;
    const kind = cells.kinds[slot];
    const isText = kind === TEXT || kind === NUMBER;
    if (isText && pattern.read(cells.buffer, cells.starts[slot] ?? 0, cells.ends[slot] ?? 0, this.#parts)) return;
    throw this.#badPart(cells, part, part === this.#date ? "date" : "time");
  }

  #readCount(
    cells: Cells,
    { slot, field, sinceMidnight }: FieldSource & { readonly sinceMidnight: "s" | "ms" | "us" | "ns" },
  ) {
    const kind = cells.kinds[slot];
    const micros = kind === TEXT || kind === NUMBER
      ? this.#count.scan(cells.buffer, cells.starts[slot] ?? 0, cells.ends[slot] ?? 0, sinceMidnight)
      : NaN;
    if (micros < MICROS_PER_DAY) return micros;
    const hint = `Times are ${sinceMidnight} since midnight, less than a day.`;
    throw new RecordError("bad_date", { field, value: textOf(cells, slot, field), hint });
  }

  #readOffset(cells: Cells, { slot, field }: FieldSource): number {
    const minutes = isAbsent(cells, slot)
      ? NaN
      : offsetMinutes(cells.buffer, cells.starts[slot] ?? 0, cells.ends[slot] ?? 0);
    if (!Number.isNaN(minutes)) return minutes;
    const hint = "Offsets are written +11:00, +1100, +11 or Z.";
    throw new RecordError("no_offset", { field, value: textOf(cells, slot, field), hint });
  }

  #badPart(cells: Cells, part: PatternPart | null, what: "date" | "time"): RecordError {
    if (part === null) return new RecordError("bad_date", this.#about(cells));
    const { slot, field, pattern } = part;
    const names = what === "date" ? "Dates" : "Times";
    const hint = `${names} are written ${pattern.text}.`;
    return new RecordError("bad_date", { field, value: textOf(cells, slot, field), hint });
  }

  /** The whole of the instant, for errors. */
  #about(cells: Cells): { readonly field: string; readonly value: string } {
    const fields = [this.#date, this.#time ?? this.#midnight].filter((part) => part !== null);
    const names = fields.map(({ field }) => field), texts = fields.map(({ slot, field }) => textOf(cells, slot, field));
    if (this.#date !== null) return { field: names.join(" and "), value: texts.join(",") };
    return { field: ["date of the file", ...names].join(" and "), value: [this.#fileDate, ...texts].join(",") };
  }

  #takeFileDate(date: DatePart, { fileDate }: InstantContext): string {
    if (!("from" in date)) return "";
    const [, year, month, day] = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(fileDate ?? "") ?? [];
    const parts = this.#parts;
    [parts.year, parts.month, parts.day] = [Number(year), Number(month), Number(day)];
    if (fileDate !== null && isCivilDate(parts.year, parts.month, parts.day)) return fileDate;
    throw new ReaderOptionsError("The times need the date of the file, and it has none.");
  }
}

/** A date or a time comes from one place. */
function requireOnce(what: string, isElsewhere: boolean, inPatterns: readonly (boolean | undefined)[]): void {
  const places = (isElsewhere ? 1 : 0) + inPatterns.filter((has) => has === true).length;
  if (places === 1) return;
  throw new ReaderOptionsError(`The instant has ${places === 0 ? "no" : "more than one"} ${what}.`);
}
