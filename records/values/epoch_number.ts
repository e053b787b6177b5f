/**
 * Reads numbers as instants: seconds, milliseconds, microseconds or nanoseconds since the epoch, whole or with a
 * fraction. The unit is declared, never guessed by size, and the arithmetic uses no floating point.
 *
 * @module
 */
import { MICROS_PER_DAY } from "./civil_date.ts";
import { RecordError } from "../errors.ts";
import { type FineInstant, inRange } from "./fine_instant.ts";

/** All time units. */
export const TIME_UNITS = ["s", "ms", "us", "ns"] as const satisfies readonly TimeUnit[];

/** What a number counts: seconds, milliseconds, microseconds or nanoseconds. */
export type TimeUnit = "s" | "ms" | "us" | "ns";

/** How many decimals of a number in the unit reach down to nanoseconds. */
const DECIMALS: Readonly<Record<TimeUnit, number>> = { s: 9, ms: 6, us: 3, ns: 0 };

/** More digits than any instant has, with some leading zeros: longer texts are slow to convert to a bigint. */
const MAX_DIGITS = 64;

/** 1980-01-01: an earlier instant is more likely one in another unit than a trade. */
export const EARLIEST_LIKELY_MICROS = 3652 * MICROS_PER_DAY;

/** Whether a text is a number without a unit. */
export function isPlainNumber(text: string): boolean {
  return /^-?[0-9]+(?:\.[0-9]*)?$/.test(text);
}

/**
 * The instant of a plain number.
 *
 * @throws {RecordError} `too_fine` for a part of a nanosecond, `out_of_range`.
 */
export function instantOfNumber(text: string, unit: TimeUnit, field: string): FineInstant {
  const isNegative = text.startsWith("-");
  const [integer = "", decimals = ""] = (isNegative ? text.slice(1) : text).split(".");
  if (integer.length > MAX_DIGITS) throw outOfRange(text, field);
  const fraction = withoutTrailingZeros(decimals);
  const places = DECIMALS[unit];
  if (fraction.length > places) {
    throw new RecordError("too_fine", { field, value: text, hint: "No instant is finer than a nanosecond." });
  }
  const digits = BigInt(integer + fraction.padEnd(places, "0"));
  const nanos = isNegative ? -digits : digits;
  // Division of bigints truncates towards zero, and the remainder has the sign of the instant.
  const past = (nanos % 1000n + 1000n) % 1000n;
  return { micros: inRange(Number((nanos - past) / 1000n), field, text), nanos: Number(past) };
}

/**
 * The instant of a number in each unit that makes it a likely one: `s is 2024-01-02T10:00:00Z`.
 *
 * @param declared a unit to leave out
 */
export function likelyReadings(text: string, latestMicros: number, declared: TimeUnit | null = null): string[] {
  return likelyOnes(text, latestMicros).flatMap(({ unit, micros }) => {
    return unit === declared ? [] : [`${unit} is ${instantText(micros)}`];
  });
}

/** The units in which a number is a likely instant. */
export function likelyUnits(text: string, latestMicros: number): TimeUnit[] {
  return likelyOnes(text, latestMicros).map(({ unit }) => unit);
}

function likelyOnes(text: string, latestMicros: number): { unit: TimeUnit; micros: number }[] {
  return TIME_UNITS.flatMap((unit) => {
    const micros = readAs(text, unit);
    if (micros === null || micros < EARLIEST_LIKELY_MICROS || micros > latestMicros) return [];
    return [{ unit, micros }];
  });
}

/** The instant in ISO 8601, in UTC. */
export function instantText(micros: number): string {
  return Temporal.Instant.fromEpochNanoseconds(BigInt(micros) * 1000n).toString();
}

function readAs(text: string, unit: TimeUnit): number | null {
  try {
    return instantOfNumber(text, unit, "timestamp").micros;
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}

function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === "0") end -= 1;
  return digits.slice(0, end);
}

function outOfRange(value: string, field: string): RecordError {
  return new RecordError("out_of_range", { field, value, hint: "Instants from the year 1685 to 2254 can be kept." });
}
