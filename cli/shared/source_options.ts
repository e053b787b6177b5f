/**
 * Flags that describe rows and give what the rows do not say: the same for `load`, `audit` and `dlq replay`.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { resolve } from "node:path";
import { suggestionFor } from "../../config/did_you_mean.ts";
import { fillPattern } from "../../config/name_pattern.ts";
import { DEFAULT_TOPIC_PATTERN } from "../../config/topics.ts";
import { ASSET_CLASSES, assetClassOf, Catalogue, DATA_TYPES, dataTypeOf } from "../../config/catalogue.ts";
import { DEFAULT_ID_SCOPE, ID_SCOPES, type IdScope } from "../../records/ids/identity.ts";
import { microsOfIsoDate } from "../../records/values/calendar_date.ts";
import { uncompressedName } from "../../storage/compression.ts";
import { TIME_UNITS, type TimeUnit } from "../../records/values/epoch_number.ts";
import { RecordError } from "../../records/errors.ts";
import { toCurrency } from "../../records/values/field_values.ts";
import type { AmbiguousTime } from "../../records/values/local_time.ts";
import { DATA_TYPE_OF, KIND_OF, type RecordKind } from "../../schemas/record_types.ts";
import { readCompanyTable } from "../../sources/formats/company_table.ts";
import { expandPaths } from "../../sources/files/expand_paths.ts";
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import type { EndDateMeaning, FinerInstants, Format } from "../../sources/formats/format.ts";
import { formatNamed, FORMATS, rowLayoutOf } from "../../sources/formats/formats.ts";
import { readFormat } from "../../sources/formats/read_format.ts";
import type { RowOptions } from "../../sources/formats/row_options.ts";
import type { RowSource } from "../../sources/source.ts";
import { oneOf } from "./options.ts";
import { required } from "./required_flags.ts";
import type { Session } from "./session.ts";
import { UsageError } from "./usage_error.ts";

/** Values of the flags. */
export interface SourceFlags {
  /** A name, or the path of a mapping. */
  readonly format: string;
  /** Absent where the format says it. */
  readonly dataType?: string;
  /** Absent where the format says it. */
  readonly exchange?: string;
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
  command
    .addOption(
      required(
        new Option(
          "--format <format>",
          `how the rows are written: ${formatTexts()}; or the path of a mapping, FILE.json`,
        )
          .argParser(formatOption),
        likelyFormat,
      ),
    )
    .addOption(
      required(oneOf("--data-type <type>", "what the rows are", DATA_TYPES), () => A_DATA_TYPE, saysByFormat("kind")),
    )
    .addOption(
      required(new Option("--exchange <code>", "exchange of the rows"), () => AN_EXCHANGE, saysByFormat("exchange")),
    );
  return addMeaningOptions(command);
}

/** Adds the flags for what rows are, none of which is required: the format may say it. */
export function addOriginOptions(command: Command): Command {
  return command
    .addOption(oneOf("--data-type <type>", "what the rows are, where the format does not say it", DATA_TYPES))
    .option("--exchange <code>", "exchange of the rows, where the format does not say it");
}

/** Adds the flags that say what neither rows nor format do. */
export function addMeaningOptions(command: Command): Command {
  return command
    .addOption(
      oneOf(
        "--asset-class <name>",
        "asset class (default: what the format says; of files whose columns are named as fields the first that the exchange " +
          "trades)",
        ASSET_CLASSES,
        (text) => FX_WORDS.test(text) ? NO_FX : undefined,
      ),
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
        "what to do with instants finer than microseconds: keep cuts them off, and keeps the whole in vendor_data " +
          "(default: what the format says, else refuse)",
        [
          "refuse",
          "keep",
        ],
      ),
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
        "whether a trade_id or quote_id names one event of its symbol for ever, or for one trading day (default: what the " +
          `format says, else ${DEFAULT_ID_SCOPE})`,
        ID_SCOPES,
      ),
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

/** The formats that are no vendor's; `formats list` has all. */
const SHOWN_FORMATS = 3;

function formatTexts(): string {
  const shown = FORMATS.slice(0, SHOWN_FORMATS).map(({ name, summary }) => `${name} (${summary})`);
  return `${shown.join(", ")}, or one of ${FORMATS.slice(SHOWN_FORMATS).map(({ name }) => name).join(", ")}`;
}

/** Asset classes and vendors that are foreign exchange. */
const FX_WORDS = /^(?:fx|forex|foreign|currenc|spot-?fx|dukascopy|truefx|histdata)/i;

const NO_FX = `Foreign exchange cannot be loaded: its records would have no asset class. There are ${
  ASSET_CLASSES.join(", ")
}.`;

/** A path has a slash, or ends as mappings do. */
function isPath(text: string): boolean {
  return text.includes("/") || text.toLowerCase().endsWith(".json");
}

function formatOption(text: string): string {
  const names = FORMATS.map(({ name }) => name);
  if (isPath(text) || names.includes(text)) return text;
  if (FX_WORDS.test(text)) throw new InvalidArgumentError(NO_FX);
  throw new InvalidArgumentError(
    `Allowed: ${names.join(", ")}, or the path of a mapping, FILE.json.${suggestionFor(text, names)}`,
  );
}

/** Whether the format that is given says what a flag would; what a mapping of one's own says shows when it is read. */
function saysByFormat(what: "kind" | "exchange"): (command: Command) => boolean {
  return (command) => {
    const given: unknown = command.getOptionValue("format");
    if (typeof given !== "string") return false;
    const format = FORMATS.find(({ name }) => name === given);
    if (format === undefined) return true;
    return what === "exchange" ? format.exchange !== undefined : Object.keys(format.rows).length === 1;
  };
}

