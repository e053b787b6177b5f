/**
 * Finds the shipped formats whose rows the first rows of a file are: each format reads them as a load would.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { RecordError } from "../../records/errors.ts";
import { ROW_FORM_RULES, type RowRule } from "../../records/row_rules.ts";
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

/** A format that has the form of the rows that were looked at, and refuses each of them. */
export interface RefusingFormat extends Pick<FittingFormat, "format" | "kind" | "rows" | "flags"> {
  /** The rule that the first one breaks, and how. */
  readonly rule: RowRule;
  readonly reason: string;
}

/** What the shipped formats make of the first rows. */
export interface FoundFormats {
  /** Those first whose names agree, and of which more rows are records. */
  readonly fits: readonly FittingFormat[];
  /** Only where none fits. */
  readonly refuses: readonly RefusingFormat[];
}

/** What is looked at. */
export interface LookedAt {
  readonly path: string;
  readonly head: Uint8Array;
  readonly clock: Clock;
}

/** How many rows are looked at. */
export const SNIFFED_ROWS = 20;

/** All formats that fit; else those that have the form. */
export async function findFormats(at: LookedAt): Promise<FoundFormats> {
  const fits: FittingFormat[] = [], refuses: RefusingFormat[] = [];
  for (const format of FORMATS) {
    for (const kind of KINDS.filter((kind) => kind in format.rows)) {
      const found = await lookWith(format, kind, at);
      if (found !== null && "reason" in found) refuses.push(found);
      else if (found !== null) fits.push(found);
    }
  }
  fits.sort((a, b) => Number(b.byNames) - Number(a.byNames) || b.records - a.records);
  return { fits, refuses: fits.length > 0 ? [] : refuses };
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

async function lookWith(
  format: Format,
  kind: RecordKind,
  at: LookedAt,
): Promise<FittingFormat | RefusingFormat | null> {
  const needs = [
    `--format ${format.name}`,
    ...(Object.keys(format.rows).length > 1 ? [`--data-type ${DATA_TYPE_OF[kind]}`] : []),
    ...(format.exchange === undefined ? ["--exchange EXCHANGE"] : []),
    ...(format.exchange === undefined && format.assetClass === undefined ? ["--asset-class CLASS"] : []),
  ];
  let refusing: RefusingFormat | null = null;
  for (const { settings, flags } of ATTEMPTS) {
    const options: RowOptions = {
      format,
      kind,
      exchange: format.exchange ?? "ANY",
      assetClass: format.assetClass ?? "equities",
      timeZone: "UTC",
      ...settings,
    };
    const plain = await judge(options, at);
    const declared = plain === "undeclared" ? await judgeDeclared(options, at) : { judgement: plain, flags: [] };
    const { judgement } = declared, all = [...needs, ...flags, ...declared.flags];
    if (judgement === "undeclared" || judgement === "none") continue;
    const about = { format: format.name, kind, flags: all };
    if ("reason" in judgement) refusing ??= { ...about, ...judgement };
    else return { ...about, ...judgement, byNames: hasNames(format, kind) };
  }
  return refusing;
}

/** What the first rows are by a format; `undeclared`: what they lack a flag could say. A row of another exchange may be a record. */
type Judgement =
  | { readonly rows: number; readonly records: number }
  | { readonly rows: number; readonly rule: RowRule; readonly reason: string }
  | "undeclared"
  | "none";

/** With the units and the instants that a flag could declare. Which unit makes likely instants is not told: that proves nothing. */
async function judgeDeclared(
  options: RowOptions,
  at: LookedAt,
): Promise<{ readonly judgement: Judgement; readonly flags: readonly string[] }> {
  const finer = { more: { finer: "keep" }, flags: ["--finer keep"] } as const;
  const units = TIME_UNITS.map((timeUnit) => ({ more: { timeUnit }, flags: ["--time-unit UNIT"] }));
  const both = TIME_UNITS.map((timeUnit) => ({
    more: { ...finer.more, timeUnit },
    flags: ["--time-unit UNIT", ...finer.flags],
  }));
  for (const { more, flags } of [finer, ...units, ...both]) {
    const judgement = await judge({ ...options, ...more }, at);
    if (typeof judgement === "object" && "records" in judgement) return { judgement, flags };
  }
  return { judgement: "none", flags: [] };
}

async function judge(options: RowOptions, at: LookedAt): Promise<Judgement> {
  try {
    const rows = await readRows(options, at);
    const records = rows.filter((row) => row.ok || row.rule === "disagrees").length;
    if (records * 2 > rows.length) return { rows: rows.length, records };
    if (rows.some((row) => !row.ok && row.undeclared === true)) return "undeclared";
    return records === 0 && rows.every(hasForm) ? refusedAs(rows) : "none";
  } catch (error) {
    if (error instanceof SourceError) return error.code === "undeclared" ? "undeclared" : "none";
    if (error instanceof RecordError) return "none";
    throw error;
  }
}

/** Rules that rows of the right form break alone, whatever their columns are named: no mapping changes what a record holds. */
export const OF_LIMITS: ReadonlySet<string> = new Set(["too_many_integer_digits", "too_many_decimals"]);
/** Rules about the form of rows, and those that rows of other columns break. */
const OF_FORM: ReadonlySet<string> = new Set(Object.keys(ROW_FORM_RULES).filter((rule) => rule !== "correction"));

/** Whether a refused row has the form of the format. Below a header whose names agree every row of as many columns has. */
function hasForm(row: SourceRow): boolean {
  if (row.ok || row.line === row.row) return !row.ok && OF_LIMITS.has(row.rule);
  return !OF_FORM.has(row.rule);
}

function refusedAs(rows: readonly SourceRow[]): Judgement {
  const first = rows.find((row) => !row.ok);
  return first === undefined ? "none" : { rows: rows.length, rule: first.rule, reason: first.reason };
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
