/**
 * What a stretch of settled rows has come to, as far as a checkpoint has to know it: numbers, acknowledged offsets, and the
 * dead letters that are to be stored with it.
 *
 * @module
 */
import type { DeadLetter } from "../state/dead_letters.ts";
import { PartitionMarks } from "./partition_marks.ts";
import { RowCounts } from "./row_counts.ts";

export class SettledRows {
  readonly counts: RowCounts;
  readonly #marks = new Map<string, PartitionMarks>();
  #letters: DeadLetter[] = [];

  constructor(counts: RowCounts = new RowCounts()) {
    this.counts = counts;
  }

  /** In row order. */
  get letters(): readonly DeadLetter[] {
    return this.#letters;
  }

  /** Acknowledged offsets of a topic. */
  marksOf(topic: string): PartitionMarks {
    const known = this.#marks.get(topic);
    if (known !== undefined) return known;
    const marks = new PartitionMarks();
    this.#marks.set(topic, marks);
    return marks;
  }

  addLetters(letters: readonly DeadLetter[]): void {
    if (letters.length > 0) this.#letters = [...this.#letters, ...letters];
  }

  /** Adds rows that stand after these. */
  append(later: SettledRows): void {
    this.counts.add(later.counts);
    for (const [topic, marks] of later.#marks) this.marksOf(topic).merge(marks);
    this.addLetters(later.#letters);
  }

  /** The first letters are stored. */
  forgetLetters(count: number): void {
    this.#letters = this.#letters.slice(count);
  }
}
