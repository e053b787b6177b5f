/**
 * ASX tick files: comma-separated, no header, local times, one file for each company.
 *
 * - trades, 7 columns: `MM/DD/YYYY,HH:MM:SS.mmm,price,volume,qualifiers,venue,extra`
 * - quotes, 6 columns: `MM/DD/YYYY,HH:MM:SS.mmm,bid price,ask price,bid volume,ask volume`
 *
 * Volumes are whole numbers, which also finds swapped columns. Price 0 with volume 0 means that there is no quote on that
 * side, and is kept; so are crossed and locked quotes. The extra column is a price close to the trade's where it is not
 * empty; it goes by its old name, `buyer_id`.
 *
 * @module
 */
import type { LocalCalendar } from "../records/local_time.ts";
import type { OpenInstant } from "../records/open_instant.ts";
import type { AssetClass, QuoteV2, TradeV2, Unscaled, VendorData } from "../schemas/record_types.ts";
import { goodRow, type RawRow, refusedRow, type RowParser } from "./row_parser.ts";
import type { GoodRow, SourceRow } from "./source.ts";
import { TickColumns } from "./tick_columns.ts";

/** What the rows of a tick file do not say themselves. */
export interface AsxTickOptions {
  /** Upper case. */
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly symbol: string;
  /** Number of the company, as text; null where it is not known. */
  readonly companyId: string | null;
  readonly currency: string;
  readonly calendar: LocalCalendar;
  readonly instant: OpenInstant;
}

const TRADE_COLUMNS = ["date", "time", "price", "volume", "qualifiers", "venue", "extra"];
const QUOTE_COLUMNS = ["date", "time", "bid price", "ask price", "bid volume", "ask volume"];
const NO_CONDITIONS: readonly string[] = Object.freeze([]);

/** Parses the rows of a trades file. */
export class AsxTradeParser implements RowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  readonly #options: AsxTickOptions;
  readonly #columns: TickColumns;
  // Most rows have the same codes as the one before them, and then share these two values with it.
  #vendorData: VendorData = null;
  #conditions: readonly string[] = NO_CONDITIONS;
  #sharedDate = "";
  #sharedQualifiers = -1;
  #sharedVenue = "";
  #sharedExtra = "";

  constructor(options: AsxTickOptions) {
    this.instant = options.instant;
    this.#options = options;
    this.#columns = new TickColumns(TRADE_COLUMNS, options.calendar);
  }

  parse(raw: RawRow): SourceRow {
    const fault = this.#columns.split(raw);
    if (fault !== null) return fault;
    try {
      return this.#parseColumns(raw);
    } catch (error) {
      return refusedRow(raw, error);
    }
  }

  #parseColumns(raw: RawRow): GoodRow<TradeV2> {
    const columns = this.#columns;
    const { exchange, symbol, assetClass, currency } = this.#options;
    const micros = columns.instant();
    const price = columns.price(2), quantity = columns.volume(3), qualifiers = columns.code(4);
    const venue = columns.text(5), extra = columns.text(6);
    const messageId = this.instant.identify(
      { dataType: "trades", exchange, symbol, micros, price, quantity, qualifiers, venue, extra },
      raw.row,
    );
    this.#shareCodes(qualifiers, venue, extra);
    const record: Unscaled<TradeV2> = {
      message_id: messageId,
      trade_id: eventId(this.#options, micros, messageId),
      symbol,
      exchange,
      asset_class: assetClass,
      timestamp: micros,
      price,
      quantity,
      currency,
      side: "UNKNOWN",
      trade_conditions: this.#conditions,
      source_sequence: raw.row,
      ingestion_timestamp: this.ingestionMicros,
      platform_sequence: null,
      vendor_data: this.#vendorData,
    };
    return goodRow(raw, record, { messageId, tradeDate: columns.tradeDate });
  }

  #shareCodes(qualifiers: number, venue: string, extra: string): void {
    const { tradeDate } = this.#columns;
    if (
      qualifiers === this.#sharedQualifiers && venue === this.#sharedVenue && extra === this.#sharedExtra &&
      tradeDate === this.#sharedDate
    ) return;
    this.#sharedDate = tradeDate;
    this.#sharedQualifiers = qualifiers;
    this.#sharedVenue = venue;
    this.#sharedExtra = extra;
    const { companyId } = this.#options;
    this.#conditions = qualifiers === 0 ? NO_CONDITIONS : Object.freeze([String(qualifiers)]);
    this.#vendorData = Object.freeze({
      ...(companyId === null ? {} : { company_id: companyId }),
      qualifiers: String(qualifiers),
      ...(venue === "" ? {} : { venue }),
      ...(extra === "" ? {} : { buyer_id: extra }),
      trade_date: tradeDate,
    });
  }
}

/** Parses the rows of a quotes file. */
export class AsxQuoteParser implements RowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  readonly #options: AsxTickOptions;
  readonly #columns: TickColumns;
  #vendorData: VendorData = null;
  #sharedDate = "";

  constructor(options: AsxTickOptions) {
    this.instant = options.instant;
    this.#options = options;
    this.#columns = new TickColumns(QUOTE_COLUMNS, options.calendar);
  }

  parse(raw: RawRow): SourceRow {
    const fault = this.#columns.split(raw);
    if (fault !== null) return fault;
    try {
      return this.#parseColumns(raw);
    } catch (error) {
      return refusedRow(raw, error);
    }
  }

  #parseColumns(raw: RawRow): GoodRow<QuoteV2> {
    const columns = this.#columns;
    const { exchange, symbol, assetClass, currency, companyId } = this.#options;
    const micros = columns.instant();
    const bidPrice = columns.price(2), askPrice = columns.price(3);
    const bidQuantity = columns.volume(4), askQuantity = columns.volume(5);
    const messageId = this.instant.identify(
      { dataType: "quotes", exchange, symbol, micros, bidPrice, bidQuantity, askPrice, askQuantity },
      raw.row,
    );
    const { tradeDate } = columns;
    if (tradeDate !== this.#sharedDate) {
      this.#sharedDate = tradeDate;
      this.#vendorData = Object.freeze({
        ...(companyId === null ? {} : { company_id: companyId }),
        trade_date: tradeDate,
      });
    }
    const record: Unscaled<QuoteV2> = {
      message_id: messageId,
      quote_id: eventId(this.#options, micros, messageId),
      symbol,
      exchange,
      asset_class: assetClass,
      timestamp: micros,
      bid_price: bidPrice,
      bid_quantity: bidQuantity,
      ask_price: askPrice,
      ask_quantity: askQuantity,
      currency,
      source_sequence: raw.row,
      ingestion_timestamp: this.ingestionMicros,
      platform_sequence: null,
      vendor_data: this.#vendorData,
    };
    return goodRow(raw, record, { messageId, tradeDate });
  }
}

/** The id of a trade or quote that its venue gives none. */
function eventId({ exchange, symbol }: AsxTickOptions, micros: number, messageId: string): string {
  return `${exchange}-${symbol}-${micros}-${messageId.slice(0, 8)}`;
}
