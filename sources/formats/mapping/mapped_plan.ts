/**
 * The plan of a mapping: where the cells of its fields are, and the readers of their values.
 *
 * @module
 */
import { sameLayout } from "./own_layouts.ts";
import type { EventKind, OwnLayout } from "../../../records/columns/own_layout.ts";
import { RecordError } from "../../../records/errors.ts";
import type { QuoteSide } from "../../../records/quote/sides.ts";
import { DECIMAL_V2, toUnscaled } from "../../../records/values/decimal.ts";
import { toExchange } from "../../../records/values/field_values.ts";
import { pricesOfV2 } from "../../../records/values/price_sign.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { BadRow } from "../../source.ts";
import { isAbsent, textOf } from "../cells.ts";
import type { RowSettings } from "../format.ts";
import { decimalReader } from "../readers/decimal_reader.ts";
import type { DecimalReader } from "../readers/decimal_options.ts";
import { instantReader } from "../readers/instant_reader.ts";
import type { InstantOptions, InstantReader } from "../readers/instant_options.ts";
import { integerReader } from "../readers/integer_reader.ts";
import { readerOf } from "../readers/reader_options_error.ts";
import type { TextReader } from "../readers/value_options.ts";
import { columnOf, slotsOf, textReaderOf } from "./field_places.ts";
import type { RawRow } from "../row_parser.ts";
import type { EventIdText, EventPlan, OwnText, RowCells, RowMeaning } from "./event_plan.ts";
import type { DecimalField, EventMapping, IdField, InstantField, TextField } from "./language.ts";
import { MappedShared } from "./mapped_shared.ts";

/** What a plan is made of. */
export interface MappedPlanOptions {
  readonly mapping: EventMapping;
  readonly settings: RowSettings;
  readonly cells: RowCells;
  /** The slot of a column; -1 if the file has none of that name. */
  readonly slotOf: (column: string) => number;
  /** The ingestion time, in micros. */
  readonly now: () => number;
  readonly refused: (raw: RawRow, bad: BadRow) => BadRow;
}

/** The names of the decimals, in the order of the schema. */
const DECIMAL_FIELDS = {
  trades: ["price", "quantity"],
  quotes: ["bid_price", "bid_quantity", "ask_price", "ask_quantity"],
} as const;

const utf8 = new TextEncoder();

/** The key of the whole instant in vendor_data. */
export const TIMESTAMP_NS = "timestamp_ns";

/** Makes the plan. */
export function mappedPlan(options: MappedPlanOptions): EventPlan {
  return new MappedPlan(options);
}

class MappedPlan implements EventPlan {
  readonly kind: EventKind;
  readonly cells: RowCells;
  readonly sharing: EventPlan["sharing"];
  readonly layout: OwnLayout;
  readonly eventId: EventIdText | null;
  readonly vendorTexts: readonly (OwnText | null)[];
  readonly sequence: EventPlan["sequence"] = null;
  readonly unlikeSlots: readonly number[];
  readonly seldom = null;
  readonly nanosSlot: number;
  readonly zeroMayBeAbsent: boolean;
  readonly refused: EventPlan["refused"];
  readonly #mapping: EventMapping;
  readonly #settings: RowSettings;
  readonly #shared: MappedShared;
  readonly #instant: InstantReader;
  readonly #decimals: readonly DecimalReader[];
  /** Of each decimal. */
  readonly #decimalSlots: readonly number[];
  readonly #exchange: TextReader | null;

