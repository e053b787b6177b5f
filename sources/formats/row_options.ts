/**
 * What the user says about rows of any source: what they are, and what they do not say themselves.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { DEFAULT_ID_SCOPE, type IdScope } from "../../records/ids/identity.ts";
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import { EARLIEST_LIKELY_MICROS, type TimeUnit } from "../../records/values/epoch_number.ts";
import { toCurrency } from "../../records/values/field_values.ts";
import { type AmbiguousTime, LocalCalendar } from "../../records/values/local_time.ts";
import type { AssetClass, RecordKind } from "../../schemas/record_types.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { SourceError } from "../source.ts";
import type { CompanyTable } from "./company_table.ts";
import type { EndDateMeaning, FinerInstants, Format, LayoutSays, RowLayout, RowSettings } from "./format.ts";
import { type FileFormat, rowLayoutOf } from "./formats.ts";
import { type NameParts, partsOfName } from "./mapping/file_names.ts";
import { currencyHint } from "./named_values.ts";

/** What rows are, and what they do not say themselves. */
export interface RowOptions {
  /** The name of a format, or a mapping of one's own, as {@link readFormat} reads it. Reference data for `asx-ticks` is csv. */
  readonly format: FileFormat | Format;
  /** The kind of record that each row holds. */
  readonly kind: RecordKind;
  /** Exchange code, in any case. */
  readonly exchange: string;
  /** Kind of the instruments. */
  readonly assetClass: AssetClass;
  /** Required for tick files, unless `reference` has it; in other formats for rows that name none. */
  readonly symbol?: string | undefined;
  /** For rows that name none. */
  readonly companyId?: string | undefined;
  /**
   * Gives a tick file whose base name is a company number its number and symbol.
   * @internal
   */
  readonly reference?: CompanyTable | undefined;
  /**
   * The name that a file had before it was rotated: its base name is that of this one.
   *
   * @default its path
   * @internal
   */
  readonly formerPath?: string | undefined;
  /** For rows that name none. Required for tick files, and for trades and quotes that name none. @default none */
  readonly currency?: string | null | undefined;
  /** The unit of plain numbers in csv and ndjson. @default such numbers are refused */
  readonly timeUnit?: TimeUnit | null | undefined;
  /**
   * The date, YYYY-MM-DD in UTC, before which the first trade or quote of a file cannot be, nor any plain number in
   * csv and ndjson: those are refused (`unlikely_instant`). Dates of reference data may be earlier, unless another
   * unit makes them likely.
   *
   * @default "1980-01-01"
   */
  readonly earliest?: string | undefined;
  /**
   * How to treat trades and quotes in csv and ndjson whose instant is finer than microseconds. `keep`: the instant is
   * cut to microseconds, and `vendor_data.timestamp_ns` keeps all of it.
   *
   * @default what the format says, else "refuse"
   */
  readonly finer?: FinerInstants | undefined;
  /** IANA name; for tick files, for other times without an offset, and for trading days. */
  readonly timeZone: string;
  /** Which of the two instants a local time means that occurs twice because clocks were put back. @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | undefined;
  /** The meaning of the end date of reference data. @default "extract" */
  readonly endDate?: EndDateMeaning | undefined;
  /** The scope of the `trade_id` or `quote_id` of rows that have one. @default what the format says, else "day" */
  readonly idScope?: IdScope | undefined;
}

/**
 * Finds the settings for the rows of a file.
 *
 * @throws {SourceError} `bad_option` if the symbol or the currency of a tick file is unknown, or `earliest` is no date.
 * @throws {RecordError} `unknown_time_zone`, `bad_currency`.
 */
