/**
 * The encodings of decimals.
 *
 * @module
 */
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { Cells } from "../cells.ts";
import type { FieldSource } from "./field_source.ts";

/** What may stand between thousands. A space is one that does not break, too, and an apostrophe a typographic one. */
export const GROUPINGS = [",", ".", " ", "'"] as const;

/** What stands between thousands. */
export type Grouping = typeof GROUPINGS[number];

/** Maximum of {@link DecimalOptions.times}. */
export const MAX_TIMES = 1_000_000_000;

/** How a decimal is written. */
export interface DecimalOptions extends FieldSource {
  /** The value is a whole number of this many decimals: 9 for prices times 10^9. @default 0: as written */
  readonly shift?: number;
  /** What stands before the decimals. @default "." */
  readonly mark?: "." | ",";
  /** What stands between groups of exactly three digits: 1,234,567. Numbers without it are taken too. @default nothing */
  readonly grouping?: Grouping;
  /** A whole number that the written one is multiplied by: 100 for sizes in lots of 100. @default 1 */
  readonly times?: number;
  /**
   * Texts that stand for no value, such as 9223372036854775807. The same number in another form stands for none, too: 0.00
   * where 0 does. @default none
   */
  readonly missing?: readonly string[];
  /**
   * Rounds the noise of floating point to this many decimals: what is past them must begin with three zeros or three
   * nines; else the value is refused. @default nothing is rounded
   */
  readonly roundTo?: number;
  /** Only whole numbers are taken: the advice on another one. @default every number is taken */
  readonly whole?: string;
  /** Whether the asset class may have negative values here. @default false */
  readonly signed?: boolean;
  /** Whether a sign says something else, such as the side of the trade, and is left out. @default false */
  readonly absolute?: boolean;
}

/** A simple form of decimals: digits, then a mark and digits or nothing. */
export interface AlikeDecimal {
  readonly slot: number;
  /** Maximum number of digits before the mark. */
  readonly integerDigits: number;
  /** Maximum number of digits after it, but for zeros. */
  readonly decimals: number;
  /** The byte of the mark. */
  readonly mark: number;
}

/** One way in which decimals are written. */
export interface DecimalForm {
  /** Null if plain digits are not the value itself. */
  readonly alike: Omit<AlikeDecimal, "slot"> | null;
  readonly rounded: number;
  /** Reads plain digits; false for anything that needs a closer look, as what must be whole and may not be. */
  plain(buffer: Uint8Array, start: number, end: number, into: WideInteger): boolean;
  /** Reads any text, unscaled. @throws {RecordError} */
  exact(text: string): bigint;
}

/** Reads one decimal of each row. */
export interface DecimalReader {
  /** The simple form of values, where they have one: those that are written so are read so. */
  readonly alike: AlikeDecimal | null;
  /** How many values were rounded so far. */
  readonly rounded: number;
  /**
   * Reads the value, unscaled at the 8 decimals of v2. False if the row says nothing.
   *
   * @throws {RecordError}
   */
  read(cells: Cells, into: WideInteger): boolean;
}
