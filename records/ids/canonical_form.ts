/**
 * The bytes whose hash is a message id, and the hash. Its owner reuses this scratch space for one row after the other,
 * so that an id allocates nothing. records/ids/identity.ts specifies the bytes, which never change.
 *
 * @module
 */
import { SipHasher } from "./siphash.ts";
import type { WideInteger } from "../values/wide_integer.ts";

const encoder = new TextEncoder();
/** The key of the hash, 16 bytes. */
export const ID_KEY: Uint8Array = encoder.encode("tickflume.ids.v1");
const BY_ORDINAL = 0;
const BY_ROW = 1;
/** Length of the part that distinguishes the row from equal ones. */
const APART_BYTES = 9;
const TWO_32 = 2 ** 32;
/** Bits of a length past a multiple of eight. */
const PAST_EIGHT = 7;
/** Version 8 and the variant of RFC 9562: in byte 6, which is in the second word, and in byte 8, with which the third begins. */
const NO_VERSION = 0xff0fffff, VERSION_8 = 0x00800000, NO_VARIANT = 0xffffff3f, VARIANT = 0x00000080;

/**
 * The canonical form of one row at a time, without the part that distinguishes equal rows. Each maker of ids has its
 * own.
 */
export class CanonicalForm {
  readonly #hasher = new SipHasher(ID_KEY);
  #bytes = this.#hasher.input;
  #view = viewOf(this.#bytes);
  /** The same memory as integers: that of WebAssembly is little-endian, as is every machine that Deno runs on. */
  #integers = integersOf(this.#bytes);
  /** Where the form begins in the bytes: what follows its prefix is aligned for integers. */
  #start = 0;
  /** Where its next part goes. */
  #next = 0;
  /** Stands at the start: most rows begin as the row before. */
  #prefix: Uint8Array = NOTHING;
  /** Stands at a place, with the part that distinguishes the first of equal rows after it: most rows end as the row before. */
  #end: Uint8Array | null = null;
  #endAt = 0;
  /** Where that part stands; -1 if it does not. */
  #firstAt = -1;

  /** The id of the last hash, 16 bytes of a UUID. The next hash overwrites it. */
  get id(): Uint8Array {
    return this.#hasher.result;
  }

  /** The same as words. */
  get words(): Uint32Array {
    return this.#hasher.words;
  }

  /** Begins the next row, with the bytes with which all rows like it begin; they must never change. */
  begin(prefix: Uint8Array = NOTHING): void {
    const { length } = prefix;
    if (prefix !== this.#prefix) {
      this.#next = this.#start = -length & PAST_EIGHT;
      this.#reserve(length);
      this.#bytes.set(prefix, this.#start);
      this.#prefix = prefix;
    }
    this.#next = this.#start + length;
  }

  /**
   * Puts all that follows the prefix of a trade or quote: the instant, the decimals, and the bytes with which all rows like
   * it end; they must never change. What is the same as in the row before stands there already.
   */
  event(micros: number, decimals: readonly WideInteger[], end: Uint8Array): void {
    const endAt = this.#next + 8 + 8 * decimals.length;
    if (end !== this.#end || endAt !== this.#endAt) this.#putEnd(end, endAt);
    const integers = this.#integers;
    let at = this.#next >> 2;
    integers[at] = micros;
    integers[at + 1] = Math.floor(micros / TWO_32);
    for (let index = 0; index < decimals.length; index++) {
      const decimal = decimals[index];
      if (decimal === undefined) continue;
      at += 2;
      integers[at] = decimal.low;
      integers[at + 1] = decimal.high;
    }
    this.#next = endAt + end.length;
  }

  #putEnd(end: Uint8Array, at: number): void {
    this.#reserve(at + end.length + APART_BYTES - this.#next);
    const bytes = this.#bytes;
    // An end is short: a loop costs less than a call into native code.
    for (let index = 0; index < end.length; index++) bytes[at + index] = end[index] ?? 0;
    this.#end = end;
    this.#endAt = at;
    this.#putFirst(at + end.length);
  }

  #putFirst(at: number): void {
    const bytes = this.#bytes;
    for (let index = 0; index < APART_BYTES; index++) bytes[at + index] = 0;
    this.#firstAt = at;
  }

  /** A copy of the form so far. */
  copy(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#next);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#next++] = value;
  }

  shortInteger(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#next, value, true);
    this.#next += 4;
  }

  /** A safe integer, as two halves: going through a BigInt would allocate. */
  integer(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / TWO_32);
    this.#view.setInt32(this.#next, value - high * TWO_32, true);
    this.#view.setInt32(this.#next + 4, high, true);
    this.#next += 8;
  }

  wideInteger({ high, low }: WideInteger): void {
    this.#reserve(8);
    this.#view.setInt32(this.#next, low, true);
    this.#view.setInt32(this.#next + 4, high, true);
    this.#next += 8;
  }

  text(text: string): void {
    const count = text.length;
    this.#reserve(4 + count * 3);
    const start = this.#next + 4;
    let at = start;
    for (let index = 0; index < count; index++) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) {
        // Not plain ASCII: start over with the real encoder.
        at = start + encoder.encodeInto(text, this.#bytes.subarray(start)).written;
        break;
      }
      this.#bytes[at++] = code;
    }
    this.#view.setUint32(this.#next, at - start, true);
    this.#next = at;
  }

  /** As {@link text}, of the bytes of a text in UTF-8 from `start` up to `end`. */
  textBytes(buffer: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.#reserve(4 + count);
    this.#view.setUint32(this.#next, count, true);
    const bytes = this.#bytes;
    for (let from = start, at = this.#next + 4; from < end; from++, at++) bytes[at] = buffer[from] ?? 0;
    this.#next += 4 + count;
  }

  /** Puts the id of the row into {@link id}, distinguished by the number of equal rows before it. */
  hashByOrdinal(ordinal: number): void {
    this.#hash(BY_ORDINAL, ordinal);
  }

  /** Puts the id of the row into {@link id}, distinguished by its row number in its file. */
  hashByRow(row: number): void {
    this.#hash(BY_ROW, row);
  }

  #hash(by: number, number: number): void {
    const next = this.#next;
    if (by !== BY_ORDINAL || number !== 0) {
      this.byte(by);
      this.integer(number);
      this.#next = next;
    } else if (next !== this.#firstAt) {
      this.#reserve(APART_BYTES);
      this.#putFirst(next);
    }
    this.#hasher.hash(next + APART_BYTES - this.#start, this.#start);
    const { words } = this;
    words[1] = (words[1] ?? 0) & NO_VERSION | VERSION_8;
    words[2] = (words[2] ?? 0) & NO_VARIANT | VARIANT;
  }

  /** Makes room for bytes that are not in their place yet, and so may be where an end stands. */
  #reserve(bytes: number): void {
    this.#end = null;
    this.#firstAt = -1;
    if (this.#next + bytes <= this.#bytes.length) return;
    this.#hasher.reserve(this.#next + bytes);
    this.#bytes = this.#hasher.input;
    this.#view = viewOf(this.#bytes);
    this.#integers = integersOf(this.#bytes);
  }
}

const NOTHING = new Uint8Array(0);

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}

function integersOf({ buffer, byteOffset, length }: Uint8Array): Int32Array {
  return new Int32Array(buffer, byteOffset, length >> 2);
}
