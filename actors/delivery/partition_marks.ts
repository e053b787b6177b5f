/**
 * How far the partitions of a topic have acknowledged: one past the highest offset of each.
 *
 * @module
 */
export class PartitionMarks {
  readonly #next = new Map<number, bigint>();
  // Most rows of a batch go to one partition, which is kept apart from the map.
  #partition = -1;
  #highest = -1n;

  /** A record is at this offset. */
  raise(partition: number, offset: bigint): void {
    if (partition !== this.#partition) {
      this.#keep();
      this.#partition = partition;
      this.#highest = -1n;
    }
    if (offset > this.#highest) this.#highest = offset;
  }

  merge(other: PartitionMarks): void {
    for (const [partition, next] of other.entries()) this.raise(partition, next - 1n);
  }

  /** Partition, and one past its highest offset. */
  entries(): IterableIterator<[partition: number, next: bigint]> {
    this.#keep();
    return this.#next.entries();
  }

  /** The offsets of a checkpoint, moved on: partitions that it does not have begin at 0. */
  raised(before: readonly bigint[]): bigint[] {
    const next = [...before];
    for (const [partition, offset] of this.entries()) {
      while (next.length <= partition) next.push(0n);
      if (offset > (next[partition] ?? 0n)) next[partition] = offset;
    }
    return next;
  }

  #keep(): void {
    if (this.#partition < 0 || this.#highest < (this.#next.get(this.#partition) ?? 0n)) return;
    this.#next.set(this.#partition, this.#highest + 1n);
  }
}
