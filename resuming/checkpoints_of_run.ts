/**
 * What the sources of one run share for their checkpoints, and the checkpoint of each.
 *
 * @module
 */
import type { DeliveryWindow } from "../actors/delivery_window.ts";
import { SourceCheckpoint } from "../actors/source_checkpoint.ts";
import type { RowSource } from "../sources/source.ts";
import type { CheckpointStore } from "../state/checkpoints.ts";
import type { Observer } from "../telemetry/events.ts";
import type { Log } from "../transport/log.ts";
import { findStartPoint, type StartMode } from "./find_start_point.ts";
import { KnownCheckpoints } from "./known_checkpoint.ts";
import type { LiveTopics } from "./live_topics.ts";
import { TopicIndex } from "./rows_in_topics.ts";
import type { IdIndex } from "./written_rows.ts";

/** What sources that go on after the process need. */
export interface CheckpointPorts {
  /** Of the data folder whose lock this process has. */
  readonly store: CheckpointStore;
  /** Makes the index of what the topics have, when it is needed. */
  readonly openIndex: () => IdIndex;
}

/** Options of {@link CheckpointsOfRun}. */
export interface CheckpointsOfRunOptions {
  readonly ports: CheckpointPorts;
  readonly log: Log;
  readonly topics: LiveTopics;
  /** At most so many rows of a source are sent past its checkpoint. */
  readonly checkpointRows: number;
  /** How many partitions the records of a topic are spread over by now. */
  readonly partitionsOf: (topic: string) => number;
  readonly observe: Observer;
}

export class CheckpointsOfRun {
  readonly #options: CheckpointsOfRunOptions;
  readonly #index: TopicIndex;
  readonly #known: KnownCheckpoints;

  constructor(options: CheckpointsOfRunOptions) {
    this.#options = options;
    this.#known = new KnownCheckpoints({ store: options.ports.store, observe: options.observe });
    this.#index = new TopicIndex({ log: options.log, open: () => options.ports.openIndex() });
  }

  /** Null for a source of which a later run can know nothing. */
  of(
    source: RowSource,
    { window, mode }: { readonly window: DeliveryWindow; readonly mode: StartMode },
  ): SourceCheckpoint | null {
    const { file } = source;
    if (!file) return null;
    const { ports: { store }, checkpointRows, partitionsOf, ...run } = this.#options;
    const shared = { source, checkpointRows };
    const index = this.#index, known = this.#known;
    return new SourceCheckpoint({
      ...shared,
      window,
      partitionsOf,
      doubt: (versions) => store.doubt({ source: source.id, versions }),
      start: (wanted) => findStartPoint({ ...shared, ...run, ...wanted, file, mode, store, known, index }),
    });
  }
}
