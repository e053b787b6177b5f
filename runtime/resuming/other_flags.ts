/**
 * What loads as other settings of the version flag have written of a file.
 *
 * @module
 */
import { VERSION_FLAGS } from "../../config/version_flag.ts";
import type { CheckpointKey, StoredCheckpoint } from "../../state/checkpoint.ts";
import { type CheckpointSought, type FileCheckpoints, sharesTopic, type Verified } from "./file_checkpoint.ts";
import { LoadRefusedError } from "./load_refused_error.ts";
import type { CheckpointReason } from "./verify_checkpoint.ts";

/**
 * As {@link otherFlag}. To what is complete no other load can have added a row; if it stood under another source, the
 * checkpoints of the other settings go with it, and their dead letters with these.
 */
export async function besideOwn(
  sought: CheckpointSought,
  own: Verified | null,
  ofFile: FileCheckpoints,
): Promise<CheckpointReason | null> {
  if (own?.verdict !== "complete") return await otherFlag(sought, own, ofFile);
  const others = own.adopted ? otherFlags(sought.key.versions) : [];
  for (const versions of others) await ofFile.find(sought, versions);
  return null;
}

/**
 * A reason for doubt if a load as another setting of the version flag may have written rows of the file, into a topic that
 * is written now, that its own checkpoint does not know of. That load's checkpoint becomes this source's, by the same
 * rules. Null if there is no such load.
 *
 * @throws {LoadRefusedError} If these rows are not as the file and the settings are now.
 */
async function otherFlag(
  sought: CheckpointSought,
  own: Verified | null,
  ofFile: FileCheckpoints,
): Promise<CheckpointReason | null> {
  const settled = own === null ? 0 : wholeRows(own.checkpoint);
  let found: CheckpointReason | null = null;
  for (const versions of otherFlags(sought.key.versions)) {
    const other = await ofFile.find(sought, versions);
    if (other === null || other.verdict === "other_file" || !sharesTopic(other.checkpoint, sought.live)) continue;
    const { position: { row }, ahead } = other.checkpoint;
    if (row + (ahead ?? Infinity) <= settled) continue;
    const text = `It was loaded with --schema-version ${versions} too, into a topic that this load writes.`;
    const reason: CheckpointReason = { code: "other_versions", text };
    if (other.verdict === "refused") throw new LoadRefusedError(sought.name, [reason, ...other.reasons]);
    found ??= reason;
  }
  return found;
}

function otherFlags(versions: CheckpointKey["versions"]): CheckpointKey["versions"][] {
  return VERSION_FLAGS.filter((flag) => flag !== versions);
}

/** The rows before a position, without the last one if it may have grown since: it is read again then. */
function wholeRows({ position: { row, at: { unended } } }: StoredCheckpoint): number {
  return unended?.row ?? row;
}
