/**
 * Cuts bytes into rows: one line each, or several where a quoted field holds line ends. A line ends with LF or CRLF. What
 * stands after the last line end is a row, or, where it may be the half of one that is being written, held back. A byte order mark at the start is skipped.
 *
 * @module
 */
import type { ContentChain, ContentMark } from "../../records/content/content_chain.ts";
import { KEPT_BYTES, SourceError } from "../source.ts";
import { ArrayFrame } from "./array_frame.ts";
import { LineEnds } from "./line_ends.ts";

const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
/** An {@link ArrayFrame} found what is in no array. */
const NO_ARRAY = -2;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Where bytes come from; `Deno.FsFile` and `Deno.stdin` are ones. */
export interface ByteInput {
  /** Fills part of the buffer; null at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
}

/** How a {@link LineReader} cuts. */
export interface LineReaderOptions {
  /** Where the input stands in its source. @default 0 */
  readonly offset?: number;
  /** A row with more bytes is cut off. @default 1048576 */
  readonly maxRowBytes?: number | undefined;
  /** Whether a line end within double quotes belongs to the row. @default false */
  readonly quoted?: boolean;
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

/** What {@link LineReader.take} found out about a row. Reused from row to row. */
export interface RowCut {
  /** The row's bytes are `reader.buffer` from `start` up to `end`. */
  start: number;
  end: number;
  /** Bytes of the row without its line end: `end - start`, but for a row over the limit. */
  length: number;
  /** Lines ahead of the row that belong to none: of a JSON array, those between its elements. */
  before: number;
  /** Lines of the row: how many end in it or with it. */
  lines: number;
  /** Whether the row is over the limit. */
  tooLong: boolean;
  /** False for a last line without its line end. */
  ended: boolean;
}

/** The answer of {@link LineReader.take}. */
export type Taken =
  | "row" // the cut describes a row
  | "more" // call fill, then take again
  | "too_long" // call takeTooLong
  | "end"; // but for what is held back, see rest

/** A {@link RowCut} to begin with. */
export function emptyCut(): RowCut {
  return { start: 0, end: 0, length: 0, before: 0, lines: 0, tooLong: false, ended: true };
}

/** {@link LineReader} found that a row is being written. */
const HELD_BACK = -1;

/**
 * Rows of an input. Everything from the last {@link mark} on stays in one buffer, and no byte in a buffer is ever
 * overwritten: when one is full, a new one takes its place. So a batch may keep views of its rows for as long as it lives.
 */
export class LineReader {
  /** Holds the rows taken since the last mark. */
  buffer: Uint8Array = new Uint8Array(0);
  /** Where the buffer's first byte stands in the source. */
  base: number;
  /** How many bytes of a row over the limit are kept. */
  readonly keptBytes: number;

  readonly #input: ByteInput;
  readonly #maxRowBytes: number;
  readonly #quoted: boolean;
  readonly #windowBytes: number;
  readonly #holdLastLine: boolean;
  readonly #holdOpenQuote: boolean;
  readonly #chain: ContentChain | null;
  readonly #lineEnds = new LineEnds();
  /** What stands before it in the buffer is in the chain. */
  #chained = 0;
  /** The part of the buffer that has been read. */
  #read: Uint8Array = this.buffer;
  #mark = 0;
  #next = 0;
  /** No line end stands between `#next` and here. */
  #searched = 0;
  /** The first quote at or after `#next`, as far as it is known: -1 if it has to be looked for. */
  #quote = -1;
  #afterFirstLine = 0;
  #ended = false;
  #quoteIsOpen = false;
  /** Whether the first byte is to tell if the input is an array. */
  #detectsArray: boolean;
  /** Of an input that is an array. */
  #frame: ArrayFrame | null;
  /** A last line over the limit that is held back; its bytes are not kept. */
  #heldTooLong: { readonly bytes: number; readonly before: ContentMark | undefined } | null = null;

