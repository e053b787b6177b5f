/**
 * Cuts an input that is one JSON array into its elements, each of which is a row.
 *
 * @module
 */
import { SourceError } from "../source.ts";
import { ArrayFrame } from "./array_frame.ts";
import type { InputWindow } from "./input_window.ts";
import type { RowCut, Taken } from "./row_cut.ts";

const LF = 0x0a;
const CR = 0x0d;
const OPEN_BRACKET = 0x5b;
/** More than the length of a byte order mark is needed to know what an input is. */
const BYTE_ORDER_MARK_BYTES = 3;
/** An {@link ArrayFrame} found what is in no array. */
const NO_ARRAY = -2;

/** The elements of one input. */
export class ArrayRows {
  readonly #window: InputWindow;
  readonly #maxRowBytes: number;
  readonly #frame: ArrayFrame;

  /** @param options.isAtStart whether the input stands at the array's start; else just after an element */
  constructor(
    window: InputWindow,
    { maxRowBytes, isAtStart }: { readonly maxRowBytes: number; readonly isAtStart: boolean },
  ) {
    this.#window = window;
    this.#maxRowBytes = maxRowBytes;
    this.#frame = new ArrayFrame(isAtStart);
  }

  /** Whether the end of the array was met, or nothing but space where one should begin. */
  get isWhole(): boolean {
    return this.#frame.isWhole;
  }

  /** Takes the next element, if all of it has been read. @throws {SourceError} `corrupt`, `truncated` */
  take(cut: RowCut): Taken {
    const window = this.#window, frame = this.#frame, { read, next } = window;
    const end = frame.scan(read, window.searched, read.length);
    if (end === NO_ARRAY) throw noArray();
    const start = next + frame.lead;
    if (end < 0) {
      window.searched = read.length;
      if (frame.isInElement && read.length - start > this.#maxRowBytes) return "too_long";
      if (!window.ended) return "more";
      if (frame.isWhole) return "end";
      throw cutOff();
    }
    cut.start = start;
    cut.end = end;
    cut.length = end - start;
    cut.before = linesIn(read, next, start);
    cut.lines = linesIn(read, start, end);
    cut.tooLong = cut.length > this.#maxRowBytes;
    cut.ended = true;
    window.goTo(end);
    frame.take();
    return "row";
  }

  /**
   * Takes an element over the limit: passes over what follows its first bytes.
   *
   * @returns these bytes
   * @throws {SourceError} `truncated`
   */
  async takeTooLong(cut: RowCut, keptBytes: number): Promise<Uint8Array> {
    const window = this.#window, frame = this.#frame, { read, next } = window, start = next + frame.lead;
    const kept = read.slice(start, start + keptBytes);
    cut.start = 0;
    cut.end = kept.length;
    cut.length = read.length - start;
    cut.before = linesIn(read, next, start);
    cut.lines = linesIn(read, start, read.length);
    cut.tooLong = true;
    cut.ended = true;
    const cutOffAt = await window.passOver((bytes) => {
      const end = frame.scan(bytes, 0, bytes.length), inElement = end < 0 ? bytes.length : end;
      cut.length += inElement;
      cut.lines += linesIn(bytes, 0, inElement);
      return end < 0 ? -1 : end;
    });
    if (cutOffAt !== null) throw cutOff();
    frame.take();
    return kept;
  }
}

/**
 * Whether an input begins as an array of rows does; null if more has to be read to know. A line may be an array that holds
 * arrays, as some feeds send their rows: no file of rows does.
 */
export function beginsArray({ read, next, ended }: InputWindow, maxRowBytes: number): boolean | null {
  // A byte order mark may not have been read wholly.
  if (!ended && read.length < BYTE_ORDER_MARK_BYTES) return null;
  let at = next;
  while (at < read.length && isSpace(read[at])) at++;
  const opens = read[at] === OPEN_BRACKET;
  if (opens) { do at++; while (at < read.length && isSpace(read[at])); }
  if (at === read.length && !ended && at - next <= maxRowBytes) return null;
  return opens && read[at] !== OPEN_BRACKET;
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
