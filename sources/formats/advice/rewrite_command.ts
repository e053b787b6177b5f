/**
 * Makes shell commands that rewrite the content of a file, with the same compression.
 *
 * @module
 */
import { basename } from "node:path";
import { quoted } from "../../../config/quoted.ts";
import { fileOf, memberOf } from "../../../storage/archive_path.ts";
import { type Compression, compressionOfName, uncompressedName } from "../../../storage/compression.ts";
import { isStdin } from "../../files/source_path.ts";

/** How the shell reads a compressed file, and writes another one. */
interface Programs {
  readonly read: (path: string) => string;
  /** Nothing where a plain file is written. */
  readonly write: string;
  readonly suffix: string;
}

const PROGRAMS: Readonly<Record<Compression, Programs>> = {
  gzip: { read: (path) => `gzip -dc ${quoted(path)}`, write: "| gzip ", suffix: ".gz" },
  zstd: { read: (path) => `zstd -dc ${quoted(path)}`, write: "| zstd ", suffix: ".zst" },
  zip: { read: unzipped, write: "", suffix: "" },
  parquet: {
    read: (path) => `duckdb -c ${quoted(`copy (from '${path.replaceAll("'", "''")}') to '/dev/stdout' (format json)`)}`,
    write: "",
    suffix: "",
  },
};

function unzipped(path: string): string {
  const member = memberOf(path);
  return `unzip -p ${quoted(fileOf(path))}${member === null ? "" : ` ${quoted(member)}`}`;
}

/** The form of the new file: csv or JSON lines. */
export type RewrittenKind = "csv" | "ndjson";

/** The input and the output. */
export interface Rewriting {
  /** `-` for a stream. */
  readonly path: string;
  /** Gives the new file its name. */
  readonly to: RewrittenKind;
  /** A command whose output comes first in the new file. @default none */
  readonly ahead?: string | undefined;
}

/** A command line that pipes the content of a file through several commands; null if the path could not be pasted. */
export function throughCommands(commands: readonly string[], { path, to, ahead }: Rewriting): string | null {
  if (/\p{C}/u.test(path)) return null;
  const [first = "cat", ...others] = commands;
  const piped = (start: readonly string[]) => [...start, ...others].join(" | ");
  const within = (line: string) => ahead === undefined ? line : `{ ${ahead}; ${line}; }`;
  if (isStdin(path)) return `… | ${within(piped([first]))} | deno task load - …`;
  const compression = compressionOfName(path);
  const file = newName(path, to);
  if (compression === null) return `${within(piped([`${first} < ${quoted(path)}`]))} > ${file}`;
  const { read, write, suffix } = PROGRAMS[compression];
  return `${within(piped([read(path), ...commands.slice(0, 1)]))} ${write}> ${file}${suffix}`;
}

/**
 * A name for the new file. It must not be that of the old file, which the shell would empty before it is read: NEW.csv,
 * or NEW2.csv if the old file is that. A link is another name of its file.
 */
function newName(path: string, to: RewrittenKind): string {
  const numbers = [path, realPathOf(path)].map((name) => {
    const found = /^new(\d*)\.(?:csv|ndjson)$/i.exec(basename(uncompressedName(name)));
    return found === null ? 0 : Number(found[1] || 1);
  });
  const number = Math.max(...numbers) + 1;
  return `NEW${number === 1 ? "" : number}.${to}`;
}

/** The path itself if it leads nowhere or if this program may not look. */
function realPathOf(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}
