/**
 * What rows with the same shared cells have in common, by date: the shared fields of their records and the beginnings of
 * their ids.
 *
 * @module
 */
import { SharedFields } from "../../../records/columns/event_columns.ts";
import type { EventKind } from "../../../records/columns/own_layout.ts";
import {
  formPrefixOf,
  type FormStart,
  type IdScope,
  quoteFormEnd,
  tradeFormEnd,
  venuePrefixOf,
} from "../../../records/ids/identity.ts";
import { ABSENT_SIDE, type QuoteSide } from "../../../records/quote/sides.ts";
import {
  type AssetClass,
  DATA_TYPE_OF,
  type QuoteV2,
  type TradeV2,
  type Unscaled,
} from "../../../schemas/record_types.ts";
import { addText } from "../named_row.ts";
import type { RowMeaning, SharedIdentity, SharedRest } from "./event_plan.ts";

/** What all rows of a file have in common. */
export interface OfAllRows {
  readonly kind: EventKind;
  readonly exchange: string;
  readonly assetClass: AssetClass;
  readonly idScope: IdScope;
  /** Whether vendor_data has the trade date. */
  readonly withTradeDate: boolean;
  readonly prefixes: FormPrefixes;
}

/** The beginnings of forms that fields identify. Mostly all rows of a batch have the same symbol, and so the same one. */
export class FormPrefixes {
  #symbol: string | null = null;
  #prefix: Uint8Array = new Uint8Array(0);

  of(start: FormStart): Uint8Array {
    if (start.symbol === this.#symbol) return this.#prefix;
    this.#symbol = start.symbol;
    return this.#prefix = formPrefixOf(start);
  }
}

/** The values of rows with the same shared cells. */
export class SharedValues {
  readonly meaning: RowMeaning;
  readonly identity: SharedIdentity;
  /** The whole instant, if rows say it as a text. */
  readonly nanosText: string | null;
  readonly #all: OfAllRows;
  #rest: SharedRest | null = null;
  #last: DatedValues | null = null;
  readonly #dated = new Map<string, DatedValues>();

  /** @throws {RecordError} If what identifies the rows is wrong. */
  constructor(meaning: RowMeaning, all: OfAllRows) {
    this.meaning = meaning;
    this.identity = meaning.identity();
    this.nanosText = meaning.nanosText();
    this.#all = all;
  }

  /** Of a trade date, and of an absent side. */
  of(tradeDate: string, absentSide: QuoteSide | null): DatedValues {
    const last = this.#last;
    if (last !== null && last.tradeDate === tradeDate && last.absentSide === absentSide) return last;
    const key = `${tradeDate}${absentSide ?? ""}`;
    const known = this.#dated.get(key);
    if (known !== undefined) return this.#last = known;
    const made = new DatedValues({
      tradeDate,
      absentSide,
      fieldPrefix: this.#all.prefixes.of(this.#start),
      fieldEnd: this.#all.kind === "trade" ? tradeFormEnd(this.identity) : quoteFormEnd(absentSide),
      makeFields: () => this.#fieldsOf(tradeDate, absentSide),
      makeVenuePrefix: () => venuePrefixOf(this.#start, this.#all.idScope, tradeDate),
    });
    if (this.#dated.size >= MAX_DATES) this.#dated.clear();
    this.#dated.set(key, made);
    return this.#last = made;
  }

  get #start(): FormStart {
    const { kind, assetClass, exchange } = this.#all;
    return { dataType: DATA_TYPE_OF[kind], assetClass, exchange, symbol: this.meaning.symbol };
  }

  #fieldsOf(tradeDate: string, absentSide: QuoteSide | null): SharedFields {
    const { kind, exchange, assetClass, withTradeDate } = this.#all, { symbol } = this.meaning;
    const texts = new Map(this.identity.vendorData);
    if (absentSide !== null) addText(texts, ABSENT_SIDE, absentSide);
    if (withTradeDate) addText(texts, "trade_date", tradeDate);
    const { currency, side, conditions } = this.#rest ??= this.meaning.rest();
    const vendor_data = texts.size === 0 ? null : Object.freeze(Object.fromEntries(texts));
    // In the order of the schemas, as every record has its fields. Spreading what both kinds share costs more than all else here.
    const record: Unscaled<TradeV2> | Unscaled<QuoteV2> = kind === "trade"
      ? {
        message_id: "",
        trade_id: "",
        symbol,
        exchange,
        asset_class: assetClass,
        timestamp: 0,
        price: 0n,
        quantity: 0n,
        currency,
        side,
        trade_conditions: conditions,
        source_sequence: null,
        ingestion_timestamp: 0,
        platform_sequence: null,
        vendor_data,
      }
      : {
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
        vendor_data,
      };
    return new SharedFields(kind, record, tradeDate);
  }
}

/** Limits the memory for dates of a hostile file. */
const MAX_DATES = 4096;

/** What {@link DatedValues} are made of. */
interface DatedParts {
  readonly tradeDate: string;
  readonly absentSide: QuoteSide | null;
  readonly fieldPrefix: Uint8Array;
  readonly fieldEnd: Uint8Array;
  readonly makeFields: () => SharedFields;
  readonly makeVenuePrefix: () => Uint8Array;
}

/** The shared values of one date. */
export class DatedValues {
  readonly tradeDate: string;
  readonly absentSide: QuoteSide | null;
  /** The beginning of the form of a row that its fields identify. */
  readonly fieldPrefix: Uint8Array;
  /** Its end, after instant and decimals. */
  readonly fieldEnd: Uint8Array;
  readonly #parts: DatedParts;
  #fields: SharedFields | null = null;
  #venuePrefix: Uint8Array | null = null;

  constructor(parts: DatedParts) {
    this.tradeDate = parts.tradeDate;
    this.absentSide = parts.absentSide;
    this.fieldPrefix = parts.fieldPrefix;
    this.fieldEnd = parts.fieldEnd;
    this.#parts = parts;
  }

  /** Of the records. @throws {RecordError} */
  get fields(): SharedFields {
    return this.#fields ??= this.#parts.makeFields();
  }

  /** The beginning of the form of a row that its venue's id identifies. @throws {RecordError} `bad_date` */
  get venuePrefix(): Uint8Array {
    return this.#venuePrefix ??= this.#parts.makeVenuePrefix();
  }
}
