/**
 * The journal's group commit: what several callers want is written in one transaction, in the order of the calls, and each
 * is told once it is on disk.
 *
 * @module
 */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../actors/kernel/clock.ts";
import { JournalClosedError, JournalFullError } from "./journal_error.ts";
import { costOf, type JournalEntry } from "./journal_record.ts";
import { type Deleted, type JournalMeta, type JournalStore, numbered } from "./journal_store.ts";
import { StateFileError } from "./state_file_error.ts";

/** What an append has got: `count` consecutive sequence numbers. */
export interface JournalRange {
  readonly first: number;
  readonly count: number;
}

/** Options of {@link JournalCommits}. */
export interface JournalCommitsOptions {
  readonly store: JournalStore;
  readonly meta: JournalMeta;
  /** What the records in the store count towards the bound. */
  readonly bytes: number;
  readonly maxBytes: number;
  readonly whenFull: "wait" | "refuse";
  readonly maxWaiting: number;
  readonly clock: Clock;
}

interface Append {
  readonly entries: readonly JournalEntry[];
  readonly cost: number;
  readonly resolve: (range: JournalRange) => void;
  readonly reject: (cause: unknown) => void;
}

interface Forget {
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/** Appends that go into a commit, and appends that have to hear that there is no room. */
interface Choice {
  readonly taken: readonly Append[];
  readonly refused: readonly Append[];
}

/** What a transaction has written. */
interface Written {
  readonly deleted: Deleted;
  readonly taken: readonly Append[];
  readonly meta: JournalMeta;
  readonly first: number | null;
}

const NOBODY: Choice = { taken: [], refused: [] };
/** Bounds of one commit, which holds the event loop: what is over comes with the next one. One append is never divided. */
const COMMIT_RECORDS = 5_000;
const COMMIT_BYTES = 4 * 1024 * 1024;
const FORGET_RECORDS = 10_000;

/** What is to be written to a journal, and what is known to be in it. */
export class JournalCommits {
  readonly #options: JournalCommitsOptions;
  #meta: JournalMeta;
  #bytes: number;
  #first: number | null;
  #appends: Append[] = [];
  #forgets: Forget[] = [];
  #committing = false;
  #closed = false;
  #waiters: (() => void)[] = [];

  constructor(options: JournalCommitsOptions) {
    this.#options = options;
    this.#meta = options.meta;
    this.#bytes = options.bytes;
    this.#first = options.store.first();
  }

  /** What is durable: the sequence number of the next record, and how many there are. */
  get meta(): JournalMeta {
    return this.#meta;
  }

  /** What the durable records count towards the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sequence number of the oldest durable record, null if there is none. */
  get first(): number | null {
    return this.#first;
  }

  /** Appends that have not settled. */
  get waiting(): number {
    return this.#appends.length;
  }

