/**
 * Kafka's primitive types in bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";

/** The bytes end before the value does. */
export class TruncatedError extends Error {
  override readonly name = "TruncatedError";
}

/** A number of seven groups of seven bits is exact, so that no bigint is needed meanwhile. */
const EXACT_UNIT = 2 ** 49;

/** Reads values one after the other. Throws a {@link TruncatedError} at the end of the bytes. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#take(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#take(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  /** Unsigned variable-length integer of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError("A variable-length integer has more than 32 bits");
  }

  /** Signed (zigzag) variable-length integer of at most 32 bits. */
  varint(): number {
    const value = this.uvarint();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Signed (zigzag) variable-length integer of at most 64 bits. */
  varlong(): bigint {
    const start = this.#at;
    let near = 0;
    for (let unit = 1; unit < EXACT_UNIT; unit *= 128) {
      const byte = this.#byte();
      near += (byte & 0x7f) * unit;
      if (byte < 0x80) return BigInt(near % 2 === 0 ? near / 2 : -(near + 1) / 2);
    }
    this.#at = start;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw new RangeError("A variable-length integer has more than 64 bits");
  }

  /** A view of the next bytes, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  text(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString("utf8", start, start + length);
  }

  /** Whether an ASCII text comes next; moves past it then. */
  takeIf(text: string): boolean {
    const at = this.#at;
    if (text.length > this.remaining) return false;
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[at + index] !== text.charCodeAt(index)) return false;
    }
    this.#at = at + text.length;
    return true;
  }

  /** Text after its 16-bit length; `null` for length -1. */
  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.text(length);
  }

  /** Text after its length plus one; `null` for 0. */
  compactString(): string | null {
    const length = this.uvarint();
    return length === 0 ? null : this.text(length - 1);
  }

  /** Items after their 32-bit count. */
  array<T>(item: () => T): T[] {
    return this.#items(this.int32(), item);
  }

  /** Items after their count plus one. */
  compactArray<T>(item: () => T): T[] {
    return this.#items(this.uvarint() - 1, item);
  }

  /** Skips fields that were added to a message after this version of it. */
  skipTaggedFields(): void {
    for (let count = this.uvarint(); count > 0; count--) {
      this.uvarint();
      this.#take(this.uvarint());
    }
  }

  /** Makes no room for more items than there are bytes, since each item takes at least one. */
  #items<T>(count: number, item: () => T): T[] {
    if (count > this.remaining) throw new TruncatedError(`${count} items in ${this.remaining} bytes`);
    return Array.from({ length: Math.max(count, 0) }, item);
  }

  #byte(): number {
    return this.#bytes[this.#take(1)] ?? 0;
  }

  #take(length: number): number {
    const start = this.#at;
    if (length < 0 || start + length > this.#bytes.length) {
      throw new TruncatedError(`${length} bytes at ${start} of ${this.#bytes.length}`);
    }
    this.#at = start + length;
    return start;
  }
}
