/**
 * Paths of files within zip archives: `{path of the archive}/{name of the member}`, where the archive's name ends in
 * `.zip`. A folder may have such a name too, so that the file system is asked.
 *
 * @module
 */

const WITHIN = /\.zip[/\\]/gi;

/** The file that has the content of a path: the archive of a member, or the path itself. */
export function fileOf(path: string): string {
  return split(path)?.archive ?? path;
}

/** The name of a member within its archive; null for any other path. */
export function memberOf(path: string): string | null {
  return split(path)?.member ?? null;
}

/** The path of a member. */
export function memberPath(archive: string, member: string): string {
  return `${archive}/${member}`;
}

function split(path: string): { readonly archive: string; readonly member: string } | null {
  for (const { index } of path.matchAll(WITHIN)) {
    const end = index + ".zip".length, archive = path.slice(0, end);
    if (!isFolder(archive)) return { archive, member: path.slice(end + 1) };
  }
  return null;
}

/** An archive that is gone, or may not be looked at, is no folder either. */
function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
