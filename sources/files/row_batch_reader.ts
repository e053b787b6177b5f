/**
 * Reads bytes as batches of rows: cuts them, has them parsed, and keeps the account of positions.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { type ContentChain, isSameContent } from "../../records/content/content_chain.ts";
import type { OpenInstantState } from "../../records/ids/open_instant.ts";
import type { FilePosition, HalfRow, PartedLine } from "../../records/content/file_position.ts";
import { halfRowBefore, isPast } from "../../records/content/half_rows.ts";
import { type FirstRow, isOfFirstRow } from "./first_row.ts";
import { emptyCut, type LineReader, type RowCut } from "./line_reader.ts";
import { changedError } from "./file_input.ts";
import { RecordLines, type RestOfLine, withSamples } from "./record_lines.ts";
import { otherHeaderError } from "../formats/other_header.ts";
import {
  badForm,
  blankRow,
  type GatheredRows,
  type LineRecords,
  noLineEnd,
  ParsedRows,
  type RawRow,
  type RowParser,
  withExactFault,
} from "../formats/row_parser.ts";
import {
  type BadRow,
  type GoodRow,
  type HeldBack,
  type RowBatch,
  type RowReader,
  SourceError,
  type SourceRow,
  type SupersededRow,
} from "../source.ts";

/** What a {@link RowBatchReader} reads with. */
export interface RowBatchReaderOptions {
  readonly kind: RecordKind;
  /** For errors: what is being read. */
  readonly name: string;
  /** Stands at the first row to be read. */
  readonly lines: LineReader;
  readonly parser: RowParser;
  readonly from: FilePosition;
  /** The header of a csv file. @default none */
  readonly header?: string | undefined;
  /** Called with its line for a line that is the header once more, byte by byte, as in files that were joined: it is no row. */
  readonly onRepeatedHeader?: ((line: number) => void) | undefined;
  /** Called with its line for a row that the format passes over, and with what it proves of the rows before it. */
  readonly onPassedOver?: ((line: number, proof: string | null) => void) | undefined;
  /** Lines between `from` and the first row to be read: the header's, if there is one. @default 0 */
  readonly headerLines?: number;
  /** The chain that `lines` feeds; null where no later run resumes from the positions. @default null */
  readonly chain?: ContentChain | null;
  /** How rows were read that had no line end. @default null: there are none */
  readonly earlier?: EarlierReads | null;
  /** Looks at the first record of the source. @default null: not at the source's start */
  readonly firstRow?: FirstRow | null;
  /** Whether a last line without its line end is refused; else it is a row, unless `lines` holds it back. @default false */
  readonly refuseLastLine?: boolean;
  /** Rows of what is being written are given out as they come, without waiting until a batch is full. @default false */
  readonly eager?: boolean;
  readonly clock: Clock;
  /** Releases the input. */
  readonly close: () => void;
}

/** Rows that were taken without their line end may have grown since. */
export interface EarlierReads {
  /** Where the row before `from` begins, if it is one, and where `lines` stands; else null. */
  readonly before: FilePosition | null;
  /** Gives rows the ids that they were given there. */
  readonly parserAt: (instant: OpenInstantState) => RowParser;
}

const CR = 0x0d;
/** Each of the files that were joined may have its own. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const utf8 = new TextEncoder();

/** Rules that may come from an open quote further up, if the row has several lines. */
const FORM_FAULTS: ReadonlySet<string> = new Set(["unterminated_quote", "misplaced_quote", "wrong_column_count"]);

