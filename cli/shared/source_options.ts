/**
 * Flags that describe rows and give what the rows do not say: the same for `load`, `audit` and `dlq replay`.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { ASSET_CLASSES, assetClassOf, DATA_TYPES, dataTypeOf } from "../../config/catalogue.ts";
import { DEFAULT_ID_SCOPE, ID_SCOPES, type IdScope } from "../../records/ids/identity.ts";
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { TIME_UNITS, type TimeUnit } from "../../records/values/epoch_number.ts";
import { RecordError } from "../../records/errors.ts";
import { toCurrency } from "../../records/values/field_values.ts";
import type { AmbiguousTime } from "../../records/values/local_time.ts";
import { KIND_OF } from "../../schemas/record_types.ts";
import { readCompanyTable } from "../../sources/formats/company_table.ts";
import { expandPaths } from "../../sources/files/expand_paths.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import type { EndDateMeaning, FinerInstants } from "../../sources/formats/format.ts";
import { type FileFormat, FORMATS, rowLayoutOf } from "../../sources/formats/formats.ts";
import type { RowOptions } from "../../sources/formats/row_options.ts";
import type { RowSource } from "../../sources/source.ts";
import { oneOf } from "./options.ts";
import { required } from "./required_flags.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage_error.ts";

/** Values of the flags. */
export interface SourceFlags {
  readonly format: FileFormat;
  readonly dataType: string;
  readonly exchange: string;
  readonly assetClass?: string;
  readonly symbol?: string;
  readonly companyId?: string;
  readonly reference?: string;
  readonly timeZone?: string;
  readonly ambiguousTime?: AmbiguousTime;
  readonly timeUnit?: TimeUnit;
  readonly finer?: FinerInstants;
  readonly currency?: string;
  readonly endDate?: EndDateMeaning;
  readonly idScope?: IdScope;
  readonly earliest?: string;
  /** Of commands that read files. */
  readonly takeLastLine?: true;
}

/** Adds the flags. */
export function addSourceOptions(command: Command): Command {
  return command
    .addOption(
      required(oneOf("--format <format>", `how the rows are written: ${formatTexts()}`, formatNames()), likelyFormat),
    )
    .addOption(required(oneOf("--data-type <type>", "what the rows are", DATA_TYPES), () => "trades"))
    .addOption(required(new Option("--exchange <code>", "exchange of the rows"), () => "ASX"))
    .addOption(
      oneOf("--asset-class <name>", "asset class (default: the first that the exchange trades)", ASSET_CLASSES),
    )
    .option("--symbol <symbol>", "symbol of a tick file, or of rows that have none")
    .option("--company-id <number>", "company number of a tick file, or of rows that have none")
    .option("--reference <file>", "company table: gives a tick file, by its base name, company number and symbol")
    .option("--time-zone <zone>", "IANA zone of times without an offset and of trading days (default: the exchange's)")
    .addOption(
      oneOf("--ambiguous-time <choice>", "which of the two instants to take when clocks go back", ["earlier", "later"]),
    )
    .addOption(
      oneOf(
        "--time-unit <unit>",
        "what plain numbers count since 1970-01-01T00:00Z where fields have names",
        TIME_UNITS,
      ),
    )
    .addOption(
      oneOf(
        "--finer <choice>",
        "what to do with instants finer than microseconds: keep cuts them off, and keeps the whole in vendor_data",
        [
          "refuse",
          "keep",
        ],
      ).default("refuse"),
    )
    .addOption(
      new Option(
        "--currency <code>",
        "currency of rows that have none (default: the exchange's, if it trades in only one)",
      )
        .argParser(currencyOf),
    )
    .addOption(
      oneOf("--end-date <meaning>", "what the end date of reference data means", ["extract", "delisting"])
        .default("extract"),
    )
    .addOption(
      oneOf(
        "--id-scope <scope>",
        "whether a trade_id or quote_id names one event of its symbol for ever, or for one trading day",
        ID_SCOPES,
      ).default(DEFAULT_ID_SCOPE),
    )
    .addOption(
      new Option(
        "--earliest <date>",
        "earliest date that a file's first trade or quote, and plain numbers, may have (default 1980-01-01)",
      ).argParser(isoDate),
    );
}

/** Adds the flags of commands that read files. */
export function addFileOptions(command: Command): Command {
  return command
    .option("--take-last-line", "take a last line without its line end as a row; else it is held back");
}

