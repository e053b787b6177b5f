/**
 * Totals of a stretch of settled rows, as far as a checkpoint needs them: numbers, acknowledged offsets, and the dead
 * letters to store with it.
 *
 * @module
 */
import type { DeadLetter } from "../../state/dead_letters.ts";
import { PartitionMarks } from "./partition_marks.ts";
import { RowCounts } from "./row_counts.ts";

export class SettledRows {
  readonly counts: RowCounts;
  readonly #marks = new Map<string, PartitionMarks>();
  readonly #readAgain: ReadonlySet<number>;
  #letters: DeadLetter[] = [];
  #superseded: DeadLetter[] = [];

  /** @param readAgain rows that stood before these without their line ends, and are among them as they are now */
  constructor(counts: RowCounts = new RowCounts(), readAgain: ReadonlySet<number> = new Set()) {
    this.counts = counts;
    this.#readAgain = readAgain;
  }

  /** In row order. */
  get letters(): readonly DeadLetter[] {
    return this.#letters;
  }

  /** Letters of half rows whose wholes have settled too: they are out of date. */
  get superseded(): readonly DeadLetter[] {
    return this.#superseded;
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
    const halves = this.#letters.filter(({ row }) => later.#readAgain.has(row));
    this.#letters = this.#letters.filter((letter) => !halves.includes(letter));
    this.#superseded = [...this.#superseded, ...halves, ...later.#superseded];
    for (const [topic, marks] of later.#marks) this.marksOf(topic).merge(marks);
    this.addLetters(later.#letters);
  }

  /** These letters are stored. */
  forgetLetters(stored: readonly DeadLetter[]): void {
    const known = new Set(stored);
    this.#letters = this.#letters.filter((letter) => !known.has(letter));
    this.#superseded = this.#superseded.filter((letter) => !known.has(letter));
  }
}
