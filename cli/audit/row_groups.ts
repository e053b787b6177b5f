/**
 * The expected rows of one bucket, found by what they are known by: the message id, or the content. Rows in file order.
 *
 * @module
 */
import { hashOf, ROW, rowIndex } from "./entries.ts";
import type { MatchBy } from "./report.ts";

/** Which rows the topic must hold. */
export interface WantedRows {
  /** Rows with an id and content that an earlier file has; `once`: only those of the first file count. */
  readonly acrossFiles: "each" | "once";
  /** Rows of one key; `latest`: only the last row of the last file with the key counts. */
  readonly ofKey: "each" | "latest";
}

/** No row. */
export const NO_ROW = -1;

/** Rows by what they are known by. A row is named by its place here. */
export class RowGroups {
  readonly size: number;
  /** Ids that several rows of one file have. */
  repeated = 0;
  /** Ids that several files have. */
  shared = 0;
  /** Of the ids that rows of different content have: the row that shows it. */
  readonly reused: number[] = [];
  readonly #slots: Int32Array;
  readonly #next: Int32Array;
  /** Rows that another file's row stands for. */
  readonly #stoodFor: Uint8Array;

  constructor(
    readonly words: Uint32Array,
    { acrossFiles, match, fileOf }: WantedRows & {
      readonly match: MatchBy;
      readonly fileOf: (index: number) => number;
    },
  ) {
    this.size = words.length / ROW.words;
    let slots = 16;
    while (slots < this.size * 2) slots *= 2;
    this.#slots = new Int32Array(slots).fill(NO_ROW);
    this.#next = new Int32Array(this.size).fill(NO_ROW);
    this.#stoodFor = new Uint8Array(this.size);
    const builder = { last: new Int32Array(this.size), seen: new Uint8Array(this.size), fileOf };
    for (let row = 0; row < this.size; row++) {
      const slot = this.#slotOf(words, row * ROW.words), first = this.#slots[slot] ?? NO_ROW;
      if (first === NO_ROW) {
        this.#slots[slot] = row;
        builder.last[row] = row;
        continue;
      }
      this.#count(first, row, builder);
      if (acrossFiles === "once" && this.#isStoodFor(first, row, { match, fileOf })) {
        this.#stoodFor[row] = 1;
        if (match === "ids") continue;
      }
      this.#next[builder.last[first] ?? first] = row;
      builder.last[first] = row;
    }
  }

  /** The first row that is known by these words; {@link NO_ROW} if there is none. */
  find(words: Uint32Array, at: number): number {
    return this.#slots[this.#slotOf(words, at)] ?? NO_ROW;
  }

  /** The next row that is known by the same. */
  next(row: number): number {
    return this.#next[row] ?? NO_ROW;
  }

  /** A row of another file stands for it. */
  isStoodFor(row: number): boolean {
    return this.#stoodFor[row] === 1;
  }

  index(row: number): number {
    return rowIndex(this.words, row * ROW.words);
  }

  /** Whether a row has this content. */
  isLike(row: number, words: Uint32Array, content: number): boolean {
    const at = row * ROW.words + ROW.content;
    return this.words[at] === words[content] && this.words[at + 1] === words[content + 1];
  }

  /** What the id of a row says about files and rows, once it is not the first of its id. */
  #count(
    first: number,
    row: number,
    { last, seen, fileOf }: { last: Int32Array; seen: Uint8Array; fileOf: (index: number) => number },
  ): void {
    const REPEATED = 1, SHARED = 2, REUSED = 4;
    const file = fileOf(this.index(row)), before = seen[first] ?? 0;
    let now = before;
    // Rows come in the order of the files, so the last one before it tells, or the first.
    if (fileOf(this.index(last[first] ?? first)) === file) now |= REPEATED;
    if (fileOf(this.index(first)) !== file) now |= SHARED;
    if (!this.isLike(first, this.words, row * ROW.words + ROW.content)) now |= REUSED;
    const grown = now & ~before;
    if ((grown & REPEATED) !== 0) this.repeated += 1;
    if ((grown & SHARED) !== 0) this.shared += 1;
    if ((grown & REUSED) !== 0) this.reused.push(row);
    seen[first] = now;
  }

  /**
   * By ids, a row of another file with the same id and content stands for it. By values, the rows of its file so far must
   * not be more than those of another file.
   */
  #isStoodFor(
    first: number,
    row: number,
    { match, fileOf }: { match: MatchBy; fileOf: (index: number) => number },
  ): boolean {
    const file = fileOf(this.index(row)), content = row * ROW.words + ROW.content;
    const rowsOf = new Map<number, number>();
    for (let one = first; one !== NO_ROW; one = this.next(one)) {
      if (!this.isLike(one, this.words, content)) continue;
      const other = fileOf(this.index(one));
      if (match === "ids" && other !== file) return true;
      rowsOf.set(other, (rowsOf.get(other) ?? 0) + 1);
    }
    const own = rowsOf.get(file) ?? 0;
    return match === "values" && rowsOf.values().some((count) => count > own);
  }

  #slotOf(words: Uint32Array, at: number): number {
    const a = words[at] ?? 0, b = words[at + 1] ?? 0, c = words[at + 2] ?? 0, d = words[at + 3] ?? 0;
    const mask = this.#slots.length - 1, own = this.words;
    for (let slot = hashOf(a, b, c, d) & mask;; slot = slot + 1 & mask) {
      const row = this.#slots[slot] ?? NO_ROW;
      if (row === NO_ROW) return slot;
      const other = row * ROW.words;
      if (own[other] === a && own[other + 1] === b && own[other + 2] === c && own[other + 3] === d) return slot;
    }
  }
}
