/**
 * The bytes of the last cell of a column: what a reader made of them holds for the next one with the same bytes, too.
 *
 * @module
 */
import { type Cells, NUMBER, TEXT } from "../cells.ts";

/** A longer text is never the same. */
const MAX_BYTES = 32;

export class LastBytes {
  readonly #bytes = new Uint8Array(MAX_BYTES);
  /** 0 if there is none. */
  #length = 0;

  /** Whether a cell is a text with the same bytes. Of times, the last digits differ first. */
  isOf({ buffer, starts, ends, kinds }: Cells, slot: number): boolean {
    const start = starts[slot] ?? 0, length = this.#length, bytes = this.#bytes, kind = kinds[slot];
    if (length === 0 || (ends[slot] ?? 0) - start !== length || (kind !== TEXT && kind !== NUMBER)) return false;
    for (let index = length - 1; index >= 0; index--) if (buffer[start + index] !== bytes[index]) return false;
    return true;
  }

  /** Empty if there is none. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  keep({ buffer, starts, ends }: Cells, slot: number): void {
    const start = starts[slot] ?? 0, length = (ends[slot] ?? 0) - start;
    this.#length = length > MAX_BYTES ? 0 : length;
    for (let index = 0; index < this.#length; index++) this.#bytes[index] = buffer[start + index] ?? 0;
  }

  forget(): void {
    this.#length = 0;
  }
}
