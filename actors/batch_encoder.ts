/**
 * Encodes the values of one batch into shared chunks of memory: one allocation for some thousand records instead of one
 * each. A chunk is never written again once it is full, so the values stay intact for as long as somebody holds them.
 *
 * @module
 */
import { HEADER_BYTES, writeHeader } from "../schemas/wire.ts";

/** What a batch encoder needs of a codec: encoding in place. */
export interface InPlaceCodec<R> {
  /** The new position, or a negative number: that many bytes are missing. */
  encodeInto(record: R, buffer: Uint8Array, position: number): number;
}

const MAX_CHUNK_BYTES = 256 * 1024;
/** A guess at a record's size, for the first chunk: too small costs one more chunk, too large some unused memory. */
const BYTES_PER_RECORD = 256;

export class BatchEncoder<R> {
  readonly #codec: InPlaceCodec<R>;
  readonly #schemaId: number;
  #chunk: Uint8Array;
  #position = 0;

  /** @param records how many records are expected. */
  constructor(codec: InPlaceCodec<R>, options: { schemaId: number; records: number }) {
    this.#codec = codec;
    this.#schemaId = options.schemaId;
    this.#chunk = new Uint8Array(Math.min(Math.max(options.records, 1) * BYTES_PER_RECORD, MAX_CHUNK_BYTES));
  }

  /** The framed value: magic byte, schema id, Avro body. */
  encode(record: R): Uint8Array {
    const start = this.#position;
    const end = this.#write(record, start);
    if (end < 0) {
      const size = this.#chunk.length;
      this.#chunk = new Uint8Array(start === 0 ? Math.max(2 * size, size - end) : size);
      this.#position = 0;
      return this.encode(record);
    }
    this.#position = end;
    return this.#chunk.subarray(start, end);
  }

  #write(record: R, start: number): number {
    const body = start + HEADER_BYTES;
    if (body > this.#chunk.length) return this.#chunk.length - body;
    writeHeader(this.#chunk, start, this.#schemaId);
    return this.#codec.encodeInto(record, this.#chunk, body);
  }
}
