/**
 * The journal: what was pushed is durable in here before its sender is told so, and waits in order until it is forwarded.
 * docs/state.md says what is promised.
 *
 * @module
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../actors/kernel/clock.ts";
import { JournalCommits, type JournalRange } from "./journal_commits.ts";
import { JournalClosedError } from "./journal_error.ts";
import type { JournalEntry, JournalRecord } from "./journal_record.ts";
import { type JournalRepair, openJournalStore } from "./journal_repair.ts";
import type { JournalMeta, JournalStore } from "./journal_store.ts";

export type { JournalRange } from "./journal_commits.ts";
export type { JournalEntry, JournalRecord } from "./journal_record.ts";
export type { JournalRepair } from "./journal_repair.ts";

/** File name of the journal in a data folder. */
export const JOURNAL_FILE = "journal.sqlite";

/** How a journal is opened. */
export interface JournalOptions {
  /** Most bytes that may wait to be forwarded, each record counting 64 more than it has. @default 268435456 */
  readonly maxBytes?: number;
  /** Most bytes of the file, whatever waits: pages are not always full. @default twice `maxBytes` and 1 MiB */
  readonly maxFileBytes?: number;
  /** What an append does for which there is no room within `maxBytes`. @default "wait" */
  readonly whenFull?: "wait" | "refuse";
  /** Most appends that may wait, for room or for the disk. @default 1024 */
  readonly maxWaiting?: number;
  /** The last sequence number that somebody else remembers of this data folder: later ones are given. @default 0 */
  readonly after?: number;
  /** @default systemClock */
  readonly clock?: Clock;
}

/** What was found when a journal was opened. */
export interface JournalOpened {
  /** Another one for another file. */
  readonly id: string;
  /** Records that wait to be forwarded. */
  readonly records: number;
  /** What they count towards the bound. */
  readonly bytes: number;
  /** What was wrong, null if nothing. To be told to the operator. */
  readonly repaired: JournalRepair | null;
}

/** Where a journal stands. */
export interface JournalState {
  readonly records: number;
  /** What they count towards the bound. */
  readonly bytes: number;
  readonly maxBytes: number;
  /** Sequence number of the oldest record, null if there is none. */
  readonly first: number | null;
  /** Sequence number of the next record. */
  readonly next: number;
  /** Appends that wait. */
  readonly waiting: number;
}

/** Which records to read. */
export interface JournalReadOptions {
  /** The first sequence number. */
  readonly from: number;
  /** @default 1000 */
  readonly maxRecords?: number;
  /** A read ends with the record that reaches it. @default 1048576 */
  readonly maxBytes?: number;
}

const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const ROOM_FOR_TABLES = 1024 * 1024;

/** A journal in a data folder, whose lock the caller holds. */
export class Journal implements AsyncDisposable {
  readonly opened: JournalOpened;
  readonly #store: JournalStore;
  readonly #commits: JournalCommits;
  readonly #maxBytes: number;
  #closing: Promise<void> | null = null;

  private constructor(file: string, options: JournalOptions) {
    const { maxBytes = DEFAULT_MAX_BYTES, maxFileBytes = 2 * maxBytes + ROOM_FOR_TABLES, after = 0 } = options;
    const { whenFull = "wait", maxWaiting = 1_024, clock = systemClock } = options;
    const { store, cost: bytes, repaired } = openJournalStore(file, { maxFileBytes });
    this.#store = store;
    this.#maxBytes = maxBytes;
    try {
      const meta = skipTo(store, after + 1);
      this.#commits = new JournalCommits({ store, meta, bytes, maxBytes, whenFull, maxWaiting, clock });
      this.opened = { id: meta.id, records: meta.records, bytes, repaired };
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /**
   * Opens the journal of a data folder; makes both if they are not there. A damaged one is repaired, and `opened` says so.
   *
   * @throws {StateFileError} If it cannot be used: another program's file, a newer format, no access, a full disk.
   */
  static open(dataDir: string, options: JournalOptions = {}): Journal {
    return new Journal(join(dataDir, JOURNAL_FILE), options);
  }

  /** Where it stands, counting what is durable. */
  get state(): JournalState {
    const { bytes, first, waiting, meta: { records, next } } = this.#commits;
    return { records, bytes, maxBytes: this.#maxBytes, first, next, waiting };
  }

  /**
   * Accepts a batch, all of it or nothing: it is on disk when this resolves. Batches are accepted in the order of the calls;
   * those of several callers share a commit.
   *
   * After a rejection with a {@link JournalFullError} nothing is in the journal. After another one a crash of the machine
   * may bring the batch back: the caller tries again with the same record ids.
   *
   * @param options.signal gives up waiting
   * @throws {JournalFullError} If there is no room: at once with `whenFull: "refuse"`, and always for lack of disk space.
   * @throws {JournalClosedError}
   * @throws {StateFileError}
   */
  append(entries: readonly JournalEntry[], { signal }: { readonly signal?: AbortSignal } = {}): Promise<JournalRange> {
    return this.#commits.append(entries, signal);
  }

  /**
   * Records in order, from a sequence number on or the next one that is there; none if there is none.
   *
   * @throws {JournalClosedError}
   * @throws {StateFileError} `corrupt`: open the journal again, which repairs it.
   */
  read({ from, maxRecords = 1_000, maxBytes = 1024 * 1024 }: JournalReadOptions): readonly JournalRecord[] {
    if (this.#closing !== null) throw new JournalClosedError();
    return this.#store.read({ from, maxRecords, maxBytes });
  }

  /** Reads on for ever, chunk by chunk, and waits for new records; ends when the journal is closed or `signal` is aborted. */
  async *follow(
    options: JournalReadOptions & { readonly signal?: AbortSignal },
  ): AsyncGenerator<readonly JournalRecord[]> {
    const { signal } = options;
    const wake = () => this.#commits.wake();
    signal?.addEventListener("abort", wake);
    try {
      for (let from = options.from; this.#closing === null && signal?.aborted !== true;) {
        const chunk = this.read({ ...options, from });
        const last = chunk.at(-1);
        if (last === undefined) {
          await this.#commits.change();
          continue;
        }
        yield chunk;
        from = last.sequence + 1;
      }
    } finally {
      signal?.removeEventListener("abort", wake);
    }
  }

  /**
   * Forgets the records up to a sequence number, which have been forwarded: their room is free when this resolves. After a
   * crash before that they are there again.
   *
   * @throws {RangeError} If there is no such record yet.
   * @throws {JournalClosedError}
   * @throws {StateFileError}
   */
  forget(upTo: number): Promise<void> {
    return this.#commits.forget(upTo);
  }

  /** Commits what there is room for, rejects the rest, and closes the file. Idempotent. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    this.#store.close();
  }
}

/** Numbers that somebody remembers are not given again, even if this file never gave them. */
function skipTo(store: JournalStore, next: number): JournalMeta {
  return store.transaction(() => {
    const meta = store.meta();
    if (meta.next >= next) return meta;
    store.setMeta(meta, { ...meta, next });
    return { ...meta, next };
  });
}