  constructor({ mapping, settings, cells, slotOf, now, refused }: MappedPlanOptions) {
    const { fields, vendorData = {}, dataType, rows: { corrections }, zeroIs } = mapping;
    this.kind = dataType === "trades" ? "trade" : "quote";
    this.cells = cells;
    this.refused = refused;
    this.#mapping = mapping;
    this.#settings = settings;
    this.#shared = new MappedShared(mapping, { settings, cells, slotOf });
    this.#exchange = textReaderOf(fields.exchange, slotOf);
    this.sharing = {
      slots: [...new Set([...this.#shared.slots, ...slotsOf(fields.exchange, slotOf)])],
      presence: fields.sequence?.scope === "symbol" ? [] : slotsOf(fields.sequence, slotOf),
    };
    this.#instant = readerOf(
      "timestamp",
      () => instantReader(instantOptionsOf(fields.timestamp, slotOf), { ...settings, mayBeOld: false, now }),
    );
    this.nanosSlot = fields.timestamp.as === "epoch" && fields.timestamp.unit === "ns"
      ? slotOf(fields.timestamp.from)
      : -1;
    this.#decimals = this.#decimalReaders(slotOf);
    this.#decimalSlots = DECIMAL_FIELDS[dataType].map((_, index) => slotOf(this.#fieldOf(index)));
    this.eventId = "trade_id" in fields
      ? eventIdOf(fields.trade_id, slotOf)
      : "quote_id" in fields
      ? eventIdOf(fields.quote_id, slotOf)
      : null;
    const kept = Object.entries(vendorData).flatMap(([key, field]) => ownTextOf(key, field, slotOf));
    const { sequence } = fields;
    if (sequence !== undefined && slotOf(sequence.from) >= 0) {
      if (sequence.scope === "symbol") {
        this.sequence = integerReader({ slot: slotOf(sequence.from), field: sequence.from, bits: 64 });
      } else kept.push(...ownTextOf("sequence", sequence.from, slotOf));
    }
    const ofSequence = this.sequence === null ? [] : slotsOf(sequence, slotOf);
    this.unlikeSlots = [...(this.eventId === null ? [] : [this.eventId.slot]), ...ofSequence];
    if (corrections?.then === "inline") kept.push(...ownTextOf("correction_code", corrections.from, slotOf));
    const withNanos = settings.finer === "keep";
    this.vendorTexts = [...kept.map(({ text }) => text), ...(withNanos ? [null] : [])];
    this.layout = sameLayout({
      eventId: this.eventId === null ? "derived" : "text",
      sequence: this.sequence !== null,
      vendorKeys: [...kept.map(({ key }) => key), ...(withNanos ? [TIMESTAMP_NS] : [])],
    });
    this.zeroMayBeAbsent = zeroIs !== undefined;
  }

  #decimalReaders(slotOf: (column: string) => number): readonly DecimalReader[] {
    const { dataType, fields } = this.#mapping, { assetClass } = this.#settings;
    const ofField = (name: string, field: DecimalField) => {
      const options = typeof field === "string" ? { from: field } : field;
      const { from, shift, times, mark, grouping, missing, roundTo, whole } = options;
      const isSigned = name.endsWith("price") && pricesOfV2(assetClass).signed === true;
      return decimalReader({
        slot: slotOf(from),
        field: from,
        ...(shift === undefined ? {} : { shift }),
        ...(times === undefined ? {} : { times }),
        ...(mark === undefined ? {} : { mark }),
        ...(grouping === undefined ? {} : { grouping }),
        ...(missing === undefined ? {} : { missing }),
        ...(roundTo === undefined ? {} : { roundTo }),
        ...(whole === undefined ? {} : { whole: WHOLE_HINT }),
        signed: isSigned,
      });
    };
    const names: Readonly<Record<string, DecimalField>> = dataType === "trades"
      ? { price: fields.price, quantity: fields.quantity }
      : {
        bid_price: fields.bid_price,
        bid_quantity: fields.bid_quantity,
        ask_price: fields.ask_price,
        ask_quantity: fields.ask_quantity,
      };
    return Object.entries(names).map(([name, field]) => readerOf(name, () => ofField(name, field)));
  }

  interpret(): RowMeaning {
    this.#checkExchange();
    const shared = this.#shared, symbol = shared.symbol();
    return {
      symbol,
      instant: this.#instant,
      decimals: this.#decimals,
      absentSide: null,
      noInstant: () => this.#noInstant(),
      identity: () => shared.identity(),
      nanosText: () => null,
      rest: () => shared.rest(symbol),
    };
  }

  absentSide(absent: number, decimals: readonly WideInteger[]): QuoteSide | null {
    const { dataType, oneSided, zeroIs } = this.#mapping;
    const isZero = (index: number) => decimals[index]?.high === 0 && decimals[index]?.low === 0;
    const lacksValue = (index: number) => (absent & 1 << index) !== 0;
    if (dataType === "trades") throw this.#missing(lacksValue(0) ? 0 : 1);
    // A size of 0 beside no price says no more.
    const lacks = (price: number) => {
      const quantity = price + 1;
      if (lacksValue(price)) return lacksValue(quantity) || isZero(quantity);
      return zeroIs !== undefined && isZero(price) && isZero(quantity);
    };
    const [bid, ask] = [lacks(0), lacks(2)];
    if (bid && ask) throw this.#oneSided(0, NEITHER_SIDE);
    for (const index of [0, 2, 1, 3]) {
      const side = index < 2 ? bid : ask;
      if (lacksValue(index) && !side) throw this.#missing(index);
    }
    if (!bid && !ask) return null;
    if (oneSided === "absent") return bid ? "bid" : "ask";
    throw this.#oneSided(bid ? 0 : 2, ONE_SIDED);
  }

  #checkExchange(): void {
    if (this.#exchange === null || !this.#exchange.read(this.cells)) return;
    const { exchange } = this.#settings, { fields } = this.#mapping;
    const field = columnOf(fields.exchange) ?? "exchange", value = this.#exchange.text();
    if (toExchange(value, field) === exchange) return;
    throw new RecordError("disagrees", { field, value, hint: `The load is for ${exchange}.` });
  }

  #noInstant(): RecordError {
    const { timestamp } = this.#mapping.fields;
    const field = timestamp.as !== "calendar"
      ? timestamp.from
      : "from" in timestamp.date
      ? timestamp.date.from
      : timestamp.time?.from ?? "timestamp";
    return new RecordError("missing", { field, value: undefined, hint: "Every row has an instant." });
  }

