/**
 * The note that records of a replay may be in a topic whose letters are still there, or there again: the next replay reads the
 * topic before it writes.
 *
 * @module
 */
import { NO_OPEN_INSTANT } from "../records/open_instant.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import type { CheckpointKey, CheckpointTopic } from "./checkpoint.ts";
import type { CheckpointStore } from "./checkpoints.ts";

/** A topic as one version is written to it. */
export interface ReplayTopic {
  readonly topic: string;
  readonly version: SchemaVersion;
}

/** What is noted. */
export interface ReplayMark extends ReplayTopic {
  readonly clusterId: string;
  readonly id: CheckpointTopic["id"];
  /** By partition, from where on the topic is to be read; its start where there is none. */
  readonly next: readonly bigint[];
  /** A load has opened letters again whose rows may have been replayed under other numbers. */
  readonly reopened: boolean;
}

/** @throws {StorageError} */
export function markReplay(
  store: Pick<CheckpointStore, "begin">,
  { topic, version, clusterId, id, next, reopened }: ReplayMark,
): void {
  store.begin({
    ...replayMarkKey({ topic, version }),
    file: null,
    origin: null,
    flags: {},
    position: { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
    counts: { read: 0, acked: 0, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
    finished: null,
    ahead: reopened ? null : 0,
    clusterId,
    topics: [{ name: topic, version, id, next, partitions: next.length, partitioner: null }],
  }, { replace: true });
}

/** Under which it is stored. No source has such an id: they begin with a data type. */
export function replayMarkKey({ topic, version }: ReplayTopic): CheckpointKey {
  return { source: `replay:${topic}`, versions: version };
}
