/**
 * A record of a run as an object, for tests.
 *
 * @module
 */
import type { LogRecord, LogRecordRun } from "../../transport/log.ts";

/** The record at a place of a run. */
export function recordOfRun(run: LogRecordRun, at: number): LogRecord {
  const { key, timestamp, values, start, ends, headers, source } = run;
  const value = values.subarray(at === 0 ? start : ends[at - 1], ends[at]);
  return {
    key,
    value,
    timestamp,
    headers: headers?.(at) ?? [],
    origin: source?.origin ?? null,
    row: source === null ? 0 : source.firstRow + (source.indexes[at] ?? 0),
  };
}
