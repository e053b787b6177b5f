/**
 * What a message owes its sender. The slot fails the obligations of an incarnation that dies, so every sender learns
 * the outcome, good or bad (K8).
 *
 * @module
 */

/**
 * Something owed, such as an acknowledgement. The slot keeps it from the moment an incarnation takes the message until
 * it is `settled`. If the incarnation fails, the slot fails every open obligation, so that nothing is lost with the
 * memory of a dead actor. An obligation settles once, and calls each callback once.
 */
export abstract class Obligation {
  #callbacks: (() => void)[] = [];
  #settled = false;
  #failed = false;

  get settled(): boolean {
    return this.#settled;
  }

  /** True if {@link fail} settled it: the work of the message was not done. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Calls back once, when settled; at once if it is already. */
  onSettled(callback: () => void): void {
    if (this.#settled) callback();
    else this.#callbacks.push(callback);
  }

  /** Must not throw; does nothing once settled. */
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

/** Takes the one answer of a port. */
export interface AnswerTaker<Answer> {
  readonly reply: (value: Answer) => void;
  readonly fail: (cause: unknown) => void;
}

/**
 * An obligation that is settled with a value: an answer, or the bare fact that something is done. Later answers are ignored
 * (K4).
 */
export class ReplyPort<Answer> extends Obligation {
  readonly #taker: AnswerTaker<Answer>;

  constructor(taker: AnswerTaker<Answer>) {
    super();
    this.#taker = taker;
  }

  reply(value: Answer): void {
    if (this.settleOnce()) this.#taker.reply(value);
  }

  override fail(cause: unknown): void {
    if (this.settleOnce({ failed: true })) this.#taker.fail(cause);
  }
}
