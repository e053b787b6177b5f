/**
 * How rows are written, and what they do not say themselves: what a parser of rows is made from, wherever the rows come
 * from.
 *
 * @module
 */
import { basename, extname } from "node:path";
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import type { Clock } from "../../kernel/clock.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { DEFAULT_ID_SCOPE, type IdScope } from "../../records/ids/identity.ts";
import { EARLIEST_LIKELY_MICROS, type TimeUnit } from "../../records/values/epoch_number.ts";
import { toCurrency } from "../../records/values/field_values.ts";
import { type AmbiguousTime, LocalCalendar } from "../../records/values/local_time.ts";
import { OpenInstant } from "../../records/ids/open_instant.ts";
import type { AssetClass, RecordKind } from "../../schemas/record_types.ts";
import { AsxQuoteParser, AsxTradeParser } from "./asx_ticks.ts";
import type { CompanyTable } from "./company_table.ts";
import { LocalDates } from "./local_dates.ts";
import { CsvParser, NdjsonParser } from "./named_parsers.ts";
import type { FinerInstants } from "./named_instants.ts";
import { currencyHint, type EndDateMeaning, type NamedRowOptions } from "./named_values.ts";
import type { RowParser } from "./row_parser.ts";
import { RowTrial } from "./advice/row_trial.ts";
import { SourceError } from "../source.ts";

/** How the rows of a file are written. */
export type FileFormat = "asx-ticks" | "csv" | "ndjson";

/** What rows are, and what they do not say themselves. */
export interface RowFormatOptions {
  /** Reference data in `asx-ticks` is csv. */
  readonly format: FileFormat;
  /** What each row is a record of. */
  readonly kind: RecordKind;
  /** Exchange code, in any case. */
  readonly exchange: string;
  /** Kind of the instruments. */
  readonly assetClass: AssetClass;
  /** Needed for tick files, unless `reference` has it; in other formats for rows without one. */
  readonly symbol?: string | undefined;
  /** For rows without one. */
  readonly companyId?: string | undefined;
  /**
   * Gives a tick file whose base name is a company number its number and symbol.
   * @internal
   */
  readonly reference?: CompanyTable | undefined;
  /** For rows without one. Tick files need it, as do rows of trades and quotes that have none. @default none */
  readonly currency?: string | null | undefined;
  /** What plain numbers count in csv and ndjson. @default such numbers are refused */
  readonly timeUnit?: TimeUnit | null | undefined;
  /**
   * The date, YYYY-MM-DD, in UTC, before which the first trade or quote of a file cannot be, nor any plain number of csv and
   * ndjson: those are refused (`unlikely_instant`). Dates of reference data may be earlier unless another unit makes them
   * likely.
   *
   * @default "1980-01-01"
   */
  readonly earliest?: string | undefined;
  /**
   * What becomes of trades and quotes whose instant is finer than microseconds in csv and ndjson. `keep`: it is cut off there,
   * and all of it kept in `vendor_data.timestamp_ns`.
   *
   * @default "refuse"
   */
  readonly finer?: FinerInstants | undefined;
  /** IANA name; of tick files, of other times without an offset, and of trading days. */
  readonly timeZone: string;
  /** Which of the two instants to take when the clocks were put back over a local time. @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | undefined;
  /** What the end date of reference data means. @default "extract" */
  readonly endDate?: EndDateMeaning | undefined;
  /** Of the `trade_id` or `quote_id` of rows that have one. @default "day" */
  readonly idScope?: IdScope | undefined;
}

/** The options for the rows of one file, with everything that was left to be found out. */
export interface RowFormat
  extends Omit<RowFormatOptions, "symbol" | "companyId" | "currency" | "reference" | "earliest"> {
  readonly earliestMicros: number;
  /** For rows without one; null only where no row needs one, or each has one. */
  readonly currency: string | null;
  /** Of the file. */
  readonly path: string;
  /** Upper case. */
  readonly exchange: string;
  readonly symbol: string | null;
  readonly companyId: string | null;
}

/**
 * The format of the rows of a file.
 *
 * @throws {SourceError} `bad_option` if the symbol or the currency of a tick file is not known, or `earliest` is no date.
 * @throws {RecordError} `unknown_time_zone`, `bad_currency`.
 */
