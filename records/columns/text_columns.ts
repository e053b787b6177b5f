/**
 * Columns of texts: their UTF-8 bytes stand one after the other in one buffer, and numbers tell where each begins and
 * ends.
 *
 * @module
 */

/** The texts of one row: text `i` is `buffer` from `starts[i]` up to `ends[i]`. */
export interface OwnTexts {
  /** Well-formed UTF-8 where a text is. */
  readonly buffer: Uint8Array;
  /** -1 for a text that is absent. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** A guess at the length of a text, in bytes. */
const TEXT_BYTES = 16;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

export class TextColumns {
  /** Texts of a row: those of row `i` stand from index `i * width` on. */
  readonly width: number;
  bytes: Uint8Array;
  /** -1 for a text that is absent. */
  starts: Int32Array;
  ends: Int32Array;
  #used = 0;

  constructor(width: number, capacity: number) {
    this.width = width;
    this.bytes = new Uint8Array(capacity * width * TEXT_BYTES);
    this.starts = new Int32Array(capacity * width).fill(-1);
    this.ends = new Int32Array(capacity * width);
  }

  /** The bytes of all texts so far. */
  get used(): Uint8Array {
    return this.bytes.subarray(0, this.#used);
  }

  /** Copies the texts of a row within the capacity. */
  set(row: number, { buffer, starts, ends }: OwnTexts): void {
    const first = row * this.width;
    for (let index = 0; index < this.width; index++) {
      const start = starts[index] ?? -1;
      if (start < 0) continue;
      const length = (ends[index] ?? 0) - start, at = this.#used;
      if (at + length > this.bytes.length) this.#growBytes(length);
      const { bytes } = this;
      // For a few bytes a loop costs less than a call into native code.
      if (length <= 64) { for (let byte = 0; byte < length; byte++) bytes[at + byte] = buffer[start + byte] ?? 0; }
      else bytes.set(buffer.subarray(start, start + length), at);
      this.starts[first + index] = at;
      this.ends[first + index] = this.#used = at + length;
    }
  }

  /** Copies the texts of rows within the capacity, which stand one after the other in their buffer. */
  setAll(row: number, { buffer, starts, ends }: OwnTexts): void {
    const at = this.#used, first = row * this.width;
    if (at + buffer.length > this.bytes.length) this.#growBytes(buffer.length);
    this.bytes.set(buffer, at);
    this.#used = at + buffer.length;
    for (let index = 0; index < starts.length; index++) {
      const start = starts[index] ?? -1;
      if (start < 0) continue;
      this.starts[first + index] = at + start;
      this.ends[first + index] = at + (ends[index] ?? 0);
    }
  }

  /** Gives a row within the capacity a text, which is well-formed. */
  setText(row: number, index: number, text: string): void {
    const { length } = text;
    const at = this.#used;
    if (at + length > this.bytes.length) this.#growBytes(length);
    const { bytes } = this;
    for (let byte = 0; byte < length; byte++) {
      const code = text.charCodeAt(byte);
      if (code > 127) return this.#setWideText(row, index, text);
      bytes[at + byte] = code;
    }
    const place = row * this.width + index;
    this.starts[place] = at;
    this.ends[place] = this.#used = at + length;
  }

  #setWideText(row: number, index: number, text: string): void {
    const encoded = encoder.encode(text);
    const at = this.#used, end = at + encoded.length;
    if (end > this.bytes.length) this.#growBytes(encoded.length);
    this.bytes.set(encoded, at);
    const place = row * this.width + index;
    this.starts[place] = at;
    this.ends[place] = this.#used = end;
  }

  /** A text of a row; null if it is absent. */
  text(row: number, index: number): string | null {
    const at = row * this.width + index;
    const start = this.starts[at] ?? -1;
    return start < 0 ? null : decoder.decode(this.bytes.subarray(start, this.ends[at]));
  }

  /** The rows from one up to another, over the same memory. */
  part(from: number, to: number): TextColumns {
    const part = new TextColumns(this.width, 0);
    part.bytes = this.bytes;
    part.#used = this.#used;
    part.starts = this.starts.subarray(from * this.width, to * this.width);
    part.ends = this.ends.subarray(from * this.width, to * this.width);
    return part;
  }

  grow(capacity: number): void {
    const { starts, ends } = this;
    this.starts = new Int32Array(capacity * this.width).fill(-1);
    this.starts.set(starts);
    this.ends = new Int32Array(capacity * this.width);
    this.ends.set(ends);
  }

  #growBytes(missing: number): void {
    const grown = new Uint8Array(this.bytes.length * 2 + missing);
    grown.set(this.bytes.subarray(0, this.#used));
    this.bytes = grown;
  }
}
