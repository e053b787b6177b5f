/**
 * Stable message ids: the same source row has the same id on every reload, restart and machine.
 *
 * An id is SipHash-2-4-128 over the canonical form of the row's source fields, under a fixed public key, written as a
 * UUID of version 8. The key is not a secret: it only says that these hashes are tickflume's. Ids are stable for ever,
 * so the layout below must never change; another layout needs another number in its first byte. (Layout 1, from before
 * the first release, had no asset class and scope.)
 *
 * The canonical form never holds a row number (but see the last two lines), file name, quoting or line ends:
 *
 * | Part | Bytes |
 * |---|---|
 * | layout | 1 byte: 2 |
 * | data type | 1 byte: 1 trades, 2 quotes, 3 reference_data |
 * | asset class | 1 byte: 1 equities, 2 crypto, 3 futures, 4 options |
 * | what identifies the row | 1 byte: 0 its fields, 1 the venue's own id |
 * | exchange, upper case; symbol | text, text |
 * | fields of a trade | instant, price, quantity, qualifiers (4 bytes), venue (text), extra column (text) |
 * | fields of a quote | instant, bid price, bid quantity, ask price, ask quantity |
 * | of a quote that lacks a side, which | 1 byte: 1 bid, 2 ask |
 * | fields of reference data | company id, company name, ISIN, start date, end date (texts) |
 * | or the venue's own id: its scope | 1 byte: 1 symbol, 2 day |
 * | of scope day, the trading day | 4 bytes: days since 1970-01-01 |
 * | the id | text |
 * | what tells equal rows apart | 1 byte: 0 ordinal, 1 row number |
 * | that number | 8 bytes |
 *
 * Integers are little-endian and signed. An instant is 8 bytes of micros since the epoch; a price or quantity is 8 bytes,
 * unscaled at 8 decimals; a text is its length in UTF-8 bytes (4 bytes), then the bytes. What is absent is 0 or the empty
 * text.
 *
 * @module
 */
import type { AssetClass, DataType } from "../../schemas/record_types.ts";
import { CanonicalForm } from "./canonical_form.ts";
import { dayNumber, isCivilDate } from "../values/civil_date.ts";
import { RecordError } from "../errors.ts";
import type { QuoteSide } from "../quote/sides.ts";
import { bytesToUuid } from "./uuid_text.ts";
import { WideInteger } from "../values/wide_integer.ts";

/** What identifies a trade: decimals unscaled at 8 decimals, time in micros, absent texts empty. */
export interface TradeIdentity {
  /** Tells a trade from the other identities. */
  readonly dataType: "trades";
  /** Kind of instrument. */
  readonly assetClass: AssetClass;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** Symbol as the source spells it. */
  readonly symbol: string;
  /** When it was executed, in microseconds since the epoch. */
  readonly micros: number;
  /** Price of one unit, times 10^8. */
  readonly price: bigint;
  /** Units traded, times 10^8. */
  readonly quantity: bigint;
  /** Code of the exchange for the conditions; 0 for none. */
  readonly qualifiers: number;
  /** Venue code; empty for none. */
  readonly venue: string;
  /** Further text that distinguishes the row from others; empty for none. */
  readonly extra: string;
}

/** What identifies a quote: decimals unscaled at 8 decimals, time in micros. */
export interface QuoteIdentity {
  /** Tells a quote from the other identities. */
  readonly dataType: "quotes";
  /** Kind of instrument. */
  readonly assetClass: AssetClass;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** Symbol as the source spells it. */
  readonly symbol: string;
  /** When it was published, in microseconds since the epoch. */
  readonly micros: number;
  /** Best bid, times 10^8. */
  readonly bidPrice: bigint;
  /** Units wanted at the best bid, times 10^8. */
  readonly bidQuantity: bigint;
  /** Best ask, times 10^8. */
  readonly askPrice: bigint;
  /** Units offered at the best ask, times 10^8. */
  readonly askQuantity: bigint;
  /** The side that the row lacks, which is not the same as a side of price and quantity 0. @default none */
  readonly absentSide?: QuoteSide | null;
}

