/**
 * The fields of a program's v2 record, read straight from its object, as long as each is in a form that needs no closer
 * look. What is not in such a form is left to `prepareRecord`, which takes every form and knows why it refuses one.
 *
 * @module
 */
import type { TradeSide, Unscaled } from "../../schemas/record_types.ts";
import { RecordError } from "../errors.ts";
import { readUuid } from "../ids/uuid_text.ts";
import type { Destination } from "../prepare.ts";
import { QUOTE_V2_RECORD } from "../quote/fields.ts";
import { TRADE_V2_RECORD } from "../trade/fields.ts";
import { DECIMAL_V2, type DecimalFormat, toWide } from "../values/decimal.ts";
import { toTradeSide } from "../values/enums.ts";
import { hasHiddenProperties, isPlainObject, toCurrency, toLong } from "../values/field_values.ts";
import { type InstantInput, toMicros } from "../values/instant.ts";
import { pricesOfV2 } from "../values/price_sign.ts";
import { WideInteger } from "../values/wide_integer.ts";
import type { EventV2 } from "./event_columns.ts";
import type { EventKind } from "./own_layout.ts";

const FIELDS_OF = { trade: TRADE_V2_RECORD, quote: QUOTE_V2_RECORD } as const;
const EVENT_ID_OF = { trade: "trade_id", quote: "quote_id" } as const;
const DECIMALS_OF = {
  trade: [["price", true], ["quantity", false]],
  quote: [["bid_price", true], ["bid_quantity", false], ["ask_price", true], ["ask_quantity", false]],
} as const;

/** Lists of fields that programs spell their records with are few; others are looked at anew each time. */
const MAX_SPELLINGS = 16;

type ProgramRecord = Readonly<Record<string, unknown>>;

/** The values of one record at a time; valid after a {@link ProgramFields.read} that says so. */
export class ProgramFields {
  messageId = "";
  /** The 16 bytes of the message id, as four words. */
  readonly id = new Uint32Array(4);
  readonly #idBytes = new Uint8Array(this.id.buffer);
  eventId = "";
  symbol = "";
  currency = "";
  side: TradeSide = "UNKNOWN";
  readonly conditions: string[] = [];
  micros = 0;
  ingestionMicros = 0;
  readonly decimals: readonly WideInteger[];
  sequence: WideInteger | null = null;
  platformSequence: WideInteger | null = null;
  /** Whether the record has `vendor_data`; its entries. */
  hasVendorData = false;
  readonly vendorNames: string[] = [];
  readonly vendorTexts: string[] = [];
  readonly #kind: EventKind;
  readonly #destination: Destination;
  readonly #sequence = new WideInteger();
  readonly #platformSequence = new WideInteger();
  readonly #decimals: readonly { readonly field: string; readonly format: DecimalFormat; readonly into: WideInteger }[];
  /** Lists of known fields, in the order of records that had them. */
  readonly #spellings: (readonly string[])[] = [];

