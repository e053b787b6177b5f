/**
 * ASX tick files: comma-separated, no header, local times, one file for each company.
 *
 * - trades, 7 columns: `MM/DD/YYYY,HH:MM:SS.mmm,price,volume,qualifiers,venue,extra`
 * - quotes, 6 columns: `MM/DD/YYYY,HH:MM:SS.mmm,bid price,ask price,bid volume,ask volume`
 *
 * Volumes must be whole numbers, which also detects swapped columns. Price 0 with volume 0 means no quote on that side,
 * and is kept; so are crossed and locked quotes. The extra column is empty or a price close to the trade's; it keeps its
 * old name, `buyer_id`.
 *
 * @module
 */
import type { CanonicalForm } from "../../records/ids/canonical_form.ts";
import { EventColumns, type EventKind, SharedFields } from "../../records/columns/event_columns.ts";
import { formPrefixOf } from "../../records/ids/identity.ts";
import { LocalCalendar } from "../../records/values/local_time.ts";
import type { OpenInstant } from "../../records/ids/open_instant.ts";
import { pricesOfV2 } from "../../records/values/price_sign.ts";
import { WideInteger } from "../../records/values/wide_integer.ts";
import { DATA_TYPE_OF, type QuoteV2, type TradeV2, type Unscaled } from "../../schemas/record_types.ts";
import { CSV_ROWS } from "./csv.ts";
import { EventRows } from "./event_rows.ts";
import type { Format, Reading, RowLayout, RowSettings } from "./format.ts";
import { goodRow, type RawRow, refusedRow, type RowParser } from "./row_parser.ts";
import type { BadRow, SourceRow } from "../source.ts";
import { TickColumns } from "./tick_columns.ts";

/** Settings of a file of one symbol and one currency. */
type TickSettings = RowSettings & { readonly symbol: string; readonly currency: string };

const TRADE_COLUMNS = ["date", "time", "price", "volume", "qualifiers", "venue", "extra"];
const QUOTE_COLUMNS = ["date", "time", "bid price", "ask price", "bid volume", "ask volume"];
interface TickReading {
  readonly columnNames: readonly string[];
  readonly instant: OpenInstant;
}

const NO_CONDITIONS: readonly string[] = Object.freeze([]);

/** Limits the memory for codes of a hostile file; the fields are cheap to make again. */
const MAX_SHARED = 4096;