/** What identifies a row of reference data: its texts as the source has them. It has no instant of its own. */
export interface ReferenceDataIdentity {
  /** Tells reference data from the other identities. */
  readonly dataType: "reference_data";
  /** Kind of instrument. */
  readonly assetClass: AssetClass;
  /** Exchange code in upper case. */
  readonly exchange: string;
  /** Symbol as the source spells it. */
  readonly symbol: string;
  /** Identifier of the company or instrument. */
  readonly companyId: string;
  /** Full name of the company or instrument. */
  readonly companyName: string;
  /** ISIN; empty for none. */
  readonly isin: string;
  /** First day, as the source writes it; empty for none. */
  readonly startDate: string;
  /** Last day, as the source writes it; empty for none. */
  readonly endDate: string;
}

/**
 * For how long a venue's own id names one event: for ever within its symbol, or for one trading day, if the venue
 * counts from 1 each day.
 */
export type IdScope = "symbol" | "day";

/** All scopes. */
export const ID_SCOPES = ["symbol", "day"] as const satisfies readonly IdScope[];

/**
 * The scope if none is declared: taking two events for one loses an event, taking one for two only reports it twice.
 */
export const DEFAULT_ID_SCOPE: IdScope = "day";

/** The venue's own id of a trade or quote, which replaces all other fields. */
export type VenueIdentity =
  & {
    readonly dataType: "trades" | "quotes";
    readonly assetClass: AssetClass;
    readonly exchange: string;
    readonly symbol: string;
    readonly venueId: string;
  }
  & ({ readonly scope: "symbol" } | {
    readonly scope: "day";
    /** The exchange's local date, YYYY-MM-DD. */
    readonly tradeDate: string;
  });

/** The source fields that identify a row without an id of its venue. */
export type FieldIdentity = TradeIdentity | QuoteIdentity | ReferenceDataIdentity;

/** Distinguishes equal rows of one instant: by the number of equal rows before, or by the row's number in its file. */
export interface Distinction {
  /** `ordinal`: equal rows before it; `row`: its row number. */
  readonly by: "ordinal" | "row";
  /** Equal rows before it, from 0; or its row number, from 1. */
  readonly number: number;
}

/** The first row of its kind at its instant. */
const FIRST_OF_ITS_KIND: Distinction = { by: "ordinal", number: 0 };

const LAYOUT = 2;
const DATA_TYPE_CODES: Readonly<Record<DataType, number>> = { trades: 1, quotes: 2, reference_data: 3 };
const ASSET_CLASS_CODES: Readonly<Record<AssetClass, number>> = { equities: 1, crypto: 2, futures: 3, options: 4 };
const SIDE_CODES: Readonly<Record<QuoteSide, number>> = { bid: 1, ask: 2 };
const SCOPE_CODES: Readonly<Record<IdScope, number>> = { symbol: 1, day: 2 };
const BY_FIELDS = 0;
const BY_VENUE_ID = 1;

const NO_BYTES = new Uint8Array(0);

// Scratch space: no function uses them after it has returned.
const wide = new WideInteger();
const scratch = new CanonicalForm();

/**
 * The stable message id of a row: UUID version 8, lower case, 36 characters.
 *
 * @param apart Distinguishes the row from equal ones. Must be the default with a venue's own id, where it has no
 * meaning.
 * @throws {RecordError} `bad_date` if a trading day is none.
 *
 * @example
 * ```ts
 * import { messageIdOf } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const bitcoin = { dataType: "trades", exchange: "BINANCE", symbol: "BTCUSDT", venueId: "4711", scope: "symbol" } as const;
 * const spot = messageIdOf({ ...bitcoin, assetClass: "crypto" });
 * assert.equal(messageIdOf({ ...bitcoin, assetClass: "crypto" }), spot); // today, and on any other machine
 * assert.notEqual(messageIdOf({ ...bitcoin, assetClass: "futures" }), spot);
 * ```
 */
export function messageIdOf(
  source: FieldIdentity | VenueIdentity,
  apart: Distinction = FIRST_OF_ITS_KIND,
): string {
  const form = scratch;
  putForm(form, source);
  if (apart.by === "row") form.hashByRow(apart.number);
  else form.hashByOrdinal(apart.number);
  return bytesToUuid(form.id);
}

