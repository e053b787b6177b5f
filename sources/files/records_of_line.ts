/**
 * The line of several records that is being given out, and which of its records is the next one.
 *
 * @module
 */
import { type ContentMark, isSameContent } from "../../records/content/content_chain.ts";
import type { FilePlace, FilePosition, PartedLine } from "../../records/content/file_position.ts";
import type { LineRecords } from "../formats/row_parser.ts";
import { changedError } from "./file_input.ts";
import type { GrownRows } from "./grown_rows.ts";
import type { LineReader } from "./line_reader.ts";
import { type RecordLine, RecordLines } from "./record_lines.ts";
import type { RowPlaces } from "./row_places.ts";

/** What {@link RecordsOfLine} work with. */
export interface RecordsOfLineOptions {
  /** For errors: what is being read. */
  readonly name: string;
  readonly lines: LineReader;
  readonly from: FilePosition;
  readonly places: RowPlaces;
  readonly grown: GrownRows;
}

/** A line with several records, and which of them is the next one. */
interface RestOfLine extends Omit<RecordLine, "firstRow"> {
  /** Its number. */
  readonly line: number;
  /** The lines up to its end. */
  readonly endLine: number;
  readonly ended: boolean;
  /** Where reading it begins. */
  readonly before: { readonly line: number; readonly offset: number };
  readonly count: number;
  next: number;
  /** The mark of what is before it, once that was asked for. */
  content: ContentMark | undefined;
}

/** The records of one source. A batch may end between any two of a line. */
export class RecordsOfLine {
  readonly #records: LineRecords;
  readonly #options: RecordsOfLineOptions;
  /** Where the line that was taken last begins; of an array, where the element before it ends. */
  #lineStart = 0;
  /** The line whose records are still to be given out. */
  #rest: RestOfLine | null = null;
  /** Where the batch ends, if that is within a line, or after a line of records without its line end. */
  #parted: PartedLine | undefined;
  /** How many records of the first line are before `from`. */
  #skipped: number;
  /** Of the batch that is being read. */
  #batchLines: RecordLines | null = null;

  constructor(records: LineRecords, options: RecordsOfLineOptions) {
    this.#records = records;
    this.#options = options;
    this.#skipped = options.from.at.parted?.records ?? 0;
  }

  /** Whether records of a line are still to be given out. */
  get isWithinLine(): boolean {
    return this.#rest !== null;
  }

  /** The first byte of that line. */
  get lineOffset(): number {
    return this.#rest === null ? 0 : this.#rest.base + this.#rest.start;
  }

  /** The first line, if all of its records were given out before, and it had no line end. */
  get unendedLine(): PartedLine | undefined {
    const { parted } = this.#options.from.at;
    return this.#skipped > 0 && parted?.left === 0 ? parted : undefined;
  }

  /** Tells the bytes of the batch's records; null if it has none. */
  get batchLines(): RecordLines | null {
    return this.#batchLines;
  }

  beginBatch(): void {
    this.#parted = undefined;
    this.#batchLines = null;
  }

  /** Notes where the line begins that is taken next. */
  beginLine(): void {
    this.#lineStart = this.#options.lines.offset;
  }

  /** Whether the line that was cut has several records, which are then the next ones; else it is a row. @throws {SourceError} `changed` */
  find(): boolean {
    const { lines, from, name, places, grown } = this.#options, { cut } = places;
    if (cut.tooLong) return false;
    const raw = places.placeCut();
    places.row -= 1;
    const count = this.#records.find(raw), next = this.#skipped;
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
    if (count === 0) return false;
    if (next === 0) grown.find(raw);
    const { buffer, base } = lines, { listStart, listEnd } = this.#records, { start, end, before, ended } = cut;
    this.#rest = {
      ...{ buffer, base, start, end, listStart, listEnd },
      line: raw.line,
      before: { line: places.line - before, offset: this.#lineStart },
      endLine: places.line + cut.lines,
      ended,
      count,
      next,
      content: next === 0 ? undefined : parted?.content,
    };
    return true;
  }

  /** The next records are of this batch. */
  begin(): void {
    const rest = this.#rest, { places: { raw, row } } = this.#options;
    if (rest === null) return;
    (this.#batchLines ??= new RecordLines()).add({ ...rest, firstRow: row + 1 });
    raw.line = rest.line;
    raw.buffer = rest.buffer;
    raw.start = rest.start;
    raw.end = rest.end;
  }

  /** Places the next record; false if the line has no more. */
  next(): boolean {
    const rest = this.#rest, records = this.#records, { places } = this.#options, { raw } = places;
    if (rest === null || rest.next === rest.count) return false;
    const start = records.startOf(rest.next);
    raw.row = ++places.row;
    raw.record = rest.next;
    raw.offset = rest.base + start;
    raw.length = records.endOf(rest.next) - start;
    rest.next += 1;
    return true;
  }

  /** The batch takes no more records of the line. */
  end(): void {
    const rest = this.#rest, { places, lines } = this.#options;
    if (rest === null) return;
    places.raw.record = -1;
    const isWhole = rest.next === rest.count;
    if (isWhole) this.#rest = null;
    places.line = isWhole ? rest.endLine : rest.line - 1;
    if (isWhole && rest.ended) return;
    const { before, next, count } = rest, content = rest.content ??= lines.contentUpTo(before.offset);
    this.#parted = { ...before, records: next, left: count - next, ...(content === undefined ? {} : { content }) };
  }

  /** What the position after the batch keeps of them. */
  at({ line, content }: FilePlace): Pick<FilePlace, "line" | "parted"> {
    const parted = this.#parted;
    if (parted === undefined) return { line };
    return { line: this.#rest?.endLine ?? line, parted: withSamples(parted, content) };
  }
}

/** The rows that are samples are those before the position, of the line as well. */
function withSamples(parted: PartedLine, now: ContentMark | undefined): PartedLine {
  const { content } = parted;
  if (content === undefined || now === undefined) return parted;
  return { ...parted, content: { ...content, samples: now.samples } };
}
