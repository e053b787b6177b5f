/**
 * The file in a data folder that remembers what was done: one SQLite database, so that everything that belongs together is
 * committed together.
 *
 * @module
 */
import { join } from "node:path";
import { SqliteFile } from "../storage/sqlite_file.ts";
import { StorageError } from "../storage/storage_error.ts";
import { MIGRATIONS } from "./migrations.ts";
import { losesCommits } from "./wal_recovery.ts";

/** File name of the database in a data folder. */
export const STATE_FILE = "state.sqlite";

/** "tflS" in ASCII: tells this file from other programs' databases. */
const APPLICATION_ID = 0x74666c53;

/** Options of {@link StateDatabase.open}. */
export interface StateDatabaseOptions {
  /**
   * Look for what a crash left, before SQLite tidies it away: {@link StateDatabase.lostCommits}. Only under the data
   * folder's lock, because a file that is being written looks much the same.
   *
   * @default false
   */
  readonly inspect?: boolean;
}

/** The state database. It survives a crash of the process and of the machine: write-ahead log, synced before a commit counts. */
export class StateDatabase extends SqliteFile {
  /**
   * True if commits were lost that were reported as done, false if none was or nothing was looked for. The checkpoints in here
   * may then be older than the last ones that were written, and rows far past them may be in the topics.
   */
  readonly lostCommits: boolean;

  private constructor(file: string, { lostCommits, readOnly }: { lostCommits: boolean; readOnly: boolean }) {
    super(file, { applicationId: APPLICATION_ID, migrations: MIGRATIONS }, { readOnly, background: true });
    this.lostCommits = lostCommits;
  }

  /**
   * Opens the database of a data folder; makes both if they are not there, and brings an older format up to date.
   *
   * @throws {StorageError}
   */
  static open(dataDir: string, { inspect = false }: StateDatabaseOptions = {}): StateDatabase {
    const file = join(dataDir, STATE_FILE);
    return new StateDatabase(file, { lostCommits: inspect && losesCommits(file), readOnly: false });
  }

  /**
   * Opens the database of a data folder to look at it, also while another process writes to it; null if there is none.
   *
   * @throws {StorageError}
   */
  static openReadOnly(dataDir: string): StateDatabase | null {
    try {
      return new StateDatabase(join(dataDir, STATE_FILE), { lostCommits: false, readOnly: true });
    } catch (error) {
      if (error instanceof StorageError && error.code === "missing") return null;
      throw error;
    }
  }
}