export function rowSettingsOf(options: RowOptions, path: string): RowSettings {
  const { kind, assetClass, timeZone, earliest, timeUnit = null } = options;
  const { ambiguousTime = "refuse", endDate = "extract" } = options;
  // Called only for its check, so that a mistake shows before the first row.
  new LocalCalendar(timeZone);
  const layout = rowLayoutOf(options.format, kind), { says } = layout;
  const name = partsOf(path, layout);
  const { symbol, companyId } = instrumentOf(options, { layout, name }, path);
  const exchange = options.exchange.toUpperCase();
  const currency = options.currency === undefined || options.currency === null
    ? null
    : toCurrency(options.currency, "currency");
  if (currency === null && layout.isOfOneSymbol) {
    throw new SourceError("bad_option", `The currency of ${path} is not known. ${currencyHint(exchange)}`);
  }
  const earliestMicros = earliest === undefined ? EARLIEST_LIKELY_MICROS : earliestOf(earliest);
  return {
    format: typeof options.format === "string" ? options.format : options.format.name,
    layout,
    kind,
    path,
    exchange,
    assetClass,
    symbol,
    companyId,
    currency,
    timeZone,
    ambiguousTime,
    timeUnit,
    earliestMicros,
    finer: options.finer ?? says?.finer ?? "refuse",
    endDate,
    idScope: options.idScope ?? says?.idScope ?? DEFAULT_ID_SCOPE,
    fileDate: says?.dateOfName ? name.date ?? dateUnknown(path, says) : null,
  };
}

/** What the name of the file says; nothing where the format does not say how files are named. */
function partsOf(path: string, { says }: RowLayout): NameParts {
  const nothing = { symbol: null, date: null };
  return says?.fileNames === undefined ? nothing : partsOfName(baseNameOf(path), says.fileNames) ?? nothing;
}

/** @throws {SourceError} `bad_option` */
function dateUnknown(path: string, { fileNames = [] }: LayoutSays): never {
  throw new SourceError(
    "bad_option",
    `The date of ${path} is not known: the format takes it from the name, which is to be like ${
      fileNames.join(" or ")
    }.`,
  );
}

/** @throws {SourceError} `bad_option` */
function earliestOf(date: string): number {
  const micros = microsOfIsoDate(date, "earliest");
  if (micros !== null) return micros;
  throw new SourceError("bad_option", `The earliest date ${JSON.stringify(date)} is not written YYYY-MM-DD.`);
}

/** Symbol and company of a file: as the user gives them, or from the reference table by the file's base name. */
function instrumentOf(
  options: RowOptions,
  { layout: { isOfOneSymbol, says }, name }: { readonly layout: RowLayout; readonly name: NameParts },
  path: string,
): { symbol: string | null; companyId: string | null } {
  const { reference } = options;
  const given = { symbol: options.symbol ?? null, companyId: options.companyId ?? null };
  if (given.symbol === null && says?.symbolOfName !== undefined) {
    if (name.symbol !== null) {
      return { ...given, symbol: says.symbolOfName.upper ? name.symbol.toUpperCase() : name.symbol };
    }
    const like = (says.fileNames ?? []).join(" or ");
    throw new SourceError(
      "bad_option",
      `The symbol of ${path} is not known: the format takes it from the name, which is to be like ${like}. Give --symbol.`,
    );
  }
  if (!isOfOneSymbol && given.symbol === null && says?.needsSymbol === true) {
    throw new SourceError("bad_option", `The symbol of ${path} is not known: its rows do not say it. Give --symbol.`);
  }
  if (!isOfOneSymbol) return given;
  const companyId = given.companyId ?? (reference === undefined ? null : baseNameOf(options.formerPath ?? path));
  const symbol = given.symbol ?? (companyId === null ? null : reference?.symbolOf(companyId) ?? null);
  if (symbol !== null) return { symbol, companyId };
  const why = reference === undefined || companyId === null
    ? `Give --symbol, or --reference with a table that has its company number.`
    : `${reference.file} has no company ${companyId}. Add it there, or give --symbol.`;
  throw new SourceError("bad_option", `The symbol of ${path} is not known. ${why}`);
}

/** `7078` of `7078.csv`, and of `7078.csv.gz`. */
function baseNameOf(path: string): string {
  const name = uncompressedName(path);
  return basename(name, extname(name));
}
