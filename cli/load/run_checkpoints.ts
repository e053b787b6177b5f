/**
 * The checkpoints of a data folder, for one run.
 *
 * @module
 */
import type { CheckpointPorts } from "../../runtime/resuming/checkpoints_of_run.ts";
import type { RowSource } from "../../sources/source.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import type { StateDatabase } from "../../state/database.ts";
import { WrittenIds } from "../../state/written_ids.ts";

/** The caller holds the folder's lock, and has the state database open. */
export class RunCheckpoints implements CheckpointPorts, Disposable {
  readonly store: CheckpointStore;
  readonly files: readonly RowSource[];
  readonly #dataDir: string;
  #index: WrittenIds | null = null;

  /**
   * @param options.sources the sources of the load
   * @throws {StorageError}
   */
  constructor(
    database: StateDatabase,
    { dataDir, sources }: { readonly dataDir: string; readonly sources: readonly RowSource[] },
  ) {
    this.store = new CheckpointStore(database);
    this.files = sources.filter(({ file }) => (file ?? null) !== null);
    this.#dataDir = dataDir;
  }

  /** @throws {StorageError} */
  openIndex(): WrittenIds {
    return this.#index ??= new WrittenIds(this.#dataDir);
  }

  [Symbol.dispose](): void {
    this.#index?.close();
  }
}
