/**
 * What a record says, as a number to compare rows of files with records of topics by: straight from its body, since of a
 * hundred million records hardly one has to be decoded.
 *
 * Left out are the time of ingestion, which differs from load to load, and the message id and ids made of it, which say
 * which row it is: v1 has the message id elsewhere.
 *
 * @module
 */
import { SipHasher } from "../../records/ids/siphash.ts";
import { type BodyRange, CanonicalFields, longAt, textStart } from "../../schemas/avro/canonical_fields.ts";
import { MapOrder } from "../../schemas/avro/map_order.ts";
import { codecFor, DecodeError, EncodeError } from "../../schemas/codec.ts";
import type { MarketRecord, RecordKind, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";

/** The codec of any of the records. It checks every field of its input, so the loose type costs nothing. */
interface AnyCodec {
  encode(record: object): Uint8Array;
  decodeUnscaled(body: Uint8Array): Unscaled<MarketRecord>;
}

const DASH = 45, ZERO = 48;
/** Characters of a message id that an id made of it ends with. */
const TAIL = 8;

/** Reads the records of one kind and version. The properties are those of the record that was read last. */
export class RecordContent {
  /** The body: that of the record, or the one that our writers would make of it. */
  bytes: Uint8Array = new Uint8Array(0);
  symbolFrom = 0;
  symbolEnd = 0;
  /** Of the message id, where the record has one. */
  idFrom = 0;
  idEnd = 0;
  /** Micros since the epoch; 0 for reference data. */
  time = 0;
  /** The venue has given the record an id, which then is part of its content. */
  hasVenueId = false;
  readonly #codec: AnyCodec;
  readonly #fields: CanonicalFields;
  readonly #hasher: SipHasher;
  readonly #symbol: number;
  readonly #exchange: number;
  readonly #eventId: number;
  readonly #hasMessageId: boolean;
  readonly #time: number;
  readonly #timeUnit: number;
  readonly #ingestion: number;
  /** The last field, where the record has it. */
  readonly #vendorData: number;
  readonly #order = new MapOrder();

  constructor(kind: RecordKind, readonly version: SchemaVersion) {
    const codec = codecFor(kind, version);
    this.#codec = codec;
    this.#fields = new CanonicalFields(codec.schemaText);
    this.#hasher = new SipHasher(new Uint8Array(16));
    const index = (name: string) => this.#fields.indexOf(name);
    this.#symbol = index("symbol");
    this.#exchange = index("exchange");
    this.#eventId = Math.max(index("trade_id"), index("quote_id"));
    this.#hasMessageId = index("message_id") === 0;
    this.#timeUnit = version === "v1" ? 1_000 : 1;
    this.#time = Math.max(index("timestamp"), index("exchange_timestamp"));
    this.#ingestion = index("ingestion_timestamp");
    this.#vendorData = index("vendor_data");
    if (this.#vendorData >= 0 && this.#vendorData !== this.#fields.starts.length - 2) {
      throw new TypeError("vendor_data is not the last field of the record");
    }
  }

  /** The four words of the digest; the next one overwrites them. */
  get digest(): Uint32Array {
    return this.#hasher.words;
  }

  /**
   * Reads a body.
   *
   * @param body.isOurs our writers have just made it
   * @param body.hasOwnId the id of the trade or quote is known to be made of the message id @default it is looked at
   * @throws {DecodeError} If it is no record of this kind and version.
   */
  read(bytes: Uint8Array, body: BodyRange & { readonly hasOwnId?: boolean }): void {
    this.bytes = bytes;
    if (!this.#fields.find(bytes, body)) this.#readRewritten(bytes.subarray(body.from, body.end));
    const { starts } = this.#fields, found = this.bytes;
    this.symbolFrom = textStart(found, starts[this.#symbol] ?? 0);
    this.symbolEnd = starts[this.#symbol + 1] ?? 0;
    this.time = this.#time < 0 ? 0 : longAt(found, starts[this.#time] ?? 0) * this.#timeUnit;
    if (this.#hasMessageId) {
      this.idFrom = textStart(found, starts[0] ?? 0);
      this.idEnd = starts[1] ?? 0;
    }
    this.hasVenueId = this.#eventId >= 0 && body.hasOwnId !== true && !this.#isOwnId();
    this.#hash();
  }

  /** Hashes any bytes, as those of an id that is no UUID. */
  hashOf(bytes: Uint8Array): Uint32Array {
    return this.#hasher.digest(bytes);
  }

  #readRewritten(body: Uint8Array): void {
    try {
      const bytes = this.#codec.encode(this.#codec.decodeUnscaled(body));
      if (!this.#fields.find(bytes, { from: 0, end: bytes.length, isOurs: true })) {
        throw new TypeError(`The fields of a ${this.version} body that was just written cannot be found`);
      }
      this.bytes = bytes;
    } catch (cause) {
      if (!(cause instanceof EncodeError)) throw cause;
      throw new DecodeError(this.version, { path: "", offset: 0, reason: cause.message, cause });
    }
  }

  /** The content in the hasher's input: what follows the ids, without the time of ingestion. */
  #hash(): void {
    const { starts } = this.#fields, { bytes } = this, hasher = this.#hasher;
    const last = starts[starts.length - 1] ?? 0;
    const from = starts[this.hasVenueId ? this.#eventId : Math.max(this.#eventId + 1, this.#hasMessageId ? 1 : 0)] ?? 0;
    const to = this.#ingestion < 0 ? last : starts[this.#ingestion] ?? 0;
    const rest = this.#ingestion < 0 ? last : starts[this.#ingestion + 1] ?? 0;
    hasher.reserve(1 + last - from);
    const { input } = hasher;
    input[0] = this.hasVenueId ? 1 : 0;
    let at = 1;
    // Faster for so few bytes than a view of them.
    for (let index = from; index < to; index++) input[at++] = bytes[index] ?? 0;
    const map = this.#vendorData < 0 ? last : starts[this.#vendorData] ?? 0;
    for (let index = rest; index < map; index++) input[at++] = bytes[index] ?? 0;
    if (map < last) at = this.#order.copy(bytes, { from: map, end: last }, input, at);
    hasher.hash(at);
  }

  /** Whether the id of the trade or quote is made of the message id: `{exchange}-{symbol}-{micros}-{8 characters}`. */
  #isOwnId(): boolean {
    const { starts } = this.#fields, { bytes, idFrom, idEnd } = this;
    const end = starts[this.#eventId + 1] ?? 0;
    let at = textStart(bytes, starts[this.#eventId] ?? 0);
    const exchangeEnd = starts[this.#exchange + 1] ?? 0;
    for (let from = textStart(bytes, starts[this.#exchange] ?? 0); from < exchangeEnd; from++, at++) {
      if (bytes[at] !== bytes[from]) return false;
    }
    if (bytes[at++] !== DASH) return false;
    for (let from = this.symbolFrom; from < this.symbolEnd; from++, at++) if (bytes[at] !== bytes[from]) return false;
    if (bytes[at++] !== DASH) return false;
    const tailLength = startsWithHexDigits(bytes, idFrom, idEnd) ? TAIL : idEnd - idFrom;
    const tail = end - tailLength;
    // What is left before the tail is the time.
    for (let offset = 0; offset < tailLength; offset++) {
      if (bytes[tail + offset] !== bytes[idFrom + offset]) return false;
    }
    if (bytes[tail - 1] !== DASH) return false;
    const isNegative = bytes[at] === DASH, first = isNegative ? at + 1 : at, last = tail - 1;
    if (last <= first || (bytes[first] === ZERO && (isNegative || last > first + 1))) return false;
    let micros = 0;
    for (let digit = first; digit < last; digit++) {
      const value = (bytes[digit] ?? 0) - ZERO;
      if (value < 0 || value > 9) return false;
      micros = micros * 10 + value;
    }
    return (isNegative ? -micros : micros) === this.time;
  }
}

function startsWithHexDigits(bytes: Uint8Array, from: number, end: number): boolean {
  if (end - from < TAIL) return false;
  for (let at = from; at < from + TAIL; at++) {
    const byte = bytes[at] ?? 0, lower = byte | 32;
    if (!(byte >= 48 && byte <= 57) && !(lower >= 97 && lower <= 102)) return false;
  }
  return true;
}
