/**
 * Reads bytes as batches of rows: has them cut and parsed, and keeps the account of positions.
 *
 * @module
 */
import type { FilePosition } from "../../records/content/file_position.ts";
import { halfRowBefore } from "../../records/content/half_rows.ts";
import { type GatheredRows, ParsedRows } from "../formats/row_parser.ts";
import type { HeldBack, RowBatch, RowReader, SourceRow } from "../source.ts";
import { ContentSamples } from "./content_samples.ts";
import { isOfFirstRow } from "./first_row.ts";
import { GrownRows } from "./grown_rows.ts";
import { readFailure } from "./read_failure.ts";
import { RecordsOfLine } from "./records_of_line.ts";
import type { RowBatchReaderOptions } from "./row_batch_options.ts";
import { RowIntake } from "./row_intake.ts";
import { RowPlaces } from "./row_places.ts";

/** The {@link RowReader} of everything that is made of bytes. */
export class RowBatchReader implements RowReader {
  readonly #options: RowBatchReaderOptions;
  readonly #grown: GrownRows;
  readonly #places: RowPlaces;
  /** Null where a line is a row. */
  readonly #records: RecordsOfLine | null;
  readonly #samples: ContentSamples;
  readonly #intake: RowIntake;
  /** What follows is an empty line, and nothing else. */
  #onlyBlank = false;
  #closed = false;
  /** Why reading has ended. */
  #failure: { readonly cause: unknown } | null = null;

  constructor(options: RowBatchReaderOptions) {
    const { name, lines, parser, from, chain = null, earlier = null, headerLines = 0 } = options;
    const begins = earlier?.before ?? from, { instant } = parser;
    this.#options = options;
    const grown = this.#grown = new GrownRows(from, parser, earlier);
    const line = (from.at.parted ?? begins.at).line + headerLines;
    const places = this.#places = new RowPlaces({ lines, instant, grown, from, row: begins.row, line });
    const records = this.#records = parser.records
      ? new RecordsOfLine(parser.records, { name, lines, from, places, grown })
      : null;
    const samples = this.#samples = new ContentSamples(chain, { lines, cut: places.cut });
    this.#intake = new RowIntake(options, { places, grown, samples, records });
  }