/** Builds the canonical form of a row, without the part that distinguishes it from equal rows. */
export function putForm(form: CanonicalForm, source: FieldIdentity | VenueIdentity): void {
  form.begin();
  putStart(form, source, "venueId" in source ? BY_VENUE_ID : BY_FIELDS);
  if ("venueId" in source) putVenueId(form, source);
  else putFields(form, source);
}

/** The beginning of the forms of all rows of a tick file: the same data type, asset class, exchange and symbol. */
export function formPrefixOf(source: FormStart): Uint8Array {
  scratch.begin();
  putStart(scratch, source, BY_FIELDS);
  return scratch.copy();
}

/** As {@link formPrefixOf}, up to the venue's own id: its scope stands before it. @throws {RecordError} `bad_date` */
export function venuePrefixOf(source: FormStart, scope: IdScope, tradeDate: string): Uint8Array {
  scratch.begin();
  putStart(scratch, source, BY_VENUE_ID);
  putScope(scratch, scope, tradeDate);
  return scratch.copy();
}

/** What the fields of a trade end with, after instant, price and quantity. */
export function tradeFormEnd(end: TradeFormEnd): Uint8Array {
  scratch.begin();
  putTradeEnd(scratch, end);
  return scratch.copy();
}

/** What the fields of a quote end with, after instant, prices and quantities. */
export function quoteFormEnd(absentSide: QuoteSide | null): Uint8Array {
  return absentSide === null ? NO_BYTES : Uint8Array.of(SIDE_CODES[absentSide]);
}

/** The last parts of the form of a trade that its fields identify. */
export type TradeFormEnd = Pick<TradeIdentity, "qualifiers" | "venue" | "extra">;

/** The first parts of the form of a row. */
export interface FormStart {
  readonly dataType: DataType;
  readonly assetClass: AssetClass;
  readonly exchange: string;
  readonly symbol: string;
}

function putStart(form: CanonicalForm, { dataType, assetClass, exchange, symbol }: FormStart, by: number): void {
  form.byte(LAYOUT);
  form.byte(DATA_TYPE_CODES[dataType]);
  form.byte(ASSET_CLASS_CODES[assetClass]);
  form.byte(by);
  form.text(exchange);
  form.text(symbol);
}

function putVenueId(form: CanonicalForm, identity: VenueIdentity): void {
  putScope(form, identity.scope, identity.scope === "day" ? identity.tradeDate : "");
  form.text(identity.venueId);
}

function putScope(form: CanonicalForm, scope: IdScope, tradeDate: string): void {
  form.byte(SCOPE_CODES[scope]);
  if (scope === "day") form.shortInteger(dayOf(tradeDate));
}

/** The day number of a date written YYYY-MM-DD. @throws {RecordError} */
function dayOf(tradeDate: string): number {
  const [, ...parts] = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(tradeDate) ?? [];
  const [year = NaN, month = NaN, day = NaN] = parts.map(Number);
  if (isCivilDate(year, month, day)) return dayNumber(year, month, day);
  throw new RecordError("bad_date", { field: "tradeDate", value: tradeDate, hint: "Give a date as YYYY-MM-DD." });
}

function putFields(form: CanonicalForm, fields: FieldIdentity): void {
  switch (fields.dataType) {
    case "trades":
      form.integer(fields.micros);
      putDecimal(form, fields.price);
      putDecimal(form, fields.quantity);
      putTradeEnd(form, fields);
      break;
    case "quotes":
      form.integer(fields.micros);
      putDecimal(form, fields.bidPrice);
      putDecimal(form, fields.bidQuantity);
      putDecimal(form, fields.askPrice);
      putDecimal(form, fields.askQuantity);
      if (fields.absentSide) form.byte(SIDE_CODES[fields.absentSide]);
      break;
    case "reference_data":
      form.text(fields.companyId);
      form.text(fields.companyName);
      form.text(fields.isin);
      form.text(fields.startDate);
      form.text(fields.endDate);
  }
}

function putTradeEnd(form: CanonicalForm, { qualifiers, venue, extra }: TradeFormEnd): void {
  form.shortInteger(qualifiers);
  form.text(venue);
  form.text(extra);
}

function putDecimal(form: CanonicalForm, unscaled: bigint): void {
  wide.setBig(unscaled);
  form.wideInteger(wide);
}
