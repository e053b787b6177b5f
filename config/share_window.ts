/**
 * How the files of a load share its window: unsettled rows cost memory, so the bound must not grow with the number of
 * files.
 *
 * @module
 */
import type { Settings } from "./settings.ts";

/** With fewer batches in a window, reading would wait until every earlier batch has settled. */
const BATCHES_IN_WINDOW = 4;

/** With windows of 250 rows, a row of 40 files takes 5.2 to 5.5 µs of processor time; with 500, 4.3 to 4.6. */
const LEAST_ROWS = 500;

/**
 * The pipeline settings of each file when `files` are read at the same time. All windows together have at most
 * `totalWindowRows` rows, but each has at least {@link LEAST_ROWS}, or the total if that is less. Several batches fit
 * into a window.
 */
export function shareWindow(pipeline: Settings["pipeline"], files: number): Settings["pipeline"] {
  const { totalWindowRows } = pipeline;
  const share = Math.max(Math.min(LEAST_ROWS, totalWindowRows), Math.floor(totalWindowRows / Math.max(1, files)));
  if (share >= pipeline.windowRows) return pipeline;
  const batchRows = Math.min(pipeline.batchRows, Math.ceil(share / BATCHES_IN_WINDOW));
  return { ...pipeline, windowRows: share, batchRows };
}
