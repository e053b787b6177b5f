/**
 * How far an export of dead letters to a topic has come: a checkpoint in state.sqlite, on disk before the first send, and
 * moved over letters that are in the topic.
 *
 * @module
 */
import { type Clock, systemClock } from "../../actors/kernel/clock.ts";
import { NO_OPEN_INSTANT } from "../../records/open_instant.ts";
import type { Checkpoint, CheckpointKey } from "../../state/checkpoint.ts";
import { CheckpointError, CheckpointStore } from "../../state/checkpoints.ts";
import type { StateDatabase } from "../../state/database.ts";
import type { DeadLetterFilter } from "../../state/dead_letters.ts";
import { DEFAULT_MAX_MESSAGE_BYTES } from "../../transport/batch_size.ts";
import { type Log, LogError, type TopicDescription } from "../../transport/log.ts";

/** What an export is of, and where to. */
export interface ExportPlaceOptions {
  readonly database: StateDatabase;
  readonly log: Log;
  readonly topic: string;
  /** How the topic is made if it is not there. */
  readonly create: { readonly allowed: boolean; readonly replicationFactor?: number | undefined };
  /** Each filter has a place of its own in each topic. */
  readonly filter: Pick<DeadLetterFilter, "rule" | "sourcePart" | "dataType">;
  readonly clock?: Clock;
}

/** Why an export begins with the first letter although there was one before. */
export type RestartReason = "topic_changed" | "damaged";

/** More than the longest row, with its headers. */
const TOPIC_MAX_MESSAGE_BYTES = 2 * 1024 * 1024;

/** Where an export goes on. */
export class ExportPlace {
  readonly #checkpoints: CheckpointStore;
  #checkpoint: Checkpoint;
  /** Stands in each record of this export, so that they can be told from all others. */
  readonly exportId: string;
  /** Most bytes of a batch. */
  readonly maxBytes: number;
  /** True if nothing has been sent from here. */
  readonly isNew: boolean;
  readonly restarted: RestartReason | null;
  /** For each partition, one past the last record of this export that is known to be there. */
  readonly next: bigint[];

  constructor(
    checkpoints: CheckpointStore,
    checkpoint: Checkpoint,
    about: Pick<ExportPlace, "exportId" | "maxBytes" | "isNew" | "restarted" | "next">,
  ) {
    this.#checkpoints = checkpoints;
    this.#checkpoint = checkpoint;
    this.exportId = about.exportId;
    this.maxBytes = about.maxBytes;
    this.isNew = about.isNew;
    this.restarted = about.restarted;
    this.next = about.next;
  }

  /** The id of the last letter that is in the topic; 0 if there is none. */
  get last(): number {
    return this.#checkpoint.position.row;
  }

  /**
   * Moves past letters that are in the topic, the last of which has this id: on return that is on disk. Ids of letters
   * that are gone, or are not asked for, count as passed over.
   *
   * @throws {StorageError}
   */
  move({ last, letters }: { readonly last: number; readonly letters: number }): void {
    const { position, counts, topics } = this.#checkpoint;
    const acked = counts.acked + letters;
    this.#checkpoint = this.#checkpoints.save({
      ...this.#checkpoint,
      position: { ...position, row: last },
      counts: { ...counts, read: last, acked, duplicates_skipped: last - acked },
      topics: topics.map((topic) => ({ ...topic, next: [...this.next] })),
    });
  }
}

/**
 * The place where an export goes on; the topic is made if it is not there and may be.
 *
 * @throws {LogError}
 * @throws {StorageError}
 */
export async function openPlace(options: ExportPlaceOptions): Promise<ExportPlace> {
  const { database, log, topic, clock = systemClock } = options;
  const { id, config } = await openTopic(options);
  const clusterId = await log.admin.clusterId();
  const ends = (await log.admin.offsets(topic)).map(({ end }) => end);
  const maxBytes = Number(config["max.message.bytes"] ?? DEFAULT_MAX_MESSAGE_BYTES);
  const checkpoints = new CheckpointStore(database, { clock });
  const key = keyOf(options, clusterId);
  const { stored, damaged } = storedAt(checkpoints, key);
  const [known] = stored?.topics ?? [];
  const exportId = stored?.flags.export;
  const isSame = known !== undefined && (known.id === null || id === null || known.id === id) &&
    known.next.every((offset, partition) => offset <= (ends[partition] ?? -1n));
  if (stored !== null && isSame && typeof exportId === "string") {
    // Partitions that have been added since are read from their start.
    const next = ends.map((_, partition) => known.next[partition] ?? 0n);
    return new ExportPlace(checkpoints, stored, { exportId, maxBytes, next, isNew: false, restarted: null });
  }
  const begun = beginning({
    key,
    clusterId,
    // All partitions are read past their offsets, whatever the rule.
    topics: [{ name: topic, version: key.versions, id, next: ends, partitions: ends.length, partitioner: null }],
  });
  const restarted = damaged ? "damaged" : stored === null ? null : "topic_changed";
  return new ExportPlace(checkpoints, checkpoints.begin(begun, { replace: true }), {
    exportId: begun.flags.export,
    maxBytes,
    next: [...ends],
    isNew: true,
    restarted,
  });
}

type ExportKey = CheckpointKey & { readonly versions: "v2" };

/** No source has such an id. A version has to be named; it means nothing here. */
function keyOf({ topic, filter }: ExportPlaceOptions, clusterId: string): ExportKey {
  const { rule = null, sourcePart = null, dataType = null } = filter;
  return { source: `export:${JSON.stringify([clusterId, topic, rule, sourcePart, dataType])}`, versions: "v2" };
}

function beginning({ key, clusterId, topics }: Pick<Checkpoint, "clusterId" | "topics"> & { readonly key: ExportKey }) {
  return {
    ...key,
    file: null,
    origin: null,
    flags: { export: crypto.randomUUID() },
    position: { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
    counts: { read: 0, acked: 0, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
    finished: null,
    ahead: 0,
    clusterId,
    topics,
  };
}

function storedAt(
  checkpoints: CheckpointStore,
  key: ExportKey,
): { readonly stored: Checkpoint | null; readonly damaged: boolean } {
  try {
    return { stored: checkpoints.load(key), damaged: false };
  } catch (error) {
    if (error instanceof CheckpointError && error.code === "damaged") return { stored: null, damaged: true };
    throw error;
  }
}

async function openTopic({ log, topic, create }: ExportPlaceOptions): Promise<TopicDescription> {
  const known = await log.admin.describeTopic(topic);
  if (known !== null) return known;
  if (!create.allowed) {
    throw new LogError(
      "invalid_request",
      `Topic "${topic}" does not exist and topics.create is false: create it, or allow its creation`,
    );
  }
  const { replicationFactor } = create;
  try {
    // One partition keeps the letters in the order of their ids.
    await log.admin.createTopic({
      name: topic,
      partitions: 1,
      ...(replicationFactor === undefined ? {} : { replicationFactor }),
      config: { "compression.type": "producer", "max.message.bytes": String(TOPIC_MAX_MESSAGE_BYTES) },
    });
  } catch (error) {
    if (!(error instanceof LogError && error.code === "topic_exists")) throw error;
  }
  const made = await log.admin.describeTopic(topic);
  if (made === null) throw new LogError("leader_changed", `Topic "${topic}" is not visible yet`);
  return made;
}
