/**
 * Finds where a source starts: at its beginning, or where an earlier run has left off. On return the checkpoint that the run
 * goes on from is on disk, and it is known which rows past it the topics have; nothing has been sent yet.
 *
 * @module
 */
import type { Target } from "../actors/messages.ts";
import type { SourceMarker, StartPoint } from "../actors/start_point.ts";
import type { WrittenRows } from "../actors/written_rows.ts";
import type { VersionFlag } from "../config/settings.ts";
import { NO_OPEN_INSTANT } from "../records/open_instant.ts";
import type { RowSource } from "../sources/source.ts";
import type { Checkpoint, CheckpointTopic, SourceFlags, StoredCheckpoint } from "../state/checkpoint.ts";
import type { CheckpointStore } from "../state/checkpoints.ts";
import type { FileIdentity } from "../state/file_identity.ts";
import type { Observer } from "../telemetry/events.ts";
import type { Log } from "../transport/log.ts";
import type { KnownCheckpoint, KnownCheckpoints } from "./known_checkpoint.ts";
import type { LiveCluster, LiveTopics } from "./live_topics.ts";
import { rowsPastCheckpoint, type TopicIndex } from "./rows_in_topics.ts";
import { IndexedRows } from "./written_rows.ts";

/**
 * How a source starts that may have been loaded before.
 *
 * - `resume`: goes on where the checkpoint is.
 * - `restart`: from its start, whatever is in the topics.
 * - `only_missing`: from its start; rows that the topics have are not written again.
 */
export type StartMode = "resume" | "restart" | "only_missing";

/** Options of {@link findStartPoint}. */
export interface StartOptions {
  readonly source: RowSource;
  readonly marker: SourceMarker;
  readonly flags: SourceFlags;
  readonly mode: StartMode;
  readonly versions: VersionFlag;
  readonly targets: readonly Target[];
  /** At most so many rows will be sent past a checkpoint. */
  readonly checkpointRows: number;
  readonly store: CheckpointStore;
  readonly known: KnownCheckpoints;
  readonly index: TopicIndex;
  readonly topics: LiveTopics;
  readonly log: Log;
  readonly observe: Observer;
  readonly signal: AbortSignal;
}

/**
 * Finds the start and stores its checkpoint.
 *
 * @throws {CheckpointError} `damaged`
 * @throws {StateFileError}
 * @throws {TopicParkedError}
 * @throws {LogError}
 * @throws {SourceError}
 */
export async function findStartPoint(options: StartOptions): Promise<StartPoint> {
  const { mode, source, store, flags, topics, targets, marker, versions, signal } = options;
  const live = await topics.look(targets, signal);
  const file = await marker.identify(0);
  if (mode === "resume") {
    const key = { source: source.id, versions };
    const known = await options.known.find({ key, flags, file, live, name: source.name, signal });
    if (known !== null) return await goOn(known, live, options);
  }
  // Where commits were lost, a checkpoint may have been: nothing is known of what was sent.
  if (mode === "only_missing" || (mode === "resume" && store.rolledBack)) {
    const written = await everythingIn(options);
    return { checkpoint: begin(live, { file, ahead: null }, options), written, found: 0, complete: false };
  }
  const checkpoint = begin(live, { file, ahead: options.checkpointRows }, options);
  return { checkpoint, written: null, found: 0, complete: false };
}

async function goOn(known: KnownCheckpoint, live: LiveCluster, options: StartOptions): Promise<StartPoint> {
  const { store, checkpointRows, marker, signal } = options;
  const { checkpoint, fileGrown } = known;
  if (checkpoint.finished !== null && !fileGrown) return { checkpoint, written: null, found: 0, complete: true };
  const written = await rowsPast(known, options);
  const { position, ahead } = checkpoint;
  const file = await marker.identify(position.offset);
  signal.throwIfAborted();
  const stored = store.save({
    ...checkpoint,
    file,
    finished: null,
    topics: live.topics.map((topic) => topicOf(checkpoint, topic, ahead === 0)),
    ahead: ahead === null ? null : Math.max(ahead, checkpointRows),
  });
  return { checkpoint: stored, written, found: written?.size ?? 0, complete: false };
}

/** After an orderly end nothing of this source stands past the checkpoint, so that it can be moved to the topics' ends. */
function topicOf(checkpoint: Checkpoint, live: LiveCluster["topics"][number], orderly: boolean): CheckpointTopic {
  const { name, id, target: { version }, offsets } = live;
  const before = checkpoint.topics.find((topic) => topic.name === name);
  const next = offsets.map(({ partition, end }) => orderly ? end : before?.next[partition] ?? 0n);
  return { name, version, id, next, partitions: orderly ? next.length : before?.partitions ?? next.length };
}

async function rowsPast(
  { checkpoint }: KnownCheckpoint,
  options: StartOptions,
): Promise<(WrittenRows & { readonly size?: number }) | null> {
  const { topics, targets, log, signal, source } = options;
  const { ahead } = checkpoint;
  if (ahead === 0) return null;
  if (ahead === null) return await everythingIn(options);
  for (const { topic } of targets) await topics.settle(topic, signal);
  const live = await topics.look(targets, signal);
  return await rowsPastCheckpoint({ log, source, checkpoint, rows: ahead, topics: live.topics, signal });
}

async function everythingIn({ topics, targets, index, signal }: StartOptions): Promise<WrittenRows> {
  for (const { topic } of targets) await topics.settle(topic, signal);
  const live = await topics.look(targets, signal);
  return new IndexedRows(await index.of(live.topics, signal));
}

/** What is noted of the dead letters of the load before. */
const WHY_FROM_START: Readonly<Record<StartMode, string>> = {
  resume: "the source was loaded from its start: a new load",
  restart: "the source was loaded from its start: --restart",
  only_missing: "the source was loaded from its start: --only-missing",
};

function begin(
  { clusterId, topics }: LiveCluster,
  { file, ahead }: { readonly file: FileIdentity; readonly ahead: number | null },
  { source, versions, flags, mode, store, observe, signal }: StartOptions,
): StoredCheckpoint {
  signal.throwIfAborted();
  const nothing = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
  const { checkpoint, retired } = store.beginAgain({
    source: source.id,
    versions,
    file,
    flags,
    position: { row: 0, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
    counts: { read: 0, ...nothing, versions: {} },
    finished: null,
    ahead,
    clusterId,
    topics: topics.map(({ name, id, target, offsets }) => ({
      name,
      version: target.version,
      id,
      next: offsets.map(({ end }) => end),
      partitions: offsets.length,
    })),
  }, WHY_FROM_START[mode]);
  if (retired > 0) {
    observe({ type: "dead_letters_retired", stage: "receiving", source: source.name, count: retired });
  }
  return checkpoint;
}
