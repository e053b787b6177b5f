/**
 * The queue of one partition: records in the order in which they must be written, at most one send unsettled.
 *
 * @module
 */
import type { LaneEntry } from "./lane_entry.ts";

export class PartitionLane {
  #queue: LaneEntry[] = [];
  #head = 0;
  /** Entries of the unsettled or unresolved send, in order; empty if there is none. */
  inFlight: readonly LaneEntry[] = [];
  /** Monotonic time of the client's call, until its outcome is known. */
  sendingSince: number | null = null;
  /** Byte bound of a send; smaller once the log has refused a send as too large. */
  maxBytes: number;

  constructor(readonly partition: number, maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** True from the call of the client until its outcome is known. */
  get sending(): boolean {
    return this.sendingSince !== null;
  }

  get idle(): boolean {
    return this.inFlight.length === 0 && this.#head === this.#queue.length;
  }

  /** Entries that the lane keeps in memory. */
  get held(): number {
    return this.#queue.length;
  }

  push(entry: LaneEntry): void {
    this.#queue.push(entry);
  }

  /** Moves the next send's entries from the queue to `inFlight`. They are all of one epoch. */
  take(maxRecords: number): readonly LaneEntry[] {
    const first = this.#queue[this.#head];
    if (first === undefined) return [];
    const taken: LaneEntry[] = [];
    let bytes = 0;
    for (let at = this.#head; at < this.#queue.length && taken.length < maxRecords; at++) {
      const entry = this.#queue[at];
      if (entry === undefined || entry.epoch !== first.epoch) break;
      if (taken.length > 0 && bytes + entry.bytes > this.maxBytes) break;
      taken.push(entry);
      bytes += entry.bytes;
    }
    this.#head += taken.length;
    this.#forgetTaken();
    this.inFlight = taken;
    return taken;
  }

  /** A queue that never runs empty must not keep what has left it; moving the rest now and then costs less than shift(). */
  #forgetTaken(): void {
    if (this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Takes everything out, in order, but for what is being sent at this moment. */
  drainAll(): readonly LaneEntry[] {
    const queued = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    if (this.sending) return queued;
    const all = [...this.inFlight, ...queued];
    this.inFlight = [];
    return all;
  }
}
