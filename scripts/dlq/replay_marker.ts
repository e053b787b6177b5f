/**
 * What a replay that was killed has written: before a replay sends its first row, it notes where its topics end, and
 * forgets that at a clean end. The next replay that finds such a note reads the topics from there.
 *
 * @module
 */
import type { Clock } from "../../actors/kernel/clock.ts";
import { readPastAcknowledged } from "../../actors/resolve_by_reading.ts";
import { NO_OPEN_INSTANT } from "../../records/open_instant.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { CheckpointError, type CheckpointStore } from "../../state/checkpoints.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { Log } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { TopicSchemas } from "../audit/topic_schemas.ts";

/** A topic as one version is written to it. */
export interface ReplayTopic {
  readonly topic: string;
  readonly version: SchemaVersion;
}

/** Options of {@link ReplayMarkers}. */
export interface ReplayMarkersOptions {
  readonly checkpoints: CheckpointStore;
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly observe: Observer;
}

/** How long a log must stand still: a request of the process that was killed may still be on its way. */
const SETTLE_MS = 200;

export class ReplayMarkers {
  readonly #options: ReplayMarkersOptions;
  readonly #schemas: TopicSchemas;

  constructor(options: ReplayMarkersOptions) {
    this.#options = options;
    this.#schemas = new TopicSchemas(options.registry);
  }

  /**
   * The ids of everything that was written to a topic since a replay that did not come to its end began; null if there was
   * none.
   *
   * @throws {LogError}
   * @throws {RegistryError}
   */
  async foundSince(place: ReplayTopic): Promise<ReadonlySet<string> | null> {
    const marked = this.#load(place);
    return marked === null ? null : await this.#foundFrom(place, marked.next);
  }

  /**
   * The ids of everything in a topic, in memory.
   *
   * @throws {LogError}
   * @throws {RegistryError}
   */
  async foundAnywhere(place: ReplayTopic): Promise<ReadonlySet<string>> {
    return await this.#foundFrom(place, []);
  }

  /** @param next where to begin in each partition; at its start without one. */
  async #foundFrom({ topic, version }: ReplayTopic, next: readonly bigint[]): Promise<ReadonlySet<string>> {
    const { log, clock, signal, observe } = this.#options;
    const found = new Set<string>();
    // Of a topic that was deleted since, nothing is left.
    if (await log.admin.describeTopic(topic) === null) return found;
    const offsets = await log.admin.offsets(topic);
    const from = new Map(offsets.map(({ partition }) => [partition, next[partition] ?? 0n]));
    const readings = await readPastAcknowledged({ log, topic, from, clock, settleMs: SETTLE_MS, signal, observe });
    for (const { messageId, schemaId } of readings.flatMap(({ records }) => records)) {
      if ((await this.#schemas.meaningOf(schemaId))?.version === version) found.add(messageId);
    }
    return found;
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
      topics: [{ name: topic, version, id: description?.id ?? null, next, partitions: next.length }],
    }, { replace: true });
  }

  /** Every row that was sent has settled, and no letter of one that was acknowledged is left. */
  clear(place: ReplayTopic): void {
    this.#options.checkpoints.remove(keyOf(place));
  }

  /** Of a damaged note only that there is one is known: the topic is read from its start. */
  #load(place: ReplayTopic): { readonly next: readonly bigint[] } | null {
    try {
      const stored = this.#options.checkpoints.load(keyOf(place));
      return stored === null ? null : stored.topics[0] ?? { next: [] };
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "damaged") return { next: [] };
      throw error;
    }
  }
}

/** No source has such an id: they begin with a data type. */
function keyOf({ topic, version }: ReplayTopic) {
  return { source: `replay:${topic}`, versions: version };
}
