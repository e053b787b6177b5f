/**
 * The instants of texts, with the reason and the advice where one is refused: the slow path of all readers.
 *
 * @module
 */
import { MICROS_PER_DAY } from "../../../records/values/civil_date.ts";
import {
  instantOfNumber,
  instantText,
  isPlainNumber,
  likelyReadings,
  type TimeUnit,
} from "../../../records/values/epoch_number.ts";
import { RecordError } from "../../../records/errors.ts";
import type { FineInstant } from "../../../records/values/fine_instant.ts";
import { toFineInstant } from "../../../records/values/instant.ts";
import type { RowSettings } from "../format.ts";
import { UndeclaredError } from "../undeclared_error.ts";

/** What decides on an instant besides its text. */
export interface InstantAbout {
  readonly settings: Pick<RowSettings, "timeZone" | "ambiguousTime" | "timeUnit" | "earliestMicros">;
  /** The time of reading, in micros. */
  readonly ingestionMicros: number;
  /** Whether it may be older than the events themselves, as a company's listing may. @default false */
  readonly mayBeOld?: boolean;
}

/**
 * The instant of ISO 8601 text, or of a plain number in the unit of the settings.
 *
 * @throws {RecordError}
 */
export function instantOfText(text: string, field: string, about: InstantAbout): FineInstant {
  if (!isPlainNumber(text)) return toFineInstant(text, field, about.settings);
  const { settings: { timeUnit }, ingestionMicros } = about;
  if (timeUnit !== null) return instantInUnit({ text, field, unit: timeUnit, isOfFormat: false, about });
  const likely = likelyReadings(text, ingestionMicros + MICROS_PER_DAY);
  const hint = likely.length === 0
    ? `${NEVER_LIKELY} Write instants as ISO 8601 text, such as 2014-03-10T10:00:00.123Z.`
    : `Say what it counts with --time-unit s, ms, us or ns: ${likely.join(", ")}.`;
  throw new UndeclaredError("no_unit", { field, value: text, hint });
}

const NEVER_LIKELY = "In no unit is it an instant from 1980 to tomorrow.";

const WAYS_OUT = "Write instants as ISO 8601 text, or put the rows of each unit into a file of its own; " +
  "dlq replay --time-unit reads dead letters in theirs.";

const OTHER_FORMAT = "The file is of another format, or some of its rows are.";

/** A plain number in a row. */
export interface NumberInUnit {
  /** It {@link isPlainNumber}. */
  readonly text: string;
  readonly field: string;
  readonly unit: TimeUnit;
  /** Whether the format says the unit, and not the user. */
  readonly isOfFormat: boolean;
  readonly about: InstantAbout;
}

/**
 * Reads a number in the unit that was declared for all rows. A row may still use another unit, for example in a file
 * joined from two. A number that is too late for its unit is beyond what records hold, unless every unit puts it in the
 * near future.
 *
 * @throws {UndeclaredError} If it is no instant in its unit but one in another, or if it is too early.
 */
export function instantInUnit(number: NumberInUnit): FineInstant {
  const { text, field, unit, isOfFormat, about: { settings, mayBeOld = false } } = number;
  const instant = inRangeOfUnit(number);
  if (instant.micros >= settings.earliestMicros) return instant;
  const others = otherReadings(number);
  if (mayBeOld) {
    const hint = noInstantHint(text);
    if (hint !== null) throw new UndeclaredError("unlikely_instant", { field, value: text, hint });
    if (others.length === 0) return instant;
  }
  const by = isOfFormat ? `By the format, which counts ${unit},` : `By --time-unit, which is ${unit},`;
  const hint = `${by} it is ${instantText(instant.micros)}` +
    `${others.length === 0 ? `. ${NEVER_LIKELY}` : `; ${others.join(", ")}.`} ${
      isOfFormat ? OTHER_FORMAT : WAYS_OUT
    } ` +
    "Only if the rows are so old: --earliest DATE takes those from that date on (of dead letters: dlq replay --earliest DATE).";
  throw new UndeclaredError("unlikely_instant", { field, value: text, hint });
}

/** The date that a plain number most likely spells out instead of a count; null if it may be a count. */
function noInstantHint(text: string): string | null {
  if (Number(text) === 0) return "0 is 1970-01-01 in every unit: leave the field empty where there is no date.";
  const [, year, month, day] = /^((?:18|19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$/.exec(text) ?? [];
  return year === undefined ? null : `It seems to be the date ${year}-${month}-${day}: write it so.`;
}

function inRangeOfUnit(number: NumberInUnit): FineInstant {
  const { text, field, unit, isOfFormat } = number;
  try {
    return instantOfNumber(text, unit, field);
  } catch (error) {
    const others = error instanceof RecordError && error.rule === "out_of_range" ? otherReadings(number) : [];
    if (others.length === 0) throw error;
    const hint = isOfFormat
      ? `The format counts ${unit}: ${others.join(", ")}. ${OTHER_FORMAT}`
      : `Check --time-unit, which is ${unit}: ${others.join(", ")}. ${WAYS_OUT}`;
    throw new UndeclaredError("out_of_range", { field, value: text, hint });
  }
}

function otherReadings({ text, unit, about: { ingestionMicros } }: NumberInUnit): string[] {
  return likelyReadings(text, ingestionMicros + MICROS_PER_DAY, unit);
}
