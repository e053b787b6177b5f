/**
 * Makes rows of the lines that were cut: has them parsed, and counts them.
 *
 * @module
 */
import type { FilePosition } from "../../records/content/file_position.ts";
import { otherHeaderError } from "../formats/other_header.ts";
import { badForm, blankRow, type GatheredRows, noLineEnd, type RawRow, withExactFault } from "../formats/row_parser.ts";
import type { BadRow } from "../source.ts";
import type { ContentSamples } from "./content_samples.ts";
import type { FirstRow } from "./first_row.ts";
import type { GrownRows } from "./grown_rows.ts";
import type { RecordsOfLine } from "./records_of_line.ts";
import { RepeatedHeader } from "./repeated_header.ts";
import type { RowBatchReaderOptions } from "./row_batch_options.ts";
import type { RowPlaces } from "./row_places.ts";

/** What a {@link RowIntake} works with. */
export interface RowIntakeParts {
  readonly places: RowPlaces;
  readonly grown: GrownRows;
  readonly samples: ContentSamples;
  /** Null where a line is a row. */
  readonly records: RecordsOfLine | null;
}

const NO_HEADER = new Uint8Array(0);
/** Rules that may come from an open quote further up, if the row has several lines. */
const FORM_FAULTS: ReadonlySet<string> = new Set(["unterminated_quote", "misplaced_quote", "wrong_column_count"]);

/** The rows of one source. */
export class RowIntake {
  /** How many rows of the batch that is being read were passed over. */
  passedOver = 0;
  /** Of the batch that is being read: where its last row begins, if that has no line end. */
  unended: FilePosition | undefined;
  readonly #options: RowBatchReaderOptions;
  readonly #places: RowPlaces;
  readonly #grown: GrownRows;
  readonly #samples: ContentSamples;
  readonly #records: RecordsOfLine | null;
  readonly #header: RepeatedHeader | null;
  /** Until it has seen the first record of the source. */
  #firstRow: FirstRow | null;
  /** How many rows were given to the parser. */
  #parsed = 0;

  constructor(options: RowBatchReaderOptions, { places, grown, samples, records }: RowIntakeParts) {
    this.#options = options;
    this.#places = places;
    this.#grown = grown;
    this.#samples = samples;
    this.#records = records;
    this.#header = options.header === undefined ? null : new RepeatedHeader(options.header);
    this.#firstRow = options.firstRow ?? null;
  }

  /** Whether it is not known yet what the rows are. */
  get needsMore(): boolean {
    return this.#firstRow?.needsMore ?? false;
  }

  beginBatch(): void {
    this.passedOver = 0;
    this.unended = undefined;
    this.#grown.superseded = [];
    this.#samples.beginBatch();
    this.#records?.beginBatch();
  }

