/**
 * Which message ids a topic has, when they are too many for memory: an index on disk, for one run.
 *
 * @module
 */
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { StoredIdentity } from "../records/stored_identity.ts";
import { uuidToBytes } from "../records/identity.ts";
import { makePrivateFile } from "../storage/private_files.ts";
import { guarded } from "./state_file_error.ts";

/** File name of the index in a data folder. */
export const WRITTEN_IDS_FILE = "written_ids.sqlite";

const ROWS_A_TRANSACTION = 10_000;
/** Nothing of it is needed after a crash, so that nothing is synced. */
const SCHEMA = `
  PRAGMA journal_mode = OFF;
  PRAGMA synchronous = OFF;
  CREATE TABLE ids (id BLOB, version TEXT, topic TEXT, PRIMARY KEY (id, version, topic)) STRICT, WITHOUT ROWID;
`;

/** The index. It belongs to the process that has the data folder's lock, and goes with it. */
export class WrittenIds implements Disposable {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  #inTransaction = 0;
  #closed = false;

  /** @throws {StateFileError} */
  constructor(dataDir: string) {
    this.#file = join(dataDir, WRITTEN_IDS_FILE);
    this.#database = guarded(this.#file, () => {
      removeIfThere(this.#file);
      makePrivateFile(this.#file);
      return new DatabaseSync(this.#file);
    });
    this.#database.exec(SCHEMA);
    this.#insert = this.#database.prepare("INSERT OR IGNORE INTO ids VALUES (?, ?, ?)");
    this.#select = this.#database.prepare("SELECT 1 FROM ids WHERE id = ? AND version = ? AND topic = ?");
  }

  /** @throws {StateFileError} */
  add(topic: string, { messageId, version }: StoredIdentity): void {
    const id = idBytes(messageId);
    if (id === null) return;
    guarded(this.#file, () => {
      if (this.#inTransaction === 0) this.#database.exec("BEGIN");
      this.#insert.run(id, version, topic);
      this.#inTransaction += 1;
      if (this.#inTransaction >= ROWS_A_TRANSACTION) this.flush();
    });
  }

  /** To be called after the last {@link add}. */
  flush(): void {
    if (this.#inTransaction > 0) this.#database.exec("COMMIT");
    this.#inTransaction = 0;
  }

  /** @throws {StateFileError} */
  has(topic: string, { messageId, version }: StoredIdentity): boolean {
    const id = idBytes(messageId);
    return id !== null && guarded(this.#file, () => this.#select.get(id, version, topic) !== undefined);
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#database.close();
    removeIfThere(this.#file);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Null for what is no id of ours: somebody else's text. */
function idBytes(messageId: string): Uint8Array | null {
  return UUID.test(messageId) ? uuidToBytes(messageId) : null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function removeIfThere(file: string): void {
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
