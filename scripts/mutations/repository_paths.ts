/**
 * Finds files of the repository by the ends of their paths, so that an entry survives a move of its file.
 *
 * @module
 */
import { readSourceTree } from "../imports/source_tree.ts";

/** Paths of all files but the entries themselves, from the root. */
export function repositoryPaths(root: string): readonly string[] {
  return readSourceTree(root).map(({ path }) => path).filter((path) => !path.startsWith("tests/mutations/"));
}

/** The one path that is `end` or ends with a slash and `end`. Throws if there is none, or more than one. */
export function fileEndingWith(paths: readonly string[], end: string): string {
  const found = paths.filter((path) => path === end || path.endsWith(`/${end}`));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  throw new Error(
    only === undefined ? `no file ends with ${end}` : `several files end with ${end}: ${found.join(", ")}`,
  );
}
