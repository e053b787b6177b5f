/**
 * Journal entries for tests.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { JournalEntry, JournalRecord } from "./journal.ts";

/** An entry whose bytes begin with a number; so many bytes long. */
export function entry(number: number, length = 40): JournalEntry {
  const text = String(number).padStart(12, "0");
  return {
    kind: number % 2 === 0 ? "trade" : "quote",
    assetClass: "equities",
    exchange: "ASX",
    bytes: new TextEncoder().encode(text.padEnd(length, "x")),
  };
}

/** Consecutive entries. */
export function entries(from: number, count: number, length?: number): JournalEntry[] {
  return Array.from({ length: count }, (_, index) => entry(from + index, length));
}

/** The number of a record made by {@link entry}; fails if it is not what was appended. */
export function numberOf(record: JournalRecord): number {
  const number = Number(new TextDecoder().decode(record.bytes.subarray(0, 12)));
  const { kind, assetClass, exchange, bytes } = record;
  assert.deepEqual({ kind, assetClass, exchange, bytes }, entry(number, bytes.length));
  return number;
}

/** The numbers from one to another. */
export function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