  /** As `Journal.append`. */
  append(entries: readonly JournalEntry[], signal: AbortSignal | undefined): Promise<JournalRange> {
    const cost = entries.reduce((sum, entry) => sum + costOf(entry), 0);
    const refusal = this.#refusalOf(cost, signal);
    if (refusal !== null) return Promise.reject(refusal.cause);
    if (entries.length === 0) return Promise.resolve({ first: this.#meta.next, count: 0 });
    const { promise, resolve, reject } = Promise.withResolvers<JournalRange>();
    const append: Append = { entries, cost, resolve, reject };
    this.#appends.push(append);
    this.#commitSoon();
    return signal === undefined ? promise : this.#abortable(append, { promise, signal });
  }

  /** As `Journal.forget`. */
  forget(upTo: number): Promise<void> {
    if (this.#closed) return Promise.reject(new JournalClosedError());
    if (!Number.isInteger(upTo) || upTo < 0 || upTo >= this.#meta.next) {
      const message = `Record ${upTo} cannot be forgotten: the journal has given numbers below ${this.#meta.next}.`;
      return Promise.reject(new RangeError(message));
    }
    if (this.#first === null || upTo < this.#first) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#forgets.push({ upTo, resolve, reject });
      this.#commitSoon();
    });
  }

  /** Resolves after the next commit, or when {@link wake} or {@link close} is called. */
  change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  /** Ends every {@link change}. */
  wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter();
  }

  /** Commits what there is room for, and rejects the rest. */
  async close(): Promise<void> {
    this.#closed = true;
    this.wake();
    while (this.#committing) await this.change();
    const left = [...this.#appends, ...this.#forgets];
    [this.#appends, this.#forgets] = [[], []];
    for (const { reject } of left) reject(new JournalClosedError());
  }

  #refusalOf(cost: number, signal: AbortSignal | undefined): { readonly cause: unknown } | null {
    const { maxBytes, maxWaiting } = this.#options;
    if (this.#closed) return { cause: new JournalClosedError() };
    if (signal?.aborted) return { cause: signal.reason };
    if (cost > maxBytes) {
      return { cause: new JournalFullError("too_large", `a batch of ${cost} bytes is over its bound of ${maxBytes}`) };
    }
    if (this.waiting < maxWaiting) return null;
    return { cause: new JournalFullError("too_many_waiting", `${this.waiting} batches wait for room`) };
  }

  #abortable(
    append: Append,
    { promise, signal }: { readonly promise: Promise<JournalRange>; readonly signal: AbortSignal },
  ): Promise<JournalRange> {
    const giveUp = () => {
      if (!this.#appends.includes(append)) return;
      this.#drop([append]);
      append.reject(signal.reason);
      // Those behind it may fit.
      this.#commitSoon();
    };
    signal.addEventListener("abort", giveUp, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  #commitSoon(): void {
    if (this.#committing) return;
    this.#committing = true;
    this.#commitAll();
  }

  /** SQLite holds the event loop for each commit, so that each first gives it a turn: what has come by then is in it. */
  async #commitAll(): Promise<void> {
    do await setImmediate(); while (this.#commit());
    this.#committing = false;
    this.wake();
  }

  /** One commit; true if there may be more to do. Whatever fails is told to those whom it concerns. */
  #commit(): boolean {
    const upTo = this.#forgets.reduce((highest, forget) => Math.max(highest, forget.upTo), 0);
    let choice = NOBODY;
    try {
      const work = () => this.#write(upTo, (room) => choice = this.#choose(room));
      // Without anything to forget it is known before whether there is anything to write.
      if (upTo > 0 || this.#choose(this.#room).taken.length > 0) this.#settle(this.#options.store.transaction(work));
      else choice = this.#choose(this.#room);
    } catch (cause) {
      const noDisk = cause instanceof StateFileError && cause.code === "full";
      const reason = noDisk
        ? new JournalFullError("disk", `${this.#options.store.file} cannot grow`, { cause })
        : cause;
      for (const { reject } of this.#drop(choice.taken)) reject(reason);
      this.#forgetAlone(upTo);
    }
    const waiting = `${this.#bytes} of ${this.#options.maxBytes} bytes wait to be forwarded`;
    for (const { reject } of this.#drop(choice.refused)) reject(new JournalFullError("bound", waiting));
    return this.#forgets.length > 0 || (this.#appends.length > 0 && (upTo > 0 || choice.taken.length > 0));
  }

  /** Forgetting makes room, so that it must not fail for the sake of what needs it. */
  #forgetAlone(upTo: number): void {
    if (upTo === 0) return;
    try {
      this.#settle(this.#options.store.transaction(() => this.#write(upTo, () => NOBODY)));
    } catch (cause) {
      for (const { reject } of this.#dropForgets(() => true)) reject(cause);
    }
  }

  get #room(): number {
    return this.#options.maxBytes - this.#bytes;
  }

  /** The appends of one commit: those that fit, in order. */
  #choose(room: number): Choice {
    const taken: Append[] = [];
    const refused: Append[] = [];
    let [cost, records] = [0, 0];
    for (const append of this.#appends) {
      if (taken.length > 0 && (cost + append.cost > COMMIT_BYTES || records + append.entries.length > COMMIT_RECORDS)) {
        break;
      }
      if (cost + append.cost <= room) {
        taken.push(append);
        cost += append.cost;
        records += append.entries.length;
      } else if (this.#options.whenFull === "refuse" && this.#forgets.length === 0) {
        refused.push(append);
      } else {
        break; // Those behind it wait too, or a large one would wait for ever.
      }
    }
    return { taken, refused };
  }

  /** Within a transaction: forgets, then accepts what there is room for. */
  #write(upTo: number, choose: (room: number) => Choice): Written {
    const deleted = upTo > 0 ? this.#options.store.deleteUpTo(upTo, FORGET_RECORDS) : { records: 0, cost: 0 };
    const { taken } = choose(this.#room + deleted.cost);
    const next = taken.reduce((sum, { entries }) => sum + entries.length, this.#meta.next);
    const records = this.#meta.records - deleted.records + next - this.#meta.next;
    // First, because it notices another process that gives the same numbers.
    this.#options.store.setMeta(this.#meta, { next, records });
    const receivedAt = this.#options.clock.now();
    let from = this.#meta.next;
    for (const { entries } of taken) {
      this.#options.store.insert(numbered(entries, { from, receivedAt }));
      from += entries.length;
    }
    return { deleted, taken, meta: { ...this.#meta, next, records }, first: this.#options.store.first() };
  }

  /** It is on disk: tells everybody. */
  #settle({ deleted, taken, meta, first }: Written): void {
    let { next } = this.#meta;
    this.#meta = meta;
    this.#first = first;
    this.#bytes -= deleted.cost;
    for (const { entries, cost, resolve } of this.#drop(taken)) {
      this.#bytes += cost;
      resolve({ first: next, count: entries.length });
      next += entries.length;
    }
    for (const { resolve } of this.#dropForgets(({ upTo }) => first === null || first > upTo)) resolve();
    this.wake();
  }

  #drop(appends: readonly Append[]): readonly Append[] {
    if (appends.length === 0) return appends;
    const dropped = new Set(appends);
    this.#appends = this.#appends.filter((append) => !dropped.has(append));
    return appends;
  }

  #dropForgets(which: (forget: Forget) => boolean): readonly Forget[] {
    const dropped = this.#forgets.filter(which);
    this.#forgets = this.#forgets.filter((forget) => !dropped.includes(forget));
    return dropped;
  }
}
