/**
 * The bytes whose hash is a message id, and the hash. Its owner reuses this scratch space for one row after the other,
 * so that an id allocates nothing. records/ids/identity.ts specifies the bytes, which never change.
 *
 * @module
 */
import { SipHasher } from "./siphash.ts";
import type { WideInteger } from "../values/wide_integer.ts";

const encoder = new TextEncoder();
const KEY = encoder.encode("tickflume.ids.v1");
const BY_ORDINAL = 0;
const BY_ROW = 1;
/** Length of the part that distinguishes the row from equal ones. */
const APART_BYTES = 9;
const TWO_32 = 2 ** 32;
/** Version 8 and the variant of RFC 9562. */
const VERSION_BYTE = 6, VERSION_8 = 0x80, VARIANT_BYTE = 8, VARIANT = 0x80;

/**
 * The canonical form of one row at a time, without the part that distinguishes equal rows. Each maker of ids has its
 * own.
 */
export class CanonicalForm {
  readonly #hasher = new SipHasher(KEY);
  #bytes = this.#hasher.input;
  #view = viewOf(this.#bytes);
  #length = 0;
  /** Stands at the start of the bytes: most rows begin as the row before. */
  #prefix: Uint8Array = NO_PREFIX;

  /** The id of the last hash, 16 bytes of a UUID. The next hash overwrites it. */
  get id(): Uint8Array {
    return this.#hasher.result;
  }

  /** The same as words. */
  get words(): Uint32Array {
    return this.#hasher.words;
  }

  /** Begins the next row, with the bytes with which all rows like it begin; they must never change. */
  begin(prefix: Uint8Array = NO_PREFIX): void {
    this.#length = prefix.length;
    if (prefix === this.#prefix) return;
    this.#length = 0;
    this.#reserve(prefix.length);
    this.#bytes.set(prefix);
    this.#prefix = prefix;
    this.#length = prefix.length;
  }

  /** A copy of the form so far. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  shortInteger(value: number): void {
    this.#reserve(4);
    this.#view.setInt32(this.#length, value, true);
    this.#length += 4;
  }

  /** A safe integer, as two halves: going through a BigInt would allocate. */
  integer(value: number): void {
    this.#reserve(8);
    const high = Math.floor(value / TWO_32);
    this.#view.setInt32(this.#length, value - high * TWO_32, true);
    this.#view.setInt32(this.#length + 4, high, true);
    this.#length += 8;
  }

  wideInteger({ high, low }: WideInteger): void {
    this.#reserve(8);
    this.#view.setInt32(this.#length, low, true);
    this.#view.setInt32(this.#length + 4, high, true);
    this.#length += 8;
  }

  text(text: string): void {
    const count = text.length;
    this.#reserve(4 + count * 3);
    const start = this.#length + 4;
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
    this.#view.setUint32(this.#length, at - start, true);
    this.#length = at;
  }

  /** As {@link text}, of the bytes of a text in UTF-8 from `start` up to `end`. */
  textBytes(buffer: Uint8Array, start: number, end: number): void {
    const count = end - start;
    this.#reserve(4 + count);
    this.#view.setUint32(this.#length, count, true);
    const bytes = this.#bytes;
    for (let from = start, at = this.#length + 4; from < end; from++, at++) bytes[at] = buffer[from] ?? 0;
    this.#length += 4 + count;
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
    const length = this.#length;
    this.#reserve(APART_BYTES);
    this.byte(by);
    this.integer(number);
    this.#hasher.hash(this.#length);
    this.#length = length;
    const { id } = this;
    id[VERSION_BYTE] = ((id[VERSION_BYTE] ?? 0) & 0x0f) | VERSION_8;
    id[VARIANT_BYTE] = ((id[VARIANT_BYTE] ?? 0) & 0x3f) | VARIANT;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    this.#hasher.reserve(this.#length + bytes);
    this.#bytes = this.#hasher.input;
    this.#view = viewOf(this.#bytes);
  }
}

const NO_PREFIX = new Uint8Array(0);

function viewOf({ buffer, byteOffset, length }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, length);
}
