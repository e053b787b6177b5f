/**
 * The output of LZ4 and Snappy decompression, up to a limit: literal bytes, and repeats of bytes shortly before.
 *
 * @module
 */

/** The output would be longer than its limit. */
export class OutputLimitError extends Error {
  override readonly name = "OutputLimitError";
}

/** Below this a loop is faster than a call of `copyWithin` or `set`. */
const SHORT_COPY = 32;

/** Output that grows as it is written, up to a limit. */
export class Lz77Output {
  readonly #limit: number;
  #bytes: Uint8Array;
  #length = 0;

  /** Allocates `expected` bytes at once, and takes `limit` bytes at most. */
  constructor(expected: number, limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(expected, limit));
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  /** Bytes that there is room for. */
  get left(): number {
    return this.#limit - this.#length;
  }

  /**
   * Appends bytes of the input.
   *
   * @throws {RangeError} If the input ends before `end`.
   * @throws {OutputLimitError}
   */
  literals(input: Uint8Array, start: number, end: number): void {
    if (end > input.length) throw new RangeError(`Bytes to ${end} of ${input.length}`);
    const length = end - start;
    const at = this.#reserve(length);
    if (length > SHORT_COPY) {
      this.#bytes.set(input.subarray(start, end), at);
      return;
    }
    const bytes = this.#bytes;
    for (let index = 0; index < length; index++) bytes[at + index] = input[start + index] ?? 0;
  }

  /**
   * Appends bytes that were written `distance` before; they may overlap with the bytes that this call writes.
   *
   * @throws {RangeError} If nothing was written so far back.
   * @throws {OutputLimitError}
   */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) {
      throw new RangeError(`Repeats what is ${distance} back, at ${this.#length}`);
    }
    const at = this.#reserve(length);
    const bytes = this.#bytes;
    if (length > SHORT_COPY && distance >= length) {
      bytes.copyWithin(at, at - distance, at - distance + length);
      return;
    }
    for (let to = at; to < at + length; to++) bytes[to] = bytes[to - distance] ?? 0;
  }

  /** A view of the written bytes. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Makes room; returns where it begins. */
  #reserve(length: number): number {
    const at = this.#length;
    const end = at + length;
    if (end > this.#limit) throw new OutputLimitError(`More than ${this.#limit} bytes`);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(end, 2 * this.#bytes.length), this.#limit));
      larger.set(this.#bytes.subarray(0, at));
      this.#bytes = larger;
    }
    this.#length = end;
    return at;
  }
}
