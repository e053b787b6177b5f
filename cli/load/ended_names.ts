/**
 * Names whose files have ended, and what is to be read before the next file of each. In a folder most names never have another
 * file, so that only the latest of them are kept one by one.
 *
 * @module
 */
import type { BeforeNext } from "./files_before.ts";

/** Names of which nothing is known to be unread; all others are kept. */
const KEPT = 1_000;
/** Of a name that many files had one after the other, their names are alike. */
const KEPT_FORMERS = 3;

export class EndedNames {
  /** By path, in the order in which they have ended. */
  readonly #names = new Map<string, BeforeNext>();
  /** Of all names that are not kept, what was written to earlier than this is not asked for. */
  #than = Infinity;

  /** A file of the name has ended. */
  note(path: string, { files, than, formers }: BeforeNext): void {
    const known = this.#names.get(path);
    this.#names.delete(path);
    this.#names.set(path, {
      files: [...known?.files ?? [], ...files],
      than: Math.min(known?.than ?? Infinity, than),
      formers: [...known?.formers ?? [], ...formers].slice(-KEPT_FORMERS),
    });
    this.#forget();
  }

  /** What is to be read before a file of the name, as far as this run knows. */
  before(path: string): BeforeNext {
    return this.#names.get(path) ?? { files: [], than: this.#than, formers: [] };
  }

  /** All that was to be read before the next file of the name was read. */
  delete(path: string): void {
    this.#names.delete(path);
  }

  #forget(): void {
    let many = this.#names.size - KEPT;
    for (const [path, { files, than }] of this.#names) {
      if (many <= 0) return;
      if (files.length > 0) continue;
      many -= 1;
      this.#names.delete(path);
      // For the others, too: what they find by that was read already, and is not written again.
      this.#than = Math.min(this.#than, than);
    }
  }
}
