/**
 * The options that builders of several records share.
 *
 * @module
 */
import type { VendorData } from "../schemas/record_types.ts";
import type { InstantInput } from "./values/instant.ts";
import type { AmbiguousTime } from "./values/local_time.ts";

/** Options of each builder of a record that has instants. `undefined` and `null` are as good as absent. */
export interface InstantInputs {
  /** When the record is made. @default now */
  readonly ingestionTimestamp?: InstantInput | null | undefined;
  /** IANA time zone of instants given as text without an offset. Without one, the builder refuses such text. */
  readonly timeZone?: string | null | undefined;
  /** Which of the two instants to take when the clocks were put back over a local time. @default "refuse" */
  readonly ambiguousTime?: AmbiguousTime | null | undefined;
}

/** Options of each builder of a v2 record. `undefined` and `null` are as good as absent. */
export interface RecordV2Input extends InstantInputs {
  /** As the source spells it; never folded or re-spelt. */
  readonly symbol: string;
  /** In any case; upper case in the record. */
  readonly exchange: string;
  /** equities, crypto, futures or options, in any case. */
  readonly assetClass: string;
  /** Any text that is not empty; v1 topics can carry only a UUID. @default a random UUID (version 4) */
  readonly messageId?: string | null | undefined;
  /** Texts by name. @default null */
  readonly vendorData?: VendorData | undefined;
}

/** Options of the builders of v2 trades and quotes. `undefined` and `null` are as good as absent. */
export interface MarketEventV2Input extends RecordV2Input {
  /** When the exchange executed the trade or published the quote. */
  readonly timestamp: InstantInput;
  /** Currency of the prices: an ISO 4217 code, or the ticker of a crypto asset. @default "USD" */
  readonly currency?: string | null | undefined;
  /** Sequence number of the exchange, where it has one. @default null */
  readonly sourceSequence?: number | bigint | null | undefined;
  /** Sequence number that the platform gives. @default null */
  readonly platformSequence?: number | bigint | null | undefined;
}

/** Options of the builders of v1 trades and quotes. `undefined` and `null` are as good as absent. */
export interface MarketEventV1Input extends InstantInputs {
  /** As the source spells it; never folded or re-spelt. */
  readonly symbol: string;
  /** Number of the company, from 0 to 2^31-1. */
  readonly companyId: number;
  /** In any case; upper case in the record. @default "ASX" */
  readonly exchange?: string | null | undefined;
  /** Whole milliseconds. */
  readonly timestamp: InstantInput;
  /** Sequence number of the exchange, where it has one. @default null */
  readonly sequenceNumber?: number | bigint | null | undefined;
}

/** The options of {@link InstantInputs} that are no fields of a record, spelt for {@link FieldSet}. */
export const INSTANT_OPTIONS = ["time_zone", "ambiguous_time"] as const;
