/**
 * The checkpoint that a source can go on from: its own, or that of a file that has its name no more.
 *
 * A rotated file keeps its content under another name, and another file takes its name. So a checkpoint whose file was
 * replaced is put aside instead of forgotten, and a file without a checkpoint of its own looks among the others.
 *
 * @module
 */
import type { CheckpointKey, SourceFlags, StoredCheckpoint } from "../state/checkpoint.ts";
import type { CheckpointStore } from "../state/checkpoints.ts";
import type { FileIdentity } from "../state/file_identity.ts";
import {
  type CheckpointReason,
  type CheckpointVerdict,
  findMovedCheckpoint,
  verifyCheckpoint,
  verifyTopics,
} from "../state/verify_checkpoint.ts";
import type { Observer } from "../telemetry/events.ts";
import type { LiveCluster } from "./live_topics.ts";

/** What a source is compared with. */
export interface KnownCheckpointOptions {
  readonly store: CheckpointStore;
  readonly key: CheckpointKey;
  readonly flags: SourceFlags;
  /** The file as it is now. */
  readonly file: FileIdentity;
  readonly live: LiveCluster;
  /** For events. */
  readonly name: string;
  readonly observe: Observer;
}

/** A checkpoint of this very load. */
export interface KnownCheckpoint {
  readonly checkpoint: StoredCheckpoint;
  /** True if the file has more now than when it was read. */
  readonly fileGrown: boolean;
}

/**
 * Null if there is none, so that the source is to be loaded from its start; if there was one, the observer is told why it
 * does not count.
 *
 * @throws {CheckpointError} `damaged`
 * @throws {StateFileError}
 */
export async function knownCheckpoint(options: KnownCheckpointOptions): Promise<KnownCheckpoint | null> {
  const { store, key, file, observe, name } = options;
  const own = store.load(key);
  if (own !== null) {
    const judged = await judge(own, options);
    if (judged.known !== null) return judged.known;
    observe({ type: "checkpoint_discarded", stage: "receiving", source: name, reasons: textOf(judged.reasons) });
    if (own.file !== null && !isSameFile(own.file, file)) store.rename(key, asideName(own, own.file));
  }
  const candidate = { path: file.path, versions: key.versions, flags: options.flags };
  const moved = await findMovedCheckpoint(await displaced(options), candidate);
  if (moved === null) return null;
  const { known } = judgeTopics(moved.checkpoint, moved.result, options);
  if (known === null) return null;
  observe({ type: "checkpoint_adopted", stage: "receiving", source: name, from: moved.checkpoint.source });
  return { ...known, checkpoint: store.rename(moved.checkpoint, key.source) };
}

interface Judged {
  readonly known: KnownCheckpoint | null;
  readonly reasons: readonly CheckpointReason[];
}

async function judge(checkpoint: StoredCheckpoint, options: KnownCheckpointOptions): Promise<Judged> {
  const { key: { versions }, flags, file: { path } } = options;
  return judgeTopics(checkpoint, await verifyCheckpoint(checkpoint, { path, versions, flags }), options);
}

function judgeTopics(
  checkpoint: StoredCheckpoint,
  content: CheckpointVerdict,
  { live: { clusterId, topics } }: KnownCheckpointOptions,
): Judged {
  if (content.verdict !== "same" && content.verdict !== "grown") return { known: null, reasons: content.reasons };
  const live = topics.map(({ name, id, offsets }) => ({ name, id, ends: offsets.map(({ end }) => end) }));
  const { verdict, reasons } = verifyTopics(checkpoint, { clusterId, topics: live });
  if (verdict === "other_load") return { known: null, reasons };
  return { known: { checkpoint, fileGrown: content.verdict === "grown" }, reasons: [] };
}

/** Checkpoints of files that are not where they were: candidates for a file that has none. */
async function displaced({ store, key, file }: KnownCheckpointOptions): Promise<StoredCheckpoint[]> {
  const candidates: StoredCheckpoint[] = [];
  for (const entry of store.list()) {
    if (!entry.ok) continue;
    const { checkpoint } = entry;
    if (checkpoint.source === key.source || checkpoint.file === null) continue;
    if (isSameFile(checkpoint.file, file) || !await exists(checkpoint.file.path)) candidates.push(checkpoint);
  }
  return candidates;
}

function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  return one.inode !== null && one.inode === other.inode && one.device === other.device;
}

/** Names no source: those begin with a data type and a path. */
function asideName({ source, startedAt }: StoredCheckpoint, { device, inode }: FileIdentity): string {
  return `replaced:${device}/${inode}/${startedAt}:${source}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function textOf(reasons: readonly CheckpointReason[]): readonly string[] {
  return reasons.map(({ text }) => text);
}