  /** What stands after the last row and is none yet. Ask once {@link next} has given null. */
  get heldBack(): HeldBack | null {
    const { lines, from } = this.#options;
    const before = this.#grown.before?.at ?? this.#records?.unendedLine;
    const taken = before === undefined ? 0 : from.at.offset - before.offset;
    if (this.#onlyBlank || lines.rest <= taken || lines.isRestBlank) return null;
    return { line: this.#places.line + 1, bytes: lines.rest, ...(lines.isQuoteOpen ? { openQuote: true } : {}) };
  }

  /** Where the batch that was given out last ends. */
  get position(): FilePosition {
    return this.#places.position;
  }

  /** How many bytes of its content have been read, what is held back among them. */
  get contentBytes(): number {
    const { lines } = this.#options;
    return lines.offset + lines.rest;
  }

  /** @throws {SourceError} `read_failed`, `other_header`; of a compressed file also `truncated`, `corrupt`, `not_readable`. */
  async next(maxRows: number): Promise<RowBatch | null> {
    const { lines, parser, clock } = this.#options;
    if (this.#closed) return null;
    if (this.#failure !== null) throw this.#failure.cause;
    parser.ingestionMicros = clock.now() * 1000;
    const rows = parser.gather?.(maxRows) ?? new ParsedRows(parser);
    lines.mark();
    this.#intake.beginBatch();
    try {
      const batch = await this.#read(rows, maxRows);
      if (batch !== null) return batch;
    } catch (cause) {
      if (this.#closed) return null;
      // Nothing of the source is good until that is answered.
      if (isOfFirstRow(cause)) {
        this.#failure = { cause };
        throw cause;
      }
      const { row, line } = this.#places;
      this.#failure = { cause: readFailure(cause, { name: this.#options.name, row, line, offset: lines.offset }) };
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

  /** Reads rows until the batch is full or nothing follows. @returns a batch that begins or ends at a row over the limit */
  async #read(rows: GatheredRows, maxRows: number): Promise<RowBatch | null> {
    const { lines, eager = false } = this.#options;
    const intake = this.#intake, records = this.#records, { cut } = this.#places;
    if (records?.isWithinLine) intake.takeRecords(rows, maxRows);
    // The bytes of rows that are passed over are kept as long as those of the batch's rows.
    while (rows.size < maxRows && (rows.size === 0 || intake.passedOver < maxRows)) {
      if (intake.takeAlike(rows, maxRows)) continue;
      records?.beginLine();
      const taken = lines.take(cut);
      if (taken === "row") {
        if (cut.length > 0) {
          if (!intake.take(rows, maxRows)) return null;
          continue;
        }
        if (eager && rows.size > 0 && lines.isDrained) {
          // Whether it is the last line may not be known for long, and the rows before it must not wait for that.
          lines.backTo(lines.base + cut.start);
          return null;
        }
        if (!await this.#isLastLine(rows)) continue;
        intake.end();
        return null;
      }
      if (taken === "more") {
        // What its first rows are is not known from one of them.
        if (eager && rows.size > 0 && !intake.needsMore) return null;
        await lines.fill();
      } else if (taken === "too_long") {
        // Passing over the rest of it gives the buffer up, which the rows before it still need.
        return rows.size > 0 ? this.#batch(rows) : await this.#tooLong(rows);
      } else {
        intake.end();
        return null;
      }
    }
    return null;
  }

  /** A blank line is a row, unless it is the last one. Then it has not been read: others may follow it one day. */
  async #isLastLine(rows: GatheredRows): Promise<boolean> {
    const { lines } = this.#options;
    const offset = lines.base + this.#places.cut.start;
    this.#onlyBlank = await lines.isAtEnd().catch((cause) => {
      // What the line is is not known, so it counts as not read.
      lines.backTo(offset);
      throw cause;
    });
    if (this.#onlyBlank) {
      lines.backTo(offset);
      return true;
    }
    this.#intake.takeBlank(rows, offset);
    return false;
  }

  /** Null if it is a last line that is held back. */
  async #tooLong(rows: GatheredRows): Promise<RowBatch | null> {
    const { lines } = this.#options, before = this.#places.positionAt(lines.offset);
    const buffer = await lines.takeTooLong(this.#places.cut);
    if (buffer === null) return null;
    const base = this.#intake.takeTooLong(rows, { before, kept: buffer.length });
    return this.#batch(rows, { buffer, base });
  }

  #batch(
    rows: GatheredRows,
    bytes: { readonly buffer: Uint8Array; readonly base: number } = this.#options.lines,
  ): RowBatch {
    const { kind, lines, header } = this.#options, places = this.#places, { position: from } = places;
    // Not through the reader: its buffer is another one when the batch is asked for a row's bytes.
    const { buffer, base } = bytes;
    const { keptBytes } = lines;
    const keptOf = (row: SourceRow) =>
      !row.ok && row.rule === "row_too_long" ? Math.min(row.length, keptBytes) : row.length;
    this.#samples.addLast();
    const { row, at } = places.positionAt(lines.offset);
    const { unended } = this.#intake, { superseded } = this.#grown, recordLines = this.#records?.batchLines ?? null;
    const next: FilePosition = {
      row,
      at: { ...at, ...(unended === undefined ? {} : { unended }), ...this.#records?.at(at) },
    };
    const half = halfRowBefore(next);
    places.position = next;
    return rows.batch({
      kind,
      from,
      next,
      ...(header === undefined ? {} : { header }),
      ...(superseded.length === 0 ? {} : { supersedes: superseded }),
      ...(half === null ? {} : { half }),
      raw: (row) => recordLines?.rawOf(row) ?? buffer.subarray(row.offset - base, row.offset - base + keptOf(row)),
    });
  }
}