  constructor(kind: EventKind, destination: Destination) {
    this.#kind = kind;
    this.#destination = destination;
    const prices = pricesOfV2(destination.assetClass);
    this.#decimals = DECIMALS_OF[kind].map(([field, isPrice]) => {
      return { field, format: isPrice ? prices : DECIMAL_V2, into: new WideInteger() };
    });
    this.decimals = this.#decimals.map(({ into }) => into);
  }

  /** False for a record that needs a closer look. What a getter of it throws is thrown. */
  read(value: unknown): boolean {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const names = Object.keys(value);
    // A field that is not the object's own would be read all the same.
    if (names.length < FIELDS_OF[this.#kind].size && !isPlainObject(value)) return false;
    if (!this.#hasKnownFields(names)) return false;
    try {
      // Its keys are those of such a record; every value is checked.
      return this.#readFields(value as ProgramRecord, this.#destination.instants.earliestMicros);
    } catch (error) {
      // The closer look finds the first fault of the record, which may be another one.
      if (error instanceof RecordError) return false;
      throw error;
    }
  }

  /** Reads a record that `prepareRecord` has checked; false if its message id is no UUID in lower case. */
  readUnscaled(record: Unscaled<EventV2>): boolean {
    return this.#readFields({ ...record }, -Infinity, true);
  }

  #hasKnownFields(names: readonly string[]): boolean {
    for (const spelling of this.#spellings) if (areSame(spelling, names)) return true;
    const fields = FIELDS_OF[this.#kind];
    if (!names.every((name) => fields.nameOf(name) !== undefined)) return false;
    if (this.#spellings.length < MAX_SPELLINGS) this.#spellings.push(names);
    return true;
  }

  #readFields(record: ProgramRecord, earliestMicros: number, unscaled = false): boolean {
    const { exchange, assetClass } = this.#destination;
    const { message_id: messageId, symbol, exchange: ownExchange, asset_class: ownClass, currency } = record;
    if (typeof messageId !== "string" || !readUuid(messageId, this.#idBytes)) return false;
    const eventId = record[EVENT_ID_OF[this.#kind]];
    if (!isText(eventId) || !isText(symbol)) return false;
    if (ownExchange !== exchange && ownExchange !== undefined && ownExchange !== null) return false;
    if (ownClass !== assetClass && ownClass !== undefined && ownClass !== null) return false;
    this.messageId = messageId;
    this.eventId = eventId;
    this.symbol = symbol;
    // The text of no record yet is none that a record may have.
    if (currency !== this.currency || currency === "") this.currency = toCurrency(currency, "currency");
    this.micros = microsOf(record.timestamp, "timestamp");
    this.ingestionMicros = microsOf(record.ingestion_timestamp, "ingestion_timestamp");
    // An instant that another unit would make likely is refused.
    if (this.micros < earliestMicros || this.ingestionMicros < earliestMicros) return false;
    this.#readDecimals(record, unscaled);
    this.sequence = longOf(record.source_sequence, "source_sequence", this.#sequence);
    this.platformSequence = longOf(record.platform_sequence, "platform_sequence", this.#platformSequence);
    if (this.#kind === "trade" && !this.#readConditions(record.side, record.trade_conditions)) return false;
    return this.#readVendorData(record.vendor_data);
  }

  #readDecimals(record: ProgramRecord, unscaled: boolean): void {
    for (const decimal of this.#decimals) {
      const value = record[decimal.field];
      if (unscaled && typeof value === "bigint") decimal.into.setBig(value);
      else toWide(value, decimal);
    }
  }

  #readConditions(side: unknown, conditions: unknown): boolean {
    this.side = toTradeSide(side, "side");
    if (!Array.isArray(conditions)) return false;
    const texts = this.conditions;
    texts.length = 0;
    for (let at = 0; at < conditions.length; at++) {
      const text: unknown = conditions[at];
      if (!isText(text)) return false;
      texts.push(text);
    }
    return true;
  }

  #readVendorData(value: unknown): boolean {
    const names = this.vendorNames, texts = this.vendorTexts;
    names.length = texts.length = 0;
    this.hasVendorData = value !== undefined && value !== null;
    if (!this.hasVendorData) return true;
    if (!isPlainObject(value) || hasHiddenProperties(value)) return false;
    for (const name of Object.keys(value)) {
      const text = value[name];
      if (typeof text !== "string" || !text.isWellFormed() || !name.isWellFormed()) return false;
      names.push(name);
      texts.push(text);
    }
    return true;
  }
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.isWellFormed();
}

/** @throws {RecordError} */
function microsOf(value: unknown, field: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  // toMicros checks the type itself, and refuses a number.
  return toMicros(value as InstantInput, field);
}

/** @throws {RecordError} */
function longOf(value: unknown, field: string, into: WideInteger): WideInteger | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value)) into.setSafe(value);
  else into.setBig(BigInt(toLong(value, field)));
  return into;
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  if (some.length !== others.length) return false;
  for (let at = 0; at < some.length; at++) if (some[at] !== others[at]) return false;
  return true;
}
