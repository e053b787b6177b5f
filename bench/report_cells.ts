/**
 * Figures as the cells of the report's tables.
 *
 * @module
 */
import { grouped } from "../cli/shared/progress.ts";
import type { Spread } from "./statistics.ts";

/** The median of a rate, with the range if there were several runs. */
export function rateText(rate: Spread | null): string {
  if (rate === null) return "-";
  const range = rate.count === 1 ? "" : ` (${grouped(Math.round(rate.min))}-${grouped(Math.round(rate.max))})`;
  return `${grouped(Math.round(rate.median))}${range}`;
}

/** The median, with the range if there were several runs; tenths below a hundred. */
export function rangeText(spread: Spread | null): string {
  if (spread === null) return "-";
  const text = (value: number) => value.toFixed(value < 100 ? 1 : 0);
  const { median, min, max, count } = spread;
  return count === 1 ? text(median) : `${text(median)} (${text(min)}-${text(max)})`;
}

/** Ratio of two medians. */
export function ratioText(upper: Spread | null, lower: Spread | null): string {
  return upper === null || lower === null || lower.median === 0 ? "-" : (upper.median / lower.median).toFixed(2);
}

/** The median with this many decimals. */
export function fixed(spread: Spread | null, digits: number): string {
  return spread === null ? "-" : spread.median.toFixed(digits);
}

/** The median of bytes in MiB. */
export function mebibytes(bytes: Spread | null): string {
  return bytes === null ? "-" : (bytes.median / 2 ** 20).toFixed(0);
}
