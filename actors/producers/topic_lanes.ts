/**
 * A topic's records on their way: one lane for each partition, and which lane a record belongs to.
 *
 * @module
 */
import { type Partitioner, partitionFor } from "../../transport/partitioner.ts";
import { PartitionLane } from "./partition_lane.ts";
import type { FoundRecord, TopicLedger } from "./topic_ledger.ts";
import type { RecordRun } from "./record_run.ts";
import type { RunKey } from "./run_keys.ts";
import { recordKey } from "./sent_record.ts";

/** Sends that have no answer yet. */
export interface Stall {
  readonly partitions: readonly number[];
  /** Since the oldest of them. */
  readonly waitedMs: number;
}

export class TopicLanes implements Iterable<PartitionLane> {
  readonly #ledger: TopicLedger;
  readonly #maxSendBytes: number;
  readonly #partitioner: Partitioner;
  readonly #partitionOfKey = new Map<string, number>();
  #lanes: PartitionLane[] = [];
  /** Records accepted before the partition count is known. */
  #unplaced: RecordRun[] = [];

  constructor(
    ledger: TopicLedger,
    { maxSendBytes, partitioner }: { readonly maxSendBytes: number; readonly partitioner: Partitioner },
  ) {
    this.#ledger = ledger;
    this.#maxSendBytes = maxSendBytes;
    this.#partitioner = partitioner;
  }

  [Symbol.iterator](): Iterator<PartitionLane> {
    return this.#lanes.values();
  }

  /** Number of partitions; 0 until it is known. */
  get count(): number {
    return this.#lanes.length;
  }

  get sending(): boolean {
    return this.#lanes.some((lane) => lane.sending);
  }

  /** When the oldest send without an answer began; null if there is none. */
  get sendingSince(): number | null {
    const times = this.#lanes.flatMap(({ sendingSince }) => sendingSince ?? []);
    return times.length === 0 ? null : Math.min(...times);
  }

  get idle(): boolean {
    return this.#unplaced.length === 0 && this.#lanes.every((lane) => lane.idle);
  }

  /** Queues records in their lane, but for those that are in the log already: they are acknowledged. */
  place(run: RecordRun): void {
    if (this.#lanes.length === 0) {
      this.#unplaced.push(run);
      return;
    }
    const lane = this.#lanes[this.#partitionOf(run.runKey)];
    let from = 0;
    for (let at = 0; at < run.length && this.#ledger.hasUnclaimed; at++) {
      const found = this.#claim(run, at);
      if (found === undefined) continue;
      run.slice(at, at + 1).acknowledge(found.partition, found.offset);
      lane?.push(run.slice(from, at));
      from = at + 1;
    }
    lane?.push(from === 0 ? run : run.slice(from, run.length));
  }

  /** Takes out all records but those that are being sent, in an order that keeps the order of each key. */
  takeAll(): RecordRun[] {
    // Not push(...): there may be more of them than a call may have arguments.
    const runs = [...this.#lanes.flatMap((lane) => lane.drainAll()), ...this.#unplaced];
    this.#unplaced = [];
    return runs;
  }

  /** Ends the waiting of the queued records. */
  endWaiting(): void {
    for (const lane of this.#lanes) lane.endWaiting();
  }

  /** Lays new lanes, one for each of so many partitions, in place of the present ones, which must be empty. */
  lay(partitions: number): void {
    this.#partitionOfKey.clear();
    this.#lanes = Array.from(
      { length: partitions },
      (_, partition) => new PartitionLane(partition, this.#maxSendBytes),
    );
  }

  /** The sends that have waited for so long. */
  stalled(now: number, stallMs: number): Stall | null {
    const waits = this.#lanes.flatMap(({ partition, sendingSince }) =>
      sendingSince === null || now - sendingSince < stallMs ? [] : [{ partition, waitedMs: now - sendingSince }]
    );
    if (waits.length === 0) return null;
    return {
      partitions: waits.map(({ partition }) => partition),
      waitedMs: Math.max(...waits.map(({ waitedMs }) => waitedMs)),
    };
  }

  #claim(run: RecordRun, at: number): FoundRecord | undefined {
    return this.#ledger.claim(run.messageId(at), (found) => recordKey(found) === recordKey(run.sent(at)));
  }

  #partitionOf({ text, bytes }: RunKey): number {
    const known = this.#partitionOfKey.get(text);
    if (known !== undefined) return known;
    const partition = partitionFor(bytes, this.#lanes.length, this.#partitioner);
    if (this.#partitionOfKey.size >= MAX_CACHED_KEYS) this.#partitionOfKey.clear();
    this.#partitionOfKey.set(text, partition);
    return partition;
  }
}

const MAX_CACHED_KEYS = 100_000;
