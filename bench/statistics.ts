/**
 * Statistics of a few measurements of the same thing.
 *
 * @module
 */

/** The middle, and the range of the measurements. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/**
 * Median of the values: the middle one, or the mean of the two in the middle.
 *
 * @throws {RangeError} If there are none.
 */
export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [upper, lower] = [sorted[middle], sorted.length % 2 === 0 ? sorted[middle - 1] : sorted[middle]];
  if (upper === undefined || lower === undefined) throw new RangeError("There is no median of no values");
  return (upper + lower) / 2;
}

/** Median, smallest and largest value; `null` if there are none. */
export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  return { median: medianOf(values), min: Math.min(...values), max: Math.max(...values), count: values.length };
}

/** The items rotated by `by`, so that no contestant always follows the same one. */
export function rotated<T>(items: readonly T[], by: number): readonly T[] {
  const at = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}
