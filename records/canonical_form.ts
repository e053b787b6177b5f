/**
 * The bytes that a message id is the hash of, and the hash: scratch space that one row after the other uses, so that an id
 * allocates nothing. What the bytes are, and that they never change, is said in records/identity.ts.
 *
 * @module
 */
import { sipHash128, sipHashKey } from "./siphash.ts";
import type { WideInteger } from "./wide_integer.ts";

const encoder = new TextEncoder();
const KEY = sipHashKey(encoder.encode("tickflume.ids.v1"));
const BY_ORDINAL = 0;
const BY_ROW = 1;
const TWO_32 = 2 ** 32;
/** Version 8 and the variant of RFC 9562, where they stand in the little-endian words of an id. */
const VERSION_MASK = 0xff0fffff, VERSION_8 = 0x00800000;
const VARIANT_MASK = 0xffffff3f, VARIANT = 0x00000080;

/** The canonical form of one row at a time, without what tells it from equal rows. */
export class CanonicalForm {
  /** The id of the last hash: 16 bytes of a UUID, and the same as words. */
  readonly id: Uint8Array = new Uint8Array(16);
  readonly words: Uint32Array = new Uint32Array(this.id.buffer);
  #bytes = new Uint8Array(512);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Forgets what was put after so many bytes. */
  cut(length: number): void {
    this.#length = length;
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

  /** Puts the id of the row into {@link id}: it is the first of its kind, or so many equal ones came before. */
  hashByOrdinal(ordinal: number): void {
    this.#hash(BY_ORDINAL, ordinal);
  }

  /** Puts the id of the row into {@link id}: it is told from equal ones by its number in its file. */
  hashByRow(row: number): void {
    this.#hash(BY_ROW, row);
  }

  #hash(by: number, number: number): void {
    const { length } = this;
    this.byte(by);
    this.integer(number);
    const { words } = this;
    sipHash128(KEY, { view: this.#view, length: this.#length, out: words });
    words[1] = ((words[1] ?? 0) & VERSION_MASK) | VERSION_8;
    words[2] = ((words[2] ?? 0) & VARIANT_MASK) | VARIANT;
    this.#length = length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array((this.#length + bytes) * 2);
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
