/**
 * Writes Kafka's record batch, format 2. The encoder of kafkajs keeps headers in an object (losing the order of
 * repeated names), sorts timestamps as text, and makes about ten objects a record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { LogRecords } from "../log.ts";
import { type BatchCompression, compressRecords } from "./batch_compression.ts";
import { crc32c } from "./crc32c.ts";
import { BATCH_HEADER_BYTES, BatchBody } from "./record_batch_body.ts";

/** The identity of a batch, by which the broker stores it once however often it is sent. */
export interface BatchIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  /** Sequence number of the first record. */
  readonly sequence: number;
}

/** Where the length ends, and what it counts begins. */
const COUNTED_FROM = 12;
/** Where the checksum ends, and what it covers begins. */
const CHECKED_FROM = 21;
const [LENGTH_AT, CRC_AT] = [8, 17];

/** Records as one batch, which a broker takes as a whole or not at all. */
export class RecordBatch {
  readonly #body: BatchBody;
  readonly #identity: BatchIdentity;
  readonly #compression: BatchCompression;

  /**
   * @param records at least one; nothing of them may change as long as the batch may be written
   * @throws {LogError} `invalid_request` for a timestamp that is not a whole number of milliseconds
   */
  constructor(
    records: LogRecords,
    { compression = "none", ...identity }: BatchIdentity & { readonly compression?: BatchCompression },
  ) {
    this.#body = new BatchBody(records);
    this.#identity = identity;
    this.#compression = compression;
  }

  /** A bound of its bytes, before they are compressed. */
  get maxBytes(): number {
    return this.#body.maxBytes;
  }

  /**
   * The batch in pieces, the same bytes at each call. So that most are copied only once, into their request, the last piece
   * is a view of scratch space: copy it before anything else is done.
   */
  pieces(): readonly Buffer[] {
    if (this.#compression !== "none") return this.#compressed(this.#compression);
    const header = this.#header(0);
    const { pieces, crc } = this.#body.write(crc32c(header.subarray(CHECKED_FROM)));
    return sealed(header, crc ?? 0, pieces);
  }

  #compressed(compression: BatchCompression): readonly Buffer[] {
    const plain = Buffer.concat(this.#body.write(null).pieces);
    const { attribute, bytes } = compressRecords(plain.subarray(BATCH_HEADER_BYTES), compression);
    const header = this.#header(attribute);
    const crc = crc32c(bytes, crc32c(header.subarray(CHECKED_FROM)));
    return sealed(header, crc, attribute === 0 ? [plain] : [Buffer.concat([header, bytes])]);
  }

  /** Without length and checksum. */
  #header(attribute: number): Buffer {
    const { count, baseTimestamp, maxTimestamp } = this.#body, { producerId, producerEpoch, sequence } = this.#identity;
    const header = Buffer.alloc(BATCH_HEADER_BYTES);
    header.writeBigInt64BE(0n, 0); // base offset: the broker's to set
    header.writeInt32BE(-1, 12); // leader epoch: the broker's to set
    header.writeInt8(2, 16); // format
    header.writeInt16BE(attribute, CHECKED_FROM); // no transaction, time as given
    header.writeInt32BE(count - 1, 23); // last offset, relative
    header.writeBigInt64BE(BigInt(baseTimestamp), 27);
    header.writeBigInt64BE(BigInt(maxTimestamp), 35);
    header.writeBigInt64BE(producerId, 43);
    header.writeInt16BE(producerEpoch, 51);
    header.writeInt32BE(sequence, 53);
    header.writeInt32BE(count, 57);
    return header;
  }
}

/** Writes the header to the beginning of the first piece. */
function sealed(header: Buffer, crc: number, pieces: readonly Buffer[]): readonly Buffer[] {
  header.writeInt32BE(bytesIn(pieces) - COUNTED_FROM, LENGTH_AT);
  header.writeUInt32BE(crc, CRC_AT);
  pieces[0]?.set(header);
  return pieces;
}

/** Bytes of some pieces. */
export function bytesIn(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
