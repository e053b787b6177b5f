/**
 * The actor that stores checkpoints, each in one transaction with the dead letters of the rows before it. A store that fails
 * ends the incarnation, and the checkpoint goes back to its source, which makes a new one.
 *
 * @module
 */
import type { Checkpoint } from "../../state/checkpoint.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { ActorSpec } from "../../kernel/types.ts";
import type { CheckpointsMessage } from "../messages.ts";

/** What the actor needs of the store in state/. */
export interface CheckpointSink {
  /** Settled when all of it is on disk. */
  save(
    checkpoint: Checkpoint,
    options: { readonly deadLetters: readonly DeadLetter[]; readonly superseded: readonly DeadLetter[] },
  ): Promise<unknown>;
}

/** Options of the actor. */
export interface CheckpointsOptions {
  readonly sink: CheckpointSink;
  /** True if the store refuses a checkpoint for good, rather than that it failed. */
  readonly isRefusal: (cause: unknown) => boolean;
  readonly observe: Observer;
}

/** The spec of the checkpoint actor. */
export function checkpointsActor({ sink, isRefusal, observe }: CheckpointsOptions): ActorSpec<CheckpointsMessage> {
  return {
    id: "checkpoints",
    capacity: 64,
    obligation: (message) => message.saved,
    start: () => ({
      async receive({ save: { checkpoint, deadLetters, superseded }, saved }) {
        try {
          await sink.save(checkpoint, { deadLetters, superseded });
        } catch (cause) {
          if (!isRefusal(cause)) throw cause;
          return saved.reply({ type: "refused", cause });
        }
        saved.reply({ type: "saved" });
        const { length: count } = deadLetters;
        if (count === 0) return;
        observe({ type: "rows_dead_lettered", stage: "processing", source: checkpoint.source, count });
      },
    }),
  };
}
