/**
 * The calls of an embedded producer that have not settled: how many they are, how much they hold, and which callers
 * wait for room.
 *
 * @module
 */
import { ProducerFullError } from "./errors.ts";
import type { ProduceReceipt } from "./receipt.ts";
import type { RowCall } from "./row_call.ts";

/** How much may be pending. */
export interface PendingLimit {
  readonly records: number;
  /** Memory that the pending records take, about. */
  readonly bytes: number;
}

/** Options of {@link PendingCalls}. */
export interface PendingCallsOptions {
  readonly limit: PendingLimit;
  /** Called when there is no more room; again only after half of the limit was free. */
  readonly onFull: () => void;
}

/** The records between two flushes. */
export class Wave {
  #pending = 0;
  #onDone: (() => void) | null = null;

  opened(): void {
    this.#pending += 1;
  }

  settled(): void {
    this.#pending -= 1;
    if (this.#pending === 0) this.#onDone?.();
  }

  /** Ask for it once, when no more calls will come. */
  done(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onDone = resolve);
  }
}

/** The call of one record. There may be very many, so it keeps one function of its promise, by which it also rejects. */
class PendingCall implements RowCall {
  readonly #calls: PendingCalls;
  readonly #settle: (receipt: ProduceReceipt | Promise<never>) => void;
  readonly #wave: Wave;
  readonly #bytes: number;

  constructor(
    calls: PendingCalls,
    settle: (receipt: ProduceReceipt | Promise<never>) => void,
    { wave, bytes }: { readonly wave: Wave; readonly bytes: number },
  ) {
    this.#calls = calls;
    this.#settle = settle;
    this.#wave = wave;
    this.#bytes = bytes;
  }

  resolve(receipt: ProduceReceipt): void {
    this.#calls.end(this.#wave, this.#bytes, "acked");
    this.#settle(receipt);
  }

  reject(cause: unknown): void {
    this.#calls.end(this.#wave, this.#bytes, "rejected");
    this.#settle(Promise.reject(cause));
  }
}

export class PendingCalls {
  readonly #limit: PendingLimit;
  readonly #onFull: () => void;
  #records = 0;
  #bytes = 0;
  #acked = 0;
  #rejected = 0;
  #wave = new Wave();
  /** Resolves when every wave before the current one is done. */
  #before: Promise<unknown> = Promise.resolve();
  #toldFull = false;
  #closed: { readonly cause: unknown } | null = null;
  /**
   * The turn of the last caller that waits for room: one after the other, so that each finds the room that it was
   * promised.
   */
  #lastTurn: Promise<void> = Promise.resolve();
  #onRoom: (() => void) | null = null;

  constructor({ limit, onFull }: PendingCallsOptions) {
    this.#limit = limit;
    this.#onFull = onFull;
  }

  /** Calls that have not settled. */
  get records(): number {
    return this.#records;
  }

  /** What they hold, about. */
  get bytes(): number {
    return this.#bytes;
  }

  get acked(): number {
    return this.#acked;
  }

  get rejected(): number {
    return this.#rejected;
  }

  /** True while there is no room. */
  get full(): boolean {
    return this.#records >= this.#limit.records || this.#bytes >= this.#limit.bytes;
  }

  /** @throws {ProducerFullError} If there is no room. */
  requireRoom(): void {
    if (!this.full) return;
    this.#tellFull();
    throw new ProducerFullError({ records: this.#records, bytes: this.#bytes });
  }

  /**
   * Opens a call of one record that takes so many bytes.
   *
   * @param begin gets the call, which is settled once
   */
  open(bytes: number, begin: (call: RowCall) => void): Promise<ProduceReceipt> {
    const wave = this.begin(bytes);
    return new Promise((resolve) => begin(new PendingCall(this, resolve, { wave, bytes })));
  }

  /** Counts a record that takes so many bytes as pending; {@link end} it, once. */
  begin(bytes: number): Wave {
    this.#records += 1;
    this.#bytes += bytes;
    this.#wave.opened();
    return this.#wave;
  }

  /** A record that {@link begin} has counted is not pending any more. */
  end(wave: Wave, bytes: number, as: "acked" | "rejected"): void {
    if (as === "acked") this.#acked += 1;
    else this.#rejected += 1;
    this.#records -= 1;
    this.#bytes -= bytes;
    wave.settled();
    if (this.#onRoom !== null && !this.full) this.#wakeUp();
    if (this.#toldFull && this.#records < this.#limit.records / 2 && this.#bytes < this.#limit.bytes / 2) {
      this.#toldFull = false;
    }
  }

  /** Counts a record that is rejected before it was pending. */
  countRefused(): void {
    this.#rejected += 1;
  }

  /** The answer to a call of such a record. */
  refuse(cause: unknown): Promise<never> {
    this.countRefused();
    return Promise.reject(cause);
  }

  /** Resolves when every call that was opened before has settled. */
  flush(): Promise<unknown> {
    const wave = this.#wave;
    this.#wave = new Wave();
    this.#before = Promise.all([this.#before, wave.done()]);
    return this.#before;
  }

  /**
   * Resolves when there is room; rejects with the cause of {@link close}. Callers that wait are let in in their order.
   */
  ready(): Promise<void> {
    const turn = this.#lastTurn.then(() => this.#room());
    this.#lastTurn = turn.then(async () => {
      // The caller that was let in makes its call before the next one looks.
      for (let turns = 0; turns < TURNS_TO_CALL; turns++) await null;
    }, () => {});
    return turn;
  }

  /** From now on every caller is rejected. */
  close(cause: unknown): void {
    this.#closed ??= { cause };
    this.#wakeUp();
  }

  async #room(): Promise<void> {
    while (this.#closed === null && this.full) {
      this.#tellFull();
      await new Promise<void>((resolve) => this.#onRoom = resolve);
    }
    if (this.#closed !== null) throw this.#closed.cause;
  }

  #wakeUp(): void {
    const wake = this.#onRoom;
    this.#onRoom = null;
    wake?.();
  }

  #tellFull(): void {
    if (this.#toldFull) return;
    this.#toldFull = true;
    this.#onFull();
  }
}

/** Enough turns for the async functions between `ready` and the call. */
const TURNS_TO_CALL = 5;
