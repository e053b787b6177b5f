/**
 * What comes out of a damaged state file.
 *
 * @module
 */
import { dirname } from "node:path";
import { StorageError } from "../storage/storage_error.ts";
import { KEY } from "./_test_checkpoint.ts";
import type { StoredCheckpoint } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint_error.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";

/** What a program gets that opens a state file. */
export type Opened =
  | { readonly type: "refused"; readonly code: string }
  | { readonly type: "loaded"; readonly checkpoint: StoredCheckpoint | null; readonly rolledBack: boolean };

/** Opens a state file as a load does; an error of another type than the documented ones is thrown. */
export function openDamaged(file: string): Opened {
  try {
    using database = StateDatabase.open(dirname(file), { inspect: true });
    const store = new CheckpointStore(database);
    return { type: "loaded", checkpoint: store.load(KEY), rolledBack: store.rolledBack };
  } catch (error) {
    if (!(error instanceof StorageError || error instanceof CheckpointError)) throw error;
    return { type: "refused", code: error.code };
  }
}
