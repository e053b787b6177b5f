/**
 * Syncs a file to its disk while the event loop runs on. A sync takes some milliseconds on a quiet disk, and half a second on
 * one to which others write.
 *
 * @module
 */

/** A file that can be synced. */
export interface SyncedFile {
  /** Resolves when all that was written before the call is on disk. */
  syncData(): Promise<void>;
  close(): void;
}

/** The syncs of one file. */
export class BackgroundSync implements Disposable {
  readonly #file: SyncedFile;
  #underWay: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #failed: { readonly cause: unknown } | null = null;
  #isClosed = false;

  /**
   * @param file open since before the first write that is to be synced: the system tells of a failure to write once for each time
   * that a file is open, and not where it was opened later
   */
  constructor(file: SyncedFile) {
    this.#file = file;
  }

  /** Why a sync failed, null if none did. The system may have thrown away what it could not write, so that no later one helps. */
  get failed(): { readonly cause: unknown } | null {
    return this.#failed;
  }

  /**
   * Resolves when all that was written before the call is on disk. Calls that come during a sync share the one after it. Rejects
   * for good once a sync has failed.
   */
  synced(): Promise<void> {
    return this.#next ??= this.#begin();
  }

  async #begin(): Promise<void> {
    // Its callers hear of its failure, and #failed tells the later ones.
    await this.#underWay.catch(() => {});
    this.#next = null;
    await (this.#underWay = this.#sync());
  }

  async #sync(): Promise<void> {
    try {
      if (this.#failed !== null) throw this.#failed.cause;
      if (this.#isClosed) throw new Error("it was closed before it was synced");
      await this.#file.syncData();
    } catch (cause) {
      this.#failed ??= { cause };
      throw cause;
    }
  }

  /** Idempotent. */
  [Symbol.dispose](): void {
    if (!this.#isClosed) this.#file.close();
    this.#isClosed = true;
  }
}
