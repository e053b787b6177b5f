import type { ReplyPort } from "./types.ts";

/** Where the one answer of a port goes. */
export interface OneShotOptions<Reply> {
  readonly onValue: (value: Reply) => void;
  readonly onError: (cause: unknown) => void;
  /** Takes every answer after the first, and every answer after `close`. */
  readonly onLate: (answer: unknown) => void;
}

/** A port that takes one answer (K4). */
export class OneShotPort<Reply> implements ReplyPort<Reply> {
  readonly #options: OneShotOptions<Reply>;
  #closed = false;

  constructor(options: OneShotOptions<Reply>) {
    this.#options = options;
  }

  reply(value: Reply): void {
    if (this.#closed) return this.#options.onLate(value);
    this.#closed = true;
    this.#options.onValue(value);
  }

  fail(cause: unknown): void {
    if (this.#closed) return this.#options.onLate(cause);
    this.#closed = true;
    this.#options.onError(cause);
  }

  /** Nobody waits any more: whatever comes is late. */
  close(): void {
    this.#closed = true;
  }
}
