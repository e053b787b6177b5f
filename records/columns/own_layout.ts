/**
 * Which values the rows of some columns have of their own, beyond those that every row has: the rest is shared.
 *
 * @module
 */
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";

/** Records that happen at an instant. */
export type EventKind = Exclude<RecordKind, "reference_data">;

/** What a row has of its own besides message id, instant and decimals. The same layout is the same object. */
export interface OwnLayout {
  /** `derived`: made of exchange, symbol, instant and message id; `text`: a text of the row. */
  readonly eventId: "derived" | "text";
  /** Whether rows have a `source_sequence`. */
  readonly sequence: boolean;
  /** Names in `vendor_data` of which rows have values of their own; the shared fields have none of these. */
  readonly vendorKeys: readonly string[];
  /** Whether rows have an `ingestion_timestamp` of their own. @default false: one of all rows */
  readonly ingestion?: boolean;
  /** Whether rows have a `platform_sequence`. @default false */
  readonly platformSequence?: boolean;
}

/** Nothing but what every row has. */
export const PLAIN_LAYOUT: OwnLayout = Object.freeze({ eventId: "derived", sequence: false, vendorKeys: [] });

/** How many texts a row of the layout has: its event id, if that is a text, then its values by the vendor keys. */
export function textsOf(layout: OwnLayout): number {
  return firstVendorText(layout) + layout.vendorKeys.length;
}

/** The index of the first text of a row that is a value of `vendor_data`. */
export function firstVendorText({ eventId }: OwnLayout): number {
  return eventId === "text" ? 1 : 0;
}

/** Where the columns hold the value of a field: the index of a decimal, or the named column. */
export type OwnValue =
  | "message_id"
  | "event_id"
  | "event_text"
  | "instant"
  | "ingestion"
  | "sequence"
  | "platform_sequence"
  | "vendor_data"
  | number;

/** The fields that differ from row to row under every layout. */
const OWN_FIELDS: Readonly<Record<EventKind, Readonly<Record<SchemaVersion, OwnFieldTable>>>> = {
  trade: {
    v1: {
      exchange_timestamp: "instant",
      price: 0,
      volume: 1,
      ingestion_timestamp: "ingestion",
    },
    v2: {
      message_id: "message_id",
      trade_id: "event_id",
      timestamp: "instant",
      price: 0,
      quantity: 1,
      ingestion_timestamp: "ingestion",
    },
  },
  quote: {
    v1: {
      exchange_timestamp: "instant",
      bid_price: 0,
      bid_volume: 1,
      ask_price: 2,
      ask_volume: 3,
      ingestion_timestamp: "ingestion",
    },
    v2: {
      message_id: "message_id",
      quote_id: "event_id",
      timestamp: "instant",
      bid_price: 0,
      bid_quantity: 1,
      ask_price: 2,
      ask_quantity: 3,
      ingestion_timestamp: "ingestion",
    },
  },
};

/** Fields by name. */
export type OwnFieldTable = Readonly<Record<string, OwnValue>>;

/** The fields of a version that are a row's own under a layout; rows share all others. */
export function ownFieldsOf(kind: EventKind, version: SchemaVersion, layout: OwnLayout): OwnFieldTable {
  const fields = OWN_FIELDS[kind][version];
  if (layout === PLAIN_LAYOUT) return fields;
  const isV2 = version === "v2";
  return {
    ...fields,
    ...(isV2 && layout.eventId === "text" ? { [EVENT_ID_OF[kind]]: "event_text" } : {}),
    ...(layout.sequence ? { [isV2 ? "source_sequence" : "sequence_number"]: "sequence" } : {}),
    ...(isV2 && layout.platformSequence === true ? { platform_sequence: "platform_sequence" } : {}),
    ...(isV2 && layout.vendorKeys.length > 0 ? { vendor_data: "vendor_data" } : {}),
  };
}

const EVENT_ID_OF = { trade: "trade_id", quote: "quote_id" } as const;

/** Layouts of programs' records, by their vendor keys; each has encoders of its own, so they are not without end. */
const LAYOUTS = new Map<string, OwnLayout>();
const MAX_LAYOUTS = 64;

/** The layout of a program's records, which have everything of their own, with some vendor keys, or none if there are too many. */
export function layoutWith(vendorKeys: readonly string[]): OwnLayout {
  const key = JSON.stringify(vendorKeys);
  const known = LAYOUTS.get(key);
  if (known !== undefined) return known;
  if (LAYOUTS.size >= MAX_LAYOUTS) return layoutWith([]);
  const layout: OwnLayout = { eventId: "text", sequence: true, vendorKeys, ingestion: true, platformSequence: true };
  LAYOUTS.set(key, layout);
  return layout;
}

layoutWith([]);
