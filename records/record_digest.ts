/**
 * Digests what a record says into a number, to compare rows of files with records of topics.
 *
 * @module
 */
import { codecFor, DecodeError, EncodeError } from "../schemas/codec.ts";
import type {
  MarketRecord,
  QuoteV2,
  RecordKind,
  RecordV2,
  SchemaVersion,
  TradeV2,
  Unscaled,
} from "../schemas/record_types.ts";
import { parseFrame, WireError } from "../schemas/avro/wire.ts";
import { defaultRecordId } from "./builder_options.ts";
import { RecordError } from "./errors.ts";
import { SipHasher } from "./ids/siphash.ts";
import { unscaledToV1 } from "./values/unscaled.ts";

const hasher = new SipHasher(new Uint8Array(16));

/**
 * A digest of a record's content, without the time of ingestion, which differs from load to load, and without the
 * message id and ids made of it, which say which row it is: v1 has the message id elsewhere.
 */
export type ContentDigest = number;

/** The compared part of a decoded record. */
export interface DecodedRecord {
  readonly digest: ContentDigest;
  readonly symbol: string;
  /** Micros since the epoch; 0 for reference data. */
  readonly time: number;
}

/** The codec of any of the records. It checks every field of its input, so the loose type costs nothing. */
interface AnyCodec {
  encode(record: object): Uint8Array;
  decodeUnscaled(body: Uint8Array): Unscaled<MarketRecord>;
}

/** Digests what a decoded record says. */
export class RecordDigest {
  readonly #codec: AnyCodec;

  constructor(readonly kind: RecordKind, readonly version: SchemaVersion) {
    this.#codec = codecFor(kind, version);
  }

  /** @param body an Avro body of this kind and version */
  ofBody(body: Uint8Array): DecodedRecord {
    const record = this.#codec.decodeUnscaled(body);
    return { digest: this.#of(record), symbol: record.symbol, time: timeOf(record) };
  }

  /** @throws {RecordError | EncodeError} if this version cannot hold the row */
  ofRow(record: Unscaled<RecordV2>): ContentDigest {
    return this.#of(this.version === "v1" ? unscaledToV1(this.kind, record) : record);
  }

  /** Like {@link ofBody}, of a framed value; null if it is no record of this kind and version. */
  ofStored(value: Uint8Array | null): ContentDigest | null {
    if (value === null) return null;
    try {
      return this.ofBody(parseFrame(value).body).digest;
    } catch (error) {
      if (!(error instanceof WireError || error instanceof DecodeError)) throw error;
      return null;
    }
  }

  /** Like {@link ofRow}; null if this version cannot hold the row. */
  ofWritable(record: Unscaled<RecordV2>): ContentDigest | null {
    try {
      return this.ofRow(record);
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
      return null;
    }
  }

  #of(record: Unscaled<MarketRecord>): ContentDigest {
    const [first = 0, second = 0] = hasher.digest(this.#codec.encode(contentOf(record)));
    // 52 of the 128 bits, so that a digest fits into a number.
    return first * 2 ** 20 + (second >>> 12);
  }
}

function contentOf(record: Unscaled<MarketRecord>): object {
  return {
    ...record,
    ...("message_id" in record ? { message_id: "" } : {}),
    ...("trade_id" in record && record.trade_id === ownIdOf(record) ? { trade_id: "" } : {}),
    ...("quote_id" in record && record.quote_id === ownIdOf(record) ? { quote_id: "" } : {}),
    ...("ingestion_timestamp" in record ? { ingestion_timestamp: 0 } : {}),
    ...("vendor_data" in record && record.vendor_data !== null ? { vendor_data: inOneOrder(record.vendor_data) } : {}),
  };
}

/** The entries by name. A map has no order: what differs in that alone says the same. */
export function inOneOrder<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(entries).toSorted(([one], [other]) => one < other ? -1 : 1));
}

/** Whether the venue gave the record an id, which then is part of its content. */
export function hasVenueId(record: Unscaled<RecordV2>): boolean {
  if ("trade_id" in record) return record.trade_id !== ownIdOf(record);
  return "quote_id" in record && record.quote_id !== ownIdOf(record);
}

/** The id in place of the venue's, if the venue gives none. */
function ownIdOf(record: Unscaled<TradeV2> | Unscaled<QuoteV2>): string {
  return defaultRecordId(record, record.message_id);
}

/** Micros since the epoch; 0 for reference data. */
export function timeOf(record: Unscaled<MarketRecord>): number {
  if ("exchange_timestamp" in record) return record.exchange_timestamp * 1_000;
  return "timestamp" in record ? record.timestamp : 0;
}
