/**
 * Whether a topic holds records of loads that the data folder knows nothing of: the same files may have been loaded
 * with another data folder, and would be written once more. Files of several machines may have one topic, so that this
 * is only reported.
 *
 * @module
 */
import type { Observer } from "../../telemetry/events.ts";
import { lastRecords } from "../../transport/last_records.ts";
import { sourceOf } from "../../transport/source_header.ts";
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
    const { known, observe, reader } = this.#options;
    const last = await lastRecords(offsets, { read: (part, visit) => reader.read(topic, part, { signal, visit }) });
    const origins = new Set(last.flat().flatMap((record) => sourceOf(record)?.origin ?? []));
    for (const { origin } of origins.size > 0 ? known() : []) origins.delete(origin);
    if (origins.size > 0) observe({ type: "loads_unknown", stage: "receiving", topic, origins: [...origins] });
  }
}