  /** No row follows. @throws {SourceError} `other_keys`, `incomplete` */
  end(): void {
    const { lines, parser, from, mayGrow = false } = this.#options;
    this.#firstRow?.end();
    const isAll = from.at.offset === 0 && !mayGrow;
    if (lines.rest === 0) parser.end?.(this.#parsed, isAll ? lines.offset : null);
  }

  /**
   * Takes the line that was cut, which is not empty.
   *
   * @returns whether the batch may go on after it
   * @throws {SourceError} `changed`, `other_header`, or what the first record says of the source
   */
  take(rows: GatheredRows, maxRows: number): boolean {
    const { lines } = this.#options, { cut } = this.#places;
    if (this.#grown.before !== null) return this.#takeGrown(rows, maxRows, this.#grown.before);
    if (this.#header?.isIn(cut, lines.buffer) !== true) {
      this.#parse(rows, maxRows);
      return true;
    }
    this.#passOverHeader();
    // What is kept of the file is what the batch's rows need, however many headers there are.
    if (rows.size > 0) return false;
    lines.mark();
    return true;
  }

  /** Takes lines at once that are like rows before them, as far as there are. @returns whether there was one */
  takeAlike(rows: GatheredRows, maxRows: number): boolean {
    const { lines } = this.#options, places = this.#places;
    if (rows.addAlike === undefined || this.#records !== null || this.#firstRow !== null || this.#grown.isWaiting) {
      return false;
    }
    const bytes = lines.ahead;
    if (bytes === null) return false;
    const first = { row: places.row + 1, line: places.line + 1, offset: lines.offset, length: 0 };
    const taken = rows.addAlike({
      bytes,
      maxRows: maxRows - rows.size,
      maxRowBytes: lines.maxRowBytes,
      header: this.#header?.bytes ?? NO_HEADER,
      first,
    });
    if (taken === null) return false;
    const { starts, lengths } = taken, { length: count } = starts;
    const samples = this.#samples, end = first.row + count;
    for (let row = samples.next(first.row); row < end; row = samples.next(row + 1)) {
      const index = row - first.row, start = starts[index] ?? 0;
      samples.take(row, bytes.subarray(start, start + (lengths[index] ?? 0)));
    }
    samples.noteLast(first.offset + (starts[count - 1] ?? 0), lengths[count - 1] ?? 0);
    this.#parsed += count;
    places.row += count;
    places.line += count;
    lines.passOver(taken.bytes);
    return true;
  }

  /** Takes the next records of the line that is being given out, as many as there is room for. */
  takeRecords(rows: GatheredRows, maxRows: number): void {
    const records = this.#records;
    if (records === null) return;
    records.begin();
    while (rows.size < maxRows && records.next()) this.#parseRecord(rows, records);
    records.end();
  }

  /** Takes an empty line, which begins there. */
  takeBlank(rows: GatheredRows, offset: number): void {
    rows.refuse(blankRow(this.#places.place(offset)));
    this.#places.line += 1;
  }

  /**
   * Takes a row over the limit.
   *
   * @param before the position before it
   * @param kept how many of its bytes are kept
   * @returns where it begins
   */
  takeTooLong(rows: GatheredRows, { before, kept }: { readonly before: FilePosition; readonly kept: number }): number {
    const places = this.#places, { cut } = places, grown = this.#grown, { lines } = this.#options;
    if (grown.before !== null) this.#giveAgain(null, grown.before);
    places.line += cut.before;
    const raw = places.place(lines.isArray ? lines.offset - cut.length : before.at.offset);
    if (!cut.ended) this.unended = before;
    places.line += cut.lines;
    rows.refuse(tooLongRow(raw, kept));
    return raw.offset;
  }

  #passOverHeader(): void {
    this.#options.onRepeatedHeader?.(this.#places.line + 1);
    this.#places.line += this.#places.cut.lines;
  }

  #parse(rows: GatheredRows, maxRows: number): void {
    const { lines, refuseLastLine = false } = this.#options, records = this.#records;
    const places = this.#places, { cut } = places;
    places.line += cut.before;
    if (records !== null && !(refuseLastLine && !cut.ended) && records.find()) return this.takeRecords(rows, maxRows);
    if (!cut.ended) {
      this.#samples.addLast();
      this.unended = places.positionAt(lines.base + cut.start);
    }
    const raw = places.placeCut();
    this.#grown.find(raw);
    if (!cut.ended && refuseLastLine) {
      places.line += cut.lines;
      return rows.refuse(noLineEnd(raw));
    }
    this.#parsed += 1;
    let bad = cut.tooLong ? tooLongRow(raw, Math.min(raw.length, lines.keptBytes)) : rows.add(raw);
    if (bad !== null && cut.lines > 1 && FORM_FAULTS.has(bad.rule)) {
      // More likely than a bad row of many lines is one line with an open quote, and good rows after it.
      lines.keepOnlyFirstLine(cut);
      this.unended = undefined;
      raw.end = cut.end;
      raw.length = cut.length;
      bad = rows.add(raw);
    }
    if (bad?.rule === "passed_over") return this.#passOver(rows, bad);
    if (bad?.columns !== undefined) this.#isOfOtherHeader(raw, bad.columns);
    if (this.#firstRow !== null && this.#firstRow.passes(raw, bad)) this.#firstRow = null;
    places.line += cut.lines;
    this.#samples.add(raw);
    if (bad === null && cut.ended) this.#samples.noteLast(raw.offset, cut.end - cut.start);
    if (bad !== null) rows.refuse(bad.rule === "row_too_long" ? bad : withExactFault(raw, bad));
  }

  #parseRecord(rows: GatheredRows, records: RecordsOfLine): void {
    const places = this.#places, { raw } = places;
    this.#parsed += 1;
    const bad = rows.add(raw);
    if (bad?.rule === "passed_over") {
      places.row -= 1;
      this.passedOver += 1;
      this.#options.onPassedOver?.(raw.line, null);
      return;
    }
    if (this.#firstRow !== null && this.#firstRow.passes(raw, bad)) this.#firstRow = null;
    this.#samples.add(raw);
    if (bad === null) this.#samples.noteLast(records.lineOffset, raw.end - raw.start);
    else rows.refuse({ ...bad, reason: `Record ${(raw.record ?? 0) + 1} of the line: ${bad.reason}` });
  }

  /** The row is no record, and gets no number. */
  #passOver(rows: GatheredRows, { line, proof }: BadRow): void {
    const places = this.#places;
    places.row -= 1;
    places.line += places.cut.lines;
    this.unended = undefined;
    this.passedOver += 1;
    this.#options.onPassedOver?.(line, proof ?? null);
    if (rows.size === 0) this.#options.lines.mark();
  }

  /** Nothing of the row has been read. */
  #isOfOtherHeader(raw: RawRow, columns: NonNullable<BadRow["columns"]>): never {
    const { lines, name: path, header = "" } = this.#options;
    lines.backTo(raw.offset);
    this.#places.row -= 1;
    this.unended = undefined;
    throw otherHeaderError(columns, { path, line: raw.line, header });
  }

  /**
   * The row before the first one was taken without its line end. If it has got just that, it stays the row that it was;
   * else it is given out once more, whole, under the same number. False if it has not grown.
   */
  #takeGrown(rows: GatheredRows, maxRows: number, before: FilePosition): boolean {
    const { lines, parser } = this.#options, places = this.#places, grown = this.#grown, { cut } = places;
    const growth = grown.growthOf(cut, { buffer: lines.buffer, before });
    if (growth === "none") {
      lines.backTo(before.at.offset);
      return false;
    }
    if (growth === "line_end") {
      grown.before = null;
      // Only to count it among the rows of its instant.
      const raw = places.placeCut();
      parser.parse(raw);
      this.#samples.add(raw);
      places.line += cut.lines;
      return true;
    }
    this.#giveAgain(places.placeCut(), before);
    places.row -= 1;
    this.#parse(rows, maxRows);
    return true;
  }

  /** The batch begins before the row then. */
  #giveAgain(raw: RawRow | null, before: FilePosition): void {
    this.#grown.giveAgain(raw, before);
    this.#places.position = before;
  }
}

function tooLongRow(raw: RawRow, kept: number): BadRow {
  return badForm(raw, "row_too_long", `It has ${raw.length} bytes, of which the first ${kept} are kept.`);
}
