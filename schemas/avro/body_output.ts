/**
 * Writes the primitives of Avro's binary form into a buffer. It counts bytes that do not fit, too, so that a caller
 * without enough room learns how much is missing.
 *
 * It never stores past the end, although a typed array would ignore that: after one store out of bounds, V8 may compile
 * the store to a call that is some twenty times slower for the rest of the program.
 *
 * @module
 */
const TWO_28 = 2 ** 28;
const TWO_32 = 2 ** 32;
/** Zigzag doubles the value: arithmetic on numbers is exact up to here. */
const EXACT_ZIGZAG = 2 ** 52;
const MOST_LONG_BYTES = 10;
/** The bit of each of four bytes that says that others follow. */
const ALL_GO_ON = 0x80808080 | 0;
/** For a few bytes a loop costs less than a call into native code. */
const LOOP_BYTES = 64;
const utf8 = new TextEncoder();

/** A writing position on a buffer. The callers check the values. */
export class BodyOutput {
  /** Where the next byte goes; may be past the end. */
  position = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  set bytes(bytes: Uint8Array) {
    if (bytes === this.#bytes) return;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  byte(value: number): void {
    const at = this.position++;
    if (at < this.bytes.length) this.bytes[at] = value;
  }

  /** Moves on by `count` bytes and returns where they begin; -1 if they do not fit and must not be written. */
  #take(count: number): number {
    const at = this.position;
    this.position = at + count;
    return this.position <= this.bytes.length ? at : -1;
  }

  /** A safe integer. */
  long(value: number): void {
    if (value < 64 && value >= -64) this.byte(value << 1 ^ value >> 31);
    else if (value < EXACT_ZIGZAG && value >= -EXACT_ZIGZAG) this.#unsigned(value < 0 ? -value * 2 - 1 : value * 2);
    else this.bigLong(BigInt(value));
  }

  /** An integer of 64 bits. */
  bigLong(value: bigint): void {
    let rest = BigInt.asUintN(64, value << 1n ^ value >> 63n);
    for (; rest > 127n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
    this.byte(Number(rest));
  }

  /** Groups of seven bits, the lowest first; four at a time, so that all but two steps are on 32-bit integers. */
  #unsigned(value: number): void {
    const { bytes } = this;
    let at = this.position;
    if (at + MOST_LONG_BYTES > bytes.length) {
      return this.bigLong(BigInt(value % 2 === 0 ? value / 2 : -(value + 1) / 2));
    }
    let rest = value;
    while (rest >= TWO_28) {
      const high = Math.floor(rest / TWO_28), low = rest - high * TWO_28 | 0;
      const groups = low & 0x7f | (low & 0x3f80) << 1 | (low & 0x1fc000) << 2 | (low & 0xfe00000) << 3;
      this.#view.setInt32(at, groups | ALL_GO_ON, true);
      at += 4;
      rest = high;
    }
    let word = rest | 0;
    for (; word > 127; word >>= 7) bytes[at++] = word & 127 | 128;
    bytes[at++] = word;
    this.position = at;
  }

  /**
   * Well-formed text: its length in UTF-8 bytes, then the bytes. False for other text; what it wrote is then of no use.
   */
  string(text: string): boolean {
    const { length } = text;
    const start = this.position;
    this.long(length);
    const { bytes, position } = this;
    const fits = position + length <= bytes.length;
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index);
      if (code > 127) {
        this.position = start;
        return this.#wideString(text);
      }
      if (fits) bytes[position + index] = code;
    }
    this.position = position + length;
    return true;
  }

  #wideString(text: string): boolean {
    if (!text.isWellFormed()) return false;
    this.octets(utf8.encode(text));
    return true;
  }

  /** The length, then the bytes. */
  octets(octets: Uint8Array): void {
    this.long(octets.length);
    this.raw(octets);
  }

  /** Bytes as they are. */
  raw(octets: Uint8Array): void {
    const { length } = octets;
    const at = this.#take(length);
    if (at < 0) return;
    const { bytes } = this;
    if (length <= LOOP_BYTES) { for (let index = 0; index < length; index++) bytes[at + index] = octets[index] ?? 0; }
    else bytes.set(octets, at);
  }

  /** A decimal of 64 bits as `bytes`: two's complement, big-endian, in as few bytes as hold it. */
  decimal(high: number, low: number): void {
    const isShort = high === low >> 31;
    const length = isShort ? signedLength(low) : signedLength(high) + 4;
    let at = this.#take(1 + length);
    if (at < 0) return;
    const bytes = this.#bytes, view = this.#view;
    bytes[at++] = length << 1; // zigzag of a length below 64
    if (isShort) {
      for (let shift = (length - 1) * 8; shift >= 0; shift -= 8) bytes[at++] = low >> shift;
      return;
    }
    // All four bytes, those that count first: the lower half overwrites the others.
    view.setInt32(at, high << 8 * (8 - length));
    view.setInt32(at + length - 4, low);
  }

  /** A decimal whose unscaled value is a safe integer, or any integer of 64 bits. */
  unscaled(value: number | bigint): void {
    if (typeof value === "number") this.decimal(Math.floor(value / TWO_32), value | 0);
    else this.decimal(Number(value >> 32n), Number(BigInt.asIntN(32, value)));
  }
}

function signedLength(word: number): number {
  if (word << 24 >> 24 === word) return 1;
  if (word << 16 >> 16 === word) return 2;
  return word << 8 >> 8 === word ? 3 : 4;
}
