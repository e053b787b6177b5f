/**
 * Do the records of a key stand in the order of their file? Two files may be read at the same time, and have no order among
 * each other. A topic that has grown holds a key in more than one partition: there the order is that within each, and what
 * is in one must be wholly before what is in the next.
 *
 * @module
 */

/** Where the records of a file with one key are looked at. */
export interface OrderPlace {
  readonly partition: number;
  /** Number of the file. */
  readonly file: number;
}

/** Rows of a key and a file in one partition, by their places in file order. */
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
   * @returns whether it stands behind a later row of its key and file, in its partition
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

  /** Sets the last place of a key's partition, for records that are judged out of their turn. */
  setLast(key: string, { partition, file, last }: OrderPlace & { readonly last: number }): void {
    const span = this.#spanOf(key, { partition, file });
    if (span !== undefined) span.last = last;
  }

  /** Pairs of partitions whose rows of one key and file are not wholly one after the other. */
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
