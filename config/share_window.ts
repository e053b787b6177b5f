/**
 * How the files of a load share its window: what is unsettled costs memory, so the bound must not grow with their number.
 *
 * @module
 */
import type { Settings } from "./settings.ts";

/** With fewer batches in a window, reading would wait until everything before has settled. */
const BATCHES_IN_WINDOW = 4;

/** With windows of 250 rows, a row of 40 files takes 5.2 to 5.5 µs of processor time; with 500, 4.3 to 4.6. */
const LEAST_ROWS = 500;

/**
 * The pipeline settings of each file when so many are read at the same time: a window that, taken so many times, is at
 * most `totalWindowRows`, but not below {@link LEAST_ROWS} unless all together have less, and batches of which several fit
 * into it.
 */
export function shareWindow(pipeline: Settings["pipeline"], files: number): Settings["pipeline"] {
  const { totalWindowRows } = pipeline;
  const share = Math.max(Math.min(LEAST_ROWS, totalWindowRows), Math.floor(totalWindowRows / Math.max(1, files)));
  if (share >= pipeline.windowRows) return pipeline;
  const batchRows = Math.min(pipeline.batchRows, Math.ceil(share / BATCHES_IN_WINDOW));
  return { ...pipeline, windowRows: share, batchRows };
}
