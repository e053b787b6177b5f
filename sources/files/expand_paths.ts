/**
 * Files from what a user names: files, folders and patterns.
 *
 * @module
 */
import { dirname, parse, resolve, sep } from "node:path";
import { fileOf, memberOf, memberPath } from "../../storage/archive_path.ts";
import { compressionOfName, uncompressedName } from "../../storage/compression.ts";
import { isOutOfDescriptors } from "../../storage/system_limits.ts";
import { SourceError } from "../source.ts";
import { COMPANIONS } from "./companions.ts";
import { ContentError } from "./compressed_bytes.ts";
import { ArchiveBytes, memberNames } from "./zip_content.ts";
import { guarded, isStdin, noFileError, STDIN } from "./source_path.ts";

/** A path with one of these is a pattern, unless there is a file of that very name. */
const PATTERN = /[*?]/;
const ANY_FOLDERS = "**";

/**
 * The files that paths stand for, as absolute paths, each file once, in the order of the paths and by name within each.
 *
 * - A folder stands for the files in it, but not for those in its folders, nor for those whose name begins with a dot, nor for
 *   checksums and signatures, which stand beside the files that they are of ({@link COMPANIONS}).
 * - `*` and `?` stand for characters of a name, `**` for any folders.
 * - A zip archive of several files stands for these, by name: `2024.zip/trades.csv`.
 * - `-` is standard input, and stays what it is; `/dev/stdin` is it too.
 *
 * A file and the same one compressed, side by side, would be written twice; they are refused.
 *
 * @param cwd What relative paths are relative to.
 * @param tell Called with a sentence for each file that is not read, though it could be meant: another name (a hard link) of one
 * that is read already, a checksum, a link to nothing.
 *
 * @throws {SourceError} `not_found`, `not_readable`, `not_a_file`, `no_files` or `twice`.
 */
export async function expandPaths(
  paths: readonly string[],
  cwd: string,
  tell: (text: string) => void = () => {},
): Promise<string[]> {
  const files = new Map<string, Found>();
  for (const path of paths) {
    if (isStdin(path)) {
      files.set(STDIN, { path: STDIN, unpacked: STDIN });
      continue;
    }
    for (const file of await expandAll(await expandPath(resolve(cwd, path), path, tell))) {
      const identity = await identityOf(file.path), known = files.get(identity);
      if (known === undefined) files.set(identity, file);
      else if (known.path !== file.path && !(await isLinkTo(file.path, known.path))) {
        tell(`${file.path} is another name of ${known.path}, which is read once.`);
      }
    }
  }
  refuseTwice([...files.values()]);
  return [...files.values()].map(({ path }) => path);
}

/** The same by every way to one file, or member of it, also for names that are hard links of it. */
async function identityOf(path: string): Promise<string> {
  const file = fileOf(path), member = memberOf(path) ?? "";
  const { dev, ino } = await guarded(() => Deno.stat(file), file);
  return `${ino === null ? await Deno.realPath(file).catch(() => file) : `${dev}/${ino}`}/${member}`;
}

/** The files, with the members of archives that have several. */
async function expandAll(paths: readonly string[]): Promise<Found[]> {
  const expanded: Found[] = [];
  for (const path of paths) {
    const named = memberOf(path), file = fileOf(path);
    const members = compressionOfName(path) !== "zip" ? [] : named === null ? await membersOf(file) : [named];
    for (const member of members) {
      // The name of the only member may say what that of the archive does not: symbol and date.
      const isWhole = named === null && members.length === 1 && stemOf(member) === stemOf(file);
      expanded.push({
        path: isWhole ? path : memberPath(file, member),
        unpacked: join(dirname(file), member.replaceAll("/", sep)),
      });
    }
    if (members.length === 0) expanded.push({ path, unpacked: uncompressedName(path) });
  }
  return expanded;
}

/** The name of a file without its folder and its last ending. */
function stemOf(path: string): string {
  return parse(path).name;
}

/** By name; none of what cannot be read, which is reported when it is opened. */
async function membersOf(path: string): Promise<string[]> {
  const file = await guarded(() => Deno.open(path), path);
  try {
    return (await memberNames(new ArchiveBytes(file))).toSorted();
  } catch (error) {
    if (error instanceof ContentError) return [];
    throw error;
  } finally {
    file.close();
  }
}

/** Whether two paths lead to one name, by symbolic links: users expect that, so it is not reported. */
async function isLinkTo(file: string, other: string): Promise<boolean> {
  const [one, two] = await Promise.all([file, other].map((path) => Deno.realPath(path).catch(() => path)));
  return one === two;
}

/** A file to read. */
interface Found {
  readonly path: string;
  /** Where the file would be that the usual program makes of it beside it. */
  readonly unpacked: string;
}

