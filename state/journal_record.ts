/**
 * What the journal holds.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { AssetClass, RecordKind } from "../schemas/record_types.ts";

/** What is handed to the journal: bytes that it does not look into, and what decides on their topic. */
export interface JournalEntry {
  readonly kind: RecordKind;
  readonly assetClass: AssetClass;
  /** Upper case. */
  readonly exchange: string;
  /** Must not change before the append has settled. */
  readonly bytes: Uint8Array;
}

/** An entry that is durable. */
export interface JournalRecord extends JournalEntry {
  /** Ascending in the order of acceptance, never given twice; not without gaps. */
  readonly sequence: number;
  /** When it was accepted, in milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** What a record costs besides its bytes, about what SQLite needs for it. */
const OVERHEAD_BYTES = 64;

/** What a record counts towards the bound. */
export function costOf({ bytes }: { readonly bytes: { readonly length: number } }): number {
  return bytes.length + OVERHEAD_BYTES;
}

/** CRC-32 over everything: SQLite does not notice a changed bit within a value. */
export function checksumOf({ sequence, receivedAt, kind, assetClass, exchange, bytes }: JournalRecord): number {
  return crc32(bytes, crc32(Buffer.from(JSON.stringify([sequence, receivedAt, kind, assetClass, exchange]))));
}