export function rowFormatOf({ reference, earliest, ...options }: RowFormatOptions, path: string): RowFormat {
  // Only for its check, so that a mistake shows before the first row.
  new LocalCalendar(options.timeZone);
  const instrument = instrumentOf({ ...options, reference }, path);
  const exchange = options.exchange.toUpperCase();
  const currency = options.currency === undefined || options.currency === null
    ? null
    : toCurrency(options.currency, "currency");
  if (currency === null && isTickFile(options)) {
    throw new SourceError("bad_option", `The currency of ${path} is not known. ${currencyHint(exchange)}`);
  }
  const earliestMicros = earliest === undefined ? EARLIEST_LIKELY_MICROS : earliestOf(earliest);
  return { ...options, ...instrument, path, exchange, currency, earliestMicros };
}

/** @throws {SourceError} `bad_option` */
function earliestOf(date: string): number {
  const micros = microsOfIsoDate(date, "earliest");
  if (micros !== null) return micros;
  throw new SourceError("bad_option", `The earliest date ${JSON.stringify(date)} is not written YYYY-MM-DD.`);
}

/** Whether the rows are those of a tick file, without names for their columns. */
export function isTickFile({ format, kind }: Pick<RowFormatOptions, "format" | "kind">): boolean {
  return format === "asx-ticks" && kind !== "reference_data";
}

/** Whether the rows are csv whose columns a header names. */
export function isCsv(options: Pick<RowFormatOptions, "format" | "kind">): boolean {
  return !isTickFile(options) && options.format !== "ndjson";
}

/** Symbol and company of a file: as given, or by its base name out of the reference table. */
function instrumentOf(
  options: RowFormatOptions,
  path: string,
): { symbol: string | null; companyId: string | null } {
  const { reference } = options;
  const given = { symbol: options.symbol ?? null, companyId: options.companyId ?? null };
  if (!isTickFile(options)) return given;
  const companyId = given.companyId ?? (reference === undefined ? null : baseNameOf(path));
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

/** A parser for rows of a format; its ids come from `instant`, the fields of csv columns from `fields`. */
export function rowParserOf(
  format: RowFormat,
  { instant, fields }: { readonly instant: OpenInstant; readonly fields: readonly string[] },
): RowParser {
  const { exchange, assetClass, symbol, companyId, currency, timeZone, kind, path } = format;
  const { ambiguousTime = "refuse" } = format;
  if (isTickFile(format) && symbol !== null && currency !== null) {
    const calendar = new LocalCalendar(timeZone, { ambiguous: ambiguousTime });
    const ticks = { exchange, assetClass, symbol, companyId, currency, calendar, instant };
    return kind === "trade" ? new AsxTradeParser(ticks) : new AsxQuoteParser(ticks);
  }
  const named = namedOptionsOf(format, instant);
  return isCsv(format) ? new CsvParser(kind, named, fields) : new NdjsonParser(kind, named, path);
}

/** What rows whose fields have names do not say themselves. */
function namedOptionsOf(format: RowFormat, instant: OpenInstant): NamedRowOptions {
  const { exchange, assetClass, symbol, companyId, currency, timeZone } = format;
  const { ambiguousTime = "refuse", endDate = "extract", timeUnit = null, finer = "refuse" } = format;
  const { idScope = DEFAULT_ID_SCOPE, earliestMicros } = format;
  const shared = { exchange, assetClass, symbol, companyId, currency, timeZone, ambiguousTime, endDate, idScope };
  return { ...shared, timeUnit, earliestMicros, finer, dates: new LocalDates(timeZone), instant };
}

/** Fields that a setting gives to rows that have none. */
export function fieldsGivenBy({ symbol, companyId }: Pick<RowFormat, "symbol" | "companyId">): ReadonlySet<string> {
  return new Set([...(symbol === null ? [] : ["symbol"]), ...(companyId === null ? [] : ["company_id"])]);
}

/** Begins to try rows of a format as records, for advice on their names. */
export function rowTrialOf(format: RowFormat, clock: Clock): RowTrial {
  return new RowTrial(format.kind, namedOptionsOf(format, new OpenInstant()), clock.now() * 1000);
}
