/**
 * Whether a checkpoint is of the file, the settings and the topics of the load that is about to begin.
 *
 * @module
 */
import type { VersionFlag } from "../config/settings.ts";
import { canonicalFlags, type Checkpoint, type SourceFlags } from "./checkpoint.ts";
import { type FileIdentity, FileMarker, FileShrunkError } from "./file_identity.ts";

/** What a load is about to read. */
export interface LoadCandidate {
  readonly path: string;
  readonly versions: VersionFlag;
  readonly flags: SourceFlags;
}

/** What was noticed. The codes are a closed list. */
export interface CheckpointReason {
  readonly code:
    | "version_differs" // another setting of the version flag
    | "flags_differ" // other settings: rows mean something else
    | "cluster_differs" // another cluster
    | "topic_differs" // another topic, or one that was deleted and made again
    | "topic_behind" // the topic ends before what was acknowledged
    | "partitions_added"
    | "no_file" // the checkpoint is of something else than a file
    | "missing" // there is no such file
    | "truncated" // the file is shorter than it was
    | "content_differs" // the bytes that were read are not there
    | "row_continued" // the last row had no line end, and goes on now
    | "appended" // the file is longer than it was
    | "touched" // something was written to it, or its time was set
    | "renamed" // it has another path
    | "other_inode"; // it is another file of the same content: a copy, or replaced by one
  /** One sentence. */
  readonly text: string;
}

/**
 * What a checkpoint is worth for a load.
 *
 * - `same`: go on at the position; if it is finished, there is nothing to do.
 * - `grown`: the same, and there is more after it.
 * - `changed`: what was read is not there any more. A new load.
 * - `other_load`: the file is not looked at: other settings, another version or other topics. A new load.
 */
export interface CheckpointVerdict {
  readonly verdict: "same" | "grown" | "changed" | "other_load";
  /** What led to it, and what is worth telling. */
  readonly reasons: readonly CheckpointReason[];
}

const LF = 0x0a;

/**
 * Compares a checkpoint with a file. What a mark of content notices and what not is said in file_identity.ts. The file may
 * be written to meanwhile; only what was read of it counts.
 *
 * Rejects with an error of `Deno.errors` if the file is there and cannot be read.
 */
export async function verifyCheckpoint(checkpoint: Checkpoint, candidate: LoadCandidate): Promise<CheckpointVerdict> {
  const differences = differencesOf(checkpoint, candidate);
  if (differences.length > 0) return { verdict: "other_load", reasons: differences };
  const { file } = checkpoint;
  if (file === null) {
    return changed("no_file", `The checkpoint is of something else than a file, so ${candidate.path} is not known.`);
  }
  try {
    using marker = await FileMarker.open(candidate.path);
    return await compare(checkpoint, file, marker);
  } catch (error) {
    if (error instanceof FileShrunkError) return changed("truncated", error.message);
    if (error instanceof Deno.errors.NotFound) return changed("missing", `There is no file ${candidate.path}.`);
    throw error;
  }
}

/**
 * The checkpoint of a file that has another name now: a log that was rotated, a folder that was moved. Null if none of them
 * is of this file's content, or if they have read nothing yet.
 */
export async function findMovedCheckpoint<Found extends Checkpoint>(
  checkpoints: readonly Found[],
  candidate: LoadCandidate,
): Promise<{ readonly checkpoint: Found; readonly result: CheckpointVerdict } | null> {
  for (const checkpoint of checkpoints) {
    if (checkpoint.file === null || checkpoint.position.offset === 0) continue;
    const result = await verifyCheckpoint(checkpoint, candidate);
    if (result.verdict === "same" || result.verdict === "grown") return { checkpoint, result };
  }
  return null;
}

async function compare(checkpoint: Checkpoint, then: FileIdentity, marker: FileMarker): Promise<CheckpointVerdict> {
  const now = await marker.identifyAgain(then.content);
  if (now.content.head !== then.content.head || now.content.tail !== then.content.tail) {
    return changed(
      "content_differs",
      `The first ${then.content.bytes} bytes of ${now.path} are not those that ${
        then.content.compressed ? "it had" : "were read"
      }.`,
    );
  }
  if (now.size < then.size) {
    return changed("truncated", `${now.path} has ${now.size} bytes, and had ${then.size} when it was read.`);
  }
  const notes = notesOf(then, now);
  if (now.size === then.size) return { verdict: "same", reasons: notes };
  const { content } = then;
  // Of a compressed file, the last byte of the content is not at hand: the source looks at it when it is opened there.
  const endedThere = !content.compressed && content.bytes === then.size &&
    content.bytes === checkpoint.position.offset;
  if (endedThere && content.bytes > 0 && await marker.byteAt(content.bytes - 1) !== LF) {
    const text = `The last row of ${now.path} had no line end when it was read, and was written on since.`;
    return changed("row_continued", text);
  }
  const more = now.size - then.size;
  return { verdict: "grown", reasons: [{ code: "appended", text: `${now.path} has ${more} bytes more.` }, ...notes] };
}

