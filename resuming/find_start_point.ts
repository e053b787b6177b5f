/**
 * Finds where a source starts: at its beginning, or where an earlier run has left off. On return the checkpoint that the run
 * goes on from is on disk, and it is known which rows past it the topics have; nothing has been sent yet.
 *
 * @module
 */
import type { Target } from "../actors/messages.ts";
import type { StartPoint } from "../actors/start_point.ts";
import type { WrittenRows } from "../actors/written_rows.ts";
import type { VersionFlag } from "../config/settings.ts";
import { isUntouched } from "../records/file_stamp.ts";
import type { RowSource, SourceFile, SourcePosition } from "../sources/source.ts";
import type { Checkpoint, CheckpointFile, CheckpointTopic, StoredCheckpoint } from "../state/checkpoint.ts";
import type { CheckpointStore } from "../state/checkpoints.ts";
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
  /** Of the source. */
  readonly file: SourceFile;
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
  readonly signal: AbortSignal;
}

/**
 * Finds the start and stores its checkpoint.
 *
 * @throws {LoadRefusedError}
 * @throws {CheckpointError} `damaged`
 * @throws {StateFileError}
 * @throws {TopicParkedError}
 * @throws {LogError}
 * @throws {SourceError}
 */
export async function findStartPoint(options: StartOptions): Promise<StartPoint> {
  const { mode, store, topics, targets, signal } = options;
  const live = await topics.look(targets, signal);
  const { known, ...found } = await lookAtFile(live, options);
  if (known !== null && known.verdict !== "only_missing") return await goOn(known, { live, ...found }, options);
  // Where commits were lost, a checkpoint may have been: nothing is known of what was sent.
  if (mode === "only_missing" || known !== null || (mode === "resume" && store.rolledBack)) {
    const written = await everythingIn(options);
    return { checkpoint: begin(live, { ...found, ahead: null }, options), written, found: 0, complete: false };
  }
  const checkpoint = begin(live, { ...found, ahead: options.checkpointRows }, options);
  return { checkpoint, written: null, found: 0, complete: false };
}

/** The file as it is now. */
interface FoundFile {
  readonly file: CheckpointFile;
  /** Where its first row is read. */
  readonly start: SourcePosition;
}

async function lookAtFile(
  live: LiveCluster,
  { mode, source, file, versions, known, signal }: StartOptions,
): Promise<FoundFile & { readonly known: KnownCheckpoint | null }> {
  const examined = await file.examine();
  try {
    const key = { source: source.id, versions };
    const found = { file: { path: file.path, stamp: examined.stamp }, start: await examined.start() };
    if (mode === "resume") {
      const options = { key, source: file, file: examined, live, name: source.name, signal };
      return { ...found, known: await known.find(options) };
    }
    await known.keepOther({ key, file: examined });
    return { ...found, known: null };
  } finally {
    examined.close();
  }
}

async function goOn(
  known: KnownCheckpoint,
  { live, file }: { readonly live: LiveCluster; readonly file: CheckpointFile },
  options: StartOptions,
): Promise<StartPoint> {
  const { store, checkpointRows, signal } = options;
  const { checkpoint, verdict } = known;
  if (verdict === "complete") {
    // If it had to be read to know that, the next run need not.
    const known = checkpoint.file !== null && isUntouched(checkpoint.file.stamp, file.stamp);
    const stored = known ? checkpoint : store.save({ ...checkpoint, file });
    return { checkpoint: stored, written: null, found: 0, complete: true };
  }
  const written = await rowsPast(known, options);
  const { ahead } = checkpoint;
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

function begin(
  { clusterId, topics }: LiveCluster,
  { file, start, ahead }: FoundFile & { readonly ahead: number | null },
  { source, versions, file: { flags }, store, signal }: StartOptions,
): StoredCheckpoint {
  signal.throwIfAborted();
  const nothing = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
  return store.begin({
    source: source.id,
    versions,
    file,
    flags,
    position: start,
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
  }, { replace: true });
}
