/**
 * Do the records of a key stand in file order? A topic that has grown holds a key in more than one partition: there the order
 * is that within each, and what is in one must be wholly before what is in the next.
 *
 * @module
 */

/** Rows of a key in one partition, by their places in file order. */
interface Span {
  readonly partition: number;
  first: number;
  last: number;
}

/** What has been read of each key. */
export class KeyOrder {
  readonly #spans = new Map<string, Span[]>();

  /** The last place that a key's partition holds so far, -1 if none. */
  lastOf(key: string, partition: number): number {
    return this.#spanOf(key, partition)?.last ?? -1;
  }

  /**
   * Notes a record. Partitions are read one after the other, each in its order.
   *
   * @returns whether it stands behind a later row of its key, in its partition
   */
  isLate(key: string, { partition, index }: { readonly partition: number; readonly index: number }): boolean {
    const span = this.#spanOf(key, partition);
    if (span === undefined) {
      const spans = this.#spans.get(key) ?? [];
      spans.push({ partition, first: index, last: index });
      this.#spans.set(key, spans);
      return false;
    }
    span.first = Math.min(span.first, index);
    if (index < span.last) return true;
    span.last = index;
    return false;
  }

  /** Sets the last place of a key's partition, for records that are judged out of their turn. */
  setLast(key: string, { partition, last }: { readonly partition: number; readonly last: number }): void {
    const span = this.#spanOf(key, partition);
    if (span !== undefined) span.last = last;
  }

  /** Pairs of partitions whose rows of one key are not wholly one after the other. */
  get interleaved(): number {
    let pairs = 0;
    for (const spans of this.#spans.values()) {
      const inOrder = spans.toSorted((a, b) => a.first - b.first);
      for (const [at, { first }] of inOrder.entries()) if (first < (inOrder[at - 1]?.last ?? -1)) pairs += 1;
    }
    return pairs;
  }

  #spanOf(key: string, partition: number): Span | undefined {
    return this.#spans.get(key)?.find((span) => span.partition === partition);
  }
}
