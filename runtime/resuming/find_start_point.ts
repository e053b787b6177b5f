/**
 * Finds where a source starts: at its beginning, or where an earlier run has left off. On return the checkpoint that
 * the run resumes from is on disk, and it is known which rows past it the topics have; nothing has been sent yet.
 *
 * @module
 */
import type { Target } from "../../actors/messages.ts";
import type { StartPoint } from "../../actors/sources/start_point.ts";
import type { AlreadyWritten } from "../../actors/delivery/already_written.ts";
import type { Partitioner } from "../../config/settings.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { FilePosition } from "../../records/content/file_position.ts";
import { isUntouched } from "../../records/content/file_stamp.ts";
import { halfRowsAt, withHalf } from "../../records/content/half_rows.ts";
import type { RowSource, SourceFile } from "../../sources/source.ts";
import type {
  Checkpoint,
  CheckpointFile,
  CheckpointKey,
  CheckpointTopic,
  StoredCheckpoint,
} from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";
import type { Observer } from "../../telemetry/events.ts";
import type { DisputedStart, DoubtedStart, KnownCheckpoint, KnownCheckpoints } from "./known_checkpoint.ts";
import type { LiveCluster, LiveTopics } from "./live_topics.ts";
import type { PlacesInRun } from "./places_in_run.ts";
import { rowsPastCheckpoint, type TopicIndex } from "./rows_in_topics.ts";
import type { UnknownLoads } from "./unknown_loads.ts";
import type { WrittenSince } from "./written_since.ts";
import { IndexedRows, type MovedRows, RowsWrittenOnce } from "./indexed_rows.ts";

/**
 * How a source starts that may have been loaded before.
 *
 * - `resume`: resumes where the checkpoint is.
 * - `restart`: from its start, also if the topics have its rows.
 * - `only_missing`: from its start; rows that the topics have are not written again.
 */
export type StartMode = "resume" | "restart" | "only_missing";

/** Rows that several files have: each is written for each of them, or the first one only. */
export type Overlap = "write" | "skip";

/** Options of {@link findStartPoint}. */
export interface StartOptions {
  readonly source: RowSource;
  /** Of the source. */
  readonly file: SourceFile;
  readonly mode: StartMode;
  /** What becomes of a row whose id another file has too. */
  readonly overlap: Overlap;
  /** What becomes of a row that the topics have as one of another file, which no longer has it. */
  readonly moved: MovedRows;
  readonly versions: VersionFlag;
  readonly targets: readonly Target[];
  /** Maximum number of rows that will be sent past a checkpoint. */
  readonly checkpointRows: number;
  readonly store: CheckpointStore;
  readonly known: KnownCheckpoints;
  readonly index: TopicIndex;
  readonly since: WrittenSince;
  readonly places: PlacesInRun;
  readonly unknown: UnknownLoads;
  readonly topics: LiveTopics;
  /** Which partition a key belongs to in this run. */
  readonly partitioner: Partitioner;
  /** 16 random hexadecimal digits. */
  readonly newOrigin: () => string;
  readonly observe: Observer;
  readonly signal: AbortSignal;
}

/**
 * Finds the start and stores its checkpoint.
 *
 * @throws {LoadRefusedError}
 * @throws {CheckpointError} `damaged`
 * @throws {StorageError}
 * @throws {TopicParkedError}
 * @throws {LogError}
 * @throws {SourceError}
 */
export async function findStartPoint(options: StartOptions): Promise<StartPoint> {
  const { mode, store, topics, targets, signal } = options;
  // Where a file is followed each row of the next one waits for both.
  const looking = topics.look(targets, signal);
  looking.catch(() => {});
  const { known, ...found } = await lookAtFile(looking, options);
  const live = await looking;
  if (known?.checkpoint && known.verdict !== "only_missing") return await goOn(known, { live, ...found }, options);
  if (known?.checkpoint) return await beginAmongAll(live, goingOn(known.checkpoint, found), options);
  const isSought = known?.verdict === "look_for_origin" || known?.verdict === "look_for_owner";
  const there = isSought ? await originThere(known, options) : null;
  // Where commits were lost, a checkpoint may have been: nothing is known of what was sent.
  const isLost = mode === "resume" && store.rolledBack;
  if (mode === "only_missing" || isLost || known?.verdict === "only_missing") {
    return await beginAmongAll(live, { ...found, origin: null, before: true }, options);
  }
  if (there !== null) return await beginAmongAll(live, { ...found, origin: there, before: true }, options);
  if (mode === "resume") await options.unknown.lookAt(live.topics, signal);
  const origin = options.newOrigin();
  const checkpoint = await begin(live, { ...found, origin, ahead: options.checkpointRows }, options);
  const written = options.overlap === "skip"
    ? await writtenOnce(origin, { doubtedRows: 0, fromStart: true }, options)
    : null;
  return { checkpoint, written, found: 0, sentTo: 0, complete: false };
}

/** The file as it is now. */
interface FoundFile {
  readonly file: CheckpointFile;
  /** Where its first row is read. */
  readonly start: FilePosition;
  /** The load of a text that it had before, whose dead letters a load from the start retires; null if there is none. */
  readonly former: CheckpointKey | null;
}

