/**
 * Which values the rows of some columns have of their own, beyond those that every row has: the rest is shared.
 *
 * @module
 */

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
export function textsOf({ eventId, vendorKeys }: OwnLayout): number {
  return (eventId === "text" ? 1 : 0) + vendorKeys.length;
}
