/**
 * Compressions of record batches: their names, their numbers in a batch's attributes, and their codecs.
 *
 * The levels are those that measured best on our own records (docs/decisions/compression.md). Compressing blocks the
 * thread for some milliseconds a MiB.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
// The package's main entry reads a file when it is loaded, which needs a permission that kafkajs does not.
import { lz4Compress } from "@platformatic/wasm-utils/bundled";
import { LogError } from "../log.ts";
import { decodeLz4Frame } from "./lz4_frame.ts";
import { OutputLimitError } from "./lz77_output.ts";
import { decodeSnappy } from "./snappy.ts";

/** Compressions that batches are written with. */
export type BatchCompression = "none" | "gzip" | "lz4" | "zstd";

/**
 * Maximum of bytes that the records of one batch may take, decompressed. Without a limit, a few bytes in a topic could
 * use up all memory of every reader. The limit is also that of the batches written here, and far above what others
 * write: Kafka's own clients by default close a batch at 1 MiB or less.
 */
export const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

const GZIP_LEVEL = 4;
const ZSTD_LEVEL = 1;
const ATTRIBUTE_MASK = 0x07;

/** The records of a batch in their stored form. */
export interface StoredBytes {
  /** Number of the compression, for the batch's attributes. */
  readonly attribute: number;
  readonly bytes: Uint8Array;
}

interface Writer {
  readonly attribute: number;
  compress(records: Uint8Array): Uint8Array;
}

interface Reader {
  readonly name: string;
  decompress(bytes: Uint8Array, limit: number): Uint8Array;
}

const WRITERS: Readonly<Record<Exclude<BatchCompression, "none">, Writer>> = {
  gzip: { attribute: 1, compress: (records) => gzipSync(records, { level: GZIP_LEVEL }) },
  lz4: { attribute: 3, compress: (records) => lz4Compress(bufferOf(records)) },
  zstd: {
    attribute: 4,
    compress: (records) => zstdCompressSync(records, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } }),
  },
};

const READERS: Readonly<Record<number, Reader>> = {
  1: { name: "gzip", decompress: (bytes, limit) => gunzipSync(bytes, { maxOutputLength: limit }) },
  2: { name: "snappy", decompress: decodeSnappy },
  3: { name: "lz4", decompress: decodeLz4Frame },
  4: { name: "zstd", decompress: (bytes, limit) => zstdDecompressSync(bytes, { maxOutputLength: limit }) },
};

/**
 * Compresses the records of a batch, which are at least one byte. Leaves them as they are if they would not become
 * shorter, so that a batch that fits uncompressed always fits, and if {@link decompressRecords} would refuse them.
 */
export function compressRecords(records: Uint8Array, compression: BatchCompression): StoredBytes {
  if (compression === "none" || records.length > MAX_DECOMPRESSED_BYTES) return { attribute: 0, bytes: records };
  const { attribute, compress } = WRITERS[compression];
  const bytes = compress(records);
  return bytes.length < records.length ? { attribute, bytes } : { attribute: 0, bytes: records };
}

/**
 * Decompresses the records of a batch with these attributes. Errors say what is wrong with the batch, not which batch
 * it is.
 *
 * @throws {LogError} `client` for an unknown compression, for damaged bytes, and for more than `limit` bytes
 */
export function decompressRecords(
  bytes: Uint8Array,
  attributes: number,
  limit: number = MAX_DECOMPRESSED_BYTES,
): Uint8Array {
  const attribute = attributes & ATTRIBUTE_MASK;
  if (attribute === 0) return bytes;
  const reader = READERS[attribute];
  if (reader === undefined) throw new LogError("client", `compression ${attribute} is not known`);
  try {
    return reader.decompress(bytes, limit);
  } catch (cause) {
    const reason = isOverLimit(cause) ? `decompresses to more than ${limit} bytes` : "is damaged";
    throw new LogError("client", `its ${reader.name} ${reason}`, { cause });
  }
}

function isOverLimit(error: unknown): boolean {
  if (error instanceof OutputLimitError) return true;
  return error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
