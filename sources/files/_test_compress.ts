/**
 * Help for tests: compressed files of many forms.
 *
 * @module
 */
import { constants, crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { Compression } from "../../storage/compression.ts";

/** Bytes one after the other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** One gzip member, or one zstd frame with a checksum. */
export function compress(compression: Compression, content: Uint8Array): Uint8Array {
  // Copied, because a slice of a Buffer is not.
  if (compression === "gzip") return new Uint8Array(gzipSync(content));
  return new Uint8Array(zstdCompressSync(content, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }));
}

/** A zstd frame without a checksum, as many libraries make them. */
export function frameWithoutChecksum(content: Uint8Array): Uint8Array {
  return new Uint8Array(zstdCompressSync(content));
}

/** A zstd frame that holds no content. */
export function skippableFrame(length: number, kind = 0): Uint8Array {
  const frame = new Uint8Array(8 + length).fill(0x55);
  new DataView(frame.buffer).setUint32(0, 0x184d2a50 + kind, true);
  new DataView(frame.buffer).setUint32(4, length, true);
  return frame;
}

/** A gzip member with every field that its header may have. */
export function memberWithAllFields(content: Uint8Array): Uint8Array {
  const text = (text: string) => new TextEncoder().encode(`${text}\0`);
  const header = [Uint8Array.of(0x1f, 0x8b, 8, 2 | 4 | 8 | 16, 1, 2, 3, 4, 0, 3), Uint8Array.of(3, 0, 65, 66, 67)];
  const trailer = new DataView(new ArrayBuffer(8));
  trailer.setUint32(0, crc32(content), true);
  trailer.setUint32(4, content.length, true);
  return concat([
    ...header,
    text("7078.csv"),
    text("a comment"),
    Uint8Array.of(0, 0),
    deflateRawSync(content),
    new Uint8Array(trailer.buffer),
  ]);
}
