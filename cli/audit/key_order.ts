/**
 * Checks whether the records of a key are in the order of their series: of a file, or of a load. Two files may be read at
 * the same time, so there is no order between them. A topic that has grown may hold a key in more than one partition:
 * each partition must be in order, and all rows in one partition must come before all rows in the next.
 *
 * @module
 */

/** A record in a partition. */
export interface OrderPlace {
  readonly partition: number;
  /** Number of the file or load. */
  readonly series: number;
  /** Its place in the series. */
  readonly index: number;
}

/** Series have numbers below this. */
const SERIES_LIMIT = 2 ** 22;
/** A number above those of all keys that are told apart. */
const OTHER_KEY = 2 ** 22;

/** What has been read of each key. Partitions are read one after the other, each in its order. */
export class KeyOrder {
  #partition = -1;
  /** By key and series, the span of this partition. */
  readonly #spans = new Map<number, number>();
  /** By key and series, the last place of what is checked aside. */
  readonly #aside = new Map<number, number>();
  /** For each span its key and series, first and last place: in typed arrays, since there are many. */
  #columns = new Float64Array(3 * 16);
  #size = 0;

  /** Notes a record. @returns whether it comes after a later row of its key and series in its partition */
  isLate(key: number, { partition, series, index }: OrderPlace): boolean {
    const name = this.#nameIn(partition, key, series), at = this.#spans.get(name);
    if (at === undefined) {
      this.#spans.set(name, this.#push(name, index));
      return false;
    }
    const columns = this.#columns;
    if (index < (columns[at + 1] ?? 0)) columns[at + 1] = index;
    if (index < (columns[at + 2] ?? 0)) return true;
    columns[at + 2] = index;
    return false;
  }

  /** Like {@link isLate}, for a record that others need not come after: it is noted for records of its kind only. */
  isAside(key: number, { partition, series, index }: OrderPlace): boolean {
    const name = this.#nameIn(partition, key, series), at = this.#spans.get(name);
    const last = Math.max(at === undefined ? -1 : this.#columns[at + 2] ?? -1, this.#aside.get(name) ?? -1);
    if (index < last) return true;
    this.#aside.set(name, index);
    return false;
  }

  /** Pairs of partitions in which the rows of one key and series interleave. */
  get interleaved(): number {
    const columns = this.#columns;
    const spans = Array.from({ length: this.#size }, (_, span) => span * 3).sort((a, b) =>
      (columns[a] ?? 0) - (columns[b] ?? 0) || (columns[a + 1] ?? 0) - (columns[b + 1] ?? 0)
    );
    return spans.filter((at, place) => {
      const before = spans[place - 1];
      return before !== undefined && columns[before] === columns[at] &&
        (columns[at + 1] ?? 0) < (columns[before + 2] ?? 0);
    }).length;
  }

  #nameIn(partition: number, key: number, series: number): number {
    if (partition !== this.#partition) {
      this.#spans.clear();
      this.#aside.clear();
      this.#partition = partition;
    }
    return Math.min(key, OTHER_KEY) * SERIES_LIMIT + series;
  }

  #push(name: number, index: number): number {
    const at = this.#size * 3;
    if (at === this.#columns.length) {
      const larger = new Float64Array(this.#columns.length * 2);
      larger.set(this.#columns);
      this.#columns = larger;
    }
    this.#columns.set([name, index, index], at);
    this.#size += 1;
    return at;
  }
}
