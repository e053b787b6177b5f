/**
 * The records of a batch as runs, each with a bound of the bytes that its records take, and cut into chunks by it.
 *
 * @module
 */
import { LogError, type LogRecord, type LogRecordRun, type LogRecords, type RecordHeader } from "../log.ts";

/**
 * More than a record takes besides key, value and headers: size, attributes, time, number, the lengths of key and value,
 * the count of headers, and the header that says where it comes from.
 */
const RECORD_BYTES = 64;
/** More than the lengths of a header take. */
const HEADER_BYTES = 10;
/** Bytes of a character, at most. */
const CHARACTER_BYTES = 3;
const NO_BYTES = new Uint8Array(0);
const ONE_ROW = Int32Array.of(0);
/** Where a value ends that is null, which begins at 0. */
const NULL_END = Int32Array.of(-1);

/** A run of a batch. */
export class BatchRun {
  readonly run: LogRecordRun;
  /** Of each record; null: none has any. */
  readonly headers: readonly (readonly RecordHeader[])[] | null;
  /** Bytes of every record besides value and headers. */
  readonly #each: number;
  /** For each record a bound of the bytes of its headers and of those before. */
  readonly #headerEnds: readonly number[];

  /** @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds */
  constructor(run: LogRecordRun) {
    const { timestamp, key, headers, length } = run;
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new LogError("invalid_request", `timestamp ${timestamp} is not a whole number of milliseconds`);
    }
    this.run = run;
    this.#each = RECORD_BYTES + (key?.length ?? 0);
    this.headers = headers === null ? null : Array.from({ length }, (_, at) => headers(at));
    let bytes = 0;
    this.#headerEnds = (this.headers ?? []).map((each) => bytes += boundOf(each));
  }

  /** Where the value of a record begins. */
  start(at: number): number {
    return at === 0 ? this.run.start : this.run.ends[at - 1] ?? 0;
  }

  /** A bound of the bytes that some records take. */
  bytes(from: number, to: number): number {
    const headers = this.headers === null ? 0 : this.#headersTo(to) - this.#headersTo(from);
    // A value that is null ends before it begins, by one byte.
    return (to - from) * this.#each + this.start(to) - this.start(from) + headers;
  }

  /** One past the last record from `from` on that is within so many bytes. */
  endWithin(from: number, bytes: number): number {
    const { length } = this.run;
    if (this.bytes(from, length) <= bytes) return length;
    let to = from;
    while (to < length && this.bytes(from, to + 1) <= bytes) to++;
    return to;
  }

  #headersTo(to: number): number {
    return to === 0 ? 0 : this.#headerEnds[to - 1] ?? 0;
  }
}

/** Some records of a run: `from` to `to`, exclusive. */
export interface RunPart {
  readonly of: BatchRun;
  readonly from: number;
  readonly to: number;
}

/**
 * The records of a send as runs.
 *
 * @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds
 */
export function batchRuns(records: LogRecords): BatchRun[] {
  return records.runs?.map((run) => new BatchRun(run)) ?? Array.from(records, (record) => new BatchRun(runOf(record)));
}

function runOf({ key, value, timestamp, headers = [], origin = null, row = 0 }: LogRecord): LogRecordRun {
  return {
    length: 1,
    key,
    timestamp,
    values: value ?? NO_BYTES,
    start: 0,
    ends: value === null ? NULL_END : Int32Array.of(value.length),
    headers: headers.length === 0 ? null : () => headers,
    source: origin === null ? null : { origin, firstRow: row, indexes: ONE_ROW },
  };
}

/** Cuts runs into chunks of at most so many bytes, or of one record. */
export function* chunksOf(runs: readonly BatchRun[], bytes: number): Generator<readonly RunPart[]> {
  let chunk: RunPart[] = [], left = bytes;
  for (const run of runs) {
    for (let from = 0; from < run.run.length;) {
      const fitting = run.endWithin(from, left);
      const to = chunk.length === 0 ? Math.max(fitting, from + 1) : fitting;
      if (to === from) {
        yield chunk;
        chunk = [];
        left = bytes;
        continue;
      }
      chunk.push({ of: run, from, to });
      left -= run.bytes(from, to);
      from = to;
    }
  }
  yield chunk;
}

function boundOf(headers: readonly RecordHeader[]): number {
  return headers.reduce((sum, [name, { length }]) => sum + HEADER_BYTES + name.length * CHARACTER_BYTES + length, 0);
}
