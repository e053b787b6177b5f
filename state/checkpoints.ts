/**
 * The store of checkpoints: one for each source and setting of the version flag.
 *
 * A checkpoint promises that every row before it is written, and that nothing is written that its offsets do not lead to. A
 * wrong one loses rows or writes them twice, so that each is stored with a digest, and none that differs is ever given.
 *
 * @module
 */
import { type Clock, systemClock } from "../kernel/clock.ts";
import type { FileStamp } from "../records/content/file_stamp.ts";
import { guarded } from "../storage/storage_error.ts";
import {
  type Checkpoint,
  type CheckpointFile,
  type CheckpointKey,
  countedAsSkipped,
  inconsistencyOf,
  keyText,
  type StoredCheckpoint,
} from "./checkpoint.ts";
import { CheckpointError, invalid } from "./checkpoint_error.ts";
import { type CheckpointEntry, CheckpointRows } from "./checkpoint_rows.ts";
import { differenceOf, formerOriginsOf, hasReadAgain, regressionOf } from "./checkpoint_succession.ts";
import type { StateDatabase } from "./database.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";
import { replacedIdOf } from "./replaced_source.ts";
import { ReplayMarks } from "./replay_mark.ts";

/** What is committed together with a checkpoint. */
export interface SaveOptions {
  /** Letters of rows before the position. */
  readonly deadLetters?: readonly DeadLetter[];
  /** Letters of halves of rows before the position that were read again, whole: they are kept as retired ones. */
  readonly superseded?: readonly DeadLetter[];
}

/** The load of a file that begins with all that was read of another one. */
export interface CopiedLoad {
  readonly source: string;
  readonly file: CheckpointFile;
  /** Names it in its records. */
  readonly origin: string;
}

/** Why a letter is retired whose row was taken without its line end and has grown since. */
const READ_WHOLE = "the row was half when it was read, and was read again, whole";

/** Why letters are retired of a text that the file had before, and that was not found since. */
const TEXT_REPLACED = "another text took the place of what the file had then";

/** Checkpoints in a state database. One process writes: it holds the data folder's lock. */
export class CheckpointStore {
  /**
   * True if commits were lost since they were reported as done: the checkpoints in here may be older than the last ones
   * that were written. Rows may then be in the topics far past them, and only reading the topics to their ends tells.
   */
  readonly rolledBack: boolean;
  /** What a load tells a replay of the letters that it opens again. */
  readonly replays: ReplayMarks;
  readonly #database: StateDatabase;
  readonly #clock: Clock;
  readonly #letters: DeadLetterStore;
  readonly #rows: CheckpointRows;

  /** @throws {StorageError} `corrupt` too: a damaged index could hide a checkpoint. */
  constructor(database: StateDatabase, { clock = systemClock }: { readonly clock?: Clock } = {}) {
    database.checkStructure("checkpoints");
    this.rolledBack = database.lostCommits;
    this.#database = database;
    this.#clock = clock;
    this.#letters = new DeadLetterStore(database);
    this.replays = new ReplayMarks(database);
    this.#rows = new CheckpointRows(database);
    if (this.rolledBack) this.#doubtAll();
  }

  /**
   * Makes changes, and resolves when they are on disk. The event loop runs on meanwhile: where a call changes the store outside
   * this one, it waits for the disk.
   *
   * @throws {StorageError} `CommitError` if it is not known whether they are on disk.
   */
  durably<T>(change: () => T): Promise<T> {
    return this.#database.durably(change);
  }

  /** Whether nothing can be stored any more, however often it is tried: a sync has failed. */
  get isBroken(): boolean {
    return this.#database.isBroken;
  }

  /**
   * The checkpoint of a source, null if no load of it has begun.
   *
   * @throws {CheckpointError} `damaged`
   * @throws {StorageError}
   */
  load(key: CheckpointKey): StoredCheckpoint | null {
    const entry = this.#rows.get(key);
    if (entry?.ok === false) throw entry.error;
    return entry?.checkpoint ?? null;
  }

  /** All of them, by source. @throws {StorageError} */
  list(): readonly CheckpointEntry[] {
    return this.#rows.all();
  }