/** For a message only: the topic of the default pattern, with words in capitals for what neither flags nor format say. */
export function likelyTopic(command: Command): string {
  const flags: Readonly<Record<string, unknown>> = command.opts();
  const said = (flag: string) => typeof flags[flag] === "string" ? flags[flag] : undefined;
  const name = said("format"), format = FORMATS.find((one) => one.name === name);
  const isOwn = name !== undefined && format === undefined;
  const [kind, ...others] = RECORD_KINDS.filter((kind) => format !== undefined && kind in format.rows);
  const only = kind === undefined || others.length > 0 ? undefined : DATA_TYPE_OF[kind];
  const exchange = said("exchange") ?? format?.exchange ?? (isOwn ? undefined : AN_EXCHANGE);
  const traded = new Catalogue().exchanges().find(({ code }) => code === exchange?.toUpperCase())?.assetClasses[0];
  return fillPattern(DEFAULT_TOPIC_PATTERN, {
    asset_class: said("assetClass") ?? format?.assetClass ?? traded ?? "ASSET_CLASS",
    data_type: said("dataType") ?? only ?? (isOwn ? "DATA_TYPE" : A_DATA_TYPE),
    exchange: exchange?.toLowerCase() ?? "EXCHANGE",
  });
}

/** The examples for flags that are missing. */
const AN_EXCHANGE = "ASX", A_DATA_TYPE = "trades";

/** For a message only: the end of a name does not decide what a file is. */
function likelyFormat(paths: readonly string[]): string {
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
  const format = await formatFrom(flags.format, cwd);
  const kind = kindOf(format, flags);
  const code = flags.exchange ?? format.exchange;
  if (code === undefined) {
    throw new UsageError(`${format.name} does not say the exchange.`, "Give --exchange, such as --exchange ASX.");
  }
  const exchange = catalogue.exchange(code);
  const layout = rowLayoutOf(format, kind);
  const known = flags.assetClass ?? format.assetClass;
  if (known === undefined && layout.says?.isOfAnyClass === true) {
    throw new UsageError(
      `${format.name} does not say the asset class: such files look alike for all of them.`,
      `Give --asset-class, one of ${exchange.assetClasses.join(", ")} for ${exchange.code}.`,
    );
  }
  const assetClass = assetClassOf(known ?? exchange.assetClasses[0] ?? "equities");
  catalogue.exchange(code, assetClass);
  if (flags.reference !== undefined && !layout.isOfOneSymbol) {
    const ofOneSymbol = FORMATS.flatMap(({ name, rows }) => {
      return Object.values(rows).some(({ isOfOneSymbol }) => isOfOneSymbol) ? [name] : [];
    });
    throw new UsageError(
      `--reference is for tick files (--format ${ofOneSymbol.join(" or ")}), and without effect for ${
        DATA_TYPE_OF[kind]
      } as ${format.name}`,
      "Leave it out, and name the symbol in a column or with --symbol.",
    );
  }
  const reference = flags.reference === undefined ? undefined : await readCompanyTable(resolve(cwd, flags.reference));
  return {
    format,
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

/** A format by its name, or by the path of its mapping. @throws {ConfigError} @throws {SourceError} */
async function formatFrom(text: string, cwd: string): Promise<Format> {
  if (!isPath(text)) return formatNamed(text);
  return await readFormat(resolve(cwd, text));
}

/** @throws {UsageError} */
function kindOf(format: Format, { dataType }: SourceFlags): RecordKind {
  const kinds = RECORD_KINDS.filter((kind) => kind in format.rows);
  const [only] = kinds;
  if (dataType === undefined) {
    if (only !== undefined && kinds.length === 1) return only;
    throw new UsageError(
      `${format.name} has rows of several kinds.`,
      `Give --data-type, one of ${kinds.map((kind) => DATA_TYPE_OF[kind]).join(", ")}.`,
    );
  }
  const kind = KIND_OF[dataTypeOf(dataType)];
  if (kinds.includes(kind)) return kind;
  throw new UsageError(
    `${format.name} has no ${dataType}.`,
    `It has ${kinds.map((one) => DATA_TYPE_OF[one]).join(", ")}: leave --data-type out, or give another --format.`,
  );
}

const RECORD_KINDS = ["trade", "quote", "reference_data"] as const;

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
  // A file is opened more than once: to look at it, and to read it.
  const proofs = new Set<string>();
  return (path, followed = {}) => {
    let isTold = false;
    const onRepeatedHeader = (line: number) => {
      if (!isTold) {
        session.say(`${path}: line ${line} is its header once more: it is passed over, and so are others like it.`);
      }
      isTold = true;
    };
    let hasPassedOver = false;
    const onPassedOver = (line: number, proof: string | null) => {
      const told = `${path}: line ${line} is its last row. ${proof}`;
      if (proof !== null) {
        if (!proofs.has(told)) session.say(told);
        proofs.add(told);
      } else if (!hasPassedOver) {
        session.say(`${path}: line ${line} is no record by its format: it is passed over, and so are others like it.`);
        hasPassedOver = true;
      }
    };
    const takeLastLine = flags.takeLastLine;
    return openFileSource({ ...format, path, takeLastLine, onRepeatedHeader, onPassedOver, ...followed, clock });
  };
}
