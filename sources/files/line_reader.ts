/**
 * Cuts bytes into rows: one line each, or several where a quoted field holds line ends; or the elements of a JSON array. A
 * line ends with LF or CRLF. What stands after the last line end is a row, or, where it may be the half of one that is
 * being written, held back. A byte order mark at the start is skipped.
 *
 * @module
 */
import type { ContentChain, ContentMark } from "../../records/content/content_chain.ts";
import { isSame } from "../formats/readers/known_bytes.ts";
import { KEPT_BYTES } from "../source.ts";
import { ArrayRows, beginsArray } from "./array_rows.ts";
import { type ByteInput, InputWindow } from "./input_window.ts";
import { LineEnds } from "./line_ends.ts";
import type { RowCut, Taken } from "./row_cut.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const utf8 = new TextEncoder();
/** A row is being written, and held back. */
const HELD_BACK = -1;

/** How a {@link LineReader} cuts. */
export interface LineReaderOptions {
  /** Where the input stands in its source. @default 0 */
  readonly offset?: number;
  /** A row with more bytes is cut off. @default 1048576 */
  readonly maxRowBytes?: number | undefined;
  /** Whether a line end within double quotes belongs to the row. @default false */
  readonly quoted?: boolean;
  /** What a line begins with that is a line in any case, whatever quotes it holds. @default none is */
  readonly comment?: string | undefined;
  /** Bytes asked for at a time. @default 262144 */
  readonly windowBytes?: number;
  /** Whether a last line without its line end is held back; else it is a row. @default false */
  readonly holdLastLine?: boolean;
  /** Whether a row whose quoted field is open at the end is held back; else its first line is a row. @default false */
  readonly holdOpenQuote?: boolean;
  /**
   * Whether the input may be one JSON array, whose elements are the rows: `detect` tells by its first byte, and needs the
   * input from its start on. @default false
   */
  readonly array?: boolean | "detect";
  /** Takes every byte that rows were made of, in order; stands at `offset`. @default null */
  readonly chain?: ContentChain | null;
}

/** Default limit of a row. */
export const MAX_ROW_BYTES = 1024 * 1024;

/** Rows of an input. */
export class LineReader {
  /** How many bytes of a row over the limit are kept. */
  readonly keptBytes: number;
  readonly #window: InputWindow;
  readonly maxRowBytes: number;
  readonly #quoted: boolean;
  /** Empty if no line is a comment. */
  readonly #comment: Uint8Array;
  readonly #holdLastLine: boolean;
  readonly #holdOpenQuote: boolean;
  readonly #lineEnds = new LineEnds();
  /** The first quote at or after the next row, as far as it is known: -1 if it has to be looked for. */
  #quote = -1;
  #afterFirstLine = 0;
  #quoteIsOpen = false;
  /** Whether the first byte is to tell if the input is an array. */
  #detectsArray: boolean;
  /** Of an input that is an array. */
  #array: ArrayRows | null;
  /** A last line over the limit that is held back; its bytes are not kept. */
  #heldTooLong: { readonly bytes: number; readonly before: ContentMark | undefined } | null = null;

  constructor(input: ByteInput, options: LineReaderOptions = {}) {
    const { offset = 0, windowBytes = 256 * 1024, chain = null } = options;
    this.#window = new InputWindow(input, { offset, windowBytes, chain });
    this.maxRowBytes = options.maxRowBytes ?? MAX_ROW_BYTES;
    this.keptBytes = Math.min(KEPT_BYTES, this.maxRowBytes);
    this.#quoted = options.quoted ?? false;
    this.#comment = utf8.encode(options.comment ?? "");
    this.#holdLastLine = options.holdLastLine ?? false;
    this.#holdOpenQuote = options.holdOpenQuote ?? false;
    this.#detectsArray = options.array === "detect" && offset === 0;
    this.#array = options.array === true ? this.#arrayRows(offset === 0) : null;
  }

  /** Holds the rows taken since the last {@link mark}. */
  get buffer(): Uint8Array {
    return this.#window.buffer;
  }

  /** Where the buffer's first byte stands in the source. */
  get base(): number {
    return this.#window.base;
  }

  /** Where the next row starts in the source. */
  get offset(): number {
    return this.#window.base + this.#window.next;
  }

