/**
 * The trades or quotes of one batch in columns: typed arrays hold the values that differ from row to row, one {@link
 * SharedFields} holds the values that many rows share. A row costs some sixty bytes outside the heap and no object;
 * `record` makes its record on demand.
 *
 * @module
 */
import type { QuoteV2, SchemaVersion, TradeV2, Unscaled, VendorData } from "../../schemas/record_types.ts";
import { bytesToUuid } from "../ids/uuid_text.ts";
import { bigOfHalves, type WideInteger } from "../values/wide_integer.ts";
import { LongColumn } from "./long_column.ts";
import { type EventKind, ownFieldsOf, type OwnLayout, type OwnValue, PLAIN_LAYOUT, textsOf } from "./own_layout.ts";
import type { SharedBlock } from "./shared_block.ts";
import { type OwnTexts, TextColumns } from "./text_columns.ts";

/** A record that happens at an instant. */
export type EventV2 = TradeV2 | QuoteV2;

/** Values of own fields that fit every schema, for a record whose shared fields alone matter. */
const NEUTRAL = {
  message_id: "",
  event_id: "",
  event_text: "",
  instant: 0,
  ingestion: 0,
  sequence: null,
  platform_sequence: null,
  vendor_data: null,
} as const;

function neutralFields(kind: EventKind): object {
  const fields = Object.entries(ownFieldsOf(kind, "v2", PLAIN_LAYOUT));
  return Object.fromEntries(fields.map(([name, own]) => [name, typeof own === "number" ? 0n : NEUTRAL[own]]));
}

const NEUTRAL_FIELDS: Readonly<Record<EventKind, object>> = {
  trade: neutralFields("trade"),
  quote: neutralFields("quote"),
};

export type { EventKind };

/** How many decimals a row has. */
const DECIMALS: Readonly<Record<EventKind, number>> = { trade: 2, quote: 4 };

/** The fields that many rows share. */
export class SharedFields {
  /** The encoded fields by version, so that each version encodes them once. */
  readonly encoded: Partial<Record<SchemaVersion, SharedEncoding>> = {};

  /** A record whose own fields have neutral values. */
  readonly record: Unscaled<EventV2>;
  /** Local date of the trades or quotes, YYYY-MM-DD. */
  readonly tradeDate: string;

  /** @param record of its own fields only the names matter */
  constructor(kind: EventKind, record: Unscaled<EventV2>, tradeDate: string) {
    this.record = { ...record, ...NEUTRAL_FIELDS[kind] };
    this.tradeDate = tradeDate;
  }
}

/** Shared fields as an encoder has encoded them. */
export interface SharedEncoding {
  /** Columns of another layout have another encoder. */
  readonly by: object;
  /** Null if the version cannot hold one of the fields. */
  readonly block: SharedBlock | null;
}

/** The values of a row that others do not share. */
export interface OwnFields {
  readonly micros: number;
  /** The 16 bytes of a UUID, as four words; copied. */
  readonly id: Uint32Array;
  /** Unscaled at 8 decimals, in the order of the schema; copied. */
  readonly decimals: readonly WideInteger[];
  /** Of a layout with sequences; null where the row has none. */
  readonly sequence?: WideInteger | null;
  /** Of a layout with platform sequences; null where the row has none. */
  readonly platformSequence?: WideInteger | null;
  /** Of a layout with ingestion times; null where it is that of the columns. */
  readonly ingestionMicros?: number | null;
  /** Of a layout with texts: the event id, if that is one, then a text for each vendor key; copied. */
  readonly texts?: OwnTexts;
}

/** The columns of rows that have nothing else of their own. */
export interface PlainColumns extends Pick<EventColumns, "micros" | "high" | "low" | "ids"> {
  /** All of them, in order. */
  readonly texts: OwnTexts | null;
}

const ID_BYTES = 16, ID_WORDS = 4;

