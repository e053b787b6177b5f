/**
 * The source port: rows with positions, in batches. Every adapter (files, later feeds and topics) gives rows through it,
 * and the actors know nothing else of where rows come from.
 *
 * @module
 */
import type { EventColumns } from "../records/event_columns.ts";
import type { OpenInstantState } from "../records/open_instant.ts";
import type { RowRule } from "../records/row_rules.ts";
import type { AssetClass, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";

/** Where the next read starts. Plain JSON, so that a checkpoint can hold it. */
export interface SourcePosition {
  /** Rows read so far: good ones and bad ones, a header not. */
  readonly row: number;
  /** Lines read so far, a header included. */
  readonly line: number;
  /** Bytes read so far. */
  readonly offset: number;
  /** What tells equal rows of the latest instant apart. */
  readonly openInstant: OpenInstantState;
}

/** Where a row stands in its source. */
export interface RowPlace {
  /** The row's number, from 1. A header is no row. */
  readonly row: number;
  /** The line where the row starts, from 1. */
  readonly line: number;
  /** The row's first byte. */
  readonly offset: number;
  /** Bytes of the row without its line end. */
  readonly length: number;
}

/** A row that became a record. */
export interface GoodRow<R extends RecordV2 = RecordV2> extends RowPlace {
  readonly ok: true;
  readonly record: Unscaled<R>;
  /** Stable id: UUID version 8, or the source's own UUID. Two rows have the same one only if the source says so. */
  readonly messageId: string;
  /** Local date of the trade or quote, YYYY-MM-DD; the empty text for reference data, which has none. */
  readonly tradeDate: string;
}

/** A row that cannot become a record. */
export interface BadRow extends RowPlace {
  readonly ok: false;
  readonly rule: RowRule;
  /** One sentence that names field and value. */
  readonly reason: string;
  /** Only if the fields that make the id could be read. */
  readonly messageId?: string;
}

/** One row of a source. */
export type SourceRow<R extends RecordV2 = RecordV2> = GoodRow<R> | BadRow;

/** Consecutive rows, in source order. */
export interface RowBatch {
  readonly kind: RecordKind;
  /** Never empty. Of a batch with {@link events} they are made when they are asked for. */
  readonly rows: readonly SourceRow[];
  /** The same rows in columns, if the source has them so: who needs no objects takes these. */
  readonly events?: EventColumns;
  /** Where the batch begins. */
  readonly from: SourcePosition;
  /** Where the batch after it begins. */
  readonly next: SourcePosition;
  /**
   * The original bytes of one of the rows, without its line end: a view, to be copied if it is to outlive the batch. Of a
   * row over the limit only the first {@link KEPT_BYTES}.
   */
  raw(row: SourceRow): Uint8Array;
}

/** How many rows a batch has, without making them. */
export function rowCount(batch: RowBatch): number {
  return batch.events?.size ?? batch.rows.length;
}

/** The local date of a row, without making it; empty text for a row that has none, or is bad. */
export function tradeDateOf(batch: RowBatch, index: number): string {
  if (batch.events !== undefined) return batch.events.shared[index]?.tradeDate ?? "";
  const row = batch.rows[index];
  return row?.ok === true ? row.tradeDate : "";
}

/** Reads a source from one position on. One call at a time. */
export interface RowReader {
  /**
   * At most `maxRows` rows, and at least one; null at the end. What cannot be read any further rejects, with every call from
   * then on, after the rows before it have been given out.
   */
  next(maxRows: number): Promise<RowBatch | null>;
  /** Releases what is open. Idempotent. */
  close(): Promise<void>;
}

/** What a checkpoint of a file is compared with. */
export interface SourceFile {
  readonly path: string;
  /** Settings that change what the rows mean. */
  readonly flags: Readonly<Record<string, string | number | boolean | null>>;
}

/** Rows of one data type, of one exchange and asset class. */
export interface RowSource {
  /** The same for the same source in every run: key of its checkpoint and its dead letters. */
  readonly id: string;
  /** For people: the path as given, or `-`. */
  readonly name: string;
  readonly kind: RecordKind;
  /** Upper case. */
  readonly exchange: string;
  readonly assetClass: AssetClass;
  /** Size in bytes, null where it is not known. */
  readonly bytes: number | null;
  /**
   * How many of {@link bytes} have been read, where a position does not tell: positions in a compressed file are those of
   * its content.
   */
  readonly bytesRead?: () => number;
  /** True while there is nothing to read and nobody waits for it to be read. @default never */
  readonly idle?: () => boolean;
  /** False for a stream: it can be read once, from its start. */
  readonly resumable: boolean;
  /** The file that it reads, if that can be known again by a later run. @default null */
  readonly file?: SourceFile | null;
  /** @throws {SourceError} If the source cannot be opened there. */
  open(from?: SourcePosition): Promise<RowReader>;
}

/** How many bytes of a row over the limit are kept. */
export const KEPT_BYTES = 64 * 1024;

/** Why a source cannot be read. */
export type SourceErrorCode =
  | "not_found"
  | "not_readable"
  | "no_files" // a folder, or a pattern, without a file
  | "bad_header" // the first line does not name the columns of a record
  | "bad_option" // a setting that this source needs is missing or wrong
  | "changed" // the file is not the one that the position is of
  | "not_resumable"
  | "wrong_compression" // the name of the file says something else about its compression than its first bytes
  | "twice" // a file is named twice: as it is, and compressed
  | "truncated" // a compressed file ends too early
  | "corrupt" // a compressed file is damaged
  | "read_failed";

/** A source that cannot be read, or not from there. The message says what to do. */
export class SourceError extends Error {
  override readonly name = "SourceError";
  constructor(readonly code: SourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
