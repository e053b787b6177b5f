/**
 * The interface of a format: everything in which one format differs from another. formats.ts lists the formats, one
 * entry each; all other code asks the entry and names no format.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import type { IdScope } from "../../records/ids/identity.ts";
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import type { TimeUnit } from "../../records/values/epoch_number.ts";
import type { AmbiguousTime } from "../../records/values/local_time.ts";
import type { AssetClass, RecordKind } from "../../schemas/record_types.ts";
import type { LineReader } from "../files/line_reader.ts";
import type { RawRow, RowParser } from "./row_parser.ts";

/** A format of files. */
export interface Format {
  /** Small letters, digits and `-`. */
  readonly name: string;
  /** How its rows are written, for the help. */
  readonly summary: string;
  /** Common endings of its file names, in lower case. For messages only: a name does not decide what a file is. */
  readonly endings: readonly string[];
  /** The exchange, where all such files are of one. @default none */
  readonly exchange?: string | undefined;
  /** The asset class, where all such files are of one. @default none */
  readonly assetClass?: AssetClass | undefined;
  /**
   * The kinds of rows that the format has, each with its layout.
   * @internal
   */
  readonly rows: Readonly<Partial<Record<RecordKind, RowLayout>>>;
}

/** The layout of rows of one kind. */
export interface RowLayout {
  /** Whether a file has one symbol and one currency, which its rows do not name. */
  readonly isOfOneSymbol: boolean;
  /** Takes the first line, which names the columns; null if the format has no header. */
  readonly readHeader: ReadHeader | null;
  /** Whether a cell in quotes may hold line ends, so that a row takes several lines: only below a header. @default false */
  readonly quoted?: boolean;
  /** What a line begins with that is no row. @default every line is one */
  readonly comment?: string | undefined;
  /** Whether a file may be one JSON array of rows, none of which is an array itself. @default false */
  readonly mayBeArray?: boolean;
  /** Whether a line may have several records, each of which is a row. @default false */
  readonly hasLists?: boolean;
  /** Makes a parser for the rows of one reader. */
  parser(settings: RowSettings, reading: Reading): RowParser;
  /** Starts a check of the rows before the first record; null if several rows together tell nothing. */
  readonly firstLook: ((settings: RowSettings, clock: Clock) => FirstLook) | null;
  /** What the format says in place of flags. @default nothing */
  readonly says?: LayoutSays | undefined;
}

/** What a layout says in place of flags. */
export interface LayoutSays {
  /** Whether the symbol comes from the name of the file, and is written in capitals. @default from rows or flags */
  readonly symbolOfName?: { readonly upper: boolean } | undefined;
  /** Whether rows name no symbol, so that a flag must. @default false */
  readonly needsSymbol?: boolean | undefined;
  /** Whether files of all asset classes look alike, so that a flag must say theirs. @default false */
  readonly isOfAnyClass?: boolean | undefined;
  /** Whether the date comes from the name of the file. @default false */
  readonly dateOfName?: boolean | undefined;
  /** How files are named. @default not said */
  readonly fileNames?: readonly string[] | undefined;
  /** @default that of the flags */
  readonly idScope?: IdScope | undefined;
  /** @default that of the flags */
  readonly finer?: FinerInstants | undefined;
  /** Whether a file without a byte is a day without rows. @default false */
  readonly emptyDay?: boolean | undefined;
  /** A digest of all that decides what rows mean; null if it never changes. */
  readonly digest: string | null;
}

/** A parser's input besides the settings. */
export interface Reading {
  /** Gives the rows their ids. */
  readonly instant: OpenInstant;
  /** The field of each column, from the header; empty without a header. */
  readonly fields: readonly string[];
  /**
   * How many lines of the file its header takes, 0 if it has none; null for rows without their file, whose place tells
   * nothing of the rows before them. @default null
   */
  readonly headerLines?: number | null | undefined;
}

/** Checks rows that are no records before the first record. */
export interface FirstLook {
  /** Whether it needs more rows to judge the rows so far. */
  readonly needsMore: boolean;
  /** Judges a row. @throws {SourceError} `other_keys`: the source must write nothing. */
  add(raw: RawRow): void;
  /** Call when there are no more rows. @throws {SourceError} `other_keys` */
  end(): void;
}

/**
 * Takes the header; null if the input is empty.
 *
 * @param source Null for a header without rows.
 */
export type ReadHeader = (
  lines: LineReader,
  settings: RowSettings,
  source?: HeaderSource | null,
) => Promise<Header | null>;

/** The content of a file's first line. */
export interface Header {
  /** The field of each column. */
  readonly fields: readonly string[];
  /** The header as written: read again, it gives the same fields. */
  readonly text: string;
  /** How many lines it takes, with the comments before it. */
  readonly lines: number;
  /** How many of them are comments. @default 0 */
  readonly comments?: number | undefined;
}

/** The source of the header. */
export interface HeaderSource {
  readonly clock: Clock;
  /** Whether more rows can be read at once, to base advice on a header on them. */
  readonly isFile: boolean;
}

/** What the rows of one file do not say themselves, with all values found. */
export interface RowSettings {
  /** The name of the format. */
  readonly format: string;
  readonly layout: RowLayout;
  readonly kind: RecordKind;
  /** The company of the file. */
  readonly path: string;
  /** Upper case. A row that names another one is refused. */
  readonly exchange: string;
  /** A row that names another one is refused. */
  readonly assetClass: AssetClass;
  /** For rows that name none. */
  readonly symbol: string | null;
  /** For rows that name none. */
  readonly companyId: string | null;
  /** For rows that name none; null only if every row names one or needs none. */
  readonly currency: string | null;
  /** For times without an offset, and of trading days. */
  readonly timeZone: string;
  readonly ambiguousTime: AmbiguousTime;
  /** The unit of plain numbers; null: such numbers are refused. */
  readonly timeUnit: TimeUnit | null;
  /** Plain numbers that mean an earlier instant are refused. */
  readonly earliestMicros: number;
  readonly finer: FinerInstants;
  readonly endDate: EndDateMeaning;
  /** The scope of the venue's own ids. */
  readonly idScope: IdScope;
  /** YYYY-MM-DD, from the name of the file; null if the format takes none from there. */
  readonly fileDate: string | null;
}

/** How to treat an instant that is finer than microseconds. */
export type FinerInstants = "refuse" | "keep";

/** The meaning of the end date of reference data: a delisting, or only the end of the source's coverage. */
export type EndDateMeaning = "extract" | "delisting";
