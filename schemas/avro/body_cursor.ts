/**
 * Reads the primitives of Avro's binary form, never past the end and never more memory than the input has.
 *
 * @module
 */
import { Buffer, isUtf8 } from "node:buffer";

/** Bytes that are no value of the schema. The readers catch it and add the path. */
export class BodyFault extends Error {
  override readonly name = "BodyFault";
  /** Names of fields, indices and map keys from the outside in. */
  readonly path: string[] = [];
  constructor(readonly reason: string, readonly offset: number) {
    super(reason);
  }
}

/** Maximum nesting of records: more than data has, less than the stack holds. */
const MAX_DEPTH = 256;
/** Maximum of items and records without bytes in one body: without a limit a short body could ask for 2^63 of them. */
const MAX_EMPTY_ITEMS = 65_536;

/** A reading position on an Avro body. Every method throws {@link BodyFault}. */
export class BodyCursor {
  readonly #bytes: Buffer;
  #position = 0;
  #depth = 0;
  #emptyItems = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A fault at the present position. */
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
    // Eight groups of seven bits reach past 2^53 only if the last one is above 15.
    for (let group = 0; group < 8; group++) {
      const byte = this.#byte();
      if (byte < 128) {
        if (group === 7 && byte > 15) break;
        value += byte * unit;
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
      value += (byte & 127) * unit;
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
    return this.#bytes.readFloatLE(this.#advance(4, "a float"));
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#advance(8, "a double"));
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
    const text = this.#bytes.toString("utf8", start, start + length);
    // A replacement character was written as such, or stands for bytes that are no UTF-8: only then is a check needed.
    if (text.includes("\ufffd") && !isUtf8(this.#bytes.subarray(start, start + length))) {
      throw this.fault("a string is not UTF-8");
    }
    return text;
  }

  /** An index below `count`, for enums and unions. */
  index(count: number, what: string): number {
    const value = this.long();
    if (typeof value === "bigint" || value < 0 || value >= count) {
      throw this.fault(`${what} index ${value} is not below ${count}`);
    }
    return value;
  }

  /** The item count of the next block of an array or map, 0 at the end. `empty`: its items take no bytes. */
  blockCount(empty: boolean): number {
    let count = this.long();
    if (count < 0) {
      count = -count;
      const size = this.long();
      if (size < 0 || size > this.#remaining) throw this.fault(`a block of ${size} bytes passes the end`);
    }
    if (empty && typeof count === "number") {
      this.#countEmpty(count);
    } else if (typeof count === "bigint" || count > this.#remaining) {
      throw this.fault(`${count} items cannot be in the ${this.#remaining} bytes left`);
    }
    return count;
  }

  /** Reads a record, with limits on how deep it is and on records that take no bytes. */
  nested<T>(read: (cursor: BodyCursor) => T): T {
    if (++this.#depth > MAX_DEPTH) throw this.fault(`records are nested deeper than ${MAX_DEPTH}`);
    const start = this.#position;
    const value = read(this);
    this.#depth--;
    if (this.#position === start) this.#countEmpty(1);
    return value;
  }

  #countEmpty(count: number): void {
    this.#emptyItems += count;
    if (this.#emptyItems > MAX_EMPTY_ITEMS) throw this.fault(`more than ${MAX_EMPTY_ITEMS} items that take no bytes`);
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
