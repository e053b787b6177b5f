/**
 * What a replay that was killed has written: before a replay sends its first row, it notes where its topics end, and
 * forgets that at a clean end. The next replay that finds such a note reads the topics from there.
 *
 * @module
 */
import { NO_OPEN_INSTANT } from "../../records/open_instant.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { CheckpointError, type CheckpointStore } from "../../state/checkpoints.ts";
import type { Log } from "../../transport/log.ts";

/** A topic as one version is written to it. */
export interface ReplayTopic {
  readonly topic: string;
  readonly version: SchemaVersion;
}

/** Options of {@link ReplayMarkers}. */
export interface ReplayMarkersOptions {
  readonly checkpoints: CheckpointStore;
  readonly log: Log;
}

export class ReplayMarkers {
  readonly #options: ReplayMarkersOptions;

  constructor(options: ReplayMarkersOptions) {
    this.#options = options;
  }

  /**
   * Where each partition of a topic ended when a replay began that did not come to its end; null if there was none. Of a
   * damaged note only that there is one is known: the topic is read from its start.
   */
  endsBefore(place: ReplayTopic): readonly bigint[] | null {
    try {
      const stored = this.#options.checkpoints.load(keyOf(place));
      return stored === null ? null : stored.topics[0]?.next ?? [];
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "damaged") return [];
      throw error;
    }
  }

  /** Notes where a topic ends. To be called before the first send. @throws {LogError} */
  async set(place: ReplayTopic): Promise<void> {
    const { checkpoints, log } = this.#options;
    const { topic, version } = place;
    const description = await log.admin.describeTopic(topic);
    const next = description === null ? [] : (await log.admin.offsets(topic)).map(({ end }) => end);
    checkpoints.begin({
      ...keyOf(place),
      file: null,
      origin: null,
      flags: {},
      position: { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
      counts: { read: 0, acked: 0, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
      finished: null,
      ahead: 0,
      clusterId: await log.admin.clusterId(),
      topics: [{ name: topic, version, id: description?.id ?? null, next, partitions: next.length, partitioner: null }],
    }, { replace: true });
  }

  /** Every row that was sent has settled, and no letter of one that was acknowledged is left. */
  clear(place: ReplayTopic): void {
    this.#options.checkpoints.remove(keyOf(place));
  }
}

/** No source has such an id: they begin with a data type. */
function keyOf({ topic, version }: ReplayTopic) {
  return { source: `replay:${topic}`, versions: version };
}
