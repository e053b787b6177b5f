/**
 * Finds the rows of letters that the topics have already. The record of a replay names the load and the row of its
 * letter, so each record settles the letters of one row: an equal row of another file, or a second row with the same id,
 * cannot be mistaken for it.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { stableEnds } from "../../actors/producers/stable_ends.ts";
import type { ReusedId } from "../../actors/delivery/already_written.ts";
import { bytesToUuid } from "../../records/ids/uuid_text.ts";
import { originsIn } from "../../runtime/resuming/checkpoints_of_run.ts";
import { type LiveTopic, readRange, type TopicReader } from "../../runtime/resuming/live_topics.ts";
import { recordDigests } from "../../runtime/resuming/origin_owners.ts";
import { TopicIndex } from "../../runtime/resuming/rows_in_topics.ts";
import type { IdIndex } from "../../runtime/resuming/id_index.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { GoodRow, RowSource } from "../../sources/source.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { ReplayMark, ReplayTopic } from "../../state/replay_mark.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Log } from "../../transport/log.ts";

/** Options of {@link FoundRows}. */
export interface FoundRowsOptions {
  readonly log: Log;
  readonly checkpoints: CheckpointStore;
  /**
   * Whether to look also by id and content for a row that no record names: the load of its letter may have begun anew
   * since the row was written.
   */
  readonly byContent: boolean;
  /** Makes the index of the topics' records. */
  readonly openIndex: () => IdIndex;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observe: Observer;
}

/** A topic, and where the records that count begin in it. */
export type SearchedTopic = ReplayTopic & Pick<ReplayMark, "next">;

/** What the topics have of a row. */
export interface FoundRow {
  /** The versions that the topics have of it. */
  readonly has: readonly SchemaVersion[];
  /** True if a replay has written the row with other content: that replay read it with other flags. */
  readonly isOther: boolean;
  /** The row, if it must be written although a topic has its id, with other content only. */
  readonly reused: ReusedId | null;
}

/** The rows of a source's letters that some topics have. */
export interface RowsOfLetters {
  /** Reserves the record that names this row for it. Call for all rows before the first {@link find}. */
  keep(row: GoodRow): void;
  /** Call once for each row. */
  find(row: GoodRow): FoundRow;
}

/** How long a log must stand still: a request of the killed process may still arrive. */
const SETTLE_MS = 200;
/** No file has this id: a record matches by content only if it belongs to no file. */
const NO_FILE = "";

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
      from: (name) => places.find(({ topic }) => topic === name)?.next ?? [],
    });
  }

  /**
   * @param letters.file the source of its letters
   * @throws {LogError}
   * @throws {StorageError}
   */
  async of(
    source: RowSource,
    { file, versions }: { readonly file: string; readonly versions: readonly SchemaVersion[] },
  ): Promise<RowsOfLetters> {
    const { checkpoints, byContent, signal } = this.#options;
    const topics: LiveTopic[] = [];
    for (const { topic, version } of this.#places.filter(({ version }) => versions.includes(version))) {
      const live = await this.#live({ topic, version });
      if (live !== null) topics.push(live);
    }
    const index = await this.#index.of(source, topics, signal);
    for (const { origin, source, isFormer } of byContent ? originsIn(checkpoints) : []) {
      // Records of a text that the file had before are not reserved: they match by content.
      if (!isFormer) index.reserve(origin, source);
    }
    const { kind } = source;
    const digests = recordDigests(kind);
    const rowsOf = ({ row, replayOf }: GoodRow) => ({ origin: replayOf?.toHex() ?? "", row });
    return {
      keep(row) {
        const place = { source: rowsOf(row), file };
        for (const { target } of topics) index.reserveRow({ topic: target.topic, version: target.version, ...place });
      },
      find(row) {
        const source = rowsOf(row);
        const messageId = row.messageId.toLowerCase();
        const has: SchemaVersion[] = [];
        let isOther = false, reused: ReusedId | null = null;
        for (const { target: { topic, version } } of topics) {
          const digest = digests[version].ofWritable(row.record);
          const own = index.own({ topic, version, source });
          if (own.some((copy) => copy.digest === digest && bytesToUuid(copy.messageId) === messageId)) {
            has.push(version);
          } else if (own.some(({ replayed }) => replayed)) {
            isOther = true;
          } else if (digest !== null) {
            const wanted = { topic, version, messageId, digest, source, file: NO_FILE };
            if (byContent && (index.takeOther(wanted) || index.takeReplayed(wanted))) has.push(version);
            else if (index.isReused(wanted)) {
              const about = { topic, version, messageId, kind, source: file, row: row.row };
              reused ??= { ...about, record: row.record, place: index.placeOfOther(wanted) };
            }
          }
        }
        return { has, isOther, reused };
      },
    };
  }

  /** Null for a topic that was deleted: nothing of it is left. */
  async #live({ topic, version }: ReplayTopic): Promise<LiveTopic | null> {
    const { log, clock, signal, observe } = this.#options;
    const description = await log.admin.describeTopic(topic);
    if (description === null) return null;
    const offsets = await stableEnds({ log, topic, clock, settleMs: SETTLE_MS, signal, observe });
    return { name: topic, target: { topic, version }, id: description.id, compacted: false, offsets };
  }
}
