/**
 * What a checkpoint is worth for the load that is about to begin. All the decisions are here: whether it is of the
 * file, of the settings and of the topics, and what follows from a difference. Where it is doubtful, rows are never
 * written again.
 *
 * @module
 */
import { compressionOfName } from "../../storage/compression.ts";
import { isSameFile, isUntouched } from "../../records/content/file_stamp.ts";
import type { ExaminedFile, SourceFile } from "../../sources/source.ts";
import { canonicalFlags, type Checkpoint, type CheckpointFile, type SourceFlags } from "../../state/checkpoint.ts";
import { isReplaced } from "../../state/replaced_source.ts";
import { isBlank } from "./other_checkpoints.ts";

/** A topic as it is now. */
export interface TopicEnds {
  readonly name: string;
  readonly id: string | null;
  /** One past the last offset of each partition. */
  readonly ends: readonly bigint[];
}

/** What a load is about to read, and where it writes. */
export interface LoadCandidate {
  readonly source: Pick<SourceFile, "path" | "flags" | "takesLastLine" | "followed">;
  readonly file: ExaminedFile;
  readonly clusterId: string;
  readonly topics: readonly TopicEnds[];
}

/** What was noticed. The codes are a closed list. */
export interface CheckpointReason {
  /** What it is; the comments say it for each code. */
  readonly code:
    | "no_file" // the checkpoint is of something else than a file
    | "other_content" // another file under this name
    | "content_changed" // some of the rows that were read are there, and others not
    | "truncated" // the file is shorter than what was read of it
    | "joined" // what comes after what was read of it was loaded as another file's
    | "replayed" // rows of it that a load had refused were written since
    | "cut_short" // all of it is the beginning of what was read or sent
    | "rewritten" // it was written anew while it was read
    | "flags_differ" // other settings: rows mean something else
    | "cluster_differs" // another cluster
    | "topic_differs" // another topic, or one that was deleted and made again
    | "topic_behind" // the topic ends before what was acknowledged
    | "partitions_added"
    | "appended" // the file is longer than it was
    | "touched" // something was written to it, or its time was set
    | "other_versions" // rows after it may have been written under another setting of the version flag
    | "other_order" // a file that comes before it in the run was loaded after it
    | "killed" // a load that may have been of it was killed before anything was marked
    | "renamed" // it has another path
    | "other_inode"; // it is another file of the same content: a copy, or replaced by one
  /** One sentence. */
  readonly text: string;
}

/**
 * What a checkpoint is worth for a load.
 *
 * - `complete`: everything is written.
 * - `go_on`: resume at its position.
 * - `only_missing`: the topics are not what they were: what they have is read, the rest written.
 * - `refused`: a person has to choose.
 * - `other_file`: it is of a file that no longer has this name. A new load.
 */
export interface CheckpointVerdict {
  readonly verdict: "complete" | "go_on" | "only_missing" | "refused" | "other_file";
  /** What led to it, and what is worth telling. */
  readonly reasons: readonly CheckpointReason[];
}

/** Compares a checkpoint with a load. The file may be written to meanwhile. @throws {SourceError} */
export async function verifyCheckpoint(checkpoint: Checkpoint, candidate: LoadCandidate): Promise<CheckpointVerdict> {
  const { file } = checkpoint;
  const { source } = candidate;
  if (file === null) return because("other_file", "no_file", "The checkpoint is of something else than a file.");
  const content = await verifyContent(checkpoint, file, candidate);
  if (content.verdict === "refused" || content.verdict === "other_file") return content;
  const differing = otherSettingsOf(checkpoint, source);
  // Of nothing no row means something else.
  if (differing !== null) return { verdict: isBlank(checkpoint) ? "other_file" : "refused", reasons: [differing] };
  const topics = verifyTopics(checkpoint, candidate);
  return topics.verdict === "only_missing" ? topics : { ...content, reasons: [...content.reasons, ...topics.reasons] };
}