  #fieldOf(index: number): string {
    const { dataType, fields } = this.#mapping, name = DECIMAL_FIELDS[dataType][index] ?? "price";
    const field = Object.entries(fields).find(([key]) => key === name)?.[1];
    return columnOf(field) ?? name;
  }

  /** What stands in the row for no value; undefined if the cell is empty. */
  #noValueOf(index: number): string | undefined {
    const { cells } = this, slot = this.#decimalSlots[index] ?? -1;
    return slot < 0 || isAbsent(cells, slot) ? undefined : textOf(cells, slot, this.#fieldOf(index));
  }

  #missing(index: number): RecordError {
    const field = this.#fieldOf(index), value = this.#noValueOf(index);
    if (value !== undefined) return new RecordError("missing", { field, value, hint: CALLED_NO_VALUE });
    try {
      toUnscaled("", DECIMAL_V2, field);
    } catch (error) {
      if (error instanceof RecordError) return error;
      throw error;
    }
    return new RecordError("missing", { field, value: undefined });
  }

  #oneSided(index: number, hint: string): RecordError {
    return new RecordError("missing", { field: this.#fieldOf(index), value: this.#noValueOf(index), hint });
  }
}

const WHOLE_HINT = "Volumes are whole numbers: check the order of the columns.";
const NEITHER_SIDE = "The row has neither side, bid nor ask: it is no quote.";
const CALLED_NO_VALUE = 'The mapping calls this no value, under "missing".';
const ONE_SIDED = "The format does not say that a quote with one side has no other: " +
  '"oneSided": "absent" in the mapping says so.';

function eventIdOf(field: IdField | undefined, slotOf: (column: string) => number): EventIdText | null {
  const [slot] = slotsOf(field, slotOf), column = columnOf(field);
  if (slot === undefined || column === null) return null;
  const { prefix = "", within = [] } = typeof field === "object" ? field : {};
  const scopes = typeof within === "string" ? [within] : within;
  return { slot, field: column, prefix: utf8.encode(prefix), within: scopes.map(slotOf) };
}

function ownTextOf(
  key: string,
  field: TextField,
  slotOf: (column: string) => number,
): { readonly key: string; readonly text: OwnText }[] {
  const [slot] = slotsOf(field, slotOf), column = columnOf(field);
  if (slot === undefined || column === null) return [];
  if (typeof field === "string" || (field.words === undefined && field.missing === undefined)) {
    return [{ key, text: { slot, field: column, flags: true } }];
  }
  return [{ key, text: { slot, field: column, instead: textReaderOf(field, slotOf) ?? undefined } }];
}

function instantOptionsOf(field: InstantField, slotOf: (column: string) => number): InstantOptions {
  const source = (from: string) => ({ slot: slotOf(from), field: from });
  switch (field.as) {
    case "iso":
      return { encoding: "iso", ...source(field.from) };
    case "epoch": {
      const { unit } = field;
      return {
        encoding: "epoch",
        ...source(field.from),
        unit: typeof unit === "string"
          ? unit
          : "byDigits" in unit
          ? { by: "digits", units: unit.byDigits }
          : { by: "date", from: unit.since, before: unit.before, after: unit.then },
      };
    }
    case "calendar": {
      const { date, time, zone } = field;
      return {
        encoding: "calendar",
        date: "fileName" in date ? { from: "file" } : { ...source(date.from), pattern: date.pattern },
        time: time === undefined
          ? null
          : "pattern" in time
          ? { ...source(time.from), pattern: time.pattern }
          : { ...source(time.from), sinceMidnight: time.sinceMidnight },
        zone: zone === undefined
          ? "settings"
          : typeof zone === "string"
          ? { zone }
          : { offset: source(zone.offsetFrom) },
      };
    }
  }
}
