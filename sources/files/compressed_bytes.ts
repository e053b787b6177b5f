/**
 * The bytes of a compressed file, taken in order and in pieces, and what can be wrong with them.
 *
 * @module
 */
import type { ByteInput } from "./input_window.ts";

/** What is wrong with a compressed file. The caller, which knows its name and the place, adds them. */
export class ContentError extends Error {
  override readonly name = "ContentError";
  /** From which byte of its content on it may be wrong; null if all that was given out is right. */
  readonly doubtfulFrom: number | null;
  constructor(
    readonly code: "truncated" | "corrupt" | "not_readable",
    message: string,
    { doubtfulFrom = null, ...options }: ErrorOptions & { readonly doubtfulFrom?: number | null } = {},
  ) {
    super(message, options);
    this.doubtfulFrom = doubtfulFrom;
  }
}

/** More than a zstd block with everything around it. */
const WINDOW_BYTES = 256 * 1024;

/** A window that moves over a compressed file. */
export class CompressedBytes {
  /** Where the next byte stands in the file. */
  offset = 0;
  readonly #input: ByteInput;
  readonly #unit: string;
  readonly #buffer = new Uint8Array(WINDOW_BYTES);
  #start = 0;
  #end = 0;
  #ended = false;

  /** @param unit What the file consists of, for errors: `gzip member`. */
  constructor(input: ByteInput, unit: string) {
    this.#input = input;
    this.#unit = unit;
  }

  /** The next bytes: at least so many, or all that are left. A view, until bytes are asked for again. */
  async peek(count: number): Promise<Uint8Array> {
    while (this.#end - this.#start < count && !this.#ended) await this.#fill();
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Passes over bytes that were peeked at. */
  pass(count: number): void {
    this.#start += count;
    this.offset += count;
  }

  /** Takes the next bytes: a view, until bytes are asked for again. @throws {ContentError} `truncated`. */
  async take(count: number): Promise<Uint8Array> {
    const bytes = await this.peek(count);
    if (bytes.length < count) throw this.truncated();
    this.pass(count);
    return bytes.subarray(0, count);
  }

  /** Passes over any number of bytes. @throws {ContentError} `truncated`. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const { length } = await this.peek(1);
      if (length === 0) throw this.truncated();
      const passed = Math.min(left, length);
      this.pass(passed);
      left -= passed;
    }
  }

  /** The file has ended where it must not. */
  truncated(): ContentError {
    const size = this.offset + this.#end - this.#start;
    const where = size === 0 ? "it is empty" : `it ends at byte ${size}, inside a ${this.#unit}`;
    return new ContentError("truncated", where);
  }

  async #fill(): Promise<void> {
    if (this.#start > 0) {
      this.#buffer.copyWithin(0, this.#start, this.#end);
      this.#end -= this.#start;
      this.#start = 0;
    }
    const count = await this.#input.read(this.#buffer.subarray(this.#end));
    if (count === null) this.#ended = true;
    else this.#end += count;
  }
}
