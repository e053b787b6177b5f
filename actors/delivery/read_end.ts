/**
 * The end of a source's reading: whether one was met, and of what kind.
 *
 * @module
 */
import type { FileEnd } from "../../sources/source.ts";

export class ReadEnd {
  #reached = false;
  #exhausted = false;
  #met: FileEnd | null = null;
  #failure: { readonly cause: unknown } | null = null;

  /** True if reading has ended. */
  get reached(): boolean {
    return this.#reached;
  }

  /** True once the source has been read to its end. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /** The end that was met, of a file. */
  get met(): FileEnd | null {
    return this.#met;
  }

  /** Why the source could not be read to its end; null if it could, or has not ended. */
  get failure(): { readonly cause: unknown } | null {
    return this.#failure;
  }

  /** @param cause why the source cannot be read further; null if it can, or is exhausted */
  mark(
    { exhausted, met, cause }: { readonly exhausted: boolean; readonly met: FileEnd | null; readonly cause: unknown },
  ): void {
    this.#reached = true;
    this.#exhausted ||= exhausted;
    this.#met = met;
    if (cause !== null) this.#failure ??= { cause };
  }

  /** There is more after the end that was met. Call it when everything before has settled. */
  unmark(): void {
    this.#reached = false;
    this.#exhausted = false;
    this.#met = null;
  }
}
