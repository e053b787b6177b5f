/**
 * Puts records of a program into columns, one at a time: mostly straight from their fields, else by way of the record that
 * `prepareRecord` makes of them.
 *
 * @module
 */
import type { Unscaled } from "../../schemas/record_types.ts";
import { type Destination, prepareRecord } from "../prepare.ts";
import { EventColumns, type EventV2 } from "./event_columns.ts";
import { type EventKind, layoutWith, type OwnLayout } from "./own_layout.ts";
import { ProgramFields } from "./program_fields.ts";
import { SharedByValues, type SharedValues } from "./shared_by_values.ts";
import { toExchange } from "../values/field_values.ts";
import { V1_VENDOR_KEYS } from "../version_parts.ts";

/** More names than that are shared ones, however their values differ. */
const MAX_VENDOR_KEYS = 8;
/** Names of which v1 reads the values are shared ones, but for the one that differs from record to record. */
const OF_THE_ROW = "timestamp_ns";

/** The records of one dataset. */
export class RecordEntry {
  readonly #kind: EventKind;
  readonly #destination: Destination;
  readonly #fields: ProgramFields;
  readonly #caches = new WeakMap<OwnLayout, SharedByValues>();

  constructor(kind: EventKind, destination: Destination) {
    this.#kind = kind;
    const exchange = toExchange(destination.exchange, "exchange");
    this.#destination = { ...destination, exchange };
    this.#fields = new ProgramFields(kind, this.#destination);
  }

  /**
   * Reads a record, to be put into columns by {@link addTo}.
   *
   * @returns the record if it does not fit in columns: its message id is no UUID in lower case
   * @throws {RecordError} As `prepareRecord` does.
   */
  read(value: unknown): Unscaled<EventV2> | null {
    if (this.#fields.read(value)) return null;
    const record = prepareRecord(this.#kind, value, this.#destination);
    return this.#fields.readUnscaled(record) ? null : record;
  }

  /** The message id of the record that was read. */
  get messageId(): string {
    return this.#fields.messageId;
  }

  /** Characters of the texts that the record has of its own, about. */
  get textLength(): number {
    let length = this.#fields.eventId.length;
    for (const text of this.#fields.vendorTexts) length += text.length;
    return length;
  }

  /** Columns that suit records like the one that was read. */
  columns(capacity: number): EventColumns {
    const names = this.#fields.vendorNames.filter((name) => name === OF_THE_ROW || !V1_VENDOR_KEYS.includes(name));
    return new EventColumns(this.#kind, 0, capacity, layoutWith(names.slice(0, MAX_VENDOR_KEYS)));
  }

  /** Appends the record that was read. */
  addTo(columns: EventColumns): void {
    const { layout } = columns;
    const fields = this.#fields;
    const row = columns.size;
    columns.add(this.#cacheOf(layout).of(this.#sharedOf(fields, layout)), fields);
    const { texts } = columns;
    if (texts === null) return;
    texts.setText(row, 0, fields.eventId);
    for (let at = 0; at < fields.vendorNames.length; at++) {
      const own = layout.vendorKeys.indexOf(fields.vendorNames[at] ?? "");
      if (own >= 0) texts.setText(row, 1 + own, fields.vendorTexts[at] ?? "");
    }
  }

  #sharedOf(fields: ProgramFields, { vendorKeys }: OwnLayout): SharedValues {
    const { symbol, currency, side, conditions, hasVendorData, vendorNames, vendorTexts } = fields;
    if (!hasVendorData) return { symbol, currency, side, conditions, vendor: null };
    if (vendorKeys.length === 0) {
      return { symbol, currency, side, conditions, vendor: { names: vendorNames, texts: vendorTexts } };
    }
    const names: string[] = [], texts: string[] = [];
    for (let at = 0; at < vendorNames.length; at++) {
      const name = vendorNames[at] ?? "";
      if (vendorKeys.includes(name)) continue;
      names.push(name);
      texts.push(vendorTexts[at] ?? "");
    }
    return { symbol, currency, side, conditions, vendor: { names, texts } };
  }

  #cacheOf(layout: OwnLayout): SharedByValues {
    const known = this.#caches.get(layout);
    if (known !== undefined) return known;
    const { exchange, assetClass } = this.#destination;
    const cache = new SharedByValues({ kind: this.#kind, exchange, assetClass });
    this.#caches.set(layout, cache);
    return cache;
  }
}
