/**
 * The encodings of sides, whole numbers, texts, flags and lists.
 *
 * @module
 */
import type { TradeSide } from "../../../schemas/record_types.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { Cells } from "../cells.ts";
import type { FieldSource } from "./field_source.ts";

/** How the side of a trade is written. */
export type SideOptions =
  & FieldSource
  & (
    /** The symbols of the record, in any case. */
    | { readonly encoding: "symbol" }
    /** The source's own words, exactly as they are. */
    | { readonly encoding: "words"; readonly words: Readonly<Record<string, TradeSide>> }
    /** A flag (true or false, in any case, or 1 or 0): whether the buyer was the maker, so that true is SELL. */
    | { readonly encoding: "buyer_is_maker" }
    /** The sign of a number: a positive one is BUY. 0 is UNKNOWN. */
    | { readonly encoding: "sign" }
  )
  & {
    /** Whose side the source gives. The record has the taker's, so that a maker's side is turned around. @default "taker" */
    readonly of?: "taker" | "maker";
  };

/** Reads one side of each row. */
export interface SideReader {
  /** UNKNOWN if the row says nothing. @throws {RecordError} */
  read(cells: Cells): TradeSide;
}

/** How a whole number is written. */
export interface IntegerOptions extends FieldSource {
  readonly bits: 32 | 64;
  /** Whether it is from 0 on. @default false */
  readonly fromZero?: boolean;
  /** Whether it may begin with zeros, as codes in tick files do, which are from 0 on. @default false */
  readonly leadingZeros?: boolean;
}

/** Reads one whole number of each row. */
export interface IntegerReader {
  /** False if the row says nothing. @throws {RecordError} */
  read(cells: Cells, into: WideInteger): boolean;
}

/** How a text is written. */
export interface TextOptions extends FieldSource {
  /** A text for each code of the source; a code without one is refused. @default the text as it is */
  readonly words?: Readonly<Record<string, string>>;
  /** Whether a JSON number is taken, as it is written. @default false */
  readonly digits?: boolean;
  /** Texts that stand for no value. @default none */
  readonly missing?: readonly string[];
}

/** Reads one text of each row, as bytes. */
export interface TextReader {
  /** Where the last text is: a part of a buffer, in UTF-8. */
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** False if the row says nothing. @throws {RecordError} */
  read(cells: Cells): boolean;
  /** The last text. */
  text(): string;
}

/** How a flag is written: true or false. */
export type FlagOptions = FieldSource;

/** Reads one flag of each row: true or false, in a delimited row as text. */
export interface FlagReader {
  /** Null if the row says nothing. @throws {RecordError} */
  read(cells: Cells): boolean | null;
}

/** How a list of texts is written: with a separator, or as a JSON array. */
export interface ListOptions extends FieldSource {
  /** @default "|" */
  readonly separator?: string;
  /** Fixed width in place of a separator, such as 1 for the four characters of a NYSE sale condition; blanks are left out. */
  readonly width?: number;
  /** A text for each code of the source; a code without one is refused. @default the texts as they are */
  readonly words?: Readonly<Record<string, string>>;
  /** Whether numbers of a JSON array are taken, as they are written. @default false */
  readonly digits?: boolean;
}

/** Reads one list of texts of each row; the same bytes give the same frozen list. */
export interface ListReader {
  /** Null if the row says nothing. @throws {RecordError} */
  read(cells: Cells): readonly string[] | null;
}