/** The {@link RowReader} of everything that is made of bytes. */
export class RowBatchReader implements RowReader {
  readonly #options: RowBatchReaderOptions;
  readonly #cut: RowCut = emptyCut();
  readonly #raw: RawRow = {
    row: 0,
    line: 0,
    offset: 0,
    length: 0,
    buffer: new Uint8Array(0),
    start: 0,
    end: 0,
    record: -1,
  };
  #position: FilePosition;
  #row: number;
  #line: number;
  /** Where the row before `from` begins, as long as it is not known whether it has grown. */
  #continued: FilePosition | null;
  /** Of rows that are still to come. */
  #halves: readonly HalfRow[];
  /** Until it has seen the first record of the source. */
  #firstRow: FirstRow | null;
  /** Rows that were given out once more. */
  #again: number;
  #supersedes: SupersededRow[] = [];
  /** Where the last row begins, if it has no line end. */
  #unended: FilePosition | undefined;
  /** Of the batch that is being read, the last row that is good and has its line end; -1 if there is none. */
  #lastGoodOffset = -1;
  #lastGoodLength = 0;
  readonly #header: Uint8Array | null;
  /** How many rows of the batch that is being read were passed over. */
  #passedOver = 0;
  /** How many lines were given to the parser. */
  #parsed = 0;
  /** Of lines with several records; null where a line is a row. */
  readonly #records: LineRecords | null;
  /** Where the line that was taken last begins; of an array, where the element before it ends. */
  #lineStart = 0;
  /** The records of a line that are still to be given out. */
  #rest: RestOfLine | null = null;
  /** Where the batch ends, if that is within a line, or after a line of records without its line end. */
  #parted: PartedLine | undefined;
  /** How many records of the first line are before `from`. */
  #skipped: number;
  /** Of the batch that is being read. */
  #recordLines: RecordLines | null = null;
  /** What follows is an empty line, and nothing else. */
  #onlyBlank = false;
  #closed = false;
  /** Why reading has ended. */
  #failure: { readonly cause: unknown } | null = null;

  constructor(options: RowBatchReaderOptions) {
    this.#options = options;
    const { from, earlier, headerLines = 0, firstRow = null } = options;
    const before = earlier?.before ?? null;
    const begins = before ?? from;
    this.#position = from;
    this.#continued = before;
    this.#halves = from.at.halves ?? [];
    this.#again = from.at.again ?? 0;
    this.#firstRow = firstRow;
    this.#header = options.header === undefined ? null : utf8.encode(options.header.replace(/^\ufeff/, ""));
    this.#row = begins.row;
    this.#line = (from.at.parted ?? begins.at).line + headerLines;
    this.#records = options.parser.records ?? null;
    this.#skipped = from.at.parted?.records ?? 0;
  }

  /** What stands after the last row and is none yet. Ask once {@link next} has given null. */
  get heldBack(): HeldBack | null {
    const { lines, from } = this.#options;
    const { parted } = from.at;
    const before = this.#continued?.at ?? (this.#skipped > 0 && parted?.left === 0 ? parted : undefined);
    const taken = before === undefined ? 0 : from.at.offset - before.offset;
    if (this.#onlyBlank || lines.rest <= taken || lines.isRestBlank) return null;
    return { line: this.#line + 1, bytes: lines.rest, ...(lines.isQuoteOpen ? { openQuote: true } : {}) };
  }

  /** Where the batch that was given out last ends. */
  get position(): FilePosition {
    return this.#position;
  }

  /** How many bytes of its content have been read, what is held back among them. */
  get contentBytes(): number {
    const { lines } = this.#options;
    return lines.offset + lines.rest;
  }

  /** @throws {SourceError} `read_failed`, `other_header`; of a compressed file also `truncated`, `corrupt`, `not_readable`. */
  async next(maxRows: number): Promise<RowBatch | null> {
    const { lines, parser, clock, eager = false } = this.#options;
    if (this.#closed) return null;
    if (this.#failure !== null) throw this.#failure.cause;
    parser.ingestionMicros = clock.now() * 1000;
    const rows = parser.gather?.(maxRows) ?? new ParsedRows(parser);
    lines.mark();
    this.#supersedes = [];
    this.#unended = undefined;
    this.#lastGoodOffset = -1;
    this.#passedOver = 0;
    this.#parted = undefined;
    this.#recordLines = null;
    try {
      if (this.#rest !== null) this.#parseRecords(rows, maxRows, this.#rest);
      // The bytes of rows that are passed over are kept as long as those of the batch's rows.
      while (rows.size < maxRows && (rows.size === 0 || this.#passedOver < maxRows)) {
        if (this.#records !== null) this.#lineStart = lines.offset;
        const taken = lines.take(this.#cut);
        if (taken === "row") {
          if (this.#cut.length === 0) {
            if (eager && rows.size > 0 && lines.isDrained) {
              // Whether it is the last line may not be known for long, and the rows before it must not wait for that.
              lines.backTo(lines.base + this.#cut.start);
              break;
            }
            if (await this.#isLastLine(rows)) {
              this.#end();
              break;
            }
          } else if (this.#continued === null) {
            if (!this.#isRepeatedHeader()) this.#parse(rows, maxRows);
            else {
              this.#passOverHeader();
              // What is kept of the file is what the batch's rows need, however many headers there are.
              if (rows.size > 0) break;
              lines.mark();
            }
          } else if (!this.#continue(rows, maxRows, this.#continued)) break;
        } else if (taken === "more") {
          // What its first rows are is not known from one of them.
          if (eager && rows.size > 0 && this.#firstRow?.needsMore !== true) break;
          await lines.fill();
        } else if (taken === "too_long") {
          // Passing over the rest of it gives the buffer up, which the rows before it still need.
          return rows.size > 0 ? this.#batch(rows) : await this.#tooLong(rows);
        } else {
          this.#end();
          break;
        }
      }
    } catch (cause) {
      if (this.#closed) return null;
      // Nothing of the source is good until that is answered.
      if (isOfFirstRow(cause)) {
        this.#failure = { cause };
        throw cause;
      }
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

  #end(): void {
    this.#firstRow?.end();
    if (this.#options.lines.rest === 0) this.#options.parser.end?.(this.#parsed);
  }

  #isRepeatedHeader(): boolean {
    const { lines: { buffer } } = this.#options;
    const header = this.#header, { start, end, ended } = this.#cut;
    if (header === null || !ended) return false;
    const surplus = end - start - header.length;
    if (surplus !== 0 && surplus !== BYTE_ORDER_MARK.length) return false;
    const from = BYTE_ORDER_MARK.every((byte, index) => buffer[start + index] === byte) ? start + 3 : start;
    return end - from === header.length && header.every((byte, index) => buffer[from + index] === byte);
  }

  #passOverHeader(): void {
    this.#options.onRepeatedHeader?.(this.#line + 1);
    this.#line += this.#cut.lines;
  }

  #parse(rows: GatheredRows, maxRows: number): void {
    const { lines, refuseLastLine = false } = this.#options;
    const cut = this.#cut;
    this.#line += cut.before;
    if (this.#records !== null && !(refuseLastLine && !cut.ended)) {
      const rest = this.#recordsOfLine(this.#records);
      if (rest !== null) return this.#parseRecords(rows, maxRows, rest);
    }
    if (!cut.ended) {
      this.#sampleLast();
      this.#unended = this.#positionAt(lines.base + cut.start);
    }
    const raw = this.#cutRow();
    if (this.#halves.length > 0) this.#findHalves(raw);
    if (!cut.ended && refuseLastLine) {
      this.#line += cut.lines;
      return rows.refuse(noLineEnd(raw));
    }
    this.#parsed += 1;
    let bad = cut.tooLong ? tooLongRow(raw, Math.min(raw.length, lines.keptBytes)) : rows.add(raw);
    if (bad !== null && cut.lines > 1 && FORM_FAULTS.has(bad.rule)) {
      // More likely than a bad row of many lines is one line with an open quote, and good rows after it.
      lines.keepOnlyFirstLine(cut);
      this.#unended = undefined;
      raw.end = cut.end;
      raw.length = cut.length;
      bad = rows.add(raw);
    }
    if (bad?.rule === "passed_over") return this.#passOver(rows, bad);
    if (bad?.columns !== undefined) {
      // Nothing of it has been read.
      lines.backTo(raw.offset);
      this.#row -= 1;
      this.#unended = undefined;
      const { name: path, header = "" } = this.#options;
      throw otherHeaderError(bad.columns, { path, line: raw.line, header });
    }
    if (this.#firstRow !== null && this.#firstRow.passes(raw, bad)) this.#firstRow = null;
    this.#line += cut.lines;
    this.#sample(raw);
    if (bad === null && cut.ended) {
      this.#lastGoodOffset = raw.offset;
      this.#lastGoodLength = cut.end - cut.start;
    }
    if (bad !== null) rows.refuse(bad.rule === "row_too_long" ? bad : withExactFault(raw, bad));
  }

  /** The records of the line that was cut; null if the line is a row. @throws {SourceError} `changed` */
  #recordsOfLine(records: LineRecords): RestOfLine | null {
    const { lines, from, name } = this.#options, cut = this.#cut;
    if (cut.tooLong) return null;
    const raw = this.#cutRow();
    this.#row -= 1;
    const count = records.find(raw), next = this.#skipped;
    this.#skipped = 0;
    const { content: then, parted } = from.at;
    if (next > 0) {
      const now = lines.contentUpTo(lines.offset);
      const isOther = now !== undefined && then !== undefined && !isSameContent(now, then);
      // A line that was taken without its line end may have it now.
      if (count !== next + (parted?.left ?? 0) || (isOther && now.bytes <= then.bytes)) {
        throw changedError(name, from.at.offset);
      }
    }
    if (count === 0) return null;
    if (next === 0 && this.#halves.length > 0) this.#findHalves(raw);
    const { buffer, base } = lines, { listStart, listEnd } = records, { start, end, before, ended } = cut;
    return {
      ...{ buffer, base, start, end, listStart, listEnd },
      line: raw.line,
      before: { line: this.#line - before, offset: this.#lineStart },
      endLine: this.#line + cut.lines,
      ended,
      count,
      next,
      content: next === 0 ? undefined : parted?.content,
    };
  }

  /** Gives out the records of a line, as many as there is room for. */
  #parseRecords(rows: GatheredRows, maxRows: number, rest: RestOfLine): void {
    const { lines } = this.#options, records = this.#records;
    if (records === null) return;
    const raw = this.#raw;
    (this.#recordLines ??= new RecordLines()).add({ ...rest, firstRow: this.#row + 1 });
    raw.line = rest.line;
    raw.buffer = rest.buffer;
    raw.start = rest.start;
    raw.end = rest.end;
    for (; rest.next < rest.count && rows.size < maxRows; rest.next++) {
      this.#parseRecord(rows, rest, records);
    }
    raw.record = -1;
    const isWhole = rest.next === rest.count;
    this.#rest = isWhole ? null : rest;
    this.#line = isWhole ? rest.endLine : rest.line - 1;
    if (isWhole && rest.ended) return;
    const { before, next, count } = rest, content = rest.content ??= lines.contentUpTo(before.offset);
    this.#parted = { ...before, records: next, left: count - next, ...(content === undefined ? {} : { content }) };
  }

  #parseRecord(rows: GatheredRows, { next, base }: RestOfLine, records: LineRecords): void {
    const raw = this.#raw, start = records.startOf(next);
    raw.row = ++this.#row;
    raw.record = next;
    raw.offset = base + start;
    raw.length = records.endOf(next) - start;
    this.#parsed += 1;
    const bad = rows.add(raw);
    if (bad?.rule === "passed_over") {
      this.#row -= 1;
      this.#passedOver += 1;
      this.#options.onPassedOver?.(raw.line, null);
      return;
    }
    if (this.#firstRow !== null && this.#firstRow.passes(raw, bad)) this.#firstRow = null;
    this.#sample(raw);
    if (bad === null) {
      this.#lastGoodOffset = base + raw.start;
      this.#lastGoodLength = raw.end - raw.start;
    } else rows.refuse({ ...bad, reason: `Record ${next + 1} of the line: ${bad.reason}` });
  }

  /** The row is no record, and gets no number. */
  #passOver(rows: GatheredRows, { line, proof }: BadRow): void {
    this.#row -= 1;
    this.#line += this.#cut.lines;
    this.#unended = undefined;
    this.#passedOver += 1;
    this.#options.onPassedOver?.(line, proof ?? null);
    if (rows.size === 0) this.#options.lines.mark();
  }

  /**
   * The row before the first one was taken without its line end. If it has got just that, it stays the row that it was;
   * else it is given out once more, whole, under the same number. False if it has not grown.
   */
  #continue(rows: GatheredRows, maxRows: number, before: FilePosition): boolean {
    const { lines, from } = this.#options;
    const { start, length, ended } = this.#cut;
    const taken = from.at.offset - before.at.offset;
    const isSame = length === taken || (length === taken - 1 && lines.buffer[start + length] === CR);
    if (isSame && !ended) {
      lines.backTo(before.at.offset);
      return false;
    }
    this.#continued = null;
    if (isSame) {
      // Only to count it among the rows of its instant.
      const raw = this.#cutRow();
      this.#options.parser.parse(raw);
      this.#sample(raw);
      this.#line += this.#cut.lines;
      return true;
    }
    this.#again += 1;
    this.#position = before;
    const half = { row: from.row, offset: before.at.offset, bytes: taken };
    this.#supersedes.push({ row: from.row, parts: this.#partsOf(this.#cutRow(), [half]) });
    this.#row -= 1;
    this.#parse(rows, maxRows);
    return true;
  }

  /** The records that an earlier run has made of the row, if it was half then; nothing of a row that has not grown. */
  #findHalves(raw: RawRow): void {
    const { row } = raw;
    const shorter = this.#halves.filter(({ offset, bytes }) => offset === raw.offset && bytes < raw.length);
    if (shorter.length === 0) return;
    const parts = this.#partsOf(raw, shorter);
    const before = this.#supersedes.find((one) => one.row === row);
    this.#supersedes = this.#supersedes.filter((one) => one !== before);
    this.#supersedes.push({ row, parts: [...before?.parts ?? [], ...parts] });
  }

  /** The records that were made of the first bytes of a row. Nothing after it may have been parsed. */
  #partsOf(raw: RawRow, halves: readonly HalfRow[]): GoodRow[] {
    const { parser, earlier } = this.#options;
    if (!earlier) return [];
    const instant = parser.instant.state();
    return halves.flatMap(({ bytes }) => {
      const length = raw.buffer[raw.start + bytes - 1] === CR ? bytes - 1 : bytes;
      const part = earlier.parserAt(instant).parse({ ...raw, length, end: raw.start + length });
      return part.ok ? [part] : [];
    });
  }

  /** A few of the rows, however many there are; what a row is that has no line end is not known yet. */
  #sample({ row, buffer, start, end }: RawRow): void {
    const { chain } = this.#options;
    if (chain?.wantsSample(row) && this.#cut.ended) chain.sample(row, buffer.subarray(start, end));
  }

  /** Of each batch the last row, too: what is left of a content that was cut at its beginning is its end. */
  #sampleLast(): void {
    const { chain, lines: { buffer, base } } = this.#options;
    const start = this.#lastGoodOffset - base;
    if (chain && start >= 0) chain.sampleLast(buffer.subarray(start, start + this.#lastGoodLength));
  }

  /** A blank line is a row, unless it is the last one. Then it has not been read: others may follow it one day. */
  async #isLastLine(rows: GatheredRows): Promise<boolean> {
    const { lines } = this.#options;
    const offset = lines.base + this.#cut.start;
    this.#onlyBlank = await lines.isAtEnd().catch((cause) => {
      // What the line is is not known, so it counts as not read.
      lines.backTo(offset);
      throw cause;
    });
    if (this.#onlyBlank) {
      lines.backTo(offset);
      return true;
    }
    rows.refuse(blankRow(this.#place(offset)));
    this.#line += 1;
    return false;
  }

  /** Null if it is a last line that is held back. */
  async #tooLong(rows: GatheredRows): Promise<RowBatch | null> {
    const { lines } = this.#options;
    const { offset } = lines;
    const before = this.#positionAt(offset);
    const kept = await lines.takeTooLong(this.#cut);
    if (kept === null) return null;
    if (this.#continued !== null) {
      this.#again += 1;
      this.#position = this.#continued;
      this.#supersedes.push({ row: this.#options.from.row, parts: [] });
    }
    this.#continued = null;
    this.#line += this.#cut.before;
    const raw = this.#place(lines.isArray ? lines.offset - this.#cut.length : offset);
    if (!this.#cut.ended) this.#unended = before;
    this.#line += this.#cut.lines;
    rows.refuse(tooLongRow(raw, kept.length));
    return this.#batch(rows, { buffer: kept, base: raw.offset });
  }

  /** The row that was cut, as the next one. */
  #cutRow(): RawRow {
    const { lines } = this.#options;
    const { start, end } = this.#cut;
    const raw = this.#place(lines.base + start);
    raw.buffer = lines.buffer;
    raw.start = start;
    raw.end = end;
    return raw;
  }

  /** After all rows so far; nothing after it may have been parsed. */
  #positionAt(offset: number): FilePosition {
    const { lines, parser } = this.#options;
    const content = lines.contentUpTo(offset);
    const halves = this.#halves.filter((half) => !isPast(offset, half));
    return {
      row: this.#row,
      at: {
        line: this.#line,
        offset,
        openInstant: parser.instant.state(),
        ...(content === undefined ? {} : { content }),
        ...(this.#again === 0 ? {} : { again: this.#again }),
        ...(halves.length === 0 ? {} : { halves }),
      },
    };
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
    const { kind, lines, header } = this.#options;
    // Not through the reader: its buffer is another one when the batch is asked for a row's bytes.
    const { buffer, base } = bytes;
    const { keptBytes } = lines;
    const keptOf = (row: SourceRow) =>
      !row.ok && row.rule === "row_too_long" ? Math.min(row.length, keptBytes) : row.length;
    const from = this.#position;
    const unended = this.#unended;
    this.#sampleLast();
    const { row, at } = this.#positionAt(lines.offset);
    const parted = withSamples(this.#parted, at.content), recordLines = this.#recordLines;
    const next: FilePosition = {
      row,
      at: {
        ...at,
        ...(unended === undefined ? {} : { unended }),
        ...(parted === undefined ? {} : { line: this.#rest?.endLine ?? at.line, parted }),
      },
    };
    const half = halfRowBefore(next);
    this.#position = next;
    return rows.batch({
      kind,
      from,
      next,
      ...(header === undefined ? {} : { header }),
      ...(this.#supersedes.length === 0 ? {} : { supersedes: this.#supersedes }),
      ...(half === null ? {} : { half }),
      raw: (row) => recordLines?.rawOf(row) ?? buffer.subarray(row.offset - base, row.offset - base + keptOf(row)),
    });
  }
}

function tooLongRow(raw: RawRow, kept: number): BadRow {
  return badForm(raw, "row_too_long", `It has ${raw.length} bytes, of which the first ${kept} are kept.`);
}

function readFailure(
  cause: unknown,
  { name, row, line, offset }: {
    readonly name: string;
    readonly row: number;
    readonly line: number;
    readonly offset: number;
  },
) {
  const place = `It was read up to row ${row}, line ${line}, byte ${offset}`;
  // It says where.
  if (cause instanceof SourceError && cause.code === "other_header") return cause;
  if (cause instanceof SourceError) return new SourceError(cause.code, `${cause.message} ${place}.`, { cause });
  // Only the system's errors are about the source; anything else is a bug, and stays what it is.
  if (!(cause instanceof Error) || !("code" in cause)) return cause;
  const what = `Reading ${name} failed: ${cause.message}. ${place}.`;
  return new SourceError("read_failed", `${what} Check the disk, then run again.`, { cause });
}