/** The common part of trades and quotes: it makes a row an entry of columns. */
abstract class TickParser implements RowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  protected readonly settings: TickSettings;
  protected readonly columns: TickColumns;
  protected abstract readonly decimals: readonly WideInteger[];
  readonly #kind: EventKind;
  readonly #formPrefix: Uint8Array;
  /** The number of rows in the batch before: the next batch will likely have about as many. */
  #rowsBefore = 0;

  constructor(kind: EventKind, settings: RowSettings, { columnNames, instant }: TickReading) {
    const { assetClass, exchange, symbol, currency, timeZone, ambiguousTime } = settings;
    if (symbol === null || currency === null) {
      throw new TypeError("The symbol and the currency of a tick file are known");
    }
    this.#kind = kind;
    this.instant = instant;
    this.settings = { ...settings, symbol, currency };
    const calendar = new LocalCalendar(timeZone, { ambiguous: ambiguousTime });
    this.columns = new TickColumns(columnNames, calendar, pricesOfV2(assetClass));
    this.#formPrefix = formPrefixOf({ dataType: DATA_TYPE_OF[kind], assetClass, exchange, symbol });
  }

  gather(maxRows: number): EventRows {
    const columns = new EventColumns(this.#kind, this.ingestionMicros, Math.min(maxRows, this.#rowsBefore + 16));
    return new EventRows(columns, (raw) => {
      const bad = this.#add(raw, columns);
      this.#rowsBefore = columns.size;
      return bad;
    });
  }

  parse(raw: RawRow): SourceRow {
    const columns = new EventColumns(this.#kind, this.ingestionMicros, 1);
    const bad = this.#add(raw, columns);
    if (bad !== null) return bad;
    const record = columns.record(0), shared = columns.shared[0] ?? null;
    if (record === null || shared === null) throw new Error("A row that was added is there");
    return goodRow(raw, record, { messageId: columns.messageId(0), tradeDate: shared.tradeDate });
  }

  #add(raw: RawRow, into: EventColumns): BadRow | null {
    const fault = this.columns.split(raw);
    if (fault !== null) return fault;
    try {
      const { form } = this.instant;
      const micros = this.columns.instant();
      form.begin(this.#formPrefix);
      form.integer(micros);
      const shared = this.read(form);
      this.instant.identifyForm({ micros, row: raw.row });
      into.add(shared, { micros, id: form.id, decimals: this.decimals });
      return null;
    } catch (error) {
      return refusedRow(raw, error);
    }
  }

  /** Reads the columns after the instant into the form and the decimals. @throws {RecordError} */
  protected abstract read(form: CanonicalForm): SharedFields;
}

/** Parses the rows of a trades file. */
export class AsxTradeParser extends TickParser {
  readonly #price = new WideInteger();
  readonly #quantity = new WideInteger();
  protected readonly decimals = [this.#price, this.#quantity];
  // Most rows have the same codes as the row before.
  #last: SharedFields | null = null;
  #lastQualifiers = -1;
  #lastVenue = "";
  #lastExtra = "";
  readonly #known = new Map<string, SharedFields>();

  constructor(settings: RowSettings, { instant }: Reading) {
    super("trade", settings, { columnNames: TRADE_COLUMNS, instant });
  }

  protected read(form: CanonicalForm): SharedFields {
    const { columns } = this;
    columns.price(2, this.#price);
    columns.volume(3, this.#quantity);
    const qualifiers = columns.code(4), venue = columns.text(5), extra = columns.text(6);
    form.wideInteger(this.#price);
    form.wideInteger(this.#quantity);
    form.shortInteger(qualifiers);
    form.text(venue);
    form.text(extra);
    const last = this.#last;
    if (
      last !== null && qualifiers === this.#lastQualifiers && venue === this.#lastVenue && extra === this.#lastExtra &&
      columns.tradeDate === last.tradeDate
    ) return last;
    this.#lastQualifiers = qualifiers;
    this.#lastVenue = venue;
    this.#lastExtra = extra;
    return this.#last = this.#sharedOf(qualifiers, venue, extra);
  }

  #sharedOf(qualifiers: number, venue: string, extra: string): SharedFields {
    const { tradeDate } = this.columns;
    // The length of the venue tells where the extra column begins.
    const key = `${tradeDate}${qualifiers},${venue.length},${venue}${extra}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const { exchange, symbol, assetClass, currency, companyId } = this.settings;
    const record: Unscaled<TradeV2> = {
      message_id: "",
      trade_id: "",
      symbol,
      exchange,
      asset_class: assetClass,
      timestamp: 0,
      price: 0n,
      quantity: 0n,
      currency,
      side: "UNKNOWN",
      trade_conditions: qualifiers === 0 ? NO_CONDITIONS : Object.freeze([String(qualifiers)]),
      source_sequence: null,
      ingestion_timestamp: 0,
      platform_sequence: null,
      vendor_data: Object.freeze({
        ...(companyId === null ? {} : { company_id: companyId }),
        qualifiers: String(qualifiers),
        ...(venue === "" ? {} : { venue }),
        ...(extra === "" ? {} : { buyer_id: extra }),
        trade_date: tradeDate,
      }),
    };
    if (this.#known.size >= MAX_SHARED) this.#known.clear();
    const made = new SharedFields("trade", record, tradeDate);
    this.#known.set(key, made);
    return made;
  }
}

/** Parses the rows of a quotes file. */
export class AsxQuoteParser extends TickParser {
  readonly #bidPrice = new WideInteger();
  readonly #bidQuantity = new WideInteger();
  readonly #askPrice = new WideInteger();
  readonly #askQuantity = new WideInteger();
  protected readonly decimals = [this.#bidPrice, this.#bidQuantity, this.#askPrice, this.#askQuantity];
  #last: SharedFields | null = null;

  constructor(settings: RowSettings, { instant }: Reading) {
    super("quote", settings, { columnNames: QUOTE_COLUMNS, instant });
  }

  protected read(form: CanonicalForm): SharedFields {
    const { columns } = this;
    columns.price(2, this.#bidPrice);
    columns.price(3, this.#askPrice);
    columns.volume(4, this.#bidQuantity);
    columns.volume(5, this.#askQuantity);
    for (const decimal of this.decimals) form.wideInteger(decimal);
    const { tradeDate } = columns;
    return this.#last?.tradeDate === tradeDate ? this.#last : this.#last = this.#sharedOf(tradeDate);
  }

  #sharedOf(tradeDate: string): SharedFields {
    const { exchange, symbol, assetClass, currency, companyId } = this.settings;
    const record: Unscaled<QuoteV2> = {
      message_id: "",
      quote_id: "",
      symbol,
      exchange,
      asset_class: assetClass,
      timestamp: 0,
      bid_price: 0n,
      bid_quantity: 0n,
      ask_price: 0n,
      ask_quantity: 0n,
      currency,
      source_sequence: null,
      ingestion_timestamp: 0,
      platform_sequence: null,
      vendor_data: Object.freeze({
        ...(companyId === null ? {} : { company_id: companyId }),
        trade_date: tradeDate,
      }),
    };
    return new SharedFields("quote", record, tradeDate);
  }
}

function ticksOf(parser: RowLayout["parser"]): RowLayout {
  return { isOfOneSymbol: true, readHeader: null, parser, firstLook: null };
}

/** The format. Reference data for it is csv. */
export const ASX_TICKS: Format<"asx-ticks"> = {
  name: "asx-ticks",
  summary: "ticks of one symbol by ASX, without a header",
  endings: [],
  rows: {
    trade: ticksOf((settings, reading) => new AsxTradeParser(settings, reading)),
    quote: ticksOf((settings, reading) => new AsxQuoteParser(settings, reading)),
    reference_data: CSV_ROWS,
  },
};
