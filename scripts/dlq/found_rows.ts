/**
 * Which rows of letters the topics have already, by the same rules as those of `load --only-missing`: a record stands for one
 * row of its id and content, and never for a row of a file that is known to be another one.
 *
 * @module
 */
import { keyOf } from "../../actors/encode_rows.ts";
import type { Clock } from "../../actors/kernel/clock.ts";
import { settledOffsets } from "../../actors/settled_offsets.ts";
import { ID_REUSED } from "../../actors/written_rows.ts";
import { originsIn, randomOrigin } from "../../resuming/checkpoints_of_run.ts";
import { type LiveTopic, readRange, type TopicReader } from "../../resuming/live_topics.ts";
import { TopicIndex } from "../../resuming/rows_in_topics.ts";
import { type IdIndex, IndexedRows } from "../../resuming/written_rows.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { GoodRow, RowSource } from "../../sources/source.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Log } from "../../transport/log.ts";
import type { ReplayTopic } from "./replay_marker.ts";

/** Options of {@link FoundRows}. */
export interface FoundRowsOptions {
  readonly log: Log;
  readonly checkpoints: CheckpointStore;
  /** Makes the index of what the topics have. */
  readonly openIndex: () => IdIndex;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observe: Observer;
}

/** A topic, from where on its records count. */
export interface SearchedTopic extends ReplayTopic {
  /** By partition; its start where there is none. */
  readonly from: readonly bigint[];
}

/** What is there of a row. */
export interface FoundRow {
  /** The versions that the topics have of it. */
  readonly has: readonly SchemaVersion[];
  /** True if it is to be written, though a topic has its id: with other content only. */
  readonly idReused: boolean;
}

/** How long a log must stand still: a request of the process that was killed may still be on its way. */
const SETTLE_MS = 200;

export class FoundRows {
  readonly #options: FoundRowsOptions;
  readonly #places: readonly SearchedTopic[];
  readonly #index: TopicIndex;

  constructor(places: readonly SearchedTopic[], options: FoundRowsOptions) {
    const { log, openIndex, checkpoints } = options;
    const reader: TopicReader = { read: (topic, range, reading) => readRange(log, topic, range, reading) };
    this.#options = options;
    this.#places = places;
    this.#index = new TopicIndex({
      reader,
      open: openIndex,
      known: () => originsIn(checkpoints),
      files: () => [],
      from: (name) => places.find(({ topic }) => topic === name)?.from ?? [],
    });
  }

  /**
   * Asks for the rows of a source, each to be asked for once.
   *
   * @param letters.file the source that its letters are of
   * @throws {LogError}
   * @throws {StateFileError}
   */
  async of(
    source: RowSource,
    { file, versions }: { readonly file: string; readonly versions: readonly SchemaVersion[] },
  ): Promise<(row: GoodRow) => FoundRow> {
    const topics: LiveTopic[] = [];
    for (const { topic, version } of this.#places.filter(({ version }) => versions.includes(version))) {
      const live = await this.#live({ topic, version });
      if (live !== null) topics.push(live);
    }
    const index = await this.#index.of(source, topics, this.#options.signal);
    // A replay's records name no origin; one of its own has none of them.
    const rows = new IndexedRows({ index, origin: randomOrigin(), file, kind: source.kind, before: true });
    return ({ row, messageId, record }) => {
      const sought = { row, messageId, key: keyOf(source.kind, record), record: () => record };
      const found = topics.map(({ target }) => ({ target, written: rows.take(target, sought) }));
      return {
        has: found.filter(({ written }) => written !== null && written !== ID_REUSED).map(({ target }) =>
          target.version
        ),
        idReused: found.some(({ written }) => written === ID_REUSED),
      };
    };
  }

  /** Of a topic that was deleted nothing is left: null. */
  async #live({ topic, version }: ReplayTopic): Promise<LiveTopic | null> {
    const { log, clock, signal, observe } = this.#options;
    const description = await log.admin.describeTopic(topic);
    if (description === null) return null;
    const offsets = await settledOffsets({ log, topic, clock, settleMs: SETTLE_MS, signal, observe });
    return { name: topic, target: { topic, version }, id: description.id, compacted: false, offsets };
  }
}
