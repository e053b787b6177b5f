/**
 * Confirms the end of a source: one incarnation's part of the work. Once everything has settled, which may have taken
 * long, it looks whether the file has more by now, and still has what was read.
 *
 * @module
 */
import { type ConfirmedEnd, type RowSource, SourceError } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { RowFeed } from "./row_feed.ts";
import type { RowReading } from "./row_reading.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";

/** What it tells itself, through its actor. */
export type EndConfirmationMessage =
  | { readonly type: "end_confirmed"; readonly end: ConfirmedEnd | null }
  | { readonly type: "end_refuted"; readonly cause: unknown };

/** Options of {@link EndConfirmation}. */
export interface EndConfirmationOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly feed: RowFeed;
  readonly reading: Pick<RowReading, "reopen">;
  readonly checkpoint: SourceCheckpoint | null;
  readonly observe: Observer;
  /** Whether the source has ended in another way meanwhile. */
  readonly isOver: () => boolean;
  /** The end that the window has met is the end of the source. */
  readonly confirmed: () => void;
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<EndConfirmationMessage>, "pipeToSelf">;
}

export class EndConfirmation {
  readonly #options: EndConfirmationOptions;
  #underWay = false;
  /** The file had more at an earlier look: once is enough, or a file that always grows would never be done. */
  #hadMore = false;

  constructor(options: EndConfirmationOptions) {
    this.#options = options;
  }

  /** Everything has settled. Call it again after each message until it is {@link EndConfirmationOptions.confirmed}. */
  begin(): void {
    if (this.#underWay) return;
    const { window: { end: { exhausted, failure } }, feed, checkpoint, context } = this.#options;
    // It was to read no further.
    if (!exhausted && failure === null) return this.#confirmed(null);
    // Asked again once this incarnation has opened it.
    if (feed.mustReopen) return;
    this.#underWay = true;
    context.pipeToSelf(
      feed.confirmEnd(checkpoint?.stamp ?? null),
      (end): EndConfirmationMessage => ({ type: "end_confirmed", end }),
      (cause): EndConfirmationMessage => ({ type: "end_refuted", cause }),
    );
  }

  receive(message: EndConfirmationMessage): void {
    this.#underWay = false;
    switch (message.type) {
      case "end_confirmed":
        return this.#confirmed(message.end);
      case "end_refuted":
        return this.#refuted(message.cause);
      default:
        assertNever(message);
    }
  }

  #confirmed(end: ConfirmedEnd | null): void {
    const { window, reading, checkpoint, observe, source, isOver, confirmed } = this.#options;
    const { exhausted, failure, met } = window.end;
    if (end !== null && end.grown && exhausted && failure === null && !isOver() && !this.#hadMore) {
      this.#hadMore = true;
      window.end.unmark();
      return reading.reopen();
    }
    checkpoint?.confirmEnd(end === null || end.grown ? null : end.stamp);
    const heldBack = met?.heldBack ?? null;
    if (heldBack !== null) {
      observe({ type: "last_line_held_back", stage: "receiving", source: source.name, ...heldBack });
    }
    confirmed();
  }

  #refuted(cause: unknown): void {
    if (cause instanceof SourceError && cause.code === "rewritten") this.#options.checkpoint?.refuteEnd();
    this.#options.failed(cause);
  }
}
