/**
 * Reads bytes as batches of rows: cuts them, has them parsed, and keeps the account of positions.
 *
 * @module
 */
import type { Clock } from "../actors/kernel/clock.ts";
import type { RecordKind } from "../schemas/record_types.ts";
import type { LineReader, RowCut } from "./line_reader.ts";
import { badForm, blankRow, type RawRow, type RowParser, withExactFault } from "./row_parser.ts";
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

  constructor(options: RowBatchReaderOptions) {
    this.#options = options;
    this.#position = options.from;
    this.#row = options.from.row;
    this.#line = options.from.line + (options.headerLines ?? 0);
  }

  /** @throws {SourceError} `read_failed`. */
  async next(maxRows: number): Promise<RowBatch | null> {
    const { lines, parser, clock, eager = false } = this.#options;
    if (this.#closed) return null;
    parser.ingestionMicros = clock.now() * 1000;
    const rows: SourceRow[] = [];
    lines.mark();
    try {
      while (rows.length < maxRows) {
        const taken = lines.take(this.#cut);
        if (taken === "row") {
          const row = this.#cut.length === 0 ? await this.#blankLine() : this.#parse();
          if (row !== null) rows.push(row);
        } else if (taken === "more") {
          if (eager && rows.length > 0) break;
          await lines.fill();
        } else if (taken === "too_long") {
          // Passing over the rest of it gives the buffer up, which the rows before it still need.
          return rows.length > 0 ? this.#batch(rows) : await this.#tooLong();
        } else {
          break;
        }
      }
    } catch (cause) {
      if (this.#closed) return null;
      throw readFailure(this.#options.name, cause);
    }
    return rows.length > 0 ? this.#batch(rows) : null;
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#options.close();
    }
    return Promise.resolve();
  }

  #parse(): SourceRow {
    const { lines, parser } = this.#options;
    const cut = this.#cut;
    const raw = this.#place(lines.base + cut.start);
    raw.buffer = lines.buffer;
    raw.start = cut.start;
    raw.end = cut.end;
    let row = cut.tooLong ? tooLongRow(raw, Math.min(raw.length, lines.keptBytes)) : parser.parse(raw);
    if (!row.ok && cut.lines > 1 && FORM_FAULTS.has(row.rule)) {
      // More likely than a bad row of many lines is one line with an open quote, and good rows after it.
      lines.keepOnlyFirstLine(cut);
      raw.end = cut.end;
      raw.length = cut.length;
      row = parser.parse(raw);
    }
    this.#line += cut.lines;
    return row.ok || row.rule === "row_too_long" ? row : withExactFault(raw, row);
  }

  /** A blank line, or null if it is the last one, which is no row. */
  async #blankLine(): Promise<SourceRow | null> {
    const { lines } = this.#options;
    const offset = lines.base + this.#cut.start;
    if (await lines.isAtEnd()) {
      this.#line += 1;
      return null;
    }
    const raw = this.#place(offset);
    this.#line += 1;
    return blankRow(raw);
  }

  async #tooLong(): Promise<RowBatch> {
    const { lines } = this.#options;
    const raw = this.#place(lines.offset);
    const kept = await lines.takeTooLong(this.#cut);
    raw.length = this.#cut.length;
    this.#line += 1;
    return this.#batch([tooLongRow(raw, kept.length)], { buffer: kept, base: raw.offset });
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
    rows: readonly SourceRow[],
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
    return {
      kind,
      rows,
      from,
      next,
      raw: (row) => buffer.subarray(row.offset - base, row.offset - base + keptOf(row)),
    };
  }
}

function tooLongRow(raw: RawRow, kept: number): BadRow {
  return badForm(raw, "row_too_long", `It has ${raw.length} bytes, of which the first ${kept} are kept.`);
}

function readFailure(name: string, cause: unknown): unknown {
  // Only the system's errors are about the source; anything else is a bug, and stays what it is.
  if (!(cause instanceof Error) || !("code" in cause)) return cause;
  return new SourceError("read_failed", `Reading ${name} failed: ${cause.message}. Check the disk, then run again.`, {
    cause,
  });
}
