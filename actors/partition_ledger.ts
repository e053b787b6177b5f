/**
 * What this process knows of a topic's partitions: one past the last acknowledged offset, and whether a send may have been
 * under way. It outlives the producer's incarnations, so that the next one knows from where to read.
 *
 * @module
 */

export class PartitionLedger {
  readonly #next = new Map<number, bigint>();
  readonly #unsettled = new Set<number>();

  /** One past the last acknowledged offset; undefined for a partition that was never opened. */
  next(partition: number): bigint | undefined {
    return this.#next.get(partition);
  }

  /** The end offset found before the first send. Does nothing for a partition that is known. */
  open(partition: number, end: bigint): void {
    if (!this.#next.has(partition)) this.#next.set(partition, end);
  }

  sendStarted(partition: number): void {
    this.#unsettled.add(partition);
  }

  /** Everything before this offset is known. */
  settled(partition: number, next: bigint): void {
    this.#next.set(partition, next);
    this.#unsettled.delete(partition);
  }

  /** Partitions with a send of which nobody knows what became. */
  get unsettled(): readonly number[] {
    return [...this.#unsettled].sort((a, b) => a - b);
  }
}