async function lookAtFile(
  looking: Promise<LiveCluster>,
  { mode, source, file, versions, known, signal }: StartOptions,
): Promise<FoundFile & { readonly known: KnownCheckpoint | DoubtedStart | DisputedStart | null }> {
  // Brokers may be away for long. What was another file meanwhile is noticed where it is followed, and only there.
  if (file.followed !== true) await looking;
  const examined = await file.examine();
  try {
    const key = { source: source.id, versions };
    const { path, formerPath } = file;
    const found = { file: named({ path, stamp: examined.stamp }, formerPath), start: await examined.start() };
    const firstRow = found.start.at.content?.samples.first ?? null;
    const live = await looking;
    const sought = { key, source: file, file: examined, firstRow, formerPath, live, name: source.name, signal };
    if (mode === "only_missing") await known.refuseOtherSettings(sought);
    if (mode !== "resume") await known.claim({ key, file: examined });
    const ofFile = mode === "resume" ? await known.find(sought) : null;
    return { ...found, known: ofFile, former: await known.formerTextOf(sought) };
  } finally {
    examined.close();
  }
}

function named(file: CheckpointFile, formerPath: string | undefined): CheckpointFile {
  return formerPath === undefined ? file : { ...file, formerPath };
}

/** The origin under which the topics have the source, null if there is none. @throws {LoadRefusedError} */
async function originThere(known: DoubtedStart | DisputedStart, options: StartOptions): Promise<string | null> {
  const { topics, targets, source, index, versions, signal } = options;
  await settleAll(options);
  const { topics: all } = await topics.look(targets, signal);
  const there = await index.originOf(source, all, signal);
  if (known.verdict === "look_for_origin") {
    if (there === null && known.origin !== null && index.isPart(source, known.origin, all)) throw known.refusal;
    return there;
  }
  if (known.verdict !== "look_for_owner" || there === known.origin) return there;
  const owner = index.ownerOf(known.origin, all);
  if (owner === null) throw known.refusal;
  const key = { source: source.id, versions };
  await options.known.release(known.origin, { key, name: source.name, owner: owner.name });
  return there;
}

async function goOn(
  known: KnownCheckpoint,
  { live, ...found }: FoundFile & { readonly live: LiveCluster },
  options: StartOptions,
): Promise<StartPoint> {
  const { store, checkpointRows, partitioner, signal } = options;
  const { checkpoint, verdict } = known;
  const file = named(found.file, found.file.formerPath ?? checkpoint.file?.formerPath);
  if (verdict === "complete") {
    // If it had to be read to know that, the next run need not.
    const known = checkpoint.file !== null && isUntouched(checkpoint.file.stamp, file.stamp);
    const stored = known ? checkpoint : await store.durably(() => store.save({ ...checkpoint, file }));
    return { checkpoint: stored, written: null, found: 0, sentTo: 0, complete: true };
  }
  const { ahead } = checkpoint;
  const past = ahead === null ? null : await rowsPast(checkpoint, { ahead, live }, options);
  if (ahead === null || past === null) {
    return await beginAmongAll(live, goingOn(checkpoint, found), options);
  }
  signal.throwIfAborted();
  const stored = await store.durably(() =>
    store.save({
      ...checkpoint,
      file,
      finished: null,
      // What was read is in this file.
      rewritten: undefined,
      topics: live.topics.map((topic) => topicOf(checkpoint, topic, { orderly: ahead === 0, partitioner })),
      ahead: Math.max(ahead, checkpointRows),
    })
  );
  return { checkpoint: stored, ...past, complete: false };
}

/** Notes what a load that resumes from its start has written of half rows. */
function goingOn({ origin, position }: Checkpoint, { file, start, former }: FoundFile) {
  const halves = halfRowsAt(position);
  return { file, former, origin, before: false, start: halves.reduce(withHalf, start) };
}

/** After an orderly end nothing of this source stands past the checkpoint, so that it can be moved to the topics' ends. */
function topicOf(
  checkpoint: Checkpoint,
  live: LiveCluster["topics"][number],
  { orderly, partitioner }: { readonly orderly: boolean; readonly partitioner: Partitioner },
): CheckpointTopic {
  const { name, id, target: { version }, offsets } = live;
  const before = checkpoint.topics.find((topic) => topic.name === name);
  const next = offsets.map(({ partition, end }) => orderly ? end : before?.next[partition] ?? 0n);
  if (orderly || before === undefined) return { name, version, id, next, partitions: next.length, partitioner };
  const sameRule = before.partitioner === partitioner;
  return { name, version, id, next, partitions: before.partitions, partitioner: sameRule ? partitioner : null };
}

