/**
 * Counts what an audit has found, and keeps the first examples.
 *
 * @module
 */

/** Examples of each kind that are kept. */
export const SHOWN = 10;

/** A record, and the row that it is compared with. */
export interface Compared {
  readonly ordinal: number;
  /** Null if no row is like it. */
  readonly index: number | null;
}

/** The items of the lowest numbers. */
export class Lowest<T> {
  readonly #kept: { readonly number: number; readonly item: T }[] = [];

  /** In ascending order. */
  get items(): T[] {
    return this.#kept.map(({ item }) => item);
  }

  add(number: number, item: T): void {
    const kept = this.#kept;
    if (kept.length === SHOWN && (kept[SHOWN - 1]?.number ?? 0) <= number) return;
    const at = kept.findIndex((one) => one.number > number);
    kept.splice(at < 0 ? kept.length : at, 0, { number, item });
    if (kept.length > SHOWN) kept.pop();
  }
}

/** The counts. */
export class Tally {
  found = 0;
  twice = 0;
  different = 0;
  replayed = 0;
  otherIds = 0;
  unexpected = 0;
  others = 0;
  readonly twiceExamples = new Lowest<Compared>();
  readonly differentExamples = new Lowest<Compared>();
  readonly unexpectedExamples = new Lowest<Compared>();

  /** A record more than there are rows of its id. */
  isTwice(record: Compared): void {
    this.twice += 1;
    this.twiceExamples.add(record.ordinal, record);
  }

  isDifferent(record: Compared): void {
    this.different += 1;
    this.differentExamples.add(record.ordinal, record);
  }

  isUnexpected(ordinal: number): void {
    this.unexpected += 1;
    this.unexpectedExamples.add(ordinal, { ordinal, index: null });
  }
}
