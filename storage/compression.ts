/**
 * Tells how a file is compressed, by the end of its name and by its first bytes.
 *
 * @module
 */

import { memberOf } from "./archive_path.ts";

/** How a file is compressed that is read from its first byte on. */
export type StreamCompression = "gzip" | "zstd";

/** How the content of a file is packed. Zip archives and Parquet files have a directory at their end. */
export type Compression = StreamCompression | "zip" | "parquet";

/** Ends of names, in lower case. */
export const SUFFIXES: Readonly<Record<Compression, string>> = {
  gzip: ".gz",
  zstd: ".zst",
  zip: ".zip",
  parquet: ".parquet",
};

const COMPRESSIONS: readonly Compression[] = ["gzip", "zstd", "zip", "parquet"];

/** The mask is for frames without content, with which zstd files may begin: their first byte is 0x50 to 0x5f. */
const MAGIC: readonly { readonly of: Compression; readonly bytes: readonly number[]; readonly mask: number }[] = [
  { of: "gzip", bytes: [0x1f, 0x8b], mask: 0xff },
  { of: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd], mask: 0xff },
  { of: "zstd", bytes: [0x50, 0x2a, 0x4d, 0x18], mask: 0xf0 },
  { of: "zip", bytes: [0x50, 0x4b, 0x03, 0x04], mask: 0xff },
  { of: "parquet", bytes: [0x50, 0x41, 0x52, 0x31], mask: 0xff },
];

/** How many first bytes suffice to tell a compression. */
export const MAGIC_BYTES = 4;

/** The compression that a file's name promises, its end in any case; null for none. A member of a zip archive has that. */
export function compressionOfName(path: string): Compression | null {
  if (memberOf(path) !== null) return "zip";
  const name = path.toLowerCase();
  return COMPRESSIONS.find((compression) => name.endsWith(SUFFIXES[compression])) ?? null;
}

/** A file's name, or path, without the end that tells its compression. */
export function uncompressedName(path: string): string {
  const compression = compressionOfName(path);
  return compression === null || memberOf(path) !== null ? path : path.slice(0, -SUFFIXES[compression].length);
}

/** The compression that first bytes show; null for none, and for fewer bytes than tell one. */
export function compressionOfBytes(head: Uint8Array): Compression | null {
  return MAGIC.find((magic) => head.length >= magic.bytes.length && agrees(head, magic))?.of ?? null;
}

/** Whether a file with this beginning can have a compression; also true if it ends too early to tell. */
export function canBegin(head: Uint8Array, compression: Compression): boolean {
  return MAGIC.some((magic) => magic.of === compression && agrees(head, magic));
}

function agrees(head: Uint8Array, { bytes, mask }: (typeof MAGIC)[number]): boolean {
  return bytes.every((byte, at) => {
    const found = head[at];
    return found === undefined || (at === 0 ? (found & mask) === byte : found === byte);
  });
}
