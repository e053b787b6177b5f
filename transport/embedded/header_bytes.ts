/**
 * Encodes record headers as one value: for each header the lengths of key and value (4 bytes each, little endian), key,
 * value.
 *
 * @module
 */
import { MalformedError } from "../../storage/storage_error.ts";
import type { RecordHeader } from "../log.ts";

const utf8 = new TextEncoder();
const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of headers; null if there are none. */
export function encodeHeaders(headers: readonly RecordHeader[] | undefined): Uint8Array | null {
  if (headers === undefined || headers.length === 0) return null;
  const parts = headers.map(([key, value]) => [utf8.encode(key), value] as const);
  const bytes = new Uint8Array(parts.reduce((sum, [key, value]) => sum + 8 + key.length + value.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [key, value] of parts) {
    view.setUint32(at, key.length, true);
    view.setUint32(at + 4, value.length, true);
    bytes.set(key, at + 8);
    bytes.set(value, at + 8 + key.length);
    at += 8 + key.length + value.length;
  }
  return bytes;
}

/**
 * The headers that some bytes hold.
 *
 * @throws {MalformedError} if the bytes hold no headers
 */
export function decodeHeaders(bytes: Uint8Array | null): readonly RecordHeader[] {
  if (bytes === null) return [];
  const headers: RecordHeader[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const lengthsEnd = at + 8;
    const keyEnd = lengthsEnd > bytes.length ? Infinity : lengthsEnd + view.getUint32(at, true);
    const end = keyEnd > bytes.length ? Infinity : keyEnd + view.getUint32(at + 4, true);
    if (end > bytes.length) throw new MalformedError("headers: they are cut off");
    headers.push([strictUtf8.decode(bytes.subarray(lengthsEnd, keyEnd)), bytes.subarray(keyEnd, end)]);
    at = end;
  }
  return headers;
}
