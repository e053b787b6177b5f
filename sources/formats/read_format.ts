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

/**
 * Reads a mapping from its JSON file, as a format for {@link openFileSource}: docs/formats.md describes the language.
 *
 * @throws {SourceError} If the file cannot be read.
 * @throws {ConfigError} With every mistake of the mapping, each with its place in the JSON and what to do.
 *
 * @example
 * ```ts
 * import { openFileSource, readFormat, systemClock } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/mine.json`, JSON.stringify({
 *   name: "mine",
 *   summary: "ticks of mine",
 *   dataType: "trades",
 *   rows: { form: "delimited", delimiter: ";", header: "present" },
 *   fields: {
 *     symbol: "sym",
 *     timestamp: { as: "epoch", from: "t", unit: "ms" },
 *     price: { from: "p", mark: "," },
 *     quantity: "q",
 *   },
 * }));
 * await Deno.writeTextFile(`${folder}/ticks.csv`, "sym;t;p;q\nBHP;1714953600123;45,5;100\n");
 * const source = openFileSource({
 *   path: `${folder}/ticks.csv`,
 *   format: await readFormat(`${folder}/mine.json`),
 *   kind: "trade",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   currency: "AUD",
 *   timeZone: "Australia/Sydney",
 *   clock: systemClock,
 * });
 * const reader = await source.open();
 * const batch = await reader.next(10);
 * await reader.close();
 * const [row] = batch?.rows ?? [];
 * assert.ok(row?.ok && row.record.symbol === "BHP");
 * ```
 */
export async function readFormat(path: string): Promise<Format> {
  return formatOf([await readMapping(path)]);
}
