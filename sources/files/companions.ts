/**
 * Files that say something of the file beside them: a checksum or a signature.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { SourceError } from "../source.ts";
import { guarded } from "./source_path.ts";

/** Their names. They hold no rows. */
export const COMPANIONS = /\.(?:checksum|md5|sha1|sha256|sha512|crc|crc32|asc|sig)$/i;

/** Ends of the names of checksum files that can be verified. */
const CHECKSUMS: readonly string[] = [".CHECKSUM", ".sha256", ".sha512", ".sha1", ".md5"];
/** The algorithm by how many hexadecimal digits its checksum has. */
const ALGORITHMS: ReadonlyMap<number, string> = new Map([[32, "md5"], [40, "sha1"], [64, "sha256"], [128, "sha512"]]);
/** A line as sha256sum writes it, or the checksum alone. */
const CHECKSUM_LINE = /^\\?([0-9a-f]+)(?:\s+\*?(.+))?$/i;
const PIECE_BYTES = 1024 * 1024;
/** A checksum file has some hundred bytes. */
const MAX_BYTES = 64 * 1024;

/**
 * Compares a file with the checksum that stands beside it (`FILE.CHECKSUM`, `.sha256`, `.sha512`, `.sha1` or `.md5`), if
 * there is one. Leaves the file at its start.
 *
 * @param file Open, at any place.
 * @throws {SourceError} `corrupt` if they disagree, or if the checksum file holds no checksum of that file.
 */
export async function verifyChecksum(path: string, file: Deno.FsFile): Promise<void> {
  for (const suffix of CHECKSUMS) {
    const beside = `${path}${suffix}`, text = await textOf(beside);
    if (text !== null) await verify(path, file, { beside, text });
  }
}

async function verify(
  path: string,
  file: Deno.FsFile,
  { beside, text }: { readonly beside: string; readonly text: string },
): Promise<void> {
  const name = path.slice(path.search(/[^\\/]*$/));
  const expected = checksumIn(text, name), algorithm = ALGORITHMS.get(expected?.length ?? 0);
  if (expected === null || algorithm === undefined) {
    const what = `${beside} has no checksum of ${name} that is known: a line such as that of sha256sum.`;
    throw new SourceError("corrupt", `${what} Get it again, or take it away. Nothing was read of ${path}.`);
  }
  const found = await guarded(() => checksumOf(file, algorithm), path);
  if (found === expected) return;
  const what = `${path} has the ${algorithm} ${found}, and ${beside} says ${expected}.`;
  throw new SourceError("corrupt", `${what} Nothing of it was read. Get both once more from where they come from.`);
}

/** The checksum of a file among those that a text lists, in lower case; null if it has none. */
function checksumIn(text: string, name: string): string | null {
  const found = text.split(/\r?\n/).flatMap((line) => {
    const [, checksum, of] = CHECKSUM_LINE.exec(line.trim()) ?? [];
    return checksum !== undefined && (of === undefined || of.slice(of.search(/[^\\/]*$/)) === name) ? [checksum] : [];
  });
  return found[0]?.toLowerCase() ?? null;
}

async function checksumOf(file: Deno.FsFile, algorithm: string): Promise<string> {
  const hash = createHash(algorithm), piece = new Uint8Array(PIECE_BYTES);
  await file.seek(0, Deno.SeekMode.Start);
  for (let count = await file.read(piece); count !== null; count = await file.read(piece)) {
    hash.update(piece.subarray(0, count));
  }
  await file.seek(0, Deno.SeekMode.Start);
  return hash.digest("hex");
}

/** Null if there is no such file. */
async function textOf(path: string): Promise<string | null> {
  const size = await Deno.stat(path).then(({ size, isFile }) => isFile ? size : null, (error) => {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  });
  if (size === null) return null;
  return size > MAX_BYTES ? "" : await guarded(() => Deno.readTextFile(path), path);
}
