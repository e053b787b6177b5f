/**
 * The files that earlier runs have read of, as far as their checkpoints tell before they are read again: a data folder may know
 * tens of thousands of rotated files, and a follow runs for months.
 *
 * @module
 */
import { type FileStamp, isSameFile } from "../../records/content/file_stamp.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import type { CheckpointStore } from "../../state/checkpoints.ts";

/** What is kept in memory of a checkpoint. */
export interface KnownFile {
  readonly key: CheckpointKey;
  /** As it is in the checkpoint. */
  readonly path: string;
  readonly formerPath: string | undefined;
  readonly stamp: FileStamp;
  /** Hash of its first row; null if that is not settled. */
  readonly first: string | null;
  /** Null if it was not read to its end. */
  readonly end: StoredCheckpoint["finished"];
  /** When its load began, which no other one of the source did. */
  readonly startedAt: number;
  readonly writtenAt: number;
}

/** Null for what is of no file. */
export function knownFileOf(checkpoint: StoredCheckpoint): KnownFile | null {
  const { source, versions, file, position, finished: end, startedAt, writtenAt } = checkpoint;
  if (file === null) return null;
  const { path, formerPath, stamp } = file, first = position.at.content?.samples.first ?? null;
  return { key: { source, versions }, path, formerPath, stamp, first, end, startedAt, writtenAt };
}

/** Those of a setting of the version flag. */
export function knownFilesIn(
  store: Pick<CheckpointStore, "list">,
  versions: CheckpointKey["versions"],
): readonly KnownFile[] {
  const known: KnownFile[] = [];
  for (const entry of store.list()) {
    const file = entry.ok && entry.checkpoint.versions === versions ? knownFileOf(entry.checkpoint) : null;
    if (file !== null) known.push(file);
  }
  return known;
}

/**
 * The checkpoint itself. Null if a source of this run has it by now, and what stands under its key is of another load.
 *
 * @throws {CheckpointError} `damaged`
 */
export function checkpointOf(
  { key, startedAt }: KnownFile,
  store: Pick<CheckpointStore, "load">,
): StoredCheckpoint | null {
  const checkpoint = store.load(key);
  return checkpoint?.startedAt === startedAt ? checkpoint : null;
}

/** Whether some load has read of a file, under any name. */
export function isAmong(stamp: FileStamp, known: readonly KnownFile[]): boolean {
  return known.some((file) => isSameFile(file.stamp, stamp));
}
