/**
 * What a format makes of its rows: the plan by which {@link EventParser} turns cells into columns. A plan is made once for
 * each reader, of a mapping or of named columns.
 *
 * @module
 */
import type { EventKind, OwnLayout } from "../../../records/columns/own_layout.ts";
import type { RecordError } from "../../../records/errors.ts";
import type { QuoteSide } from "../../../records/quote/sides.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { TradeSide } from "../../../schemas/record_types.ts";
import type { BadRow } from "../../source.ts";
import type { Cells } from "../cells.ts";
import type { DecimalReader } from "../readers/decimal_options.ts";
import type { InstantReader } from "../readers/instant_options.ts";
import type { IntegerReader, TextReader } from "../readers/value_options.ts";
import type { LineRecords, RawRow } from "../row_parser.ts";

/** How the rows of a file are delimited. */
export interface DelimitedForm {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  /** How many cells each row has. */
  readonly width: number;
}

/** Splits rows into cells. */
export interface RowCells extends Cells {
  /** Whether all bytes of the row are ASCII; else its texts are to be checked. */
  readonly isPlain: boolean;
  /** Whether {@link splitRow} has checked that the row is text. @default false */
  readonly isText?: boolean;
  /** Of lines with several records; null where a line is a row. @default null */
  readonly records?: LineRecords | null;
  /** Whether the cells alone decide what the row shares with others. */
  readonly isCacheable: boolean;
  /** How rows are delimited, if nothing but that decides what a row is; they share by cells then. @default null */
  readonly delimited?: DelimitedForm | null;
  /** Whether a row is a line of JSON, of which its values alone decide what it is. @default false */
  readonly isJsonLine?: boolean;
  /** The fault of the row's form; of a row that is no record the reason; else null. */
  splitRow(raw: RawRow): BadRow | null;
  /** As that of a parser. @throws {SourceError} `incomplete` */
  end?(rows: number, bytes: number | null): void;
}

/** A text of a row's own. */
export interface OwnText {
  readonly slot: number;
  /** For errors. */
  readonly field: string;
  /** Whether true and false are the texts `true` and `false`. @default false */
  readonly flags?: boolean | undefined;
  /** Reads the text to keep in place of the cell's, or none. @default the cell's */
  readonly instead?: TextReader | undefined;
}

/** The venue's id of a row. */
export interface EventIdText extends OwnText {
  /** Stands before it, in bytes. */
  readonly prefix: Uint8Array;
  /** The cells within whose values alone it is an id. */
  readonly within: readonly number[];
}

/** The plan for the rows of one file. */
export interface EventPlan {
  readonly kind: EventKind;
  readonly cells: RowCells;
  /** The cells by which rows share fields: those whose bytes decide, and those of which it matters whether they are there. */
  readonly sharing: { readonly slots: readonly number[]; readonly presence: readonly number[] };
  readonly layout: OwnLayout;
  readonly eventId: EventIdText | null;
  /** In the order of the layout's keys; null for the key of the whole instant. */
  readonly vendorTexts: readonly (OwnText | null)[];
  readonly sequence: IntegerReader | null;
  /** The cells that make a row like no other: those of {@link eventId}, {@link sequence} and {@link seldom}. */
  readonly unlikeSlots: readonly number[];
  /** Values that rows seldom have of their own. */
  readonly seldom: SeldomValues | null;
  /** The cell that has the whole instant in nanoseconds, where it is written so; -1 if none has. */
  readonly nanosSlot: number;
  /** Reads the shared cells of a row, up to what is needed for its instant and decimals. @throws {RecordError} */
  interpret(): RowMeaning;
  /**
   * The absent side of a row of which decimals are absent, by the bits of their indexes, or may be 0 for that.
   *
   * @throws {RecordError} If the row must have them.
   */
  absentSide(absent: number, decimals: readonly WideInteger[]): QuoteSide | null;
  /** Whether a price and a quantity of 0 may stand for an absent side. */
  readonly zeroMayBeAbsent: boolean;
  /** A refused row, with what is known besides: that it is a header, for example. */
  refused(raw: RawRow, bad: BadRow): BadRow;
}

/** Values that rows seldom have of their own; each is null if the row has none. @throws {RecordError} */
export interface SeldomValues {
  messageId(): Uint8Array | null;
  ingestionMicros(): number | null;
  platformSequence(into: WideInteger): WideInteger | null;
}

/** What the shared cells of a row mean. The parts are read in the order in which a row is checked. */
export interface RowMeaning {
  readonly symbol: string;
  readonly instant: InstantReader;
  /** In the order of the schema; null for one that is absent. */
  readonly decimals: readonly (DecimalReader | null)[];
  /** The side whose cells are all empty. */
  readonly absentSide: QuoteSide | null;
  /** The error for a row without an instant. */
  noInstant(): RecordError;
  /** What identifies the row beside instant and decimals. @throws {RecordError} */
  identity(): SharedIdentity;
  /** The whole instant, if the row says it as a text: ask after {@link identity}. */
  nanosText(): string | null;
  /** @throws {RecordError} */
  rest(): SharedRest;
}

/** The shared part of what identifies a row. */
export interface SharedIdentity {
  readonly qualifiers: number;
  readonly venue: string;
  readonly extra: string;
  readonly vendorData: ReadonlyMap<string, string>;
}

/** Shared fields that identify nothing. */
export interface SharedRest {
  readonly currency: string;
  readonly side: TradeSide;
  readonly conditions: readonly string[];
}
