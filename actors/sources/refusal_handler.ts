/**
 * What becomes of the rows of a source that cannot be written: one incarnation's part of the work. A caller who waits
 * for them is told; rows without one become dead letters, with the next checkpoint if the source has any, at once if
 * not.
 *
 * @module
 */
import type { RowBatch, RowSource } from "../../sources/source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { deadLettersOf } from "./dead_letter_rows.ts";
import type { Refusal } from "../delivery/delivery.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { DeadLettersMessage } from "../messages.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";

/** What it tells itself, through its actor. */
export type RefusalHandlerMessage =
  | { readonly type: "letters_sent" }
  | { readonly type: "letters_stored"; readonly pending: PendingBatch }
  | { readonly type: "letters_lost"; readonly pending: PendingBatch };

/** Options of {@link RefusalHandler}. */
export interface RefusalHandlerOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly deadLetters: ActorRef<DeadLettersMessage>;
  /** Whether the letters of a batch may be stored; one that may not is held by the window. */
  readonly allows: (pending: PendingBatch, storing: Iterable<PendingBatch>) => boolean;
  /** Takes the rows instead of the dead-letter store. */
  readonly onRefused: ((batch: RowBatch, refusals: readonly Refusal[]) => void) | undefined;
  readonly context: Pick<PartContext<RefusalHandlerMessage>, "clock" | "signal" | "pipeToSelf" | "replyPort">;
}

export class RefusalHandler {
  readonly #options: RefusalHandlerOptions;
  readonly #storing = new Set<PendingBatch>();

  constructor(options: RefusalHandlerOptions) {
    this.#options = options;
  }

  receive(message: RefusalHandlerMessage): void {
    if (message.type === "letters_sent") return;
    this.#storing.delete(message.pending);
    if (message.type === "letters_stored") this.#options.window.deadLettersStored(message.pending);
  }

  /** Handles what has been refused since. */
  look(): void {
    const { window, onRefused, allows } = this.#options;
    for (const { pending, refusals } of [...window.refused()]) {
      if (!this.#storing.has(pending) && !allows(pending, this.#storing)) continue;
      if (onRefused !== undefined) {
        onRefused(pending.batch, refusals);
        window.deadLettersStored(pending);
      } else if (pending.settled !== null) {
        // Stored with the next checkpoint, when the batch's own memory is gone.
        const letters = this.#lettersOf(pending);
        window.deadLettersStored(pending, letters.map((letter) => ({ ...letter, bytes: letter.bytes.slice() })));
      } else if (!this.#storing.has(pending)) {
        this.#store(pending);
      }
    }
  }

  #lettersOf(pending: PendingBatch): DeadLetter[] {
    const { source, window: { books: { origin } }, context } = this.#options;
    return deadLettersOf(source, pending, { now: context.clock.now(), origin: origin?.toHex() ?? null });
  }

  #store(pending: PendingBatch): void {
    const { deadLetters, context } = this.#options;
    const letters = this.#lettersOf(pending);
    this.#storing.add(pending);
    const stored = context.replyPort<void>(
      (): RefusalHandlerMessage => ({ type: "letters_stored", pending }),
      (): RefusalHandlerMessage => ({ type: "letters_lost", pending }),
    );
    context.pipeToSelf(
      deadLetters.send({ type: "store_dead_letters", letters, stored }, { signal: context.signal }),
      (): RefusalHandlerMessage => ({ type: "letters_sent" }),
      (): RefusalHandlerMessage => ({ type: "letters_lost", pending }),
    );
  }
}
