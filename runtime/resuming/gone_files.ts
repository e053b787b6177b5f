/**
 * Files that were loaded and are gone: their rows may stand in the files of the run, joined to others or split over several.
 * Such a file is not loaded, since these rows would be written twice.
 *
 * @module
 */
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import { type CheckpointSought, sharesTopic } from "./file_checkpoint.ts";
import type { FilesOfRun } from "./files_of_run.ts";
import { LoadRefusedError } from "./load_refused_error.ts";
import type { OtherCheckpoints } from "./other_checkpoints.ts";

/** What is known of other files. */
export interface OtherFiles {
  readonly others: OtherCheckpoints;
  readonly files: FilesOfRun;
}

/** @throws {LoadRefusedError} If the rows of a file that is gone were appended: they would be written twice. */
export async function refuseJoined(
  { position: { at: { content } } }: StoredCheckpoint,
  sought: CheckpointSought,
  { others }: OtherFiles,
): Promise<void> {
  const { key, file, name, live } = sought;
  const lines = new Set(content === undefined ? [] : await file.linesAfter(content));
  // Where nothing is marked, its own first row stands behind no other: it may be that of a copy, too.
  if (content?.bytes === 0 && content.samples.first !== null) lines.delete(content.samples.first);
  if (lines.size === 0) return;
  for (const other of others.all()) {
    const { versions, source } = other.key;
    if (versions !== key.versions || source === key.source || !lines.has(other.firstRow ?? "")) continue;
    const joined = others.undamaged(other.key);
    if (joined === null || !sharesTopic(joined, live) || !(await others.isGone(other))) continue;
    const text =
      `Behind what was loaded of it stands the first row of ${other.file.path}, which was loaded too and is gone.`;
    throw new LoadRefusedError(name, [{ code: "joined", text }]);
  }
}

/** @throws {LoadRefusedError} If the file is a further part of one that was split: its rows would be written twice. */
export async function refuseParts(
  { key, file, name, live }: CheckpointSought,
  { others, files }: OtherFiles,
): Promise<void> {
  for (const other of others.all()) {
    // Of thousands of files that are where they were, none is asked for what is stored of it.
    if (other.key.versions !== key.versions || other.isGone === false || !(await files.hasHead(other))) continue;
    const whole = others.undamaged(other.key);
    const { content } = whole?.position.at ?? {};
    if (whole === null || content === undefined || !sharesTopic(whole, live)) continue;
    if (!(await others.isGone(other))) continue;
    const was = `${other.file.path}, which was loaded and is gone`;
    const part = await files.partOf(whole);
    // Of many parts some have none of the rows that are known.
    if (part !== name && await files.haveParts(whole)) {
      const text = `The files of this run together have the rows of ${was}: this one may have some of them.`;
      throw new LoadRefusedError(name, [{ code: "cut_short", text }]);
    }
    if (!(await file.isRelated(content))) continue;
    if (part !== null && part !== name) {
      const text = `${part} is the beginning of ${was}, and this file has rows of it too.`;
      throw new LoadRefusedError(name, [{ code: "cut_short", text }]);
    }
  }
}
