/**
 * Whether a topic holds records of loads that the data folder knows nothing of: the same files may have been loaded
 * with another data folder, and would be written once more. Files of several machines may have one topic, so that this
 * is only reported.
 *
 * @module
 */
import type { Observer } from "../../telemetry/events.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { LAST_RECORDS, LOOK_BACK, PARTITIONS_AT_A_TIME } from "../../transport/topic_contents.ts";
import type { LiveTopic, TopicReader } from "./live_topics.ts";
import { SharedWork } from "./shared_work.ts";

/** Options of {@link UnknownLoads}. */
export interface UnknownLoadsOptions {
  readonly reader: TopicReader;
  /** The loads that the data folder knows of, those of this run included. */
  readonly known: () => Iterable<{ readonly origin: string }>;
  readonly observe: Observer;
}

/** One for a run. */
export class UnknownLoads {
  readonly #options: UnknownLoadsOptions;
  readonly #looking = new SharedWork();

  constructor(options: UnknownLoadsOptions) {
    this.#options = options;
  }

  /**
   * Call before the first row is sent of a source of which nothing is known. Looks at each topic once: at the last
   * records of each partition.
   *
   * @throws {TopicParkedError}
   * @throws {LogError}
   */
  async lookAt(topics: readonly LiveTopic[], signal: AbortSignal): Promise<void> {
    for (const topic of topics) {
      await this.#looking.done(topic.name, signal, (signal) => this.#lookAt(topic, signal));
    }
  }

  async #lookAt({ name: topic, offsets }: LiveTopic, signal: AbortSignal): Promise<void> {
    const { known, observe } = this.#options;
    const origins = new Map<string, number>();
    const queue = offsets.values();
    let failed = false;
    // The looks share the queue: each takes the next partition when it is done with one.
    const readers = Array.from({ length: PARTITIONS_AT_A_TIME }, async () => {
      for (const range of queue) {
        if (failed) return;
        for (const record of await this.#lastRecords(topic, range, signal)) {
          const origin = sourceOf(record)?.origin;
          if (origin !== undefined) origins.set(origin, (origins.get(origin) ?? 0) + 1);
        }
      }
    });
    await Promise.all(readers).catch((cause) => {
      failed = true;
      throw cause;
    });
    for (const { origin } of origins.size > 0 ? known() : []) origins.delete(origin);
    if (origins.size > 0) observe({ type: "loads_unknown", stage: "receiving", topic, origins: [...origins.keys()] });
  }

  /** None if there are none as far as is looked: offsets may have holes. */
  async #lastRecords(
    topic: string,
    { partition, start, end }: LiveTopic["offsets"][number],
    signal: AbortSignal,
  ): Promise<readonly StoredRecord[]> {
    for (const back of LOOK_BACK) {
      const from = end - back > start ? end - back : start;
      const records: StoredRecord[] = [];
      if (from < end) {
        await this.#options.reader.read(topic, { partition, from, to: end }, {
          signal,
          visit: (record) => {
            records.push(record);
            if (records.length > LAST_RECORDS) records.shift();
          },
        });
      }
      if (records.length > 0 || from === start) return records;
    }
    return [];
  }
}
