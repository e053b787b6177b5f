/**
 * What a record says, as a number: records of the files and of the topic are compared by it.
 *
 * @module
 */
import { sipHash128, sipHashKey } from "../../records/siphash.ts";
import { unscaledToV1 } from "../../records/unscaled.ts";
import { codecFor } from "../../schemas/codec.ts";
import type { MarketRecord, RecordKind, RecordV2, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";

const DIGEST_KEY = sipHashKey(new Uint8Array(16));

/** A record's content but for the time of ingestion, which differs from load to load. */
export type ContentDigest = number;

/** A decoded record, as far as an audit looks at it. */
export interface DecodedRecord {
  readonly digest: ContentDigest;
  readonly symbol: string;
  /** Micros since the epoch; 0 for reference data. */
  readonly time: number;
}

/** The codec of any of the records: it checks every field of what it is given, so the loose type costs nothing. */
interface AnyCodec {
  encode(record: object): Uint8Array;
  decodeUnscaled(body: Uint8Array): Unscaled<MarketRecord>;
}

/** Digests what a decoded record says. */
export class RecordDigest {
  readonly #codec: AnyCodec;
  readonly #hash = new Uint32Array(4);

  constructor(readonly kind: RecordKind, readonly version: SchemaVersion) {
    this.#codec = codecFor(kind, version);
  }

  /** @param body an Avro body of this kind and version. */
  ofBody(body: Uint8Array): DecodedRecord {
    const record = this.#codec.decodeUnscaled(body);
    return { digest: this.#of(record), symbol: record.symbol, time: timeOf(record) };
  }

  /** @throws {RecordError | EncodeError} If the row cannot be written as this version. */
  ofRow(record: Unscaled<RecordV2>): ContentDigest {
    return this.#of(this.version === "v1" ? unscaledToV1(this.kind, record) : record);
  }

  #of(record: object): ContentDigest {
    const bytes = this.#codec.encode("ingestion_timestamp" in record ? { ...record, ingestion_timestamp: 0 } : record);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    sipHash128(DIGEST_KEY, { view, length: bytes.length, out: this.#hash });
    // 52 of the 128 bits, so that a digest fits into a number.
    return (this.#hash[0] ?? 0) * 2 ** 20 + ((this.#hash[1] ?? 0) >>> 12);
  }
}

/** Micros since the epoch; 0 for reference data. */
export function timeOf(record: Unscaled<MarketRecord>): number {
  if ("exchange_timestamp" in record) return record.exchange_timestamp * 1_000;
  return "timestamp" in record ? record.timestamp : 0;
}
