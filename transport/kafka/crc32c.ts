/**
 * CRC-32C (Castagnoli), which guards Kafka's record batches; eight bytes at a time.
 *
 * @module
 */

const POLYNOMIAL = 0x82f63b78;
const TABLES = makeTables();

function makeTables(): Int32Array {
  const tables = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256] ?? 0;
    tables[at] = (before >>> 8) ^ (tables[before & 0xff] ?? 0);
  }
  return tables;
}

/** The checksum as an unsigned 32-bit number. */
export function crc32c(bytes: Uint8Array): number {
  const tables = TABLES;
  const at = (table: number, index: number) => tables[(table << 8) | index] ?? 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ~0;
  let position = 0;
  for (; position + 8 <= bytes.length; position += 8) {
    const low = crc ^ view.getInt32(position, true);
    const high = view.getInt32(position + 4, true);
    crc = at(7, low & 0xff) ^ at(6, (low >>> 8) & 0xff) ^ at(5, (low >>> 16) & 0xff) ^ at(4, low >>> 24) ^
      at(3, high & 0xff) ^ at(2, (high >>> 8) & 0xff) ^ at(1, (high >>> 16) & 0xff) ^ at(0, high >>> 24);
  }
  for (; position < bytes.length; position++) crc = (crc >>> 8) ^ at(0, (crc ^ (bytes[position] ?? 0)) & 0xff);
  return ~crc >>> 0;
}
