/**
 * What a runtime needs from outside.
 *
 * @module
 */
import type { DeadLetterSink } from "../actors/stores/dead_letters.ts";
import type { Clock } from "../kernel/clock.ts";
import type { Observer } from "../telemetry/events.ts";
import type { Log } from "../transport/log.ts";
import type { SchemaRegistry } from "../transport/registry.ts";
import type { CheckpointPorts } from "./resuming/checkpoints_of_run.ts";

/** The outside world of a runtime. */
export interface RuntimePorts {
  /** Where records are written to, and read back from. */
  readonly log: Log;
  /** Where the ids of schemas come from. */
  readonly registry: SchemaRegistry;
  /** Keeps the rows that cannot be written. */
  readonly deadLetters: DeadLetterSink;
  /**
   * Where sources resume after the process has ended; without it each run reads them from their start. @default none
   * @internal
   */
  readonly checkpoints?: CheckpointPorts;
  /** Where all time comes from. @default the machine's clock */
  readonly clock?: Clock;
  /** In [0, 1); scales the waits before restarts and new attempts. @default Math.random */
  readonly random?: () => number;
  /**
   * Receives every event. An error that it throws is reported to it as `observer_failed`, and has no other effect.
   * @default warnings and errors are written to the console
   */
  readonly observe?: Observer;
  /**
   * How long brokers and registry of the settings may take to answer for the first time; the start waits for it.
   * @default the start does not wait, and calls wait for as long as it takes
   */
  readonly connectTimeoutMs?: number;
}
