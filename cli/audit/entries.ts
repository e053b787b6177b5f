/**
 * The layout of what is compared, in words of 32 bits: a row of a file, a record of the topic, and a pair of both whose
 * order is checked.
 *
 * @module
 */
import { BUCKETS } from "./spill.ts";

const WORD = 2 ** 32;

/**
 * A row: what it is known by (4 words), its content (2), its index among all rows of all files (40 bits), flags (2
 * bits), and the number of its day.
 */
export const ROW = { key: 0, content: 4, index: 6, more: 7, recordKey: 8, words: 9 } as const;

/**
 * A record: what it is known by (4 words), its content (2), its ordinal among the offsets of all partitions (48 bits),
 * flags (4 bits), its record key, and the load and row (44 bits) that it names.
 */
export const RECORD = { key: 0, content: 4, ordinal: 6, more: 7, recordKey: 8, origin: 9, row: 10, words: 11 } as const;

/** A record, as above, with the index of the row that it holds. */
export const PAIR = {
  ordinal: 0,
  more: 1,
  recordKey: 2,
  origin: 3,
  row: 4,
  index: 5,
  indexUpper: 6,
  words: 7,
} as const;

/** No load is named. */
export const NO_ORIGIN = WORD - 1;
/** Row numbers from here on are of no file. */
export const ROW_LIMIT = 2 ** 44;

const DAY_UNIT = 2 ** 10;
const VENUE_ID = 2 ** 8;
/** Days have numbers below this. */
export const DAY_LIMIT = 2 ** 22;

const ROW_UNIT = 2 ** 16;
const FLAG_UNIT = 2 ** 28;

/** The files have its symbol, and their time span includes its time. */
export const COVERED = 1;
/** A replay has written it. */
export const REPLAYED = 2;
/** It is known by the id by row number of its row. */
export const BY_ROW = 4;
/** It has no message id. */
export const NO_ID = 8;

/** The upper part of a row's index, with what else is known of it. */
export function rowMore(index: number, { day, hasVenueId }: { day: number; hasVenueId: boolean }): number {
  return day * DAY_UNIT + (hasVenueId ? VENUE_ID : 0) + Math.floor(index / WORD);
}

/** Of a row's entry that begins at a place. */
export function rowIndex(words: Uint32Array, at: number): number {
  return (words[at + ROW.index] ?? 0) + (words[at + ROW.more] ?? 0) % VENUE_ID * WORD;
}

export function rowDay(words: Uint32Array, at: number): number {
  return Math.floor((words[at + ROW.more] ?? 0) / DAY_UNIT);
}

export function rowHasVenueId(words: Uint32Array, at: number): boolean {
  return ((words[at + ROW.more] ?? 0) & VENUE_ID) !== 0;
}

/** The upper parts of a record's ordinal and row, with its flags. */
export function recordMore(ordinal: number, { row, flags }: { row: number; flags: number }): number {
  return flags * FLAG_UNIT + Math.floor(row / WORD) * ROW_UNIT + Math.floor(ordinal / WORD);
}

/** From the lower and the upper word of a record's entry. */
export function ordinalOf(lower: number, more: number): number {
  return lower + more % ROW_UNIT * WORD;
}

export function recordRowOf(lower: number, more: number): number {
  return lower + Math.floor(more % FLAG_UNIT / ROW_UNIT) * WORD;
}

export function flagsOf(more: number): number {
  return Math.floor(more / FLAG_UNIT);
}

/** The bucket of what is known by these words; ids of other programs may differ in a few bits only. */
export function bucketOf(a: number, b: number, c: number, d: number): number {
  return Math.imul(a ^ b ^ c ^ d, 0x9e3779b1) >>> 24 & BUCKETS - 1;
}

/** A hash of the same words that says nothing about the bucket. */
export function hashOf(a: number, b: number, c: number, d: number): number {
  return (Math.imul(a ^ c, 0x85ebca6b) ^ Math.imul(b ^ d, 0xc2b2ae35)) >>> 0;
}
