/**
 * What becomes of the suspected rows of a source that were sent once: their topics are asked whether they have them. One
 * incarnation's part of the work; the window keeps what is not answered for the next one.
 *
 * @module
 */
import { endsTopic } from "../delivery/delivery.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { Doubt } from "../delivery/suspects.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { WrittenAnswer } from "../messages.ts";

/** What it tells itself, through its actor. */
export type DoubtResolverMessage =
  | { readonly type: "topic_asked" }
  | { readonly type: "topic_answered"; readonly doubt: Doubt; readonly found: WrittenAnswer }
  /** The producer died with the question, or has stopped answering. */
  | { readonly type: "topic_not_answered"; readonly doubt: Doubt; readonly cause: unknown };

/** Options of {@link DoubtResolver}. */
export interface DoubtResolverOptions {
  readonly window: DeliveryWindow;
  /** A topic has stopped answering. */
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<DoubtResolverMessage>, "signal" | "pipeToSelf" | "replyPort">;
}

export class DoubtResolver {
  readonly #options: DoubtResolverOptions;
  /** The record and target of each question that is under way: a doubt is made anew at each look. */
  readonly #asked = new Set<Uint8Array | undefined>();

  constructor(options: DoubtResolverOptions) {
    this.#options = options;
  }

  receive(message: DoubtResolverMessage): void {
    if (message.type === "topic_asked") return;
    const { window, failed } = this.#options;
    this.#asked.delete(keyOf(message.doubt));
    if (message.type === "topic_answered") window.answered(message.doubt, message.found);
    else if (endsTopic(message.cause)) {
      window.unanswerable(message.doubt);
      failed(message.cause);
    }
  }

  /** Asks for what has become doubtful since, and again for what was not answered. */
  look(): void {
    for (const doubt of this.#options.window.doubts()) {
      if (!this.#asked.has(keyOf(doubt))) this.#ask(doubt);
    }
  }

  #ask(doubt: Doubt): void {
    const { context } = this.#options;
    const { messageId, source, target: { producer, schema } } = doubt;
    this.#asked.add(keyOf(doubt));
    const answer = context.replyPort<WrittenAnswer>(
      (found): DoubtResolverMessage => ({ type: "topic_answered", doubt, found }),
      (cause): DoubtResolverMessage => ({ type: "topic_not_answered", doubt, cause }),
    );
    context.pipeToSelf(
      producer.send({ type: "ask_written", messageId, schemaId: schema?.id ?? null, source, answer }, {
        signal: context.signal,
      }),
      (): DoubtResolverMessage => ({ type: "topic_asked" }),
      (cause): DoubtResolverMessage => ({ type: "topic_not_answered", doubt, cause }),
    );
  }
}

function keyOf({ pending, at }: Doubt): Uint8Array | undefined {
  return pending.record.states[at];
}
