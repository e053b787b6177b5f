/**
 * What is noted of a file that is followed and has no line yet, so that what has its name by the next run is told from it.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { stampOf } from "../../records/content/file_stamp.ts";
import { isRelatedName } from "../../runtime/resuming/rotated_names.ts";
import type { SeenName } from "../../state/seen_names.ts";

/**
 * The file that has a path, if there is one, and since when others may have it: what stands beside it by then had it before, also if
 * it was written to late, after this one was made.
 *
 * @throws An error of the file system.
 */
export async function seenFileAt(path: string): Promise<SeenName> {
  const folder = dirname(path), name = basename(path);
  let since = 0;
  for await (const { name: other, isFile } of Deno.readDir(folder)) {
    if (!isFile || other === name || !isRelatedName(other, name)) continue;
    const info = await Deno.stat(join(folder, other)).catch(ignoreGone);
    since = Math.max(since, (info?.mtime?.getTime() ?? 0) + 1);
  }
  // After that: what comes next is younger than all of these.
  const info = await Deno.stat(path).catch(ignoreGone);
  const from = info ?? await Deno.stat(folder);
  return { stamp: info === null ? null : stampOf(info, 0, null), since: Math.max(since, from.mtime?.getTime() ?? 0) };
}

function ignoreGone(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
