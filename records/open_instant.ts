/**
 * Tells equal rows of one instant apart, so that each gets an id of its own that is the same on every reload.
 *
 * @module
 */
import { type FieldIdentity, FIRST_OF_ITS_KIND, messageIdOf } from "./identity.ts";

/**
 * The counters of the open instant: the latest one of the file so far. Plain JSON, so that a checkpoint can hold it.
 */
export interface OpenInstantState {
  /** Micros since the epoch; null before the first row. */
  readonly micros: number | null;
  /** For each different row of that instant: the id of its first occurrence, and how often it has been seen. */
  readonly counts: readonly (readonly [messageId: string, count: number])[];
}

/** The state before the first row. */
export const NO_OPEN_INSTANT: OpenInstantState = { micros: null, counts: [] };

/**
 * A state in which every row is told apart by its row number, for rows that are read without their neighbours: such an id
 * is never that of an equal row.
 */
export const ALL_BY_ROW: OpenInstantState = { micros: Number.MAX_SAFE_INTEGER, counts: [] };

/** How many different rows of one instant are counted; further ones are told apart by their row numbers. */
export const MAX_ROWS_OF_AN_INSTANT = 4_096;

/**
 * Gives the rows of one file their ids, in file order.
 *
 * Equal rows of the open instant are numbered: 0, 1, 2 … A row earlier than the open instant, or one more different row
 * than the bound, is told apart by its row number instead: its id then is stable for the same file only. Every row whose
 * fields could be read must pass through here, also one that will be refused later: it counts.
 */
export class OpenInstant {
  /** NaN before the first row. */
  #micros: number;
  // Most instants have one row, which is kept apart from the map: filling and clearing that for each row is slow.
  #firstId = "";
  #firstCount = 0;
  readonly #others: Map<string, number>;

  constructor(state: OpenInstantState = NO_OPEN_INSTANT) {
    const [first, ...others] = state.counts;
    this.#micros = state.micros ?? NaN;
    if (first !== undefined) [this.#firstId, this.#firstCount] = first;
    this.#others = new Map(others);
  }

  /**
   * The message id of the next row.
   *
   * @param row The row's number in its file, from 1.
   */
  identify(fields: FieldIdentity, row: number): string {
    const micros = fields.dataType === "reference_data" ? 0 : fields.micros;
    if (micros < this.#micros) return messageIdOf(fields, { by: "row", number: row });

    const id = messageIdOf(fields, FIRST_OF_ITS_KIND);
    if (micros !== this.#micros) {
      this.#micros = micros;
      this.#firstId = id;
      this.#firstCount = 1;
      if (this.#others.size > 0) this.#others.clear();
      return id;
    }
    if (id === this.#firstId) {
      this.#firstCount += 1;
      return messageIdOf(fields, { by: "ordinal", number: this.#firstCount - 1 });
    }
    const seen = this.#others.get(id) ?? 0;
    if (seen === 0 && this.#others.size >= MAX_ROWS_OF_AN_INSTANT - 1) {
      return messageIdOf(fields, { by: "row", number: row });
    }
    this.#others.set(id, seen + 1);
    return seen === 0 ? id : messageIdOf(fields, { by: "ordinal", number: seen });
  }

  /** The counters as they stand; later rows do not change the returned value. */
  state(): OpenInstantState {
    if (Number.isNaN(this.#micros)) return NO_OPEN_INSTANT;
    return { micros: this.#micros, counts: [[this.#firstId, this.#firstCount], ...this.#others] };
  }
}
