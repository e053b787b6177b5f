/**
 * Distinguishes equal rows of one instant, so that each gets its own id, which is the same on every reload.
 *
 * @module
 */
import { CanonicalForm } from "./canonical_form.ts";
import { IdCounts } from "./id_counts.ts";
import { type FieldIdentity, putForm } from "./identity.ts";
import { bytesToUuid, uuidToWords } from "./uuid_text.ts";

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
 * A state in which row numbers distinguish all rows, for rows that are read without their neighbours: such an id is
 * never that of an equal row.
 */
export const ALL_BY_ROW: OpenInstantState = { micros: Number.MAX_SAFE_INTEGER, counts: [] };

/** Maximum of different rows of one instant that are counted; row numbers distinguish further ones. */
export const MAX_ROWS_OF_AN_INSTANT = 4_096;

/**
 * Gives the rows of one file their ids, in file order.
 *
 * Equal rows of the open instant are numbered: 0, 1, 2 … Its row number distinguishes a row earlier than the open
 * instant, or past the maximum of different rows; its id is then stable for the same file only. Pass every row whose
 * fields could be read, also one that will be refused later: it counts.
 */
export class OpenInstant {
  /**
   * The form of the row being read: see {@link identifyForm}.
   * @internal
   */
  readonly form: CanonicalForm = new CanonicalForm();
  /** NaN before the first row. */
  #micros: number;
  readonly #counts = new IdCounts(MAX_ROWS_OF_AN_INSTANT);

  /**
   * Resumes after the rows of a state; without one, starts at the first row.
   *
   * @param state what {@link state} returned after the earlier rows
   */
  constructor(state: OpenInstantState = NO_OPEN_INSTANT) {
    this.#micros = state.micros ?? NaN;
    for (const [id, count] of state.counts) this.#counts.add(uuidToWords(id), count);
  }

  /**
   * The message id of the next row.
   *
   * @param row The row's number in its file, from 1.
   */
  identify(fields: FieldIdentity, row: number): string {
    putForm(this.form, fields);
    this.identifyForm(fields.dataType === "reference_data" ? 0 : fields.micros, row);
    return bytesToUuid(this.form.id);
  }

  /**
   * Like {@link identify}, for readers that have put the row into {@link form}; leaves the id there.
   * @internal
   */
  identifyForm(micros: number, row: number): void {
    const { form } = this;
    if (micros < this.#micros) return form.hashByRow(row);
    if (micros !== this.#micros) {
      this.#micros = micros;
      this.#counts.clear();
    }
    form.hashByOrdinal(0);
    const seen = this.#counts.count(form.words);
    if (seen > 0) form.hashByOrdinal(seen);
    else if (seen < 0) form.hashByRow(row);
  }

  /**
   * Micros of the open instant; NaN before the first row.
   * @internal
   */
  get micros(): number {
    return this.#micros;
  }

  /**
   * The rows of the open instant.
   * @internal
   */
  get counts(): IdCounts {
    return this.#counts;
  }

  /**
   * Another instant is open, whose rows are to be counted again.
   * @internal
   */
  open(micros: number): IdCounts {
    this.#micros = micros;
    this.#counts.clear();
    return this.#counts;
  }

  /** The present counters; later rows do not change the returned value. */
  state(): OpenInstantState {
    if (Number.isNaN(this.#micros)) return NO_OPEN_INSTANT;
    const counts = Array.from(this.#counts.entries(), ([id, count]) => [bytesToUuid(id), count] as const);
    return { micros: this.#micros, counts };
  }
}
