/**
 * Checks whether the records of a key are in the order of their file. Two files may be read at the same time, so there
 * is no order between them. A topic that has grown may hold a key in more than one partition: each partition must be in
 * order, and all rows in one partition must come before all rows in the next.
 *
 * @module
 */

/** A partition in which the records of one file and key are checked. */
export interface OrderPlace {
  readonly partition: number;
  /** Number of the file. */
  readonly file: number;
}

/** Rows of a key and a file in one partition, by their place in file order. */
interface Span extends OrderPlace {
  first: number;
  last: number;
}

/** What has been read of each key. */
export class KeyOrder {
  readonly #spans = new Map<string, Span[]>();

  /** The last places of a key that a partition holds so far, by file. */
  lastOf(key: string, partition: number): ReadonlyMap<number, number> {
    const spans = this.#spans.get(key)?.filter((span) => span.partition === partition) ?? [];
    return new Map(spans.map(({ file, last }) => [file, last]));
  }

  /**
   * Notes a record. Partitions are read one after the other, each in its order.
   *
   * @returns whether it comes after a later row of its key and file in its partition
   */
  isLate(key: string, { partition, file, index }: OrderPlace & { readonly index: number }): boolean {
    const span = this.#spanOf(key, { partition, file });
    if (span === undefined) {
      const spans = this.#spans.get(key) ?? [];
      spans.push({ partition, file, first: index, last: index });
      this.#spans.set(key, spans);
      return false;
    }
    span.first = Math.min(span.first, index);
    if (index < span.last) return true;
    span.last = index;
    return false;
  }

  /** Sets the last place of a key in its partition, for records that are checked separately. */
  setLast(key: string, { partition, file, last }: OrderPlace & { readonly last: number }): void {
    const span = this.#spanOf(key, { partition, file });
    if (span !== undefined) span.last = last;
  }

  /** Pairs of partitions in which the rows of one key and file interleave. */
  get interleaved(): number {
    let pairs = 0;
    for (const spans of this.#spans.values()) {
      for (const ofFile of Map.groupBy(spans, ({ file }) => file).values()) {
        const inOrder = ofFile.toSorted((a, b) => a.first - b.first);
        for (const [at, { first }] of inOrder.entries()) if (first < (inOrder[at - 1]?.last ?? -1)) pairs += 1;
      }
    }
    return pairs;
  }

  #spanOf(key: string, { partition, file }: OrderPlace): Span | undefined {
    return this.#spans.get(key)?.find((span) => span.partition === partition && span.file === file);
  }
}
