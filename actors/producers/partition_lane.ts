/**
 * The queue of one partition: records in the order in which they must be written, at most one send unsettled.
 *
 * @module
 */
import { type RecordRun, recordsIn } from "./record_run.ts";

export class PartitionLane {
  #queue: RecordRun[] = [];
  #head = 0;
  #queued = 0;
  #queuedBytes = 0;
  /** Records of the unsettled or unresolved send, in order; empty if there is none. */
  inFlight: readonly RecordRun[] = [];
  /** Monotonic time of the client's call, until its outcome is known. */
  sendingSince: number | null = null;
  /** Monotonic time since when queued records wait for more of them, at least; null while none does. */
  waitingSince: number | null = null;
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

  /** Runs of records that the lane keeps in memory. */
  get held(): number {
    return this.#queue.length;
  }

  /** Records in the queue. */
  get queued(): number {
    return this.#queued;
  }

  /** True if the queue has as much as a send takes. */
  isFull(maxRecords: number): boolean {
    return this.#queued >= maxRecords || this.#queuedBytes >= this.maxBytes;
  }

  push(run: RecordRun): void {
    if (run.length === 0) return;
    this.#queue.push(run);
    this.#queued += run.length;
    this.#queuedBytes += run.bytes;
  }

  /** Ends the waiting of the queued records. */
  endWaiting(): void {
    if (this.#queued > 0) this.waitingSince = -Infinity;
  }

  /** Moves the next send's records from the queue to `inFlight`, at least one. They are all of one epoch. */
  take(maxRecords: number): readonly RecordRun[] {
    const first = this.#queue[this.#head];
    if (first === undefined) return [];
    const { epoch } = first.message;
    const taken: RecordRun[] = [];
    let [records, bytes] = [maxRecords, this.maxBytes];
    for (let run = this.#queue[this.#head]; run?.message.epoch === epoch; run = this.#queue[this.#head]) {
      const fitting = run.countWithin({ records, bytes });
      const count = taken.length === 0 ? Math.max(1, fitting) : fitting;
      if (count < run.length) {
        if (count > 0) taken.push(run.slice(0, count));
        this.#queue[this.#head] = run.slice(count, run.length);
        break;
      }
      taken.push(run);
      records -= count;
      bytes -= run.bytes;
      this.#head += 1;
    }
    this.#forgetTaken();
    for (const run of taken) {
      this.#queued -= run.length;
      this.#queuedBytes -= run.bytes;
    }
    if (this.#queued === 0) this.waitingSince = null;
    this.inFlight = taken;
    return taken;
  }

  /**
   * Halves the bytes of a send, because the log refused the records in flight as too many. False if there is only one.
   */
  shrink(): boolean {
    if (recordsIn(this.inFlight) === 1) return false;
    this.maxBytes = Math.ceil(this.inFlight.reduce((sum, run) => sum + run.bytes, 0) / 2);
    return true;
  }

  /** A queue that never runs empty must not keep what has left it; moving the rest now and then costs less than shift(). */
  #forgetTaken(): void {
    if (this.#head * 2 < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#head);
    this.#head = 0;
  }

  /** Takes everything out, in order, but for what is being sent at this moment. */
  drainAll(): readonly RecordRun[] {
    const queued = this.#queue.slice(this.#head);
    this.#queue = [];
    this.#head = 0;
    this.#queued = 0;
    this.#queuedBytes = 0;
    this.waitingSince = null;
    if (this.sending) return queued;
    const all = [...this.inFlight, ...queued];
    this.inFlight = [];
    return all;
  }
}
