/**
 * The state of a source that is fed while it is read: whether it may be read yet, whether more may come, and who waits.
 *
 * @module
 */
import type { RowBatch, RowReader, SourcePosition } from "./source.ts";

/** Those that wait for the same thing. */
export class Waiting {
  #resumes: (() => void)[] = [];

  /** Resolves with the next {@link wake}. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#resumes.push(resolve));
  }

  /** Wakes all that wait now. */
  wake(): void {
    if (this.#resumes.length === 0) return;
    const resumes = this.#resumes;
    this.#resumes = [];
    for (const resume of resumes) resume();
  }
}

/** The readers of such a source. */
export class Feed {
  /** Readers that have nothing to read. */
  readonly #readers = new Waiting();
  #held: boolean;
  #closed = false;
  #failure: { readonly cause: unknown } | null = null;

  /** @param after Nothing is read before this has settled. */
  constructor(after: Promise<unknown> | undefined) {
    this.#held = after !== undefined;
    const begin = () => {
      this.#held = false;
      this.#readers.wake();
    };
    after?.then(begin, begin);
  }

  /** True while nothing may be read. */
  get held(): boolean {
    return this.#held;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why it takes nothing any more; null unless it has failed. */
  get failure(): { readonly cause: unknown } | null {
    return this.#failure;
  }

  /** False once it was closed, or has failed. */
  get takesRows(): boolean {
    return !this.#closed && this.#failure === null;
  }

  /** There is something new for readers. */
  wake(): void {
    this.#readers.wake();
  }

  /** No more rows; what is there is still read. */
  close(): void {
    this.#closed = true;
    this.#readers.wake();
  }

  /** Keeps the first cause. {@link wake} tells the readers, once the rows have heard of it. */
  fail(cause: unknown): void {
    this.#failure ??= { cause };
  }

  /** A reader that waits for what `batchAfter` gives after a position; null means nothing yet. */
  open(
    from: SourcePosition,
    batchAfter: (position: SourcePosition, maxRows: number) => RowBatch | null,
  ): Promise<RowReader> {
    let position = from;
    let open = true;
    const next = async (maxRows: number): Promise<RowBatch | null> => {
      while (open) {
        const batch = this.#held ? null : batchAfter(position, maxRows);
        if (batch !== null) {
          position = batch.next;
          return batch;
        }
        if (this.#failure !== null || (this.#closed && !this.#held)) return null;
        await this.#readers.wait();
      }
      return null;
    };
    const close = () => {
      open = false;
      this.#readers.wake();
      return Promise.resolve();
    };
    return Promise.resolve({ next, close });
  }
}
