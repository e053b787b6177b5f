/**
 * The quantities that grow in the part `growth`, and the points of measurement.
 *
 * @module
 */
import { FILES, PARTITIONS } from "./workloads.ts";

/** The quantities that grow, one at a time. */
export const GROWTH_SERIES = ["rows", "keys", "topics", "partitions"] as const;

/** One of {@link GROWTH_SERIES}. */
export type GrowthSeries = typeof GROWTH_SERIES[number];

/** A description of each series, for the report. */
export const GROWTH_TITLES: Readonly<Record<GrowthSeries, string>> = {
  rows: `rows of ${FILES} tick files with a key each, one topic of ${PARTITIONS} partitions`,
  keys: `keys of the same rows in one csv file, one topic of ${PARTITIONS} partitions`,
  topics: `topics of ${PARTITIONS} partitions that ${FILES} tick files are dealt out to, in one process`,
  partitions: `partitions of the one topic of ${FILES} tick files with a key each`,
};

/** One point of a series: a job that differs from the others in one size. */
export interface GrowthPoint {
  readonly series: GrowthSeries;
  /** The value of the growing quantity. */
  readonly at: number;
  readonly rows: number;
}

const ROW_SHARES = [0.25, 0.5, 1, 2];
const COUNTS = {
  keys: [1, 40, 1_000, 10_000],
  topics: [1, 2, 6],
  partitions: [1, 8, PARTITIONS, 100, 300],
} as const;

/** The points for a bench of this many rows; a quick bench has only the ends of each series. */
export function growthPoints({ rows, quick }: { readonly rows: number; readonly quick: boolean }): GrowthPoint[] {
  return GROWTH_SERIES.flatMap((series) => {
    const points = series === "rows"
      ? ROW_SHARES.map((share) => wholeFiles(rows * share)).map((count) => ({ series, at: count, rows: count }))
      : COUNTS[series].map((at) => ({ series, at, rows }));
    // There cannot be more keys than rows.
    const possible = points.filter(({ at }) => series !== "keys" || at <= rows);
    return quick ? possible.filter((_, index) => index === 0 || index === possible.length - 1) : possible;
  });
}

/** Every file has the same number of rows. */
function wholeFiles(rows: number): number {
  return Math.max(1, Math.round(rows / FILES)) * FILES;
}

/** The exchange of each of several topics, as topic names have it. */
export function exchangesOf(topics: number): string[] {
  return Array.from({ length: topics }, (_, at) => `x${at + 1}`);
}
