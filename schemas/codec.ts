/**
 * Records to Avro bodies and back, for the six schemas of the contract.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Decimal } from "decimal.js";
import { parseSchema } from "./avro/parse_schema.ts";
import { ValueFault } from "./avro/value_fault.ts";
import { BodyFault } from "./avro/body_cursor.ts";
import { BodyOutput } from "./avro/body_output.ts";
import { buildBodyReader, type ValueForms } from "./avro/body_reader.ts";
import { buildWriter, type Writer } from "./avro/body_writer.ts";
import { DecodeError, EncodeError } from "./avro/codec_errors.ts";
import { readUnscaled, unscaledText } from "./avro/decimal.ts";
import { loadSchema } from "./load.ts";
import type { RecordKind, RecordTypes, SchemaVersion, Unscaled } from "./record_types.ts";

export { DecodeError, EncodeError } from "./avro/codec_errors.ts";

/** The codec of one record type. Bodies only: the frame is in wire.ts. */
export interface RecordCodec<R> {
  /** Kind of the records. */
  readonly kind: RecordKind;
  /** Schema version of the records. */
  readonly version: SchemaVersion;
  /** Namespace and name of the record, such as `com.k2.marketdata.TradeV2`. */
  readonly fullName: string;
  /** The text to register. */
  readonly schemaText: string;
  /**
   * Encodes into new memory. Each decimal may be a `Decimal` or the unscaled bigint.
   *
   * @throws {EncodeError} If the record cannot be held exactly.
   */
  encode(record: R | Unscaled<R>): Uint8Array;
  /**
   * Encodes into a buffer and returns the position after the body. If the buffer is too small, returns the number of
   * missing bytes as a negative number; call again with a larger buffer.
   *
   * @throws {EncodeError} If the record cannot be held exactly.
   */
  encodeInto(record: R | Unscaled<R>, buffer: Uint8Array, position: number): number;
  /**
   * Decodes a whole body. A long is a number if that is exact, else a bigint.
   *
   * @throws {DecodeError} If the body is truncated, has bytes left over, or is not a record of this schema.
   */
  decode(body: Uint8Array): R;
  /** As {@link RecordCodec.decode}, with decimals as unscaled bigints: no Decimal is made. */
  decodeUnscaled(body: Uint8Array): Unscaled<R>;
}

/** Enough for most records; a larger one (long vendor_data) takes a second attempt. */
const SCRATCH_BYTES = 16 * 1024;

function forms(decimal: (unscaled: bigint, scale: number) => unknown): ValueForms {
  return {
    long: (value) => value,
    timestamp(value, cursor) {
      if (typeof value === "bigint") throw cursor.fault(`the instant ${value} is past 2^53`);
      return value;
    },
    decimal(precision, scale) {
      const limit = 10n ** BigInt(precision);
      return (bytes, cursor) => {
        // A byte holds more than two digits, so a longer decimal is out of range: no need to compute a huge number.
        const unscaled = bytes.length > precision ? limit : readUnscaled(bytes);
        if (unscaled >= limit || unscaled <= -limit) {
          throw cursor.fault(`a decimal of ${bytes.length} bytes has more than ${precision} digits`);
        }
        return decimal(unscaled, scale);
      };
    },
    bytes: (bytes) => bytes.slice(),
    real: (value) => value,
  };
}

interface Machinery {
  readonly write: Writer;
  readonly read: (body: Uint8Array) => unknown;
  readonly readUnscaled: (body: Uint8Array) => unknown;
}

function buildMachinery(schemaText: string): Machinery {
  const schema = parseSchema(schemaText);
  return {
    write: buildWriter(schema),
    read: buildBodyReader(schema, forms((unscaled, scale) => new Decimal(unscaledText(unscaled, scale)))),
    readUnscaled: buildBodyReader(schema, forms((unscaled) => unscaled)),
  };
}

