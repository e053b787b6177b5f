/**
 * The rows of the database that hold checkpoints. Each has a digest of what was written: one that differs is never given.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { StatementSync } from "node:sqlite";
import { VERSION_FLAGS } from "../config/version_flag.ts";
import { bytesIn, oneIn, type Row, textIn } from "../storage/row_values.ts";
import { guarded } from "../storage/storage_error.ts";
import {
  CheckpointBodyError,
  type CheckpointKey,
  decodeBody,
  digestOf,
  encodeBody,
  keyText,
  type StoredCheckpoint,
} from "./checkpoint.ts";
import { CheckpointError, invalid } from "./checkpoint_error.ts";
import type { StateDatabase } from "./database.ts";

/** A checkpoint of the list, or why it cannot be read. */
export type CheckpointEntry =
  | { readonly ok: true; readonly checkpoint: StoredCheckpoint }
  | { readonly ok: false; readonly key: CheckpointKey; readonly error: CheckpointError };

/** A checkpoint as it was stored. */
interface WrittenCheckpoint {
  readonly body: string;
  readonly digest: Uint8Array;
  /** What is read of the body. */
  readonly checkpoint: StoredCheckpoint;
}

const MAX_WRITTEN = 64;

/** The rows. Writing belongs into a transaction. */
export class CheckpointRows {
  readonly #database: StateDatabase;
  readonly #select: StatementSync;
  readonly #selectAll: StatementSync;
  readonly #replace: StatementSync;
  readonly #delete: StatementSync;
  /** What was written last, by key: the next save compares with it, and parsing takes longer than all else of a save but its sync. */
  readonly #written = new Map<string, WrittenCheckpoint>();

  constructor(database: StateDatabase) {
    this.#database = database;
    this.#select = database.prepare("SELECT * FROM checkpoints WHERE source = ? AND versions = ?");
    this.#selectAll = database.prepare("SELECT * FROM checkpoints ORDER BY source, versions");
    this.#replace = database.prepare(
      `INSERT INTO checkpoints (source, versions, body, digest) VALUES (?, ?, ?, ?)
       ON CONFLICT (source, versions) DO UPDATE SET body = excluded.body, digest = excluded.digest`,
    );
    this.#delete = database.prepare("DELETE FROM checkpoints WHERE source = ? AND versions = ?");
  }

  /** Null if there is none. @throws {StorageError} */
  get({ source, versions }: CheckpointKey): CheckpointEntry | null {
    return guarded(this.#database.file, () => {
      const row = this.#select.get(source, versions);
      return row === undefined ? null : this.#entry(row);
    });
  }

  /** Whether there is one, damaged or not. */
  has({ source, versions }: CheckpointKey): boolean {
    return this.#select.get(source, versions) !== undefined;
  }

  /** All of them, by source. @throws {StorageError} */
  all(): readonly CheckpointEntry[] {
    return guarded(this.#database.file, () => this.#selectAll.all().map((row) => this.#entry(row)));
  }

  /** Stores a checkpoint, in the place of that of the same key. @throws {CheckpointError} `invalid` */
  put(stored: StoredCheckpoint): StoredCheckpoint {
    const body = encodeBody(stored), digest = digestOf(stored, body);
    const checkpoint = this.#readBack(stored, body);
    // Of many files, few are read at the same time.
    if (this.#written.size >= MAX_WRITTEN) this.#written.clear();
    this.#written.set(keyText(stored), { body, digest, checkpoint });
    this.#replace.run(stored.source, stored.versions, body, digest);
    return stored;
  }

  /** True if there was one. */
  remove({ source, versions }: CheckpointKey): boolean {
    return Number(this.#delete.run(source, versions).changes) > 0;
  }

  /** What a later run will read. @throws {CheckpointError} `invalid` */
  #readBack(key: CheckpointKey, body: string): StoredCheckpoint {
    try {
      return decodeBody(key, body);
    } catch (error) {
      throw error instanceof CheckpointBodyError ? invalid(key, error.message) : error;
    }
  }

  #parse(row: Row): StoredCheckpoint {
    const key = { source: textIn(row, "source"), versions: oneIn(row, "versions", VERSION_FLAGS) };
    const body = textIn(row, "body"), digest = bytesIn(row, "digest"), written = this.#written.get(keyText(key));
    if (written?.body === body && Buffer.compare(written.digest, digest) === 0) return written.checkpoint;
    let cause: unknown;
    try {
      if (Buffer.compare(digestOf(key, body), digest) === 0) return decodeBody(key, body);
    } catch (error) {
      // Written whole, and not as this program writes it.
      if (!(error instanceof CheckpointBodyError)) throw error;
      cause = error;
    }
    throw new CheckpointError(
      "damaged",
      key,
      `The checkpoint of ${keyText(key)} in ${this.#database.file} is damaged, so it is not known how far the source ` +
        "was written. Run with --only-missing, which reads the topic and writes what is absent.",
      { cause },
    );
  }

  #entry(row: Row): CheckpointEntry {
    try {
      return { ok: true, checkpoint: this.#parse(row) };
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return { ok: false, key: error.key, error };
    }
  }
}
