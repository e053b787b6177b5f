/**
 * Debts: what a message owes its sender. The kernel fails the debts of an incarnation that dies, so a sender always hears
 * of them, one way or the other.
 *
 * @module
 */
import type { Obligation, ReplyPort } from "./kernel/types.ts";

/** Settles once, tells everybody once. */
export abstract class Debt implements Obligation {
  #callbacks: (() => void)[] = [];
  #settled = false;
  #failed = false;

  /** True if it was not paid: {@link fail} has settled it. */
  get failed(): boolean {
    return this.#failed;
  }

  get settled(): boolean {
    return this.#settled;
  }

  onSettled(callback: () => void): void {
    if (this.#settled) callback();
    else this.#callbacks.push(callback);
  }

  abstract fail(cause: unknown): void;

  /** False if it was settled before. */
  protected settleOnce({ failed }: { readonly failed: boolean } = { failed: false }): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.#failed = failed;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    for (const callback of callbacks) callback();
    return true;
  }
}

/** A debt that is paid with a value: an answer, or the bare fact that something is done. Later answers are ignored. */
export class AnswerDebt<Answer> extends Debt implements ReplyPort<Answer> {
  readonly #port: ReplyPort<Answer>;

  constructor(port: ReplyPort<Answer>) {
    super();
    this.#port = port;
  }

  reply(value: Answer): void {
    if (this.settleOnce()) this.#port.reply(value);
  }

  override fail(cause: unknown): void {
    if (this.settleOnce({ failed: true })) this.#port.fail(cause);
  }
}
