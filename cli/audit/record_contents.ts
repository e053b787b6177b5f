/**
 * What records say, as numbers to compare rows of files with records of topics by: straight from their bodies, since of a
 * hundred million records hardly one has to be decoded. WebAssembly reads many at once (wasm/src/record_contents.rs).
 *
 * Left out are the time of ingestion, which differs from load to load, and the message id and ids made of it, which say
 * which row it is: v1 has the message id elsewhere.
 *
 * @module
 */
import { type BodyShape, bodyShapeOf } from "../../schemas/avro/body_shape.ts";
import { codecFor, DecodeError, EncodeError } from "../../schemas/codec.ts";
import type { MarketRecord, RecordKind, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import { read_contents } from "../../wasm/record_path.wasm";
import { clearScratch, putScratch, scratchBytes, takeScratch } from "../../wasm/scratch.ts";

/** The codec of any of the records. It checks every field of its input, so the loose type costs nothing. */
interface AnyCodec {
  encode(record: object): Uint8Array;
  decodeUnscaled(body: Uint8Array): Unscaled<MarketRecord>;
}

/** Some bodies. */
export interface Bodies {
  readonly bytes: Uint8Array;
  /** For each body where it begins and where it ends, in ascending order. */
  readonly ranges: Uint32Array;
  /** Our writers have just made them. */
  readonly isOurs: boolean;
}

/** What is found of a body, in words of 32 bits. */
const CONTENT = { state: 0, symbolFrom: 1, symbolEnd: 2, time: 4, digest: 8, id: 12, words: 16 } as const;
const FOUND = 1, HAS_VENUE_ID = 2, HAS_ID = 4;
/** An entry of a map while its entries are put in order. */
const ENTRY_BYTES = 16;
const WORD_BYTES = 4;

/** Reads the records of one kind and version. What it says is of those that were read last, by their places. */
export class RecordContents {
  readonly #codec: AnyCodec;
  readonly #shape: BodyShape;
  /** The words of a job that are the same for all. */
  readonly #fields: readonly number[];
  #bytes: Uint8Array = new Uint8Array(0);
  #words: Uint32Array = new Uint32Array(0);
  #times: Float64Array = new Float64Array(0);
  /** The bodies that our writers would have made in place of others. */
  readonly #rewritten = new Map<number, Uint8Array>();

  constructor(kind: RecordKind, readonly version: SchemaVersion) {
    const codec = codecFor(kind, version);
    this.#codec = codec;
    const shape = this.#shape = bodyShapeOf(codec.schemaText);
    const index = (...names: string[]) => shape.names.findIndex((name) => names.includes(name));
    const vendorData = index("vendor_data");
    if (vendorData >= 0 && vendorData !== shape.names.length - 1) {
      throw new TypeError("vendor_data is not the last field of the record");
    }
    if (index("message_id") > 0) throw new TypeError("message_id is not the first field of the record");
    this.#fields = [
      index("symbol"),
      index("exchange"),
      index("trade_id", "quote_id"),
      index("message_id"),
      index("timestamp", "exchange_timestamp"),
      index("ingestion_timestamp"),
      vendorData,
      version === "v1" ? 1_000 : 1,
    ];
  }

  /** Reads some bodies. */
  read({ bytes, ranges, isOurs }: Bodies): void {
    this.#bytes = bytes;
    this.#rewritten.clear();
    this.#words = this.#wordsOf({ bytes, ranges, isOurs });
    this.#times = new Float64Array(this.#words.buffer);
    for (let at = 0; at < this.#words.length; at += CONTENT.words) {
      if (((this.#words[at] ?? 0) & FOUND) === 0) this.#rewrite(at / CONTENT.words, ranges);
    }
  }

  /** False for a body that is no record of this kind and version. */
  isRecord(place: number): boolean {
    return this.#has(place, FOUND);
  }

  /** The venue has given the record an id, which then is part of its content. */
  hasVenueId(place: number): boolean {
    return this.#has(place, HAS_VENUE_ID);
  }

  /** The record has its message id in its body. */
  hasId(place: number): boolean {
    return this.#has(place, HAS_ID);
  }

  /** Puts the four words that stand for the message id: the bits of a UUID, or a hash of any other text. */
  putId(place: number, into: Uint32Array): void {
    this.#put(place * CONTENT.words + CONTENT.id, into);
  }

  /** Puts the four words that stand for the content. */
  putDigest(place: number, into: Uint32Array): void {
    this.#put(place * CONTENT.words + CONTENT.digest, into);
  }

  /** Micros since the epoch; 0 for reference data. */
  time(place: number): number {
    return this.#times[(place * CONTENT.words + CONTENT.time) / 2] ?? 0;
  }

  /** The bytes that {@link symbolFrom} and {@link symbolEnd} are places of. */
  bytes(place: number): Uint8Array {
    return this.#rewritten.size === 0 ? this.#bytes : this.#rewritten.get(place) ?? this.#bytes;
  }

  symbolFrom(place: number): number {
    return this.#words[place * CONTENT.words + CONTENT.symbolFrom] ?? 0;
  }

  symbolEnd(place: number): number {
    return this.#words[place * CONTENT.words + CONTENT.symbolEnd] ?? 0;
  }

  #has(place: number, flag: number): boolean {
    return ((this.#words[place * CONTENT.words] ?? 0) & flag) !== 0;
  }

  #put(from: number, into: Uint32Array): void {
    for (let word = 0; word < 4; word++) into[word] = this.#words[from + word] ?? 0;
  }

  #wordsOf({ bytes, ranges, isOurs }: Bodies): Uint32Array {
    clearScratch();
    const count = ranges.length / 2;
    let longest = 0;
    for (let at = 0; at < ranges.length; at += 2) {
      longest = Math.max(longest, (ranges[at + 1] ?? 0) - (ranges[at] ?? 0));
    }
    const first = ranges[0] ?? 0, end = ranges.at(-1) ?? 0;
    const shape = putScratch(this.#shape.words), places = putScratch(ranges);
    const body = putScratch(bytes.subarray(first, end)) - first;
    const starts = takeScratch((this.#shape.names.length + 1) * WORD_BYTES);
    const input = takeScratch(longest + 1), entries = takeScratch(Math.ceil(longest / 2) * ENTRY_BYTES);
    const found = takeScratch(count * CONTENT.words * WORD_BYTES);
    const job = putScratch(Int32Array.from([shape, body, isOurs ? 1 : 0, ...this.#fields, starts, input, entries]));
    read_contents(job, places, count, found);
    return new Uint32Array(scratchBytes().slice(found, found + count * CONTENT.words * WORD_BYTES).buffer);
  }

  /** Reads the body that our writers would make of a record, if it is one. */
  #rewrite(place: number, ranges: Uint32Array): void {
    const body = this.#bytes.subarray(ranges[place * 2] ?? 0, ranges[place * 2 + 1] ?? 0);
    let bytes: Uint8Array;
    try {
      bytes = this.#codec.encode(this.#codec.decodeUnscaled(body));
    } catch (error) {
      if (error instanceof DecodeError || error instanceof EncodeError) return;
      throw error;
    }
    const words = this.#wordsOf({ bytes, ranges: Uint32Array.of(0, bytes.length), isOurs: true });
    if (((words[0] ?? 0) & FOUND) === 0) {
      throw new TypeError(`The fields of a ${this.version} body that was just written cannot be found`);
    }
    this.#words.set(words, place * CONTENT.words);
    this.#rewritten.set(place, bytes);
  }
}