/** The file that `gzip --keep` leaves, or `unzip`. */
function refuseTwice(files: readonly Found[]): void {
  const seen = new Map<string, string>();
  for (const { path, unpacked } of files) {
    const other = seen.get(unpacked);
    if (other !== undefined) {
      const what = `${other} and ${path} would both be read, and their rows written twice if they are the same.`;
      throw new SourceError("twice", `${what} Remove one, or name them in runs of their own.`);
    }
    seen.set(unpacked, path);
  }
}

/**
 * The files that one path stands for, as {@link expandPaths} says.
 *
 * @param given as the user has written it
 * @throws {SourceError} As there, but for `twice`.
 */
export async function expandPath(path: string, given: string, tell: (text: string) => void): Promise<string[]> {
  const info = await guarded(() => Deno.stat(fileOf(path)), given).catch((error) => {
    if (PATTERN.test(given) && error instanceof SourceError && error.code === "not_found") return null;
    throw error;
  });
  const refused = info === null ? null : noFileError(given, info);
  if (refused !== null) throw refused;
  if (info !== null && !info.isDirectory) return [path];
  const files = info === null ? await matches(path) : await listFiles(path, given, tell);
  if (files.length > 0) return files;
  const what = info === null ? "No file matches" : "There is no file in the folder";
  const next = info !== null && await hasFolders(path, given)
    ? `The files of its folders are '${given.replace(/[\\/]+$/, "")}/**/*' (in quotes).`
    : "Check the path.";
  throw new SourceError("no_files", `${what} ${given}. ${next}`);
}

async function hasFolders(folder: string, given: string): Promise<boolean> {
  return (await listEntries(folder, given)).some(({ name, isDirectory }) => isDirectory && !name.startsWith("."));
}

async function listFiles(folder: string, given: string, tell: (text: string) => void): Promise<string[]> {
  const files: string[] = [], companions: string[] = [];
  for (const entry of await listEntries(folder, given)) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (await isFile(entry, folder)) (COMPANIONS.test(entry.name) ? companions : files).push(path);
    else if (entry.isSymlink && await leadsNowhere(path)) {
      tell(`${path} is left out: it is a link, and what it leads to is not there.`);
    }
  }
  const [first, ...others] = companions;
  if (first !== undefined) {
    const more = others.length === 0 ? " is" : ` and ${others.length} more are`;
    tell(`${first}${more} left out: by the name a checksum or signature. One that is named by itself is read.`);
  }
  return files;
}

async function leadsNowhere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => false, (error) => error instanceof Deno.errors.NotFound);
}

async function matches(pattern: string): Promise<string[]> {
  const [root = "", ...segments] = pattern.split(sep);
  return [...new Set(await matchesIn(root, segments))].toSorted();
}

/** Files below a folder whose path matches the segments. */
async function matchesIn(folder: string, segments: readonly string[]): Promise<string[]> {
  const [segment, ...rest] = segments;
  if (segment === undefined) return [];
  if (!PATTERN.test(segment)) {
    const next = join(folder, segment);
    if (rest.length > 0) return await matchesIn(next, rest);
    return await Deno.stat(next).then((info) => info.isFile ? [next] : [], () => []);
  }
  const found = segment === ANY_FOLDERS ? await matchesIn(folder, rest) : [];
  const name = nameMatcher(segment);
  const entries = await listEntries(folder === "" ? sep : folder, folder).catch((error) => {
    if (isOutOfDescriptors(error)) throw error;
    return []; // Other users' folders match, too.
  });
  for (const entry of entries) {
    if (entry.name.startsWith(".") && !segment.startsWith(".")) continue;
    const next = join(folder, entry.name);
    if (segment === ANY_FOLDERS) {
      if (entry.isDirectory) found.push(...await matchesIn(next, segments));
    } else if (name.test(entry.name)) {
      if (rest.length > 0) found.push(...await matchesIn(next, rest));
      else if (await isFile(entry, folder)) found.push(next);
    }
  }
  return found;
}

function nameMatcher(segment: string): RegExp {
  const source = segment.replace(/[.+^${}()|[\]\\]/g, "\\$&").replace(/\*+/g, ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, "su");
}

async function listEntries(folder: string, given: string): Promise<Deno.DirEntry[]> {
  const entries = await guarded(() => Array.fromAsync(Deno.readDir(folder)), given);
  return entries.toSorted((a, b) => a.name < b.name ? -1 : 1);
}

async function isFile(entry: Deno.DirEntry, folder: string): Promise<boolean> {
  if (!entry.isSymlink) return entry.isFile;
  return await Deno.stat(join(folder, entry.name)).then((info) => info.isFile, () => false);
}

function join(folder: string, name: string): string {
  return `${folder === sep ? "" : folder}${sep}${name}`;
}
