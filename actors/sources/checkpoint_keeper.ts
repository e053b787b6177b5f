/**
 * Has a source's checkpoints stored, one at a time: one incarnation's part of the work.
 *
 * @module
 */
import type { HalfRow } from "../../records/content/file_position.ts";
import type { SourcePosition } from "../../sources/source.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { Timer } from "../../kernel/clock.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { CheckpointAnswer, CheckpointSave, CheckpointsMessage } from "../messages.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";

/** What the keeper tells itself, through its actor. */
export type KeeperMessage =
  | { readonly type: "checkpoint_time" }
  | { readonly type: "checkpoint_sent" }
  | { readonly type: "checkpoint_saved"; readonly save: CheckpointSave }
  /** The store died with the checkpoint; the next one is made from scratch. */
  | { readonly type: "checkpoint_lost" }
  /** No checkpoint can be stored any more. */
  | { readonly type: "checkpoint_impossible"; readonly cause: unknown };

/** Options of {@link CheckpointKeeper}. */
export interface CheckpointKeeperOptions {
  readonly checkpoint: SourceCheckpoint;
  readonly store: ActorRef<CheckpointsMessage>;
  /** No checkpoint can be stored any more. */
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<KeeperMessage>, "pipeToSelf" | "replyPort" | "schedule" | "signal">;
}

/** The checkpoint of a slow source is stored after this time, so that a crash leaves few rows to be compared. */
const CHECKPOINT_MS = 5_000;

export class CheckpointKeeper {
  readonly #options: CheckpointKeeperOptions;
  #timer: Timer | null = null;
  #timeUp = false;
  #saving = false;
  #impossible = false;

  constructor(options: CheckpointKeeperOptions) {
    this.#options = options;
  }

  receive(message: KeeperMessage): void {
    switch (message.type) {
      case "checkpoint_time":
        this.#timer = null;
        this.#timeUp = true;
        break;
      case "checkpoint_sent":
        break;
      case "checkpoint_saved":
        this.#saving = false;
        this.#options.checkpoint.saved(message.save);
        break;
      case "checkpoint_lost":
        this.#saving = false;
        break;
      case "checkpoint_impossible":
        this.#saving = false;
        this.#impossible = true;
        this.#options.failed(message.cause);
        break;
      default:
        assertNever(message);
    }
  }

  /** Starts to store the next checkpoint if it is time for one. */
  look(): void {
    const { checkpoint, context } = this.#options;
    if (this.#saving || this.#impossible || checkpoint.versions === null) return;
    if (checkpoint.due || (this.#timeUp && checkpoint.rowsToSave > 0)) this.#make({ atEnd: false });
    else if (checkpoint.rowsToSave > 0) this.#timer ??= context.schedule(CHECKPOINT_MS, { type: "checkpoint_time" });
  }

  /** True once a checkpoint says that this half row may be sent. Ask again after each message until it is true. */
  note(half: HalfRow): boolean {
    const { checkpoint } = this.#options;
    if (checkpoint.hasNoted(half)) return true;
    if (this.#saving || this.#impossible) return false;
    checkpoint.note(half);
    this.#make({ atEnd: false });
    return false;
  }

  /** True once a checkpoint knows the first row of the file that this was read of. Ask again as with {@link note}. */
  noteFirst(read: SourcePosition): boolean {
    const { checkpoint } = this.#options;
    if (checkpoint.knowsFirst) return true;
    if (this.#saving || this.#impossible) return false;
    if (!checkpoint.noteFirst(read)) return true;
    this.#make({ atEnd: false });
    return false;
  }

  /** Stores what is left. Call it after each message until it is {@link finished}. */
  finish(): void {
    if (!this.#saving && !this.finished) this.#make({ atEnd: true });
  }

  /** True once everything is stored that can be. */
  get finished(): boolean {
    return !this.#saving && (this.#impossible || this.#options.checkpoint.isFinal);
  }

  #make(options: { readonly atEnd: boolean }): void {
    this.#saving = true;
    this.#timeUp = false;
    this.#send(this.#options.checkpoint.next(options));
  }

  #send(save: CheckpointSave): void {
    const { store, context } = this.#options;
    const saved = context.replyPort<CheckpointAnswer>(
      (answer): KeeperMessage =>
        answer.type === "saved"
          ? { type: "checkpoint_saved", save }
          : { type: "checkpoint_impossible", cause: answer.cause },
      (): KeeperMessage => ({ type: "checkpoint_lost" }),
    );
    context.pipeToSelf(
      store.send({ type: "save_checkpoint", save, saved }, { signal: context.signal }),
      (): KeeperMessage => ({ type: "checkpoint_sent" }),
      (): KeeperMessage => ({ type: "checkpoint_lost" }),
    );
  }
}