  /** Once {@link take} has met the end: how many bytes are held back. */
  get rest(): number {
    if (this.#heldTooLong !== null) return this.#heldTooLong.bytes;
    const { ended, read, next } = this.#window;
    return ended ? read.length - next : 0;
  }

  /** True if what is held back is a row whose quoted field does not end. */
  get isQuoteOpen(): boolean {
    return this.rest > 0 && this.#quoteIsOpen;
  }

  /** True if what is held back is nothing but the first half of a line end, or what is around an array. */
  get isRestBlank(): boolean {
    const { ended, read, next } = this.#window;
    if (this.#array !== null) return ended && this.#array.isWhole;
    return this.rest === 1 && read[next] === CR;
  }

  /** Whether the rows are the elements of an array, as far as that is known. */
  get isArray(): boolean {
    return this.#array !== null;
  }

  /** Whether the rows are the elements of an array; reads on if that is needed to know. */
  async detectArray(): Promise<boolean> {
    while (this.#detectsArray && !this.#detectArray()) await this.fill();
    return this.isArray;
  }

  /** The mark of everything before a place that rows were taken up to; undefined without a chain. */
  contentUpTo(offset: number): ContentMark | undefined {
    if (this.#heldTooLong !== null) return this.#heldTooLong.before;
    return this.#window.contentUpTo(offset);
  }

  /** Whether more has to be read of the input to know what follows the rows taken so far. */
  get isDrained(): boolean {
    const { ended, read, next } = this.#window;
    return next === read.length && !ended;
  }

  /** Whether there is nothing after the rows taken so far; reads on if that is needed to know. */
  async isAtEnd(): Promise<boolean> {
    while (this.#window.next === this.#window.read.length) {
      if (this.#window.ended) return true;
      await this.fill();
    }
    return false;
  }

  /** Goes back to where a row started that was taken since the last {@link mark}. */
  backTo(offset: number): void {
    this.#window.goTo(offset - this.base);
    this.#quote = -1;
  }

  /** From here on rows stay in the buffer. */
  mark(): void {
    this.#window.mark();
  }

  /** What has been read from the next row on; null where a line need not be a row. */
  get ahead(): Uint8Array | null {
    if (this.#detectsArray || this.#array !== null) return null;
    const { read, next } = this.#window;
    return read.subarray(next);
  }

  /** So many bytes of {@link ahead} were lines. */
  passOver(bytes: number): void {
    this.#window.goTo(this.#window.next + bytes);
  }

  /** Takes the next row, if all of it has been read. */
  take(cut: RowCut): Taken {
    if (this.#detectsArray && !this.#detectArray()) return "more";
    cut.before = 0;
    if (this.#array !== null) return this.#array.take(cut);
    const window = this.#window, { read, next: start } = window;
    let lineEnd = this.#lineEnds.indexOf(read, window.searched);
    if (lineEnd < 0) {
      window.searched = read.length;
      if (read.length - start > this.maxRowBytes + 1) return "too_long";
      if (!window.ended) return "more";
      if (start === read.length) return "end";
      lineEnd = read.length;
    }
    cut.tooLong = this.#isTooLong(start, lineEnd);
    cut.lines = 1;
    cut.ended = true;
    if (!cut.tooLong && this.#quoted && this.#nextQuote(start) < lineEnd && !this.#isComment(start)) {
      this.#afterFirstLine = Math.min(lineEnd + 1, read.length);
      const rowEnd = this.#endOfQuotedRow(cut, lineEnd);
      if (rowEnd === null) return "more";
      if (rowEnd === HELD_BACK) return "end";
      lineEnd = rowEnd;
    }
    if (lineEnd === read.length) {
      if (this.#holdLastLine) return "end";
      cut.ended = false;
    }
    cut.start = start;
    cut.end = this.#withoutCr(start, lineEnd);
    cut.length = cut.end - start;
    window.goTo(Math.min(lineEnd + 1, read.length));
    return "row";
  }

  /** Cuts the row of several lines that was taken last down to its first line; the others will be read again. */
  keepOnlyFirstLine(cut: RowCut): void {
    cut.end = this.#withoutCr(cut.start, this.#afterFirstLine - 1);
    cut.length = cut.end - cut.start;
    cut.lines = 1;
    cut.ended = true;
    this.#quote = -1;
    this.#window.goTo(this.#afterFirstLine);
  }

  /** Reads more of the input. */
  async fill(): Promise<void> {
    await this.#window.fill();
    this.#quote = -1;
  }

  /**
   * Takes a row that is longer than the limit and has not been read to its end: returns its first bytes and passes over
   * the rest. Call only when no row has been taken since the last {@link mark}, because the buffer is given up.
   *
   * @returns null if it is a last line that is held back
   */
  async takeTooLong(cut: RowCut): Promise<Uint8Array | null> {
    if (this.#array !== null) return await this.#array.takeTooLong(cut, this.keptBytes);
    const window = this.#window, { read, next: start } = window, { offset } = this;
    const before = this.#holdLastLine ? this.contentUpTo(offset) : undefined;
    const kept = read.slice(start, start + this.keptBytes);
    let length = read.length - start, last = read[read.length - 1];
    cut.start = 0;
    cut.end = kept.length;
    cut.lines = 1;
    cut.tooLong = true;
    this.#quote = -1;
    const end = await window.passOver((bytes) => {
      const found = bytes.indexOf(LF), inRow = found < 0 ? bytes.length : found;
      if (inRow > 0) last = bytes[inRow - 1];
      length += inRow;
      return found < 0 ? -1 : found + 1;
    });
    if (end !== null && this.#holdLastLine) {
      window.endAt(offset);
      this.#heldTooLong = { bytes: length, before };
      return null;
    }
    // It is over the limit already.
    if (end !== null) window.endAt(end);
    cut.ended = end === null;
    cut.length = last === CR ? length - 1 : length;
    return kept;
  }

  /** False if more has to be read to know. */
  #detectArray(): boolean {
    const begins = beginsArray(this.#window, this.maxRowBytes);
    if (begins === null) return false;
    this.#detectsArray = false;
    if (begins) this.#array = this.#arrayRows(true);
    return true;
  }

  #arrayRows(isAtStart: boolean): ArrayRows {
    return new ArrayRows(this.#window, { maxRowBytes: this.maxRowBytes, isAtStart });
  }

  #withoutCr(start: number, lineEnd: number): number {
    return lineEnd > start && this.#window.read[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  }

  #isComment(start: number): boolean {
    return this.#comment.length > 0 && isSame(this.#comment, this.#window.read, start);
  }

  /** A CR at the end does not count. */
  #isTooLong(start: number, lineEnd: number): boolean {
    return lineEnd - start > this.maxRowBytes && this.#withoutCr(start, lineEnd) - start > this.maxRowBytes;
  }

  /** The position of the first quote from there on, or the end of what was read. */
  #nextQuote(from: number): number {
    if (this.#quote < from) {
      const found = this.#window.read.indexOf(QUOTE, from);
      this.#quote = found < 0 ? this.#window.read.length : found;
    }
    return this.#quote;
  }

  /**
   * The end of a row whose first line holds quotes; null if more has to be read to know. A quote that is never closed must
   * not swallow the input: then the first line alone is the row. But a field whose quote is open where the input ends may
   * be one that is being written.
   */
  #endOfQuotedRow(cut: RowCut, firstLineEnd: number): number | null {
    const read = this.#window.read, start = this.#window.next;
    let position = start, lineEnd = firstLineEnd, open = false, opened = start;
    for (;;) {
      for (let quote = this.#nextQuote(position); quote < lineEnd; quote = this.#nextQuote(quote + 1)) {
        open = !open;
        opened = quote;
      }
      if (!open) return lineEnd;
      position = lineEnd;
      const atEnd = lineEnd >= read.length;
      const next = atEnd ? -1 : read.indexOf(LF, lineEnd + 1);
      const reach = next < 0 ? read.length : next;
      if (next < 0 && !this.#window.ended && reach - start <= this.maxRowBytes + 1) {
        this.#quote = -1;
        return null;
      }
      const before = read[opened - 1];
      const beginsField = opened === start || before === COMMA || before === QUOTE;
      if (atEnd && beginsField && this.#holdOpenQuote && !this.#isTooLong(start, reach)) {
        this.#quote = -1;
        this.#quoteIsOpen = true;
        return HELD_BACK;
      }
      if (atEnd || this.#isTooLong(start, reach)) {
        cut.lines = 1;
        this.#quote = -1;
        return firstLineEnd;
      }
      lineEnd = reach;
      cut.lines++;
    }
  }
}
