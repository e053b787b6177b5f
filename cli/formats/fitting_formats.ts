/**
 * Finds the shipped formats whose rows the first rows of a file are: each format reads them as a load would.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { RecordError } from "../../records/errors.ts";
import { TIME_UNITS } from "../../records/values/epoch_number.ts";
import { DATA_TYPE_OF, type RecordKind } from "../../schemas/record_types.ts";
import { openHeadRows } from "../../sources/files/open_rows.ts";
import type { Format } from "../../sources/formats/format.ts";
import { FORMATS } from "../../sources/formats/formats.ts";
import { type RowOptions, rowSettingsOf } from "../../sources/formats/row_options.ts";
import { SourceError, type SourceRow } from "../../sources/source.ts";

/** A format that reads most of the rows that were looked at. */
export interface FittingFormat {
  readonly format: string;
  readonly kind: RecordKind;
  /** Rows that were looked at. */
  readonly rows: number;
  /** Rows of them that are records. */
  readonly records: number;
  /** Whether the names of columns or keys agree; else only the values do, which rows of another vendor may do, too. */
  readonly byNames: boolean;
  /** The flags of the load, with words in capitals for what is to be given. */
  readonly flags: readonly string[];
}

/** What is looked at. */
export interface LookedAt {
  readonly path: string;
  readonly head: Uint8Array;
  readonly clock: Clock;
}

/** How many rows are looked at. */
export const SNIFFED_ROWS = 20;

/** All formats that fit; those first whose names agree, and of which more rows are records. */
export async function fittingFormats(at: LookedAt): Promise<readonly FittingFormat[]> {
  const found: FittingFormat[] = [];
  for (const format of FORMATS) {
    for (const kind of KINDS.filter((kind) => kind in format.rows)) {
      const fitting = await fittingOf(format, kind, at);
      if (fitting !== null) found.push(fitting);
    }
  }
  return found.toSorted((a, b) => Number(b.byNames) - Number(a.byNames) || b.records - a.records);
}

const KINDS = ["trade", "quote", "reference_data"] as const;

/** Settings that the rows may need beside the format, and the flags that the user gives then. */
interface Attempt {
  readonly settings: Partial<RowOptions>;
  readonly flags: readonly string[];
}

/** From those that need nothing to those that need all. */
const ATTEMPTS: readonly Attempt[] = [
  { settings: {}, flags: [] },
  { settings: { currency: "XXX" }, flags: ["--currency CODE"] },
  { settings: { symbol: "X" }, flags: ["--symbol SYMBOL"] },
  { settings: { symbol: "X", currency: "XXX" }, flags: ["--symbol SYMBOL", "--currency CODE"] },
];

async function fittingOf(format: Format, kind: RecordKind, at: LookedAt): Promise<FittingFormat | null> {
  const needs = [
    `--format ${format.name}`,
    ...(Object.keys(format.rows).length > 1 ? [`--data-type ${DATA_TYPE_OF[kind]}`] : []),
    ...(format.exchange === undefined ? ["--exchange EXCHANGE"] : []),
    ...(format.exchange === undefined && format.assetClass === undefined ? ["--asset-class CLASS"] : []),
  ];
  for (const { settings, flags } of ATTEMPTS) {
    const options: RowOptions = {
      format,
      kind,
      exchange: format.exchange ?? "ANY",
      assetClass: format.assetClass ?? "equities",
      timeZone: "UTC",
      ...settings,
    };
    let fitting = await countRecords(options, at);
    const needsUnit = fitting === "undeclared";
    // Which unit makes likely instants is not told: that proves nothing.
    for (const timeUnit of needsUnit ? TIME_UNITS : []) {
      if (typeof fitting !== "object") fitting = await countRecords({ ...options, timeUnit }, at);
    }
    if (typeof fitting !== "object") continue;
    const all = [...needs, ...flags, ...(needsUnit ? ["--time-unit UNIT"] : [])];
    return { format: format.name, kind, ...fitting, byNames: hasNames(format, kind), flags: all };
  }
  return null;
}

/** How many of the first rows are records by a format; else whether they lack a declaration. A row of another exchange may be one. */
async function countRecords(
  options: RowOptions,
  at: LookedAt,
): Promise<{ readonly rows: number; readonly records: number } | "undeclared" | "none"> {
  try {
    const rows = await readRows(options, at);
    const records = rows.filter((row) => row.ok || row.rule === "disagrees").length;
    if (records * 2 > rows.length) return { rows: rows.length, records };
    return rows.some((row) => !row.ok && row.undeclared === true) ? "undeclared" : "none";
  } catch (error) {
    if (error instanceof SourceError) return error.code === "undeclared" ? "undeclared" : "none";
    if (error instanceof RecordError) return "none";
    throw error;
  }
}

/** Whether rows that fit have names that agree: a header, or keys. */
function hasNames(format: Format, kind: RecordKind): boolean {
  const layout = format.rows[kind];
  return layout?.readHeader !== null || layout.mayBeArray === true;
}

/** The first rows by a format. @throws {SourceError} If the load would be refused at its start. */
async function readRows(options: RowOptions, { path, head, clock }: LookedAt): Promise<readonly SourceRow[]> {
  const reader = await openHeadRows({
    settings: rowSettingsOf(options, path),
    maxRowBytes: undefined,
    takeLastLine: true,
    onRepeatedHeader: undefined,
    clock,
  }, head);
  const rows: SourceRow[] = [];
  try {
    while (rows.length < SNIFFED_ROWS) {
      const batch = await reader.next(SNIFFED_ROWS - rows.length);
      if (batch === null) break;
      rows.push(...batch.rows);
    }
  } finally {
    await reader.close();
  }
  return rows;
}
