/**
 * Commands for a shell that write the content of a file anew, compressed as it is.
 *
 * @module
 */
import { basename } from "node:path";
import { quoted } from "../../../config/quoted.ts";
import { type Compression, compressionOfName, uncompressedName } from "../../../storage/compression.ts";
import { isStdin } from "../../files/source_path.ts";

const PROGRAMS: Readonly<Record<Compression, { readonly name: string; readonly suffix: string }>> = {
  gzip: { name: "gzip", suffix: ".gz" },
  zstd: { name: "zstd", suffix: ".zst" },
};

/** What is made of a file: one of csv, or of JSON lines. */
export type RewrittenKind = "csv" | "ndjson";

/** From where to where. */
export interface Rewriting {
  /** `-` for a stream. */
  readonly path: string;
  /** By which the new file is named. */
  readonly to: RewrittenKind;
  /** A command whose output stands ahead. @default none */
  readonly ahead?: string | undefined;
}

/** A command line that puts the content of a file through one command after another; null if the path could not be copied. */
export function throughCommands(commands: readonly string[], { path, to, ahead }: Rewriting): string | null {
  if (/\p{C}/u.test(path)) return null;
  const [first = "cat", ...others] = commands;
  const piped = (start: readonly string[]) => [...start, ...others].join(" | ");
  const within = (line: string) => ahead === undefined ? line : `{ ${ahead}; ${line}; }`;
  if (isStdin(path)) return `… | ${within(piped([first]))} | deno task load - …`;
  const compression = compressionOfName(path);
  const file = newName(path, to);
  if (compression === null) return `${within(piped([`${first} < ${quoted(path)}`]))} > ${file}`;
  const { name, suffix } = PROGRAMS[compression];
  return `${within(piped([`${name} -dc ${quoted(path)}`, ...commands.slice(0, 1)]))} | ${name} > ${file}${suffix}`;
}

/**
 * A name for the new file that is not that of the old one, which the shell would empty before it is read: NEW.csv, of that
 * NEW2.csv. A link is another name of its file.
 */
function newName(path: string, to: RewrittenKind): string {
  const numbers = [path, realPathOf(path)].map((name) => {
    const found = /^new(\d*)\.(?:csv|ndjson)$/i.exec(basename(uncompressedName(name)));
    return found === null ? 0 : Number(found[1] || 1);
  });
  const number = Math.max(...numbers) + 1;
  return `NEW${number === 1 ? "" : number}.${to}`;
}

/** The path itself where it leads nowhere, or may not be looked at. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
