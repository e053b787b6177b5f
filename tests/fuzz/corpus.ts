/**
 * The stored inputs: small files with which a run starts, and every input that ever found a fault.
 *
 * @module
 */
import { join } from "node:path";

const FOLDER = join(import.meta.dirname ?? ".", "corpus");

/** The inputs of a parser, by file name. */
export function readCorpus(parser: string): readonly Uint8Array[] {
  const folder = join(FOLDER, parser);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).toSorted();
  return names.map((name) => Deno.readFileSync(join(folder, name)));
}

/** The parsers that have stored inputs. */
export function parsersWithCorpus(): readonly string[] {
  return Array.from(Deno.readDirSync(FOLDER)).flatMap(({ name, isDirectory }) => isDirectory ? [name] : []).toSorted();
}
