/**
 * The interface of a parser: it turns the bytes of one row into a record, or says why it cannot.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { RecordError } from "../../records/errors.ts";
import { ROW_FORM_RULES, type RowFormRule, type RowRule } from "../../records/row_rules.ts";
import { rowReason } from "../../records/row_reason.ts";
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { RecordV2, Unscaled } from "../../schemas/record_types.ts";
import { UndeclaredError } from "./undeclared_error.ts";
import type { BadRow, GoodRow, RowBatch, RowPlace, SourcePosition, SourceRow } from "../source.ts";

/** A row as the line reader cut it: its bytes are `buffer` from `start` up to `end`. Reused for every row. */
export interface RawRow extends RowPlace {
  row: number;
  line: number;
  offset: number;
  length: number;
  buffer: Uint8Array;
  start: number;
  end: number;
  /** The record of a line with several; `start` and `end` are the line's then, {@link RowPlace} is the record's. @default none */
  record?: number;
}

/** Parses the rows of one reader, in order. */
export interface RowParser {
  /** Gives the rows their ids; its state is part of the position. */
  readonly instant: OpenInstant;
  /** The ingestion time of the next rows' records, in micros. */
  ingestionMicros: number;
  /** Never throws because of a row's content. */
  parse(raw: RawRow): SourceRow;
  /**
   * Begins a batch of at most `maxRows` rows, for a parser whose form for many rows is leaner than one object each.
   * {@link ingestionMicros} applies to the whole batch.
   */
  gather?(maxRows: number): GatheredRows;
  /** Of lines with several records; null where a line is a row. */
  readonly records?: LineRecords | null;
  /** Why a row is no record, for advice; null if it is one. */
  refusalOf?(raw: RawRow): unknown;
  /**
   * Call when there are no more rows.
   *
   * @param rows How many rows were given to it.
   * @param bytes The length of the content; null if an earlier reader has read the first of it, or more of it may come.
   * @throws {SourceError} `incomplete` if the last row is missing that would count them.
   */
  end?(rows: number, bytes: number | null): void;
}

/** The records of a line that has several: each is a row of its own. Places are those of the line's buffer. */
export interface LineRecords {
  /** How many records a line has; 0 if it is one row instead, which is refused or passed over. */
  find(line: RawRow): number;
  /** The first byte of a record of the line that was looked at last. */
  startOf(record: number): number;
  endOf(record: number): number;
  /** Where the list of the records begins, after its bracket. */
  readonly listStart: number;
  /** Where the list ends, before its bracket. */
  readonly listEnd: number;
}

/** Lines of which rows may be made at once. */
export interface AlikeRun {
  /** Whole lines and what follows them. */
  readonly bytes: Uint8Array;
  readonly maxRows: number;
  /** A longer row is refused. */
  readonly maxRowBytes: number;
  /** A line with these bytes is no row. Empty if there is no header. */
  readonly header: Uint8Array;
  /** The place of the first row. */
  readonly first: RowPlace;
}

/** Rows that were made at once: for each where it begins in the run, and how long it is without its line end. */
export interface RunRows {
  readonly starts: Uint32Array;
  readonly lengths: Uint32Array;
  /** How many bytes of the run they have, line ends included. */
  readonly bytes: number;
}

/** The rows of a batch during reading. */
export interface GatheredRows {
  /**
   * Parses the next rows at once and keeps them, each a line, if they are good and like rows before them. Null if the first
   * one may not be. @default every row is added by itself
   */
  addAlike?(run: AlikeRun): RunRows | null;
  /** Rows so far, including refused ones. */
  readonly size: number;
  /** Parses the next row and keeps it; or returns the reason why it cannot, and keeps nothing. */
  add(raw: RawRow): BadRow | null;
  /** Keeps a row that cannot be parsed. */
  refuse(row: BadRow): void;
  /** Returns the batch. Add nothing after that. */
  batch(about: BatchAbout): RowBatch;
}

/** The rows of a parser that makes one object for each. */
export class ParsedRows implements GatheredRows {
  readonly #parser: RowParser;
  readonly #rows: SourceRow[] = [];