/** Null if more was sent than the checkpoint says. */
async function rowsPast(
  checkpoint: Checkpoint,
  { ahead, live: before }: { readonly ahead: number; readonly live: LiveCluster },
  options: StartOptions,
): Promise<Pick<StartPoint, "written" | "found" | "sentTo"> | null> {
  const { topics, targets, signal, source, overlap, since, places, partitioner } = options;
  const sentTo = checkpoint.position.row + ahead;
  if (checkpoint.origin === null) return null;
  if (overlap === "skip") {
    const about = { doubtedRows: sentTo, fromStart: checkpoint.position.row === 0 };
    return { written: await writtenOnce(checkpoint.origin, about, options), found: 0, sentTo };
  }
  if (ahead === 0) {
    const row = await since.rowOf(checkpoint.origin, before, signal);
    if (row <= checkpoint.position.row) return { written: null, found: 0, sentTo: 0 };
    const reasons = [
      `The topics have row ${row} of it, and its checkpoint ends at row ${checkpoint.position.row}: the data folder was put back from a copy.`,
    ];
    options.observe({ type: "checkpoint_doubted", stage: "receiving", source: source.name, reasons });
    return null;
  }
  await settleAll(options);
  const live = await topics.look(targets, signal);
  const rows = await rowsPastCheckpoint({
    reader: topics,
    source,
    checkpoint,
    rows: ahead,
    topics: live.topics,
    partitioner,
    places,
    signal,
  });
  return rows === null ? null : { written: rows, found: rows.size, sentTo: rows.anySent ? sentTo : 0 };
}

/**
 * From the source's start, and nothing that the topics have already is written: nothing else is known. Which record a row
 * has taken is not stored, so that it begins at the first row each time.
 *
 * @param about.origin that of the load that resumes, null if none is known
 * @param about.before whether its own records were there before the load began
 */
async function beginAmongAll(
  live: LiveCluster,
  about: FoundFile & { readonly origin: string | null; readonly before: boolean },
  options: StartOptions,
): Promise<StartPoint> {
  const { topics, targets, index, source, signal, newOrigin, overlap, moved, known, versions } = options;
  await settleAll(options);
  const { topics: all } = await topics.look(targets, signal);
  const found = await index.of(source, all, signal);
  const there = await index.originOf(source, all, signal);
  const origin = about.origin ?? there ?? newOrigin();
  await known.adopt(origin, { key: { source: source.id, versions }, name: source.name });
  const checkpoint = await begin(live, { ...about, origin, ahead: null }, options);
  // Rows that are refused again get letters again, and may have been replayed under other numbers.
  for (const { name, target: { version } } of all) {
    if (!found.hasAnyReplayed(name, version)) continue;
    options.store.replays.set({ topic: name, version }, { next: [], reopened: true });
  }
  const rows = { index: found, origin, file: source.id, kind: source.kind };
  const written = overlap === "skip"
    ? new RowsWrittenOnce({ ...rows, fromStart: true })
    : new IndexedRows({ ...rows, before: about.before, moved });
  return { checkpoint, written, found: 0, sentTo: 0, complete: false };
}

/** @param about.doubtedRows rows up to this one may have been sent */
async function writtenOnce(
  origin: string,
  { doubtedRows, fromStart }: { readonly doubtedRows: number; readonly fromStart: boolean },
  options: StartOptions,
): Promise<AlreadyWritten> {
  const { topics, targets, index, source, signal } = options;
  await settleAll(options);
  const { topics: all } = await topics.look(targets, signal);
  // The files of the run tell which of two rows is the newer one.
  if (doubtedRows > 0 && all.some(({ compacted }) => compacted)) await index.originOf(source, all, signal);
  return new RowsWrittenOnce({
    index: await index.of(source, all, signal),
    origin,
    file: source.id,
    kind: source.kind,
    doubtedRows,
    fromStart,
  });
}

async function settleAll({ topics, targets, signal, mode, store }: StartOptions): Promise<void> {
  // Each load has a checkpoint before its first send, unless the folder was lost, or its last commits.
  const origins = mode === "only_missing" || store.rolledBack ? null : () => originsOf(store);
  for (const { topic } of targets) await topics.settle(topic, signal, origins);
}

function originsOf(store: CheckpointStore): ReadonlySet<string> {
  const origins = store.list().flatMap((entry) =>
    entry.ok ? [entry.checkpoint.origin, ...entry.checkpoint.formerOrigins ?? []] : []
  );
  return new Set(origins.filter((origin) => origin !== null));
}

/** What is noted of the dead letters of the load before. */
const WHY_FROM_START: Readonly<Record<StartMode, string>> = {
  resume: "the source was loaded from its start: a new load",
  restart: "the source was loaded from its start: --restart",
  only_missing: "the source was loaded from its start: --only-missing",
};

async function begin(
  { clusterId, topics }: LiveCluster,
  { file, start, former, origin, ahead }: FoundFile & { readonly origin: string; readonly ahead: number | null },
  { source, versions, file: { flags }, mode, store, partitioner, observe, signal }: StartOptions,
): Promise<StoredCheckpoint> {
  signal.throwIfAborted();
  const nothing = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
  const { checkpoint, retired } = await store.durably(() =>
    store.beginAgain({
      source: source.id,
      versions,
      file,
      origin,
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
        partitioner,
      })),
    }, { why: WHY_FROM_START[mode], former, forget: mode === "restart" })
  );
  if (retired > 0) {
    observe({ type: "dead_letters_retired", stage: "receiving", source: source.name, count: retired });
  }
  return checkpoint;
}
