/**
 * The table of formats: those that are shipped, and a mapping of one's own.
 *
 * @module
 */
import { suggestionFor } from "../../config/did_you_mean.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { SourceError } from "../source.ts";
import type { Format, RowLayout } from "./format.ts";
import { formatOf } from "./mapping/mapped_format.ts";
import { SHIPPED_MAPPINGS } from "./shipped_mappings.ts";

export type { FileFormat } from "./shipped_mappings.ts";

/** These are no vendor's, and older than mappings: what they mean never changes. */
const FIRST: ReadonlySet<string> = new Set(["asx-ticks", "csv", "ndjson"]);

/** All formats, in the order in which they are shown. */
export const FORMATS: readonly Format[] = [...Map.groupBy(SHIPPED_MAPPINGS, ({ name }) => name)]
  .map(([name, mappings]) => formatOf(mappings, FIRST.has(name)))
  .toSorted((a, b) => Number(FIRST.has(b.name)) - Number(FIRST.has(a.name)));

/** The format with a name. @throws {SourceError} `bad_option` */
export function formatNamed(name: string): Format {
  const found = FORMATS.find((format) => format.name === name);
  if (found !== undefined) return found;
  const names = FORMATS.map((format) => format.name);
  throw new SourceError("bad_option", `There is no format ${JSON.stringify(name)}.${suggestionFor(name, names)}`);
}

/**
 * The layout of rows of a kind in a format.
 *
 * @throws {SourceError} `bad_option` if the format does not exist or has no rows of that kind.
 */
export function rowLayoutOf(format: string | Format, kind: RecordKind): RowLayout {
  const found = typeof format === "string" ? FORMATS.find(({ name }) => name === format) : format;
  const layout = found?.rows[kind];
  if (layout !== undefined) return layout;
  const name = typeof format === "string" ? format : format.name;
  const names = FORMATS.flatMap(({ name, rows }) => kind in rows ? [name] : []).join(", ");
  throw new SourceError(
    "bad_option",
    `There is no format ${JSON.stringify(name)} of ${kind} rows: give one of ${names}.`,
  );
}