/** The columns of one batch. Append all rows first, then only read. */
export class EventColumns {
  /** How many decimals a row has: those of row `i` stand from index `i * decimals` on. */
  readonly decimals: number;
  micros: Float64Array;
  /** Upper and lower halves of the decimals. */
  high: Int32Array;
  low: Int32Array;
  /** The message ids, 16 bytes each. */
  ids: Uint8Array;
  /** The same memory, four words each. */
  #idWords: Uint32Array;
  /** Null for a row without a record. */
  shared: (SharedFields | null)[] = [];
  /** Of a layout with sequences. */
  sequence: LongColumn | null;
  /** Of a layout with platform sequences. */
  platformSequence: LongColumn | null;
  /** Of a layout with texts. */
  texts: TextColumns | null;
  /** Of a layout with ingestion times. */
  ingestion: Float64Array | null;

  /**
   * @param ingestionMicros the ingestion time of all rows that have none of their own
   * @param capacity a guess at the number of rows
   */
  constructor(
    readonly kind: EventKind,
    readonly ingestionMicros: number,
    capacity: number,
    readonly layout: OwnLayout = PLAIN_LAYOUT,
  ) {
    this.decimals = DECIMALS[kind];
    this.sequence = layout.sequence ? new LongColumn(capacity) : null;
    this.platformSequence = layout.platformSequence === true ? new LongColumn(capacity) : null;
    this.ingestion = layout.ingestion === true ? new Float64Array(capacity) : null;
    const texts = textsOf(layout);
    this.texts = texts === 0 ? null : new TextColumns(texts, capacity);
    this.micros = new Float64Array(capacity);
    this.high = new Int32Array(capacity * this.decimals);
    this.low = new Int32Array(capacity * this.decimals);
    this.#idWords = new Uint32Array(capacity * ID_WORDS);
    this.ids = new Uint8Array(this.#idWords.buffer);
  }

  /** Rows so far. */
  get size(): number {
    return this.shared.length;
  }

  add(shared: SharedFields, own: OwnFields): void {
    const { micros, id, decimals } = own;
    const row = this.shared.length;
    if (row === this.micros.length) this.#grow();
    this.shared.push(shared);
    this.micros[row] = micros;
    const { high, low } = this, words = this.#idWords;
    for (let word = 0; word < ID_WORDS; word++) words[row * ID_WORDS + word] = id[word] ?? 0;
    const first = row * this.decimals;
    for (let index = 0; index < decimals.length; index++) {
      const decimal = decimals[index];
      if (decimal === undefined) continue;
      high[first + index] = decimal.high;
      low[first + index] = decimal.low;
    }
    if (this.layout !== PLAIN_LAYOUT) this.#addFurther(row, own);
  }

  #addFurther(row: number, { sequence, platformSequence, ingestionMicros, texts }: OwnFields): void {
    this.sequence?.set(row, sequence ?? null);
    this.platformSequence?.set(row, platformSequence ?? null);
    if (this.ingestion !== null) this.ingestion[row] = ingestionMicros ?? this.ingestionMicros;
    if (this.texts !== null && texts !== undefined) this.texts.set(row, texts);
  }

  /** Adds rows that have nothing but texts of what their layout has, each with the fields of its entry. */
  addAll(
    { entries, fields }: { readonly entries: Uint32Array; readonly fields: readonly SharedFields[] },
    { micros, high, low, ids, texts }: PlainColumns,
  ): void {
    const row = this.shared.length;
    while (row + entries.length > this.micros.length) this.#grow();
    // One array for all of them: it grows by halves otherwise, and is garbage each time.
    this.shared.length = row + entries.length;
    for (let at = 0; at < entries.length; at++) this.shared[row + at] = fields[entries[at] ?? -1] ?? null;
    this.micros.set(micros, row);
    this.high.set(high, row * this.decimals);
    this.low.set(low, row * this.decimals);
    this.ids.set(ids, row * ID_BYTES);
    this.ingestion?.fill(this.ingestionMicros, row, row + entries.length);
    if (texts !== null) this.texts?.setAll(row, texts);
  }

  /** Leaves the next row's place empty, for a row without a record. */
  skip(): void {
    if (this.shared.length === this.micros.length) this.#grow();
    this.shared.push(null);
  }