async function verifyContent(
  checkpoint: Checkpoint,
  then: CheckpointFile,
  { file, source: { path, takesLastLine, followed = false } }: LoadCandidate,
): Promise<CheckpointVerdict> {
  const { finished, position, rewritten = false } = checkpoint;
  const heldBack = finished?.heldBack ?? null;
  const isUntaken = heldBack !== null && heldBack.openQuote !== true && takesLastLine;
  const atEnd = finished === null || isUntaken || followed ? "go_on" : "complete";
  // An inode that was given to a file of another compression is not that of what was read.
  const isIt = isSameFile(then.stamp, file.stamp) && compressionOfName(then.path) === compressionOfName(path);
  if (rewritten && isIt) {
    const text =
      `It was written anew while its first ${position.row} rows were read, so it is not known which rows those were.`;
    return because("refused", "rewritten", text);
  }
  if (isUntouched(then.stamp, file.stamp)) return { verdict: atEnd, reasons: notesOf(then, { path, file }) };
  const { content } = position.at;
  if (content === undefined) return because("only_missing", "no_file", "The checkpoint does not say what was read.");
  // A mark of nothing fits every file.
  if (content.bytes === 0 && !isIt) {
    const text = "It is another file by now, and nothing was settled of the first by which it could be known.";
    return because("other_file", "other_inode", text);
  }
  // Its inode tells less than its rows under another name, which may be that of a file which was removed, and after
  // another content was found there.
  const isNamed = (path === then.path && !isReplaced(checkpoint.source)) || content.samples.first === null;
  // Its samples are lines: a change in each of them, or in the only one, hides all rows that are still there.
  const mayBeIt = isNamed && file.hasLists;
  if (content.bytes === 0 && !isNamed && !(await file.isRelated(content))) return otherContent();
  // Where nothing was written, a compressed file may be compressed better as well.
  if (content.bytes === 0 && !isBlank(checkpoint) && file.stamp.size < then.stamp.size) {
    const text = `It has ${file.stamp.size} bytes, and had ${then.stamp.size} when its load began: it was cut.`;
    return because("refused", "truncated", text);
  }
  if (content.bytes === 0 && content.samples.first !== null && !(await file.beginsAs(content))) {
    if (!mayBeIt && !(await file.isRelated(content))) return otherContent();
    return because("refused", "content_changed", "Its content was changed from its first row on.");
  }
  const found = await file.compare(content);
  if (found.type !== "same") {
    if (!mayBeIt && !found.related) return otherContent();
    const where = `from a byte between ${found.from} and ${found.to} on`;
    return found.type === "shorter"
      ? because(
        "refused",
        await file.isPart(content) ? "cut_short" : "truncated",
        `It has ${file.stamp.size} bytes, and ${content.bytes} were read of it: it was cut.`,
      )
      : because("refused", "content_changed", `Its content was changed, ${where}.`);
  }
  const isPlain = compressionOfName(path) === null && compressionOfName(then.path) === null;
  if (checkpoint.ahead !== 0 && isPlain && file.stamp.size < then.stamp.size) {
    const text =
      `It has ${file.stamp.size} bytes, and had ${then.stamp.size} when its load began, which was killed: it was cut or ` +
      "split, and rows that are not in it may be in the topics.";
    return because("refused", "cut_short", text);
  }
  const notes = notesOf(then, { path, file });
  if (finished === null || found.bytes === finished.bytes) return { verdict: atEnd, reasons: notes };
  const added = found.bytes === null ? "more" : `${found.bytes - (finished.bytes ?? 0)} bytes more`;
  return { verdict: "go_on", reasons: [{ code: "appended", text: `It has ${added}.` }, ...notes] };
}

function otherContent(): CheckpointVerdict {
  return because(
    "other_file",
    "other_content",
    "It is another file by now: it has none of the rows that were kept as samples of what was read.",
  );
}

/** That its rows were loaded as something else; null if they were not. */
export function otherSettingsOf(
  { flags }: Pick<Checkpoint, "flags">,
  source: Pick<SourceFile, "flags">,
): CheckpointReason | null {
  const differing = differingFlags(flags, source.flags);
  if (differing.length === 0) return null;
  return { code: "flags_differ", text: `It was loaded with other settings: ${differing.join("; ")}.` };
}

/** Each flag that is another one, with the value that it had. */
function differingFlags(then: SourceFlags, now: SourceFlags): string[] {
  if (canonicalFlags(then) === canonicalFlags(now)) return [];
  const names = new Set([...Object.keys(then), ...Object.keys(now)]);
  const differing = [...names].sort().filter((name) => then[name] !== now[name]);
  return differing.map((name) => `${name} was ${shown(then[name])}, is ${shown(now[name])}`);
}

function shown(value: SourceFlags[string] | undefined): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** Other circumstances of the same content. */
function notesOf(
  then: CheckpointFile,
  { path, file: { stamp } }: { readonly path: string; readonly file: Pick<ExaminedFile, "stamp"> },
): CheckpointReason[] {
  const notes: CheckpointReason[] = [];
  if (path !== then.path) notes.push({ code: "renamed", text: `It was ${then.path} before.` });
  if (!isSameFile(stamp, then.stamp)) {
    notes.push({ code: "other_inode", text: "It is another file with the content that was read." });
  } else if (stamp.modifiedAt !== then.stamp.modifiedAt && stamp.size === then.stamp.size) {
    const text = "It was written to since, or its time was set; all that was read of it is the same.";
    notes.push({ code: "touched", text });
  }
  return notes;
}

function because(
  verdict: CheckpointVerdict["verdict"],
  code: CheckpointReason["code"],
  text: string,
): CheckpointVerdict {
  return { verdict, reasons: [{ code, text }] };
}

/** Compares a checkpoint with the topics: `go_on`, also where partitions were added, or `only_missing`. */
export function verifyTopics(
  checkpoint: Checkpoint,
  live: Pick<LoadCandidate, "clusterId" | "topics">,
): CheckpointVerdict {
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
  if (against.length > 0) return { verdict: "only_missing", reasons: against };
  return { verdict: "go_on", reasons: added };
}
