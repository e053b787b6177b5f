/**
 * An instant of a source, which may be finer than records hold: whole micros, and the nanoseconds past them.
 *
 * @module
 */
import { RecordError } from "../errors.ts";

/** Micros since the epoch, floored, and the nanoseconds past them. */
export interface FineInstant {
  readonly micros: number;
  /** From 0 to 999, also before the epoch. */
  readonly nanos: number;
}

/** Nanoseconds since the epoch, in digits. */
export function nanosText({ micros, nanos }: FineInstant): string {
  return String(BigInt(micros) * 1000n + BigInt(nanos));
}

/**
 * Refuses numbers beyond the safe integers (years before 1685 and after 2254), which stand for several instants at
 * once.
 */
export function inRange(micros: number, field: string, value: unknown): number {
  if (Number.isSafeInteger(micros)) return micros;
  throw new RecordError("out_of_range", { field, value, hint: "Instants from the year 1685 to 2254 can be kept." });
}
