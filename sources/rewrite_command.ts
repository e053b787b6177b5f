/**
 * Commands for a shell that write the content of a file anew, compressed as it is.
 *
 * @module
 */
import { quoted } from "../config/quoted.ts";
import { type Compression, compressionOfName } from "../records/compression.ts";
import { isStdin } from "./source_path.ts";

const PROGRAMS: Readonly<Record<Compression, { readonly name: string; readonly suffix: string }>> = {
  gzip: { name: "gzip", suffix: ".gz" },
  zstd: { name: "zstd", suffix: ".zst" },
};

/** From where to where. */
export interface Rewriting {
  /** `-` for a stream. */
  readonly path: string;
  /** The name of the new file, without what tells its compression. */
  readonly to: string;
  /** A command whose output stands ahead. @default none */
  readonly ahead?: string;
}

/** A command line that puts the content of a file through one command after another; null if the path could not be copied. */
export function throughCommands(
  [first, ...others]: readonly [string, ...string[]],
  { path, to, ahead }: Rewriting,
): string | null {
  if (/\p{C}/u.test(path)) return null;
  const piped = (start: string) => [start, ...others].join(" | ");
  const within = (line: string) => ahead === undefined ? line : `{ ${ahead}; ${line}; }`;
  if (isStdin(path)) return `… | ${within(piped(first))} | deno task load - …`;
  const compression = compressionOfName(path);
  if (compression === null) return `${within(piped(`${first} < ${quoted(path)}`))} > ${to}`;
  const { name, suffix } = PROGRAMS[compression];
  return `${within(piped(`${name} -dc ${quoted(path)} | ${first}`))} | ${name} > ${to}${suffix}`;
}
