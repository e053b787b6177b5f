/**
 * Files that may have had a name between two others, and of which nothing but their times says so: they are neither read nor passed
 * over, as either may be wrong.
 *
 * @module
 */
import { basename, dirname, join } from "node:path";
import { isRelatedName, RotatedNames } from "../../runtime/resuming/rotated_names.ts";
import { SourceError } from "../../sources/source.ts";
import { compressionOfName } from "../../storage/compression.ts";

/** A file that had a name before, where it stands now. */
export interface FormerFile {
  /** The name itself, of one that is not found. */
  readonly name: string;
  /** When it was written to last, in milliseconds, as far as it is known: later it may have had the name no more. */
  readonly wroteAt: number;
  /** Whether it was read, and is not beside the path under any name. @default false */
  readonly isLost?: boolean;
}

/** What is known of a name when its next file is about to begin. */
export interface DoubtsSought {
  readonly formers: readonly FormerFile[];
  readonly names: RotatedNames;
  /** Whether a file is read under some other name, or was. */
  readonly isKnown: (info: Deno.FileInfo) => boolean;
}

/** A writer may have a file open for a while after another one has its name. */
const LATE_MS = 5_000;

/**
 * Does nothing if the rotated files of a name are known by their names.
 *
 * @throws {SourceError} `changed` if some file was made after the former one had lost the name, was not written to since the next
 * one was made, and has a name that a rotation may have given to it.
 */
export async function refuseDoubtful(path: string, { formers, names, isKnown }: DoubtsSought): Promise<void> {
  const [first] = formers;
  if (first === undefined || names.isKnown) return;
  const name = basename(path), folder = dirname(path);
  // It may be in another folder: then nothing but a number, or a date, says that a file came after it.
  const isLost = formers.every(({ isLost = false }) => isLost);
  const from = Math.min(...formers.map(({ wroteAt }) => wroteAt)) - LATE_MS;
  const next = await Deno.stat(path).catch(ignoreGone),
    to = next === null ? Infinity : timeOf(next, "birthtime") + LATE_MS;
  for await (const { name: other, isFile } of Deno.readDir(folder)) {
    if (!isFile || other === name || !isRelatedName(other, name)) continue;
    if (names.includes(other) || formers.some(({ name }) => name === other)) continue;
    if (isLost && !new RotatedNames(name, [other]).isKnown) continue;
    const beside = join(folder, other);
    const info = await Deno.stat(beside).catch(() => null);
    if (info === null || isKnown(info)) continue;
    // What is compressed was made later than it was written.
    const made = timeOf(info, compressionOfName(other) === null ? "birthtime" : "mtime");
    if (made >= from && timeOf(info, "mtime") <= to) {
      if (isLost) throw lostError(path, beside);
      throw first.name === name
        ? unseenError(path, beside)
        : doubtfulError(path, { former: join(folder, first.name), beside });
    }
  }
}

/** The next one may not be there yet. */
function ignoreGone(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}

function timeOf(info: Deno.FileInfo, which: "birthtime" | "mtime"): number {
  return (info[which] ?? info.mtime)?.getTime() ?? 0;
}

function doubtfulError(path: string, { former, beside }: { former: string; beside: string }): SourceError {
  return new SourceError(
    "changed",
    `${beside} may have had the name of ${path}, after ${former} had it: it was made after that, and was not written to since ` +
      "the file was made that has the name now, but no number or date in its name says so. If it had the name, run the same command " +
      `once without --follow for ${former} and ${beside}, in this order, instead of ${path}. If it is another file, run the same ` +
      `command once without --follow for ${former} and ${path}. Then follow ${path} again.`,
  );
}

/** The former file had no row when it was seen, and is not found. */
function unseenError(path: string, beside: string): SourceError {
  return new SourceError(
    "changed",
    `${beside} may have had the name of ${path}: the file that was followed had no row yet, is not beside it any more, and this one ` +
      "was made since, but no number or date in its name says that it is that file, or came after it. If it had the name, run the " +
      `same command once without --follow for ${beside}. If it is another file, run the same command once without --follow for ` +
      `${path}. Then follow ${path} again.`,
  );
}

/** The former file was read, and is not found. */
function lostError(path: string, beside: string): SourceError {
  return new SourceError(
    "changed",
    `${beside} may have had the name of ${path} for a short time: the file that was followed is not beside it any more under any ` +
      "name, also not compressed, and this one was made since and was not read. If it had the name, run the same command once " +
      `without --follow for ${beside}. If it is another file, run the same command once without --follow for ${path}. Then follow ` +
      `${path} again.`,
  );
}