  /** The rows from one up to another, as columns of their own over the same memory; add nothing to these. */
  part(from: number, to: number): EventColumns {
    if (from === 0 && to === this.size) return this;
    const part = new EventColumns(this.kind, this.ingestionMicros, 0, this.layout);
    part.shared = this.shared.slice(from, to);
    part.micros = this.micros.subarray(from, to);
    part.high = this.high.subarray(from * this.decimals, to * this.decimals);
    part.low = this.low.subarray(from * this.decimals, to * this.decimals);
    part.ids = this.ids.subarray(from * ID_BYTES, to * ID_BYTES);
    part.sequence = this.sequence?.part(from, to) ?? null;
    part.platformSequence = this.platformSequence?.part(from, to) ?? null;
    part.texts = this.texts?.part(from, to) ?? null;
    part.ingestion = this.ingestion?.subarray(from, to) ?? null;
    return part;
  }

  messageId(row: number): string {
    return bytesToUuid(this.idBytes(row));
  }

  /** The ingestion time of a row, in micros. */
  ingestionOf(row: number): number {
    return this.ingestion?.[row] ?? this.ingestionMicros;
  }

  /** A view on the 16 bytes of a message id. */
  idBytes(row: number): Uint8Array {
    return this.ids.subarray(row * ID_BYTES, row * ID_BYTES + ID_BYTES);
  }

  /** Makes the record of a row, as a parser of records would; null for a row without a record. */
  record(row: number): Unscaled<EventV2> | null {
    const shared = this.shared[row] ?? null;
    if (shared === null) return null;
    const messageId = this.messageId(row), micros = this.micros[row] ?? NaN;
    const record: Record<string, unknown> = { ...shared.record };
    for (const [name, own] of Object.entries(ownFieldsOf(this.kind, "v2", this.layout))) {
      record[name] = this.#valueOf(own, row, { messageId, micros, shared });
    }
    // The fields are those of the shared record, and ownFieldsOf is checked against the schema by its encoder.
    return record as unknown as Unscaled<EventV2>;
  }

  #valueOf(
    own: OwnValue,
    row: number,
    known: KnownOfRow,
  ): unknown {
    switch (own) {
      case "message_id":
        return known.messageId;
      case "event_id":
        return derivedId(known);
      case "event_text":
        return this.texts?.text(row, 0) ?? derivedId(known);
      case "instant":
        return known.micros;
      case "ingestion":
        return this.ingestionOf(row);
      case "sequence":
        return this.sequence?.valueOf(row) ?? null;
      case "platform_sequence":
        return this.platformSequence?.valueOf(row) ?? null;
      case "vendor_data":
        return this.#vendorData(row, known.shared.record.vendor_data);
      default: {
        const at = row * this.decimals + own;
        return bigOfHalves(this.high[at] ?? 0, this.low[at] ?? 0);
      }
    }
  }

  #vendorData(row: number, shared: VendorData): VendorData {
    const { eventId, vendorKeys } = this.layout;
    const first = eventId === "text" ? 1 : 0;
    const own = vendorKeys.flatMap((name, index): (readonly [string, string])[] => {
      const text = this.texts?.text(row, first + index) ?? null;
      return text === null ? [] : [[name, text]];
    });
    return own.length === 0 ? shared : { ...shared, ...Object.fromEntries(own) };
  }

  #grow(): void {
    const rows = Math.max(16, this.micros.length * 2);
    this.micros = grown(this.micros, new Float64Array(rows));
    this.high = grown(this.high, new Int32Array(rows * this.decimals));
    this.low = grown(this.low, new Int32Array(rows * this.decimals));
    this.#idWords = grown(this.#idWords, new Uint32Array(rows * ID_WORDS));
    this.ids = new Uint8Array(this.#idWords.buffer);
    this.sequence?.grow(rows);
    this.platformSequence?.grow(rows);
    this.texts?.grow(rows);
    if (this.ingestion !== null) this.ingestion = grown(this.ingestion, new Float64Array(rows));
  }
}

interface KnownOfRow {
  readonly messageId: string;
  readonly micros: number;
  readonly shared: SharedFields;
}

function derivedId({ messageId, micros, shared }: KnownOfRow): string {
  const { exchange, symbol } = shared.record;
  return `${exchange}-${symbol}-${micros}-${messageId.slice(0, 8)}`;
}

function grown<T extends Float64Array | Int32Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