class AvroRecordCodec<R> implements RecordCodec<R> {
  readonly fullName: string;
  readonly schemaText: string;
  #machinery: Machinery | undefined;
  readonly #output = new BodyOutput();
  #scratch = Buffer.alloc(0);

  constructor(readonly kind: RecordKind, readonly version: SchemaVersion) {
    const { fullName, text } = loadSchema(kind, version);
    this.fullName = fullName;
    this.schemaText = text;
  }

  /** Built at first use: most programs use two of the six codecs. */
  get #built(): Machinery {
    return this.#machinery ??= buildMachinery(this.schemaText);
  }

  encode(record: R | Unscaled<R>): Uint8Array {
    let end = this.encodeInto(record, this.#scratch, 0);
    if (end < 0) {
      this.#scratch = Buffer.alloc(Math.max(SCRATCH_BYTES, 2 * (this.#scratch.length - end)));
      end = this.encodeInto(record, this.#scratch, 0);
    }
    return new Uint8Array(this.#scratch.subarray(0, end));
  }

  encodeInto(record: R | Unscaled<R>, buffer: Uint8Array, position: number): number {
    if (!Number.isInteger(position) || position < 0) {
      throw new RangeError(`Cannot encode at position ${position}: it is not an integer from 0`);
    }
    const output = this.#output;
    output.bytes = buffer;
    output.position = position;
    try {
      this.#built.write(output, record);
      const missing = output.position - buffer.length;
      return missing > 0 ? -missing : output.position;
    } catch (cause) {
      if (!(cause instanceof ValueFault)) throw cause;
      const { path, reason, value } = cause;
      throw new EncodeError(this, { path: path.join("."), reason, value, cause });
    }
  }

  decode(body: Uint8Array): R {
    return this.#decode<R>(this.#built.read, body);
  }

  decodeUnscaled(body: Uint8Array): Unscaled<R> {
    return this.#decode<Unscaled<R>>(this.#built.readUnscaled, body);
  }

  #decode<T>(read: (body: Uint8Array) => unknown, body: Uint8Array): T {
    try {
      // The reader was built from this record type's schema.
      return read(body) as T;
    } catch (cause) {
      if (!(cause instanceof BodyFault)) throw cause;
      const { path, offset, reason } = cause;
      throw new DecodeError(`${this.kind} ${this.version}`, { path: path.join("."), offset, reason, cause });
    }
  }
}

type CodecTable = { readonly [K in RecordKind]: { readonly [V in SchemaVersion]: RecordCodec<RecordTypes[K][V]> } };

const CODECS: CodecTable = {
  trade: { v1: new AvroRecordCodec("trade", "v1"), v2: new AvroRecordCodec("trade", "v2") },
  quote: { v1: new AvroRecordCodec("quote", "v1"), v2: new AvroRecordCodec("quote", "v2") },
  reference_data: {
    v1: new AvroRecordCodec("reference_data", "v1"),
    v2: new AvroRecordCodec("reference_data", "v2"),
  },
};

/**
 * The codec of a record type. Built at the first call, then shared: it holds no state between calls but scratch memory.
 *
 * @throws {UnknownSchemaVersionError | UnknownRecordKindError} As {@link loadSchema} does.
 *
 * @example
 * ```ts
 * import { buildTradeV2, codecFor, frame, parseFrame } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: 1000,
 * });
 * const codec = codecFor("trade", "v2");
 * const value = frame(7, codec.encode(trade)); // as it is in the topic: 7 is the schema's id in the registry
 * const { schemaId, body } = parseFrame(value);
 * assert.equal(schemaId, 7);
 * assert.deepEqual(codec.decode(body), trade);
 * ```
 */
export function codecFor<K extends RecordKind, V extends SchemaVersion>(
  kind: K,
  version: V,
): RecordCodec<RecordTypes[K][V]> {
  loadSchema(kind, version); // refuses what the type checker could not
  // The table's type says this for each kind and version; the checker does not follow it through two type parameters.
  return CODECS[kind][version] as RecordCodec<RecordTypes[K][V]>;
}
