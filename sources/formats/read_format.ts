/**
 * A mapping of one's own as a format.
 *
 * @module
 */
import { sourceErrorOf } from "../files/source_path.ts";
import type { Format } from "./format.ts";
import { formatOf } from "./mapping/mapped_format.ts";
import type { Mapping } from "./mapping/language.ts";
import { parseMapping } from "./mapping/parse_mapping.ts";

/**
 * Reads a mapping from its file.
 *
 * @throws {SourceError} If the file cannot be read.
 * @throws {ConfigError} With every mistake of the mapping.
 */
export async function readMapping(path: string): Promise<Mapping> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (cause) {
    throw sourceErrorOf(cause, path);
  }
  return parseMapping(text, path);
}

/** As {@link readMapping}, as a format. @throws {SourceError} @throws {ConfigError} */
export async function readFormat(path: string): Promise<Format> {
  return formatOf([await readMapping(path)]);
}