function formatNames(): readonly FileFormat[] {
  return FORMATS.map(({ name }) => name);
}

function formatTexts(): string {
  return FORMATS.map(({ name, summary }) => `${name} (${summary})`).join(", ");
}

/** For a message only: the end of a name does not decide what a file is. */
function likelyFormat(paths: readonly string[]): FileFormat {
  const names = paths.map((path) => uncompressedName(path).toLowerCase());
  return FORMATS.find(({ endings }) => endings.some((end) => names.some((name) => name.endsWith(end))))?.name ?? "csv";
}

function currencyOf(text: string): string {
  try {
    return toCurrency(text, "currency");
  } catch (error) {
    if (error instanceof RecordError) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

function isoDate(text: string): string {
  try {
    if (microsOfIsoDate(text, "earliest") !== null) return text;
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
  }
  throw new InvalidArgumentError("It must be a date, YYYY-MM-DD.");
}

/**
 * What the flags say about rows of any origin.
 *
 * @throws {UsageError} If a flag has no effect.
 * @throws {SourceError} If the company table cannot be read.
 * @throws {CatalogueError} If the exchange is not known or does not trade the asset class.
 */
export async function rowFormatFrom(session: Session, flags: SourceFlags): Promise<RowOptions> {
  const { cli: { cwd }, catalogue } = session;
  const exchange = catalogue.exchange(flags.exchange);
  const assetClass = assetClassOf(flags.assetClass ?? exchange.assetClasses[0] ?? "equities");
  catalogue.exchange(flags.exchange, assetClass);
  const kind = KIND_OF[dataTypeOf(flags.dataType)];
  if (flags.reference !== undefined && !rowLayoutOf(flags.format, kind).isOfOneSymbol) {
    const ofOneSymbol = FORMATS.flatMap(({ name, rows }) => {
      return Object.values(rows).some(({ isOfOneSymbol }) => isOfOneSymbol) ? [name] : [];
    });
    throw new UsageError(
      `--reference is for tick files (--format ${
        ofOneSymbol.join(" or ")
      }), and without effect for ${flags.dataType} as ${flags.format}`,
      "Leave it out, and name the symbol in a column or with --symbol.",
    );
  }
  const reference = flags.reference === undefined ? undefined : await readCompanyTable(resolve(cwd, flags.reference));
  return {
    format: flags.format,
    kind,
    exchange: exchange.code,
    assetClass,
    symbol: flags.symbol,
    companyId: flags.companyId,
    reference,
    currency: flags.currency ?? exchange.currency,
    timeUnit: flags.timeUnit,
    finer: flags.finer,
    timeZone: flags.timeZone ?? exchange.timeZone,
    ambiguousTime: flags.ambiguousTime,
    endDate: flags.endDate,
    idScope: flags.idScope,
    earliest: flags.earliest,
  };
}

/**
 * The sources that the flags and paths name, in the order of the paths.
 *
 * @throws {SourceError} If a file cannot be read or its symbol is not known.
 * @throws {CatalogueError} If the exchange is not known or does not trade the asset class.
 */
export async function sourcesOf(
  session: Session,
  { flags, paths }: { flags: SourceFlags; paths: readonly string[] },
): Promise<RowSource[]> {
  const sourceOf = await sourceOpener(session, flags);
  const files = await expandPaths(paths, session.cli.cwd, (text) => session.say(text));
  return files.map((path) => sourceOf(path));
}

/** What is known of a file that is followed. */
export type FollowedFile = Pick<FileSourceOptions, "growth" | "formerPath">;

/**
 * Makes the source of a file, as the flags say.
 *
 * @throws As {@link rowFormatFrom}; what it returns throws a {@link SourceError}.
 */
export async function sourceOpener(
  session: Session,
  flags: SourceFlags,
): Promise<(path: string, followed?: FollowedFile) => RowSource> {
  const { clock } = session.cli;
  const format = await rowFormatFrom(session, flags);
  return (path, followed = {}) => {
    let isTold = false;
    const onRepeatedHeader = (line: number) => {
      if (!isTold) {
        session.say(`${path}: line ${line} is its header once more: it is passed over, and so are others like it.`);
      }
      isTold = true;
    };
    return openFileSource({ ...format, path, takeLastLine: flags.takeLastLine, onRepeatedHeader, ...followed, clock });
  };
}
