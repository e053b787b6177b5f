/**
 * A topic's records on their way: one lane for each partition, and which lane a record belongs to.
 *
 * @module
 */
import { parseFrame } from "../schemas/wire.ts";
import { partitionFor } from "../transport/partitioner.ts";
import type { LaneEntry } from "./lane_entry.ts";
import { PartitionLane } from "./partition_lane.ts";
import type { FoundRecord, PartitionLedger } from "./partition_ledger.ts";

/** Sends that have no answer yet. */
export interface Stall {
  readonly partitions: readonly number[];
  /** Since the oldest of them. */
  readonly waitedMs: number;
}

export class TopicLanes implements Iterable<PartitionLane> {
  readonly #ledger: PartitionLedger;
  readonly #maxSendBytes: number;
  readonly #partitionOfKey = new Map<string, number>();
  #lanes: PartitionLane[] = [];
  /** Records accepted before the partition count is known. */
  #unplaced: LaneEntry[] = [];

  constructor(ledger: PartitionLedger, { maxSendBytes }: { readonly maxSendBytes: number }) {
    this.#ledger = ledger;
    this.#maxSendBytes = maxSendBytes;
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

  /** Queues a record in its lane, unless it is in the log already: then it is acknowledged. */
  place(entry: LaneEntry): void {
    if (this.#lanes.length === 0) {
      this.#unplaced.push(entry);
      return;
    }
    const { part, index } = entry;
    const found = this.#ledger.hasUnclaimed ? this.#claim(entry) : undefined;
    if (found !== undefined) part.acknowledge(index, found.partition, found.offset);
    else this.#lanes[this.#partitionOf(entry)]?.push(entry);
  }

  /** Takes out all records but those that are being sent, in an order that keeps the order of each key. */
  takeAll(): LaneEntry[] {
    // Not push(...): there may be more of them than a call may have arguments.
    const entries = [...this.#lanes.flatMap((lane) => lane.drainAll()), ...this.#unplaced];
    this.#unplaced = [];
    return entries;
  }

  /** Lanes for so many partitions, instead of those that are there, which must be empty. */
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

  #claim({ messageId, value }: LaneEntry): FoundRecord | undefined {
    return this.#ledger.claim(messageId, () => parseFrame(value ?? new Uint8Array(0)).schemaId);
  }

  #partitionOf({ keyText, key }: LaneEntry): number {
    const known = this.#partitionOfKey.get(keyText);
    if (known !== undefined) return known;
    const partition = partitionFor(key ?? new Uint8Array(0), this.#lanes.length);
    if (this.#partitionOfKey.size >= MAX_CACHED_KEYS) this.#partitionOfKey.clear();
    this.#partitionOfKey.set(keyText, partition);
    return partition;
  }
}

const MAX_CACHED_KEYS = 100_000;
