/**
 * What a source's actor is given, and how it ends.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { Dataset, RowBatch, RowSource } from "../../sources/source.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { Refusal } from "../delivery/delivery.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { LetterLimit } from "../delivery/letter_limit.ts";
import type { CheckpointsMessage, ConverterMessage, DeadLettersMessage, Epoch, Target } from "../messages.ts";
import type { RowFeed } from "./row_feed.ts";
import type { RowPace } from "./row_pace.ts";
import type { SourceCheckpoint } from "./source_checkpoint.ts";

/** Why a source ended. */
export type SourceEnd =
  | { readonly type: "completed" }
  | { readonly type: "drained" }
  | { readonly type: "stopped"; readonly cause: unknown };

/** What a target depends on besides its version. */
export interface TargetOptions {
  readonly dataset: Dataset;
  /** Topics may have other names while both versions are written. */
  readonly epoch: Epoch;
  /** A record of the version is there; otherwise the target's schema may be null. */
  readonly write: boolean;
  readonly signal: AbortSignal;
}

/** Options of a source actor. */
export interface SourceActorOptions {
  readonly source: RowSource;
  readonly window: DeliveryWindow;
  readonly feed: RowFeed;
  readonly converter: ActorRef<ConverterMessage>;
  readonly deadLetters: ActorRef<DeadLettersMessage>;
  /** Where the source resumes after the process has ended; null: it starts at its beginning each time. @default null */
  readonly checkpoint?: { readonly of: SourceCheckpoint; readonly store: ActorRef<CheckpointsMessage> } | null;
  /** Topic, schema and producer for a version; rejects if the registry or the topic refuses. */
  readonly resolveTarget: (version: SchemaVersion, options: TargetOptions) => Promise<Target>;
  /** The flag at the time of the start; later ones come as notices. */
  readonly epoch: () => Epoch;
  /** Writes every row under the flag of the start, also after the flag has changed. @default false */
  readonly flagFixed?: boolean | undefined;
  readonly observe: Observer;
  /** Rows of one batch. */
  readonly batchRows: number;
  /** Stop after this many rows. */
  readonly limitRows?: number | undefined;
  /** How fast it may read, perhaps together with other sources. @default as fast as it can */
  readonly pace?: RowPace | undefined;
  /** Gives an error if the source has too many dead letters to continue. */
  readonly tooManyDeadLetters: LetterLimit;
  /** Rows that cannot be written go here instead of the dead-letter store (they have a caller who waits). */
  readonly onRefused?: ((batch: RowBatch, refusals: readonly Refusal[]) => void) | undefined;
  /** Called when it stops taking rows before its end; what is under way still settles. */
  readonly onStopping?: (() => void) | undefined;
  /** Called once, when the source has ended for good. */
  readonly onEnded: (end: SourceEnd) => void;
  /** How long rows may be under way without any of them settling, before that is reported. */
  readonly stallMs: number;
  readonly shutdownMs: number;
}
