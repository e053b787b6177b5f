/**
 * The table of formats.
 *
 * @module
 */
import type { RecordKind } from "../../schemas/record_types.ts";
import { SourceError } from "../source.ts";
import { ASX_TICKS } from "./asx_ticks.ts";
import { CSV } from "./csv.ts";
import type { Format, RowLayout } from "./format.ts";
import { NDJSON } from "./ndjson.ts";

/**
 * How the rows of a file are written. The names are spelled out for those who read the types of the package; a name without
 * its entry below, or an entry without its name, does not compile.
 */
export type FileFormat = "asx-ticks" | "csv" | "ndjson";

const TABLE: { readonly [Name in FileFormat]: Format<Name> } = {
  "asx-ticks": ASX_TICKS,
  "csv": CSV,
  "ndjson": NDJSON,
};

/** All formats. */
export const FORMATS: readonly Format<FileFormat>[] = Object.values(TABLE);

/**
 * The layout of rows of a kind in a format.
 *
 * @throws {SourceError} `bad_option` if the format does not exist or has no rows of that kind.
 */
export function rowLayoutOf(format: string, kind: RecordKind): RowLayout {
  const found = FORMATS.find(({ name }) => name === format);
  const layout = found?.rows[kind];
  if (layout !== undefined) return layout;
  const names = FORMATS.flatMap(({ name, rows }) => kind in rows ? [name] : []).join(", ");
  throw new SourceError(
    "bad_option",
    `There is no format ${JSON.stringify(format)} of ${kind} rows: give one of ${names}.`,
  );
}
