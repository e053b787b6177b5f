/**
 * What this process knows of a topic's partitions: one past the last acknowledged offset, and whether a send may have been
 * under way. It outlives the producer's incarnations, so that the next one knows from where to read.
 *
 * @module
 */

export class PartitionLedger {
  readonly #next = new Map<number, bigint>();
  readonly #unsettled = new Set<number>();
  /** Resolves when the client of the incarnation before is closed, so that two never write at the same time. */
  closing: Promise<void> = Promise.resolve();
  readonly #unclaimed = new Map<number, Map<string, bigint>>();

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

  /**
   * Records that were found by reading: everything before `end` is known. They wait here to be claimed, because the rows
   * they belong to may still be on their way back from the source.
   */
  found(partition: number, offsets: ReadonlyMap<string, bigint>, end: bigint): void {
    const unclaimed = this.#unclaimed.get(partition) ?? new Map<string, bigint>();
    for (const [messageId, offset] of offsets) unclaimed.set(messageId, offset);
    if (unclaimed.size > 0) this.#unclaimed.set(partition, unclaimed);
    this.settled(partition, end);
  }

  /** The offset of a record that is in the log already; each is claimed once. */
  claim(partition: number, messageId: string): bigint | undefined {
    const unclaimed = this.#unclaimed.get(partition);
    const offset = unclaimed?.get(messageId);
    if (offset !== undefined) unclaimed?.delete(messageId);
    if (unclaimed?.size === 0) this.#unclaimed.delete(partition);
    return offset;
  }

  /** Number of records found and not claimed yet. */
  get unclaimed(): number {
    let sum = 0;
    for (const offsets of this.#unclaimed.values()) sum += offsets.size;
    return sum;
  }

  /** Partitions with a send of which nobody knows what became. */
  get unsettled(): readonly number[] {
    return [...this.#unsettled].sort((a, b) => a - b);
  }
}
