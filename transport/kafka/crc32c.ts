/**
 * CRC-32C (Castagnoli), which guards Kafka's record batches. WebAssembly calculates it (wasm/src/crc32c.rs).
 *
 * @module
 */
import { crc32c as checksumOf } from "../../wasm/record_path.wasm";
import { clearScratch, putScratch } from "../../wasm/scratch.ts";

/** Bytes that are copied at a time, so that the memory for them does not grow with a batch. */
const PIECE_BYTES = 256 * 1024;

/** The checksum of some bytes, and of those before them, of which it is `before`, as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = before;
  for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
    const piece = bytes.subarray(from, from + PIECE_BYTES);
    clearScratch();
    crc = checksumOf(crc, putScratch(piece), piece.length);
  }
  return crc >>> 0;
}
