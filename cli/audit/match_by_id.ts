/**
 * Compares the records of a topic with the rows that are known by the same, bucket by bucket.
 *
 * @module
 */
import { HashFilter } from "./bits.ts";
import {
  COVERED,
  flagsOf,
  hashOf,
  NO_ID,
  NO_ORIGIN,
  ordinalOf,
  PAIR,
  RECORD,
  recordRowOf,
  ROW,
  rowDay,
} from "./entries.ts";
import type { ExpectedRows } from "./expected_rows.ts";
import type { MatchBy } from "./report.ts";
import { NO_ROW, type RowGroups } from "./row_groups.ts";
import { BUCKETS, Spill, type SpillRoom } from "./spill.ts";
import type { Tally } from "./tally.ts";

/** What is left to compare in another way, and the pairs whose order is to be checked. */
export class Leftovers implements Disposable {
  /** Records whose id no row has, of symbols and times of the files: as they were read, by id. */
  readonly strangers: Spill;
  /** Records that are more than the rows of their id and content, and name a row of their own. */
  readonly surplus: Spill;
  readonly pairs: Spill;
  /** Ids of strangers. */
  readonly strangerIds = new HashFilter();

  constructor(room: SpillRoom) {
    this.strangers = new Spill(RECORD.words, room);
    this.surplus = new Spill(RECORD.words, room);
    this.pairs = new Spill(PAIR.words, room);
  }

  [Symbol.dispose](): void {
    for (const spill of [this.strangers, this.surplus, this.pairs]) spill[Symbol.dispose]();
  }
}

/** What a comparison works with. */
export interface Comparison {
  readonly expected: ExpectedRows;
  readonly tally: Tally;
  readonly leftovers: Leftovers;
  /** Offsets of all partitions. */
  readonly ordinals: number;
  readonly match: MatchBy;
}

/** Compares all records. */
export function matchById(records: Spill, comparison: Comparison): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const matching = new BucketMatching(comparison, bucket);
    for (const words of records.read(bucket, { last: true })) {
      for (let at = 0; at < words.length; at += RECORD.words) matching.take(words, at);
    }
    matching.settleDifferent();
  }
}

/** Notes a pair for the check of order. */
export class PairNotes {
  readonly #pair = new Uint32Array(PAIR.words);
  readonly #comparison: Comparison;

  constructor(comparison: Comparison) {
    this.#comparison = comparison;
  }

  /** @param more flags and upper parts of the record's numbers */
  add(words: Uint32Array, at: number, { index, more }: { readonly index: number; readonly more: number }): void {
    const pair = this.#pair, { leftovers, ordinals } = this.#comparison;
    const ordinal = words[at + RECORD.ordinal] ?? 0;
    pair[PAIR.ordinal] = ordinal;
    pair[PAIR.more] = more;
    pair[PAIR.recordKey] = words[at + RECORD.recordKey] ?? 0;
    pair[PAIR.origin] = words[at + RECORD.origin] ?? 0;
    pair[PAIR.row] = words[at + RECORD.row] ?? 0;
    pair[PAIR.index] = index;
    pair[PAIR.indexUpper] = Math.floor(index / 2 ** 32);
    leftovers.pairs.add(Math.floor(ordinalOf(ordinal, more) * BUCKETS / ordinals), pair);
  }
}

class BucketMatching {
  readonly #comparison: Comparison;
  readonly #bucket: number;
  readonly #groups: RowGroups;
  readonly #pairs: PairNotes;
  /** By the first row of an id: the load and row that its first record names. */
  readonly #firstOrigin: Uint32Array;
  readonly #firstNumber: Float64Array;
  /** By the first row of an id: what other records of it name. */
  readonly #named = new Map<number, Set<string>>();
  /** By the first row of an id: its records with values that no row of the id has. */
  readonly #different = new Map<number, number[]>();

  constructor(comparison: Comparison, bucket: number) {
    this.#comparison = comparison;
    this.#bucket = bucket;
    this.#groups = comparison.expected.open(bucket);
    this.#pairs = new PairNotes(comparison);
    this.#firstOrigin = new Uint32Array(this.#groups.size).fill(NO_ORIGIN);
    this.#firstNumber = new Float64Array(this.#groups.size);
  }

