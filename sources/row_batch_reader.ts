/**
 * Reads bytes as batches of rows: cuts them, has them parsed, and keeps the account of positions.
 *
 * @module
 */
import type { Clock } from "../actors/kernel/clock.ts";
import type { RecordKind } from "../schemas/record_types.ts";
import type { LineReader, RowCut } from "./line_reader.ts";
import { ParsedRows } from "./parsed_rows.ts";
import { badForm, blankRow, type GatheredRows, type RawRow, type RowParser, withExactFault } from "./row_parser.ts";
import {
  type BadRow,
  type RowBatch,
  type RowReader,
  SourceError,
  type SourcePosition,
  type SourceRow,
} from "./source.ts";

/** What a {@link RowBatchReader} reads with. */
export interface RowBatchReaderOptions {
  readonly kind: RecordKind;
  /** For errors: what is being read. */
  readonly name: string;
  /** Stands at the first row to be read. */
  readonly lines: LineReader;
  readonly parser: RowParser;
  readonly from: SourcePosition;
  /** Lines between `from` and the first row to be read: the header's, if there is one. @default 0 */
  readonly headerLines?: number;
  /** A stream's rows are given out as they come, without waiting until a batch is full. @default false */
  readonly eager?: boolean;
  readonly clock: Clock;
  /** Releases the input. */
  readonly close: () => void;
}

/** Rules that may come from an open quote further up, if the row has several lines. */
const FORM_FAULTS: ReadonlySet<string> = new Set(["unterminated_quote", "misplaced_quote", "wrong_column_count"]);

/** The {@link RowReader} of everything that is made of bytes. */
export class RowBatchReader implements RowReader {
  readonly #options: RowBatchReaderOptions;
  readonly #cut: RowCut = { start: 0, end: 0, length: 0, lines: 0, tooLong: false };
  readonly #raw: RawRow = { row: 0, line: 0, offset: 0, length: 0, buffer: new Uint8Array(0), start: 0, end: 0 };
  #position: SourcePosition;
  #row: number;
  #line: number;
  #closed = false;
  /** Why no more can be read. */
  #failure: { readonly cause: unknown } | null = null;

  constructor(options: RowBatchReaderOptions) {
    this.#options = options;
    this.#position = options.from;
    this.#row = options.from.row;
    this.#line = options.from.line + (options.headerLines ?? 0);
  }

  /** @throws {SourceError} `read_failed`; of a compressed file also `truncated`, `corrupt`, `not_readable`. */
  async next(maxRows: number): Promise<RowBatch | null> {
    const { lines, parser, clock, eager = false } = this.#options;
    if (this.#closed) return null;
    if (this.#failure !== null) throw this.#failure.cause;
    parser.ingestionMicros = clock.now() * 1000;
    const rows = parser.gather?.(maxRows) ?? new ParsedRows(parser);
    lines.mark();
    try {
      while (rows.size < maxRows) {
        const taken = lines.take(this.#cut);
        if (taken === "row") {
          if (this.#cut.length === 0) await this.#blankLine(rows);
          else this.#parse(rows);
        } else if (taken === "more") {
          if (eager && rows.size > 0) break;
          await lines.fill();
        } else if (taken === "too_long") {
          // Passing over the rest of it gives the buffer up, which the rows before it still need.
          return rows.size > 0 ? this.#batch(rows) : await this.#tooLong(rows);
        } else {
          break;
        }
      }
    } catch (cause) {
      if (this.#closed) return null;
      this.#failure = {
        cause: readFailure(cause, { name: this.#options.name, row: this.#row, line: this.#line, offset: lines.offset }),
      };
      // What is complete before it is good. The rest of a line is not: it may be the half of a number.
      if (rows.size === 0) throw this.#failure.cause;
    }
    return rows.size > 0 ? this.#batch(rows) : null;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#options.close();
    }
    return Promise.resolve();
  }

  #parse(rows: GatheredRows): void {
    const { lines } = this.#options;
    const cut = this.#cut;
    const raw = this.#place(lines.base + cut.start);
    raw.buffer = lines.buffer;
    raw.start = cut.start;
    raw.end = cut.end;
    let bad = cut.tooLong ? tooLongRow(raw, Math.min(raw.length, lines.keptBytes)) : rows.add(raw);
    if (bad !== null && cut.lines > 1 && FORM_FAULTS.has(bad.rule)) {
      // More likely than a bad row of many lines is one line with an open quote, and good rows after it.
      lines.keepOnlyFirstLine(cut);
      raw.end = cut.end;
      raw.length = cut.length;
      bad = rows.add(raw);
    }
    this.#line += cut.lines;
    if (bad !== null) rows.refuse(bad.rule === "row_too_long" ? bad : withExactFault(raw, bad));
  }

  /** A blank line is a row, unless it is the last one. */
  async #blankLine(rows: GatheredRows): Promise<void> {
    const { lines } = this.#options;
    const offset = lines.base + this.#cut.start;
    const isLast = await lines.isAtEnd().catch((cause) => {
      // Nobody knows what it is; it has not been read then.
      lines.backTo(offset);
      throw cause;
    });
    if (!isLast) rows.refuse(blankRow(this.#place(offset)));
    this.#line += 1;
  }

  async #tooLong(rows: GatheredRows): Promise<RowBatch> {
    const { lines } = this.#options;
    const raw = this.#place(lines.offset);
    const kept = await lines.takeTooLong(this.#cut);
    raw.length = this.#cut.length;
    this.#line += 1;
    rows.refuse(tooLongRow(raw, kept.length));
    return this.#batch(rows, { buffer: kept, base: raw.offset });
  }

  #place(offset: number): RawRow {
    const raw = this.#raw;
    this.#row += 1;
    raw.row = this.#row;
    raw.line = this.#line + 1;
    raw.offset = offset;
    raw.length = this.#cut.length;
    return raw;
  }

  #batch(
    rows: GatheredRows,
    bytes: { readonly buffer: Uint8Array; readonly base: number } = this.#options.lines,
  ): RowBatch {
    const { kind, lines, parser } = this.#options;
    // Not through the reader: its buffer is another one when the batch is asked for a row's bytes.
    const { buffer, base } = bytes;
    const { keptBytes } = lines;
    const keptOf = (row: SourceRow) =>
      !row.ok && row.rule === "row_too_long" ? Math.min(row.length, keptBytes) : row.length;
    const from = this.#position;
    const next = { row: this.#row, line: this.#line, offset: lines.offset, openInstant: parser.instant.state() };
    this.#position = next;
    return rows.batch({
      kind,
      from,
      next,
      raw: (row) => buffer.subarray(row.offset - base, row.offset - base + keptOf(row)),
    });
  }
}

function tooLongRow(raw: RawRow, kept: number): BadRow {
  return badForm(raw, "row_too_long", `It has ${raw.length} bytes, of which the first ${kept} are kept.`);
}

function readFailure(
  cause: unknown,
  { name, row, line, offset }: Omit<SourcePosition, "openInstant"> & { name: string },
) {
  const place = `It was read up to row ${row}, line ${line}, byte ${offset}`;
  if (cause instanceof SourceError) return new SourceError(cause.code, `${cause.message} ${place}.`, { cause });
  // Only the system's errors are about the source; anything else is a bug, and stays what it is.
  if (!(cause instanceof Error) || !("code" in cause)) return cause;
  const what = `Reading ${name} failed: ${cause.message}. ${place}.`;
  return new SourceError("read_failed", `${what} Check the disk, then run again.`, { cause });
}
