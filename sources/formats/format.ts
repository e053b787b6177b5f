/**
 * What a format has to say: all that differs between one and another. The formats themselves are in formats.ts, one entry
 * each; everything else asks the entry, and knows none by name.
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
export interface Format<Name extends string = string> {
  readonly name: Name;
  /** How its rows are written, for the help. */
  readonly summary: string;
  /** What the names of its files often end with, in lower case. For messages only: a name is not what a file is. */
  readonly endings: readonly string[];
  /** The kinds of rows that it has, each with how they are written. */
  readonly rows: Readonly<Partial<Record<RecordKind, RowLayout>>>;
}

/** How rows of one kind are written. */
export interface RowLayout {
  /** Whether a file is of one symbol and one currency, which its rows do not name. */
  readonly isOfOneSymbol: boolean;
  /** Takes the first line, which names the columns; null if rows are all there is. Only below one a row may take several lines. */
  readonly readHeader: ReadHeader | null;
  /** A parser for the rows of one reader. */
  parser(settings: RowSettings, reading: Reading): RowParser;
  /** Begins to look at the rows ahead of the first record; null if there is nothing to be seen in several of them. */
  readonly firstLook: ((settings: RowSettings, clock: Clock) => FirstLook) | null;
}

/** What a parser needs besides the settings. */
export interface Reading {
  /** Gives the rows their ids. */
  readonly instant: OpenInstant;
  /** The field of each column, by the header; empty without one. */
  readonly fields: readonly string[];
}

/** A look at rows that are no records, ahead of the first one. */
export interface FirstLook {
  /** Whether more rows are needed to judge those so far. */
  readonly needsMore: boolean;
  /** Looks at a row. @throws {SourceError} `other_keys`: nothing of the source is to be written. */
  add(raw: RawRow): void;
  /** There are no more rows. @throws {SourceError} `other_keys` */
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

/** What the first line of a file says. */
export interface Header {
  /** The field of each column. */
  readonly fields: readonly string[];
  /** As it stands there: read once more, it says the same. */
  readonly text: string;
  /** How many lines it takes. */
  readonly lines: number;
}

/** A source whose header it is. */
export interface HeaderSource {
  readonly clock: Clock;
  /** Whether more rows can be read at once, to advise on a header by them. */
  readonly isFile: boolean;
}

/** What the rows of one file do not say themselves, with everything that was left to be found out. */
export interface RowSettings {
  /** The name of the format. */
  readonly format: string;
  readonly layout: RowLayout;
  readonly kind: RecordKind;
  /** Of the file. */
  readonly path: string;
  /** Upper case. A row that names another one is refused. */
  readonly exchange: string;
  /** A row that names another one is refused. */
  readonly assetClass: AssetClass;
  /** For rows without one. */
  readonly symbol: string | null;
  /** For rows without one. */
  readonly companyId: string | null;
  /** For rows without one; null only where no row needs one, or each has one. */
  readonly currency: string | null;
  /** For times without an offset, and of trading days. */
  readonly timeZone: string;
  readonly ambiguousTime: AmbiguousTime;
  /** What plain numbers count; null: they are refused. */
  readonly timeUnit: TimeUnit | null;
  /** Plain numbers that are earlier in their unit are refused. */
  readonly earliestMicros: number;
  readonly finer: FinerInstants;
  readonly endDate: EndDateMeaning;
  /** Of the venue's own ids. */
  readonly idScope: IdScope;
}

/** What becomes of an instant that is finer than microseconds. */
export type FinerInstants = "refuse" | "keep";

/** What the end date of reference data means: a delisting, or only the end of what the source covers. */
export type EndDateMeaning = "extract" | "delisting";