  /**
   * Takes a record for one of the rows that are known by the same. It belongs to a row of its content that was not found
   * yet: to the row number that it names, if it names one. There may be more records than rows, and records of other
   * content.
   */
  take(words: Uint32Array, at: number): void {
    const more = words[at + RECORD.more] ?? 0, flags = flagsOf(more);
    const { expected, tally, leftovers, match } = this.#comparison, groups = this.#groups;
    const first = (flags & NO_ID) !== 0 ? NO_ROW : this.#firstWanted(groups.find(words, at));
    if (first === NO_ROW) return this.#isStranger(words, at, flags);
    const ordinal = ordinalOf(words[at + RECORD.ordinal] ?? 0, more);
    const number = recordRowOf(words[at + RECORD.row] ?? 0, more), origin = words[at + RECORD.origin] ?? NO_ORIGIN;
    const isNamed = origin !== NO_ORIGIN;
    let alike = NO_ROW, open = NO_ROW, named = NO_ROW;
    for (let row = first; row !== NO_ROW && named === NO_ROW; row = groups.next(row)) {
      const index = groups.index(row);
      if (!groups.isLike(row, words, at + RECORD.content) || !expected.wanted.has(index)) continue;
      if (alike === NO_ROW) alike = row;
      if (expected.found.has(index)) continue;
      if (open === NO_ROW) open = row;
      if (isNamed && expected.numberOf(index) === number) named = row;
    }
    const record = { ordinal, index: groups.index(alike === NO_ROW ? first : alike) };
    if (isNamed && !this.#isNewName(first, origin, number)) {
      tally.isTwice(record);
      if (alike === NO_ROW) tally.isDifferent(record);
    } else if (alike === NO_ROW) {
      tally.isDifferent({ ordinal, index: this.#rowNamed(first, isNamed ? number : 0) });
      const different = this.#different.get(first) ?? [];
      different.push(ordinal);
      this.#different.set(first, different);
    } else if (open === NO_ROW) {
      if (isNamed && match === "ids") leftovers.surplus.add(this.#bucket, words.subarray(at, at + RECORD.words));
      else tally.isTwice(record);
    } else {
      const row = named === NO_ROW ? open : named, index = groups.index(row);
      expected.find(index, rowDay(groups.words, row * ROW.words));
      tally.found += 1;
      this.#pairs.add(words, at, { index, more });
    }
  }

  /** Assigns records of other content to rows that were not found, as long as there are such rows. */
  settleDifferent(): void {
    const { expected, tally } = this.#comparison, groups = this.#groups;
    for (const [first, ordinals] of this.#different) {
      let left = 0;
      for (let row = first; row !== NO_ROW && left < ordinals.length; row = groups.next(row)) {
        const index = groups.index(row);
        if (!expected.wanted.has(index) || expected.found.has(index)) continue;
        expected.find(index, rowDay(groups.words, row * ROW.words));
        tally.found += 1;
        left += 1;
      }
      for (const ordinal of ordinals.slice(left)) tally.isTwice({ ordinal, index: groups.index(first) });
    }
  }

  #firstWanted(first: number): number {
    const { wanted } = this.#comparison.expected, groups = this.#groups;
    let row = first;
    while (row !== NO_ROW && !wanted.has(groups.index(row))) row = groups.next(row);
    return row;
  }

  /** The row of an id that has this number, else the first one. */
  #rowNamed(first: number, number: number): number {
    const { expected } = this.#comparison, groups = this.#groups;
    for (let row = first; row !== NO_ROW; row = groups.next(row)) {
      const index = groups.index(row);
      if (expected.wanted.has(index) && expected.numberOf(index) === number) return index;
    }
    return groups.index(first);
  }

  #isStranger(words: Uint32Array, at: number, flags: number): void {
    const { tally, leftovers, match } = this.#comparison;
    if ((flags & COVERED) === 0) tally.others += 1;
    else if (match === "values") {
      tally.isUnexpected(ordinalOf(words[at + RECORD.ordinal] ?? 0, words[at + RECORD.more] ?? 0));
    } else {
      leftovers.strangers.add(this.#bucket, words.subarray(at, at + RECORD.words));
      leftovers.strangerIds.add(hashOf(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0));
    }
  }

  /** False if a record of the same id names the same row of the same load. */
  #isNewName(first: number, origin: number, number: number): boolean {
    const firstOrigin = this.#firstOrigin[first] ?? NO_ORIGIN;
    if (firstOrigin === NO_ORIGIN) {
      this.#firstOrigin[first] = origin;
      this.#firstNumber[first] = number;
      return true;
    }
    if (firstOrigin === origin && this.#firstNumber[first] === number) return false;
    const named = this.#named.get(first) ?? new Set<string>(), name = `${origin} ${number}`;
    if (named.has(name)) return false;
    this.#named.set(first, named.add(name));
    return true;
  }
}