function differencesOf(checkpoint: Checkpoint, { versions, flags }: LoadCandidate): CheckpointReason[] {
  const reasons: CheckpointReason[] = [];
  if (checkpoint.versions !== versions) {
    const text = `It was loaded as ${checkpoint.versions}, and is now to be loaded as ${versions}.`;
    reasons.push({ code: "version_differs", text });
  }
  const names = new Set([...Object.keys(checkpoint.flags), ...Object.keys(flags)]);
  const differing = [...names].sort().filter((name) => checkpoint.flags[name] !== flags[name]);
  if (canonicalFlags(checkpoint.flags) !== canonicalFlags(flags)) {
    const each = differing.map((name) => `${name} was ${shown(checkpoint.flags[name])}, is ${shown(flags[name])}`);
    reasons.push({ code: "flags_differ", text: `Its settings were other ones: ${each.join("; ")}.` });
  }
  return reasons;
}

function shown(value: SourceFlags[string] | undefined): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** Other circumstances of the same content. */
function notesOf(then: FileIdentity, now: FileIdentity): CheckpointReason[] {
  const notes: CheckpointReason[] = [];
  if (now.path !== then.path) notes.push({ code: "renamed", text: `${then.path} is now ${now.path}.` });
  if (now.inode !== then.inode || now.device !== then.device) {
    notes.push({ code: "other_inode", text: `${now.path} is another file with the content that was read.` });
  } else if (now.modifiedAt !== then.modifiedAt && now.size === then.size) {
    const text = `${now.path} was written to since, or its time was set; its size and what was compared are the same.`;
    notes.push({ code: "touched", text });
  }
  return notes;
}

function changed(code: CheckpointReason["code"], text: string): CheckpointVerdict {
  return { verdict: "changed", reasons: [{ code, text }] };
}

/** A topic as it is now. */
export interface LiveTopic {
  readonly name: string;
  readonly id: string | null;
  /** One past the last offset of each partition. */
  readonly ends: readonly bigint[];
}

/**
 * Compares a checkpoint with the topics that the load is about to write to.
 *
 * - `same`: read each partition from `next`.
 * - `grown`: the same, and partitions were added: read those from 0.
 * - `other_load`: it is another cluster or topic, or the topic ends before what was acknowledged. A new load.
 */
export function verifyTopics(
  checkpoint: Checkpoint,
  live: { readonly clusterId: string; readonly topics: readonly LiveTopic[] },
): CheckpointVerdict & { readonly verdict: "same" | "grown" | "other_load" } {
  const against: CheckpointReason[] = [];
  const added: CheckpointReason[] = [];
  if (checkpoint.clusterId !== live.clusterId) {
    const text = `It was loaded into cluster ${checkpoint.clusterId}, and this is ${live.clusterId}.`;
    against.push({ code: "cluster_differs", text });
  }
  for (const { name, id, next } of checkpoint.topics) {
    const topic = live.topics.find((candidate) => candidate.name === name);
    if (topic === undefined) {
      against.push({ code: "topic_differs", text: `It was loaded into topic ${name}, which is not written to now.` });
    } else if (id !== null && topic.id !== null && topic.id !== id) {
      against.push({ code: "topic_differs", text: `Topic ${name} was deleted and made again since.` });
    } else if (next.some((offset, partition) => (topic.ends[partition] ?? -1n) < offset)) {
      against.push({ code: "topic_behind", text: `Topic ${name} ends before what it had acknowledged.` });
    } else if (topic.ends.length > next.length) {
      added.push({
        code: "partitions_added",
        text: `Topic ${name} had ${next.length} partitions, has ${topic.ends.length}.`,
      });
    }
  }
  if (against.length > 0) return { verdict: "other_load", reasons: against };
  return { verdict: added.length > 0 ? "grown" : "same", reasons: added };
}
