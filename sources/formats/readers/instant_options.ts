/**
 * The encodings of instants.
 *
 * @module
 */
import type { TimeUnit } from "../../../records/values/epoch_number.ts";
import type { Cells } from "../cells.ts";
import type { FinerInstants, RowSettings } from "../format.ts";
import type { FieldSource } from "./field_source.ts";
import type { FixedTime } from "./fixed_pattern.ts";

/** How an instant is written. */
export type InstantOptions = DeclaredInstant | EpochInstant | IsoInstant | CalendarInstant;

/** As csv and ndjson have it: ISO 8601, or a plain number in the unit of `--time-unit`. */
export interface DeclaredInstant extends FieldSource {
  readonly encoding: "declared";
}

/** A number that counts from 1970: digits, with a fraction or without. */
export interface EpochInstant extends FieldSource {
  readonly encoding: "epoch";
  readonly unit: TimeUnit | UnitByDigits | UnitByDate;
}

/** The unit by the number of digits: 10 are seconds, 13 millis, 16 micros and 19 nanos. Others are refused. */
export interface UnitByDigits {
  readonly by: "digits";
  /** The units that occur. */
  readonly units: readonly TimeUnit[];
}

/** One unit in files before a date, and another from it on. */
export interface UnitByDate {
  readonly by: "date";
  /** YYYY-MM-DD: the first date of the later unit. */
  readonly from: string;
  readonly before: TimeUnit;
  readonly after: TimeUnit;
}

/** ISO 8601, with an offset or in the time zone. */
export interface IsoInstant extends FieldSource {
  readonly encoding: "iso";
}

/** A date and a time of day, in one cell or in two, or with the date of the file. */
export interface CalendarInstant {
  readonly encoding: "calendar";
  readonly date: DatePart;
  /** Null if the pattern of the date has the time, too. */
  readonly time: TimePart | null;
  readonly zone: ZonePart;
}

/** Where the date is. */
export type DatePart =
  | (FieldSource & { readonly pattern: string })
  /** The date in the name or folder of the file. */
  | { readonly from: "file" };

/** Where the time of day is. */
export type TimePart =
  | (FieldSource & { readonly pattern: string })
  /** A count since midnight of the wall clock, with a fraction or without. */
  | (FieldSource & { readonly sinceMidnight: TimeUnit });

/** How local times become instants. */
export type ZonePart =
  /** The time zone of the settings. */
  | "settings"
  /** An IANA name. */
  | { readonly zone: string }
  /** A cell with the offset from UTC: `-5`, `+1100`, `+11:00`, `Z`. */
  | { readonly offset: FieldSource };

/** What the reader of an instant knows besides the row. */
export interface InstantContext
  extends Pick<RowSettings, "timeZone" | "ambiguousTime" | "timeUnit" | "earliestMicros"> {
  /**
   * `floor`: what is finer than micros is left out, as the mapping says so. `whole`: it is refused, and no setting changes
   * that, because only the instant of an event has a place for it.
   */
  readonly finer: FinerInstants | "floor" | "whole";
  /** YYYY-MM-DD, from the name or folder of the file; null if it has none. */
  readonly fileDate: string | null;
  /** Whether the instant may be older than the events themselves, as a company's listing may. */
  readonly mayBeOld: boolean;
  /** The time of reading, in micros. */
  readonly now: () => number;
}

/** Reads one instant of each row. */
export interface InstantReader {
  /** Nanoseconds past the micros that {@link read} returned, from 0 to 999. 0 unless they are kept. */
  readonly nanos: number;
  /**
   * Micros since the epoch, floored; NaN if the row says nothing, and the instant is in one cell that is no part of a date.
   *
   * @throws {RecordError} The rule that the value breaks; `UndeclaredError` if a setting is missing.
   */
  read(cells: Cells): number;
  /** How instants are written that are like the one that was read last. @default null: they have no simple form */
  alike?(): AlikeInstant | null;
}

/** A simple form of instants. */
export type AlikeInstant =
  /** Digits alone: whole units since the epoch. */
  | { readonly type: "epoch"; readonly slot: number; readonly unit: TimeUnit; readonly earliestMicros: number }
  /** A time of day on a date that is known. */
  | {
    readonly type: "time_of_day";
    readonly slot: number;
    readonly time: FixedTime;
    /** The cell of the date and its bytes; null for the date of the file. */
    readonly date: { readonly slot: number; readonly bytes: Uint8Array } | null;
    /** The instant to which the time is added, in micros. */
    readonly midnight: number;
  };