  /**
   * Begins a load: on return the checkpoint at position 0, with the end offsets of the topics, is on disk. Call before
   * the first send.
   *
   * @param options.replace forget the load of this source that is stored, damaged or not
   * @throws {CheckpointError} `exists`, `invalid`
   * @throws {StorageError}
   */
  begin(checkpoint: Checkpoint, { replace = false }: { readonly replace?: boolean } = {}): StoredCheckpoint {
    const { position, finished } = checkpoint;
    if (position.row !== 0 || position.at.offset !== 0 || finished !== null) {
      throw invalid(checkpoint, `it begins at row ${position.row}, byte ${position.at.offset}`);
    }
    return this.#database.transaction(() => {
      if (!replace && this.#rows.has(checkpoint)) {
        throw new CheckpointError(
          "exists",
          checkpoint,
          `A load of ${keyText(checkpoint)} has begun already. Resume it, or replace it to load from the start.`,
        );
      }
      return this.#write(checkpoint, null);
    });
  }

  /**
   * Begins a load behind what was read of another file: these rows are written, or their dead letters are that one's.
   *
   * @param of the checkpoint of the other one; it may have another key by now
   * @throws {CheckpointError} `exists` if a load of the source is stored
   * @throws {StorageError}
   */
  beginBehind(of: StoredCheckpoint, copy: CopiedLoad): StoredCheckpoint {
    const { formerOrigins: _others, rewritten: _rewritten, ...load } = of, key = { ...copy, versions: of.versions };
    return this.#database.transaction(() => {
      if (this.load(key) !== null) {
        throw new CheckpointError("exists", key, `A load of ${keyText(key)} has begun already.`);
      }
      return this.#write({ ...load, ...copy, counts: countedAsSkipped(of.counts), finished: null, ahead: 0 }, null);
    });
  }

  /**
   * Begins the load of a source at its start, also if a checkpoint of an earlier one is stored: as {@link begin}, and
   * in the same transaction the open dead letters of the earlier load are retired. Its origin is kept as a former one.
   *
   * @param options.why a few words, for people who read the letters
   * @param options.former the load of a text that the file had before, whose letters are retired too, until it is found under
   *   another name; null if there is none
   * @param options.forget keep no former origins: all rows are written again
   * @returns the checkpoint, and how many letters were retired
   * @throws {CheckpointError} `invalid`
   * @throws {StorageError}
   */
  beginAgain(
    checkpoint: Checkpoint,
    { why, former = null, forget = false }: {
      readonly why: string;
      readonly former?: CheckpointKey | null;
      readonly forget?: boolean;
    },
  ): { readonly checkpoint: StoredCheckpoint; readonly retired: number } {
    return this.#database.transaction(() => {
      const before = this.#rows.get(checkpoint);
      const formerOrigins = before?.ok && !forget ? formerOriginsOf(before.checkpoint, checkpoint) : undefined;
      const at = this.#clock.now();
      const ofFormer = former === null ? 0 : this.#letters.retire(former, { at, why: TEXT_REPLACED });
      const retired = ofFormer + this.#letters.retire(checkpoint, { at, why });
      return { retired, checkpoint: this.begin({ ...checkpoint, formerOrigins }, { replace: true }) };
    });
  }

  /**
   * Moves the checkpoint of a load on: on return it and the dead letters are on disk, in one transaction. It refuses to
   * move back. The letter of a half row that has been read whole since is retired in the same transaction.
   *
   * @throws {CheckpointError} `not_begun`, `went_back`, `other_load`, `invalid`, `damaged`
   * @throws {StorageError} Nothing was stored.
   */
  save(checkpoint: Checkpoint, { deadLetters = [], superseded = [] }: SaveOptions = {}): StoredCheckpoint {
    const stray = [...superseded, ...deadLetters].find(({ source, row }) =>
      source !== checkpoint.source || row > checkpoint.position.row
    );
    if (stray !== undefined) {
      throw invalid(checkpoint, `a dead letter of row ${stray.row} of ${stray.source} does not belong to it`);
    }
    return this.#database.transaction(() => {
      const stored = this.load(checkpoint);
      if (stored === null) {
        const message = `No load of ${keyText(checkpoint)} has begun. Begin it before the first row is sent.`;
        throw new CheckpointError("not_begun", checkpoint, message);
      }
      const other = differenceOf(stored, checkpoint);
      if (other !== null) {
        const message = `The checkpoint of ${keyText(checkpoint)} is of another load: ${other}. Begin a new one.`;
        throw new CheckpointError("other_load", checkpoint, message);
      }
      const back = regressionOf(stored, checkpoint);
      if (back !== null) {
        const message = `The checkpoint of ${keyText(checkpoint)} would go back: ${back}. Another process may have ` +
          "moved it: let only one write.";
        throw new CheckpointError("went_back", checkpoint, message);
      }
      this.#letters.add(superseded);
      const halves = new Set(superseded.map(({ row }) => row));
      if (hasReadAgain(stored, checkpoint)) halves.add(stored.position.row);
      for (const row of halves) {
        this.#letters.retire({ ...checkpoint, row }, { at: this.#clock.now(), why: READ_WHOLE });
      }
      this.#letters.add(deadLetters);
      const { formerOrigins, startedAt } = stored;
      return this.#write(formerOrigins === undefined ? checkpoint : { ...checkpoint, formerOrigins }, startedAt);
    });
  }

  /**
   * Marks a checkpoint as one past which rows may have been sent that it does not tell of: a load that resumes from it
   * reads the topics to their ends. Does nothing where there is none; a damaged one is reported when it is loaded.
   *
   * @throws {StorageError}
   */
  doubt(key: CheckpointKey): void {
    this.#database.transaction(() => {
      const entry = this.#rows.get(key);
      if (entry?.ok) this.#rows.put({ ...entry.checkpoint, ahead: null });
    });
  }

  /** How many rows of a load have open dead letters. @throws {StorageError} */
  openLetters({ source, versions }: CheckpointKey): number {
    return this.#letters.countRows({ source, versions, state: "open" });
  }

  /** Forgets a load; true if there was one. @throws {StorageError} */
  remove(key: CheckpointKey): boolean {
    return this.#database.transaction(() => this.#rows.remove(key));
  }

  /**
   * Gives the load of a source that has another id now, such as a file that was renamed, that id; what is stored under it
   * is forgotten. Its dead letters go with it, and those are open again that another text under its name had retired; those
   * that stand there of the load that is forgotten are retired.
   *
   * @param options.file name of the source for people
   * @throws {CheckpointError} `not_begun`, `damaged`
   * @throws {StorageError}
   */
  rename(key: CheckpointKey, source: string, { file }: { readonly file?: string } = {}): StoredCheckpoint {
    return this.#database.transaction(() => {
      const stored = this.load(key);
      if (stored === null) {
        throw new CheckpointError("not_begun", key, `No load of ${keyText(key)} has begun, so none can be renamed.`);
      }
      this.remove(key);
      const { versions } = key;
      this.#letters.retire({ source, versions }, { at: this.#clock.now(), why: "another file has this name now" });
      this.#letters.reopen(key, TEXT_REPLACED);
      this.#letters.move(key, { source, file });
      return this.#write({ ...stored, source }, stored.startedAt);
    });
  }

  /**
   * Another file has the name of this one, which may be found under another name later: until then its load has an id that
   * no source has. Its dead letters go with it and stay as they are: no load of the other file has read their rows.
   *
   * @throws {CheckpointError} `not_begun`, `damaged`
   * @throws {StorageError}
   */
  putAside(key: CheckpointKey, { device, inode }: Pick<FileStamp, "device" | "inode">): StoredCheckpoint {
    return this.#database.transaction(() => {
      const { startedAt } = this.load(key) ?? { startedAt: 0 };
      return this.rename(key, replacedIdOf(key.source, { device, inode, startedAt }));
    });
  }

  /**
   * Marks every checkpoint so: what was sent past it is not known, also in later runs. A damaged one is found out when
   * it is loaded.
   */
  #doubtAll(): void {
    this.#database.transaction(() => {
      for (const entry of this.list()) {
        if (entry.ok) this.#rows.put({ ...entry.checkpoint, ahead: null });
      }
      this.replays.doubtAll();
    });
  }

  /** @param startedAt null for a load that begins now. */
  #write(checkpoint: Checkpoint, startedAt: number | null): StoredCheckpoint {
    const problem = inconsistencyOf(checkpoint);
    if (problem !== null) throw invalid(checkpoint, problem);
    const now = this.#clock.now();
    return this.#rows.put({ ...checkpoint, startedAt: startedAt ?? now, writtenAt: now });
  }
}

/** Whether any load has begun: nothing is sent before there is a checkpoint. @throws {StorageError} */
export function hasCheckpoints(database: StateDatabase): boolean {
  const statement = database.prepare("SELECT 1 FROM checkpoints LIMIT 1");
  return guarded(database.file, () => statement.get() !== undefined);
}
