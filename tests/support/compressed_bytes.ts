/**
 * Help for tests: compressed files of many forms.
 *
 * @module
 */
import { constants, crc32, deflateRawSync, gzipSync, zstdCompressSync } from "node:zlib";
import type { StreamCompression } from "../../storage/compression.ts";

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
export function compress(compression: StreamCompression, content: Uint8Array): Uint8Array {
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

/** A member of an archive. */
export interface Member {
  readonly name: string;
  readonly content: Uint8Array;
  /** Written as it is, without compression. @default false */
  readonly stored?: boolean;
  /** Marked as encrypted. @default false */
  readonly encrypted?: boolean;
}

/** A zip archive (APPNOTE 6.3.10, without zip64). */
export function zip(members: readonly Member[]): Uint8Array {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content, stored = false, encrypted = false } of members) {
    const text = new TextEncoder().encode(name);
    const data = stored ? content : new Uint8Array(deflateRawSync(content));
    // From the version that is needed up to the length of the extra field.
    const about = new DataView(new ArrayBuffer(26));
    about.setUint16(0, 20, true);
    about.setUint16(2, encrypted ? 1 : 0, true);
    about.setUint16(4, stored ? 0 : 8, true);
    about.setUint32(10, crc32(content), true);
    about.setUint32(14, data.length, true);
    about.setUint32(18, content.length, true);
    about.setUint16(22, text.length, true);
    const shared = new Uint8Array(about.buffer);
    const header = concat([Uint8Array.of(0x50, 0x4b, 3, 4), shared, text]);
    const rest = new DataView(new ArrayBuffer(14));
    rest.setUint32(10, offset, true);
    directory.push(concat([Uint8Array.of(0x50, 0x4b, 1, 2, 20, 0), shared, new Uint8Array(rest.buffer), text]));
    parts.push(header, data);
    offset += header.length + data.length;
  }
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, members.length, true);
  end.setUint16(10, members.length, true);
  end.setUint32(12, directory.reduce((sum, { length }) => sum + length, 0), true);
  end.setUint32(16, offset, true);
  return concat([...parts, ...directory, new Uint8Array(end.buffer)]);
}