  constructor(input: ByteInput, options: LineReaderOptions = {}) {
    this.#input = input;
    this.base = options.offset ?? 0;
    this.#maxRowBytes = options.maxRowBytes ?? MAX_ROW_BYTES;
    this.keptBytes = Math.min(KEPT_BYTES, this.#maxRowBytes);
    this.#quoted = options.quoted ?? false;
    this.#windowBytes = options.windowBytes ?? 256 * 1024;
    this.#holdLastLine = options.holdLastLine ?? false;
    this.#holdOpenQuote = options.holdOpenQuote ?? false;
    this.#chain = options.chain ?? null;
    this.#detectsArray = options.array === "detect" && this.base === 0;
    this.#frame = options.array === true ? new ArrayFrame(this.base === 0) : null;
  }

  /** Where the next row starts in the source. */
  get offset(): number {
    return this.base + this.#next;
  }

  /** Once {@link take} has met the end: how many bytes are held back. */
  get rest(): number {
    if (this.#heldTooLong !== null) return this.#heldTooLong.bytes;
    return this.#ended ? this.#read.length - this.#next : 0;
  }

  /** True if what is held back is a row whose quoted field does not end. */
  get isQuoteOpen(): boolean {
    return this.rest > 0 && this.#quoteIsOpen;
  }

  /** True if what is held back is nothing but the first half of a line end, or what is around an array. */
  get isRestBlank(): boolean {
    if (this.#frame !== null) return this.#ended && this.#frame.isWhole;
    return this.rest === 1 && this.#read[this.#next] === CR;
  }

  /** Whether the rows are the elements of an array, as far as that is known. */
  get isArray(): boolean {
    return this.#frame !== null;
  }

  /** Whether the rows are the elements of an array; reads on if that is needed to know. */
  async detectArray(): Promise<boolean> {
    while (this.#detectsArray && !this.#detectArray()) await this.fill();
    return this.isArray;
  }

  /** The mark of everything before a place that rows were taken up to; undefined without a chain. */
  contentUpTo(offset: number): ContentMark | undefined {
    if (this.#heldTooLong !== null) return this.#heldTooLong.before;
    this.#chainUpTo(offset - this.base);
    return this.#chain?.mark();
  }

  /** Whether more has to be read of the input to know what follows the rows taken so far. */
  get isDrained(): boolean {
    return this.#next === this.#read.length && !this.#ended;
  }

  /** Whether there is nothing after the rows taken so far; reads on if that is needed to know. */
  async isAtEnd(): Promise<boolean> {
    while (this.#next === this.#read.length) {
      if (this.#ended) return true;
      await this.fill();
    }
    return false;
  }

  /** Goes back to where a row started that was taken since the last {@link mark}. */
  backTo(offset: number): void {
    this.#goTo(offset - this.base);
    this.#quote = -1;
  }

  /** From here on rows stay in the buffer. */
  mark(): void {
    this.#mark = this.#next;
  }

  /** Takes the next row, if all of it has been read. */
  take(cut: RowCut): Taken {
    if (this.#detectsArray && !this.#detectArray()) return "more";
    cut.before = 0;
    if (this.#frame !== null) return this.#takeElement(cut, this.#frame);
    const read = this.#read, start = this.#next;
    let lineEnd = this.#lineEnds.indexOf(read, this.#searched);
    if (lineEnd < 0) {
      this.#searched = read.length;
      if (read.length - start > this.#maxRowBytes + 1) return "too_long";
      if (!this.#ended) return "more";
      if (start === read.length) return "end";
      lineEnd = read.length;
    }
    cut.tooLong = this.#isTooLong(start, lineEnd);
    cut.lines = 1;
    cut.ended = true;
    if (!cut.tooLong && this.#quoted && this.#nextQuote(start) < lineEnd) {
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
    this.#goTo(Math.min(lineEnd + 1, read.length));
    return "row";
  }

  /** False if more has to be read to know. */
  #detectArray(): boolean {
    let at = this.#next;
    // A byte order mark may not have been read wholly.
    if (!this.#ended && this.#read.length < BYTE_ORDER_MARK.length) return false;
    while (at < this.#read.length && isSpace(this.#read[at])) at++;
    const opens = this.#read[at] === OPEN_BRACKET;
    if (opens) { do at++; while (at < this.#read.length && isSpace(this.#read[at])); }
    if (at === this.#read.length && !this.#ended && at - this.#next <= this.#maxRowBytes) return false;
    this.#detectsArray = false;
    // A line may be an array that holds arrays, as some feeds send their rows: no file of rows does.
    if (opens && this.#read[at] !== OPEN_BRACKET) this.#frame = new ArrayFrame(true);
    return true;
  }

  /** @throws {SourceError} `corrupt`, `truncated` */
  #takeElement(cut: RowCut, frame: ArrayFrame): Taken {
    const read = this.#read, end = frame.scan(read, this.#searched, read.length);
    if (end === NO_ARRAY) throw noArray();
    const start = this.#next + frame.lead;
    if (end < 0) {
      this.#searched = read.length;
      if (frame.isInElement && read.length - start > this.#maxRowBytes) return "too_long";
      if (!this.#ended) return "more";
      if (frame.isWhole) return "end";
      throw cutOff();
    }
    cut.start = start;
    cut.end = end;
    cut.length = end - start;
    cut.before = linesIn(read, this.#next, start);
    cut.lines = linesIn(read, start, end);
    cut.tooLong = cut.length > this.#maxRowBytes;
    cut.ended = true;
    this.#goTo(end);
    frame.take();
    return "row";
  }

  /** As {@link takeTooLong}, for an element. */
  async #takeLongElement(cut: RowCut, frame: ArrayFrame): Promise<Uint8Array> {
    const read = this.#read, start = this.#next + frame.lead;
    const kept = read.slice(start, start + this.keptBytes);
    cut.start = 0;
    cut.end = kept.length;
    cut.length = read.length - start;
    cut.before = linesIn(read, this.#next, start);
    cut.lines = linesIn(read, start, read.length);
    cut.tooLong = true;
    cut.ended = true;
    this.#chainUpTo(read.length);
    let position = this.base + read.length;
    const window = new Uint8Array(this.#windowBytes);
    for (;;) {
      const count = await this.#input.read(window);
      if (count === null) throw cutOff();
      const end = frame.scan(window, 0, count), inElement = end < 0 ? count : end;
      cut.length += inElement;
      cut.lines += linesIn(window, 0, inElement);
      if (end >= 0) {
        this.#replaceWindow(window, { base: position, filled: count });
        this.#goTo(end);
        frame.take();
        return kept;
      }
      position += count;
      this.#chain?.update(window.subarray(0, count));
    }
  }

  /** Cuts the row of several lines that was taken last down to its first line; the others will be read again. */
  keepOnlyFirstLine(cut: RowCut): void {
    cut.end = this.#withoutCr(cut.start, this.#afterFirstLine - 1);
    cut.length = cut.end - cut.start;
    cut.lines = 1;
    cut.ended = true;
    this.#quote = -1;
    this.#goTo(this.#afterFirstLine);
  }

  /** Reads more of the input. */
  async fill(): Promise<void> {
    const filled = this.#read.length;
    if (filled === this.buffer.length) this.#makeRoom();
    const from = this.#read.length;
    const count = await this.#input.read(this.buffer.subarray(from));
    if (count === null) this.#ended = true;
    else this.#read = this.buffer.subarray(0, from + count);
    this.#quote = -1;
    if (this.base === 0 && this.#next === 0) this.#skipByteOrderMark();
  }

  /**
   * Takes a row that is longer than the limit and has not been read to its end: returns its first bytes and passes over
   * the rest. Call only when no row has been taken since the last {@link mark}, because the buffer is given up.
   *
   * @returns null if it is a last line that is held back
   */
  async takeTooLong(cut: RowCut): Promise<Uint8Array | null> {
    if (this.#frame !== null) return await this.#takeLongElement(cut, this.#frame);
    const rowStart = this.#next;
    const offset = this.base + rowStart;
    const before = this.#holdLastLine ? this.contentUpTo(offset) : undefined;
    const kept = this.#read.slice(rowStart, rowStart + this.keptBytes);
    let length = this.#read.length - rowStart;
    let last = this.#read[this.#read.length - 1];
    let position = this.base + this.#read.length;
    cut.start = 0;
    cut.end = kept.length;
    cut.lines = 1;
    cut.tooLong = true;
    cut.ended = true;
    this.#chainUpTo(this.#read.length);
    const window = new Uint8Array(this.#windowBytes);
    for (;;) {
      const count = await this.#input.read(window);
      if (count === null) {
        this.#ended = true;
        if (this.#holdLastLine) {
          this.#replaceWindow(window, { base: offset, filled: 0 });
          this.#heldTooLong = { bytes: length, before };
          return null;
        }
        // It is over the limit already.
        cut.ended = false;
        this.#replaceWindow(window, { base: position, filled: 0 });
        break;
      }
      const found = window.subarray(0, count).indexOf(LF);
      const inRow = found < 0 ? count : found;
      if (inRow > 0) last = window[inRow - 1];
      length += inRow;
      position += count;
      if (found >= 0) {
        this.#replaceWindow(window, { base: position - count, filled: count });
        this.#goTo(found + 1);
        break;
      }
      this.#chain?.update(window.subarray(0, count));
    }
    cut.length = last === CR ? length - 1 : length;
    return kept;
  }

  #chainUpTo(index: number): void {
    if (index <= this.#chained) return;
    this.#chain?.update(this.#read.subarray(this.#chained, index));
    this.#chained = index;
  }

  #goTo(next: number): void {
    this.#next = next;
    this.#searched = next;
  }

  #withoutCr(start: number, lineEnd: number): number {
    return lineEnd > start && this.#read[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd;
  }

  /** A CR at the end does not count. */
  #isTooLong(start: number, lineEnd: number): boolean {
    return lineEnd - start > this.#maxRowBytes && this.#withoutCr(start, lineEnd) - start > this.#maxRowBytes;
  }

  /** The position of the first quote from there on, or the end of what was read. */
  #nextQuote(from: number): number {
    if (this.#quote < from) {
      const found = this.#read.indexOf(QUOTE, from);
      this.#quote = found < 0 ? this.#read.length : found;
    }
    return this.#quote;
  }

  /**
   * The end of a row whose first line holds quotes; null if more has to be read to know. A quote that is never closed must
   * not swallow the input: then the first line alone is the row. But a field whose quote is open where the input ends may
   * be one that is being written.
   */
  #endOfQuotedRow(cut: RowCut, firstLineEnd: number): number | null {
    const read = this.#read, start = this.#next;
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
      if (next < 0 && !this.#ended && reach - start <= this.#maxRowBytes + 1) {
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

  /** Moves what is kept to a new buffer. */
  #makeRoom(): void {
    this.#chainUpTo(this.#mark);
    const keptBytes = this.#read.length - this.#mark;
    const grown = new Uint8Array(Math.max(this.#windowBytes, keptBytes * 2));
    grown.set(this.#read.subarray(this.#mark));
    this.base += this.#mark;
    this.#chained -= this.#mark;
    this.#next -= this.#mark;
    this.#searched -= this.#mark;
    this.#mark = 0;
    this.buffer = grown;
    this.#read = grown.subarray(0, keptBytes);
  }

  #replaceWindow(window: Uint8Array, { base, filled }: { base: number; filled: number }): void {
    this.buffer = window;
    this.base = base;
    this.#read = window.subarray(0, filled);
    this.#mark =
      this.#next =
      this.#searched =
      this.#chained =
        0;
    this.#quote = -1;
  }

  #skipByteOrderMark(): void {
    const read = this.#read;
    if (!BYTE_ORDER_MARK.every((byte, index) => read[index] === byte)) return;
    this.#goTo(BYTE_ORDER_MARK.length);
    this.#mark = this.#next;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === LF || byte === CR || byte === 0x09;
}

/** How many lines end there. */
function linesIn(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF, from); at >= 0 && at < to; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}

function noArray(): SourceError {
  return new SourceError(
    "corrupt",
    "It begins as a JSON array does, and what follows is not the elements of one, a comma between each two.",
  );
}

function cutOff(): SourceError {
  return new SourceError(
    "truncated",
    "It is a JSON array that does not end: it was cut off, or is still being written.",
  );
}
