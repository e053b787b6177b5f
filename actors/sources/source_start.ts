/**
 * The start of a source: one incarnation's part of the work. Under a checkpoint it first finds out where the source
 * starts, and only then the source is read.
 *
 * @module
 */
import type { RowSource } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { Target } from "../messages.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";
import type { SourceTargets } from "./source_targets.ts";
import type { StartPoint } from "./start_point.ts";
import { whenDescriptorsAreFree } from "./when_descriptors_are_free.ts";

/** What it tells itself, through its actor. */
export type SourceStartMessage =
  | { readonly type: "started"; readonly epoch: number; readonly point: StartPoint }
  | { readonly type: "start_failed"; readonly epoch: number; readonly cause: unknown };

/** Options of {@link SourceStart}. */
export interface SourceStartOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly checkpoint: SourceCheckpoint | null;
  readonly targets: Pick<SourceTargets, "epoch" | "own">;
  readonly observe: Observer;
  /** The window stands where reading starts. */
  readonly open: () => void;
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<SourceStartMessage>, "clock" | "signal" | "pipeToSelf">;
}

export class SourceStart {
  readonly #options: SourceStartOptions;
  #phase: "waiting" | "starting" | "reading" = "waiting";

  constructor(options: SourceStartOptions) {
    this.#options = options;
  }

  /** The first targets are known, or again others before the first row was read. */
  begin(targets: readonly Target[]): void {
    if (this.#phase !== "waiting") return;
    const { checkpoint, window, observe, source: { name: source }, context } = this.#options;
    const { number: epoch, flag: versions } = this.#options.targets.epoch;
    const known = checkpoint === null || checkpoint.left || checkpoint.versions === versions;
    // What was read is admitted already, or will be: the question where to start is closed.
    if (known || window.account.read > 0) return this.#open();
    this.#phase = "starting";
    const { clock, signal } = context;
    context.pipeToSelf(
      whenDescriptorsAreFree(() => checkpoint.begin({ versions, targets, signal }), { source, clock, signal, observe }),
      (point): SourceStartMessage => ({ type: "started", epoch, point }),
      (cause): SourceStartMessage => ({ type: "start_failed", epoch, cause }),
    );
  }

  receive(message: SourceStartMessage): void {
    this.#phase = "waiting";
    const { epoch, own } = this.#options.targets;
    if (message.epoch !== epoch.number) {
      // The start of an epoch that is over is useless.
      if (own !== null) this.begin(own);
      return;
    }
    switch (message.type) {
      case "started":
        return this.#started(message.point);
      case "start_failed":
        return this.#options.failed(message.cause);
      default:
        assertNever(message);
    }
  }

  #started({ checkpoint, found, complete }: StartPoint): void {
    const { observe, window, source: { name: source } } = this.#options;
    const { position: { row }, counts: { dead_lettered: deadLettered } } = checkpoint;
    if (complete) {
      observe({ type: "source_already_loaded", stage: "receiving", source, rows: row, deadLettered });
      return window.markEnd({ exhausted: true });
    }
    if (row > 0 || found > 0) observe({ type: "source_resumed", stage: "receiving", source, row, found });
    this.#open();
  }

  #open(): void {
    this.#phase = "reading";
    this.#options.open();
  }
}
