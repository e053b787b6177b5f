/**
 * The actor that stores dead letters. A letter counts as handled only when it is on disk; a store that fails ends the
 * incarnation, and the letters go back to their sources, which send them again.
 *
 * @module
 */
import type { DeadLetter } from "../../state/dead_letters.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { ActorSpec } from "../../kernel/types.ts";
import type { DeadLettersMessage } from "../messages.ts";

/** What the actor needs of the store in state/. */
export interface DeadLetterSink {
  /** Stores all of them in one transaction; storing the same letter again changes nothing. */
  add(letters: readonly DeadLetter[]): void | Promise<void>;
}

/** Options of the dead-letter actor. */
export interface DeadLettersOptions {
  readonly sink: DeadLetterSink;
  readonly observe: Observer;
}

/** A store that takes this long hangs: the letters are stored again, which changes nothing if they are there. */
const HUNG_MS = 60_000;

/** The spec of the dead-letter actor. */
export function deadLettersActor({ sink, observe }: DeadLettersOptions): ActorSpec<DeadLettersMessage> {
  return {
    id: "dead_letters",
    capacity: 64,
    hungMs: HUNG_MS,
    obligation: (message) => message.stored,
    start: () => ({
      async receive({ letters, stored }) {
        await sink.add(letters);
        stored.reply();
        const [first] = letters;
        if (first === undefined) return;
        observe({ type: "rows_dead_lettered", stage: "processing", source: first.source, count: letters.length });
      },
    }),
  };
}