  constructor(parser: RowParser) {
    this.#parser = parser;
  }

  get size(): number {
    return this.#rows.length;
  }

  add(raw: RawRow): BadRow | null {
    const row = this.#parser.parse(raw);
    if (!row.ok) return row;
    this.#rows.push(row);
    return null;
  }

  refuse(row: BadRow): void {
    this.#rows.push(row);
  }

  batch(about: BatchAbout): RowBatch {
    return { ...about, rows: this.#rows };
  }
}

/** What a batch is besides its rows. */
export interface BatchAbout extends Pick<RowBatch, "kind" | "raw" | "supersedes" | "half" | "header"> {
  readonly from: SourcePosition;
  readonly next: SourcePosition;
}

/** A {@link GoodRow} with its place. */
export function goodRow<R extends RecordV2>(
  raw: RawRow,
  record: Unscaled<R>,
  about: { readonly messageId: string; readonly tradeDate: string },
): GoodRow<R> {
  const { row, line, offset, length } = raw;
  return { row, line, offset, length, ok: true, record, messageId: about.messageId, tradeDate: about.tradeDate };
}

/** A {@link BadRow} for a row whose form is wrong. */
export function badForm(raw: RawRow, rule: RowFormRule, detail: string): BadRow {
  return badRow(raw, rule, `The row is refused (${rule}): ${ROW_FORM_RULES[rule]}. ${detail}`);
}

/** A {@link BadRow} with its place. */
export function badRow(raw: RawRow, rule: RowRule, reason: string): BadRow {
  const { row, line, offset, length } = raw;
  return { row, line, offset, length, ok: false, rule, reason };
}

/** The {@link BadRow} for a refused value. Other errors are bugs, and are thrown again. */
export function refusedRow(raw: RawRow, error: unknown): BadRow {
  if (!(error instanceof RecordError)) throw error;
  const bad = badRow(raw, error.rule, rowReason(error));
  return error instanceof UndeclaredError ? { ...bad, undeclared: true } : bad;
}

// Not a fatal decoder: it would throw for each bad row, which takes longer than a hundred good ones.
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const REPLACEMENT = "\ufffd";

/** Text of bytes; null if they are not valid UTF-8 or hold a NUL. */
export function decodeText(bytes: Uint8Array): string | null {
  if (bytes.includes(0)) return null;
  const text = utf8.decode(bytes);
  // A replacement character is either in the bytes, or stands for bytes that are no UTF-8.
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? null : text;
}

/** A {@link BadRow} for an empty line. */
export function blankRow(raw: RawRow): BadRow {
  return badForm(raw, "blank_line", "Remove the line.");
}

/** A {@link BadRow} for the rest of a stream after its last line end. */
export function noLineEnd(raw: RawRow): BadRow {
  return badForm(raw, "no_line_end", "If it is complete, send it with its line end or run with --take-last-line.");
}

/** The form of quotes in csv. */
export const QUOTING =
  "Put a field that holds a quote or a comma in quotes, write a quote in it twice, and nothing, no space " +
  "either, between its closing quote and the comma.";

/** Advice on rows that are no UTF-8. */
export const NOT_UTF8 =
  "Give the file as UTF-8 text: iconv -f WINDOWS-1252 -t UTF-8 FILE makes it, if that is what it is in.";

/** Gives a refused row its root cause: a row that is not text is refused as that, whichever rule it broke because of it. */
export function withExactFault(raw: RawRow, row: BadRow): BadRow {
  const rule = textFault(raw.buffer.subarray(raw.start, raw.end));
  if (rule === null) return row;
  const bad = badForm(raw, rule, NOT_UTF8);
  return row.messageId === undefined ? bad : { ...bad, messageId: row.messageId };
}

/** The fault of a row's bytes as text; null if there is none. */
function textFault(bytes: Uint8Array): "nul_byte" | "invalid_utf8" | null {
  if (bytes.includes(0)) return "nul_byte";
  return decodeText(bytes) === null ? "invalid_utf8" : null;
}
