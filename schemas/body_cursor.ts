/**
 * Reads the primitives of Avro's binary form, never past the end and never more memory than the input has.
 *
 * @module
 */

/** Bytes that are no value of the schema. Caught by the readers, which give it the path. */
export class BodyFault extends Error {
  override readonly name = "BodyFault";
  /** Names of fields, indices and map keys from the outside in. */
  readonly path: string[] = [];
  constructor(readonly reason: string, readonly offset: number) {
    super(reason);
  }
}

/** A record inside a record inside a record: more than data has, less than the stack holds. */
const MAX_DEPTH = 256;
/** Items that take no bytes (nulls, empty records) in one body: without a limit a short body could ask for 2^63 of them. */
const MAX_EMPTY_ITEMS = 65_536;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A reading position on an Avro body. Every method throws {@link BodyFault}. */
export class BodyCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;
  #depth = 0;
  #emptyItems = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A fault at the position reached. */
  fault(reason: string): BodyFault {
    return new BodyFault(reason, this.#position);
  }

  /** Throws unless all bytes have been read. */
  end(): void {
    const left = this.#bytes.length - this.#position;
    if (left > 0) throw this.fault(`${left} bytes are left over after the value`);
  }

  boolean(): boolean {
    const byte = this.#byte();
    if (byte > 1) throw this.fault(`a boolean is byte 0 or 1, not ${byte}`);
    return byte === 1;
  }

  int(): number {
    const value = this.long();
    if (typeof value === "bigint" || value !== (value | 0)) throw this.fault(`${value} does not fit in an int`);
    return value;
  }

  /** A number where that is exact, else a bigint. */
  long(): number | bigint {
    const start = this.#position;
    let value = 0;
    let unit = 1;
    // Seven groups of seven bits: sums up to 2^49 are exact in a double.
    for (let group = 0; group < 7; group++) {
      const byte = this.#byte();
      value += (byte & 127) * unit;
      if (byte < 128) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      unit *= 128;
    }
    this.#position = start;
    return this.#bigLong();
  }

  #bigLong(): number | bigint {
    let zigzag = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      zigzag |= BigInt(byte & 127) << shift;
      if (byte < 128) {
        if (zigzag >> 64n !== 0n) break;
        const value = zigzag >> 1n ^ -(zigzag & 1n);
        const near = Number(value);
        return Number.isSafeInteger(near) ? near : value;
      }
    }
    throw this.fault("a number has more than 64 bits");
  }

  float(): number {
    return this.#view.getFloat32(this.#advance(4, "a float"), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8, "a double"), true);
  }

  /** A view on the body's own memory. */
  fixed(size: number): Uint8Array {
    const start = this.#advance(size, "fixed");
    return this.#bytes.subarray(start, start + size);
  }

  /** A view on the body's own memory. */
  bytes(): Uint8Array {
    return this.fixed(this.#length("bytes"));
  }

  string(): string {
    const length = this.#length("a string");
    const start = this.#advance(length, "a string");
    // Most texts are short and ASCII, where one call per text to the decoder costs more than this.
    if (length <= 24) {
      let text = "";
      let at = start;
      for (; at < start + length; at++) {
        const byte = this.#view.getUint8(at);
        if (byte > 127) break;
        text += String.fromCharCode(byte);
      }
      if (at === start + length) return text;
    }
    try {
      return utf8.decode(this.#bytes.subarray(start, start + length));
    } catch {
      throw this.fault("a string is not UTF-8");
    }
  }

  /** An index below `count`, for enums and unions. */
  index(count: number, what: string): number {
    const value = this.long();
    if (typeof value === "bigint" || value < 0 || value >= count) {
      throw this.fault(`${what} index ${value} is not below ${count}`);
    }
    return value;
  }

  /** The item count of the next block of an array or map, 0 at the end. `itemBytes` is the least that an item takes. */
  blockCount(itemBytes: number): number {
    let count = this.long();
    if (typeof count === "number" && count < 0) {
      count = -count;
      const size = this.long();
      if (size < 0 || size > this.#remaining) throw this.fault(`a block of ${size} bytes passes the end`);
    }
    if (typeof count === "bigint" || count * itemBytes > this.#remaining) {
      throw this.fault(`${count} items cannot be in the ${this.#remaining} bytes left`);
    }
    if (itemBytes === 0) {
      this.#emptyItems += count;
      if (this.#emptyItems > MAX_EMPTY_ITEMS) throw this.fault(`more than ${MAX_EMPTY_ITEMS} items that take no bytes`);
    }
    return count;
  }

  /** Reads a nested value, with a limit on how deep. */
  nested<T>(read: (cursor: BodyCursor) => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.fault(`records are nested deeper than ${MAX_DEPTH}`);
    const value = read(this);
    this.#depth--;
    return value;
  }

  get #remaining(): number {
    return this.#bytes.length - this.#position;
  }

  #byte(): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw this.fault("the body ends too early");
    this.#position++;
    return byte;
  }

  #length(what: string): number {
    const length = this.long();
    if (length < 0 || length > this.#remaining) {
      throw this.fault(`${what} of ${length} bytes passes the end: ${this.#remaining} are left`);
    }
    return Number(length);
  }

  #advance(size: number, what: string): number {
    const start = this.#position;
    if (size > this.#remaining) {
      throw this.fault(`${what} of ${size} bytes passes the end: ${this.#remaining} are left`);
    }
    this.#position += size;
    return start;
  }
}
