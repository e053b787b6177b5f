/**
 * What was made of some bytes, found again by them: values that repeat from row to row are made once.
 *
 * @module
 */
import { isSame } from "./known_bytes.ts";

/** Power of two. */
const PLACES = 1024;
const LONGEST = 256;

interface Entry<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** A cache of a fixed size: of two entries with the same place, the newer one stays. */
export class ByteMap<T> {
  readonly #entries: (Entry<T> | undefined)[] = new Array<Entry<T> | undefined>(PLACES).fill(undefined);
  // Most rows have the same bytes as the row before.
  #last: Entry<T> | undefined = undefined;

  /** The value of the bytes from `start` up to `end`; undefined if it is not known. */
  get(buffer: Uint8Array, start: number, end: number): T | undefined {
    const length = end - start, last = this.#last;
    if (last !== undefined && last.bytes.length === length && isSame(last.bytes, buffer, start)) return last.value;
    const found = this.#entries[placeOf(buffer, start, end)];
    if (found === undefined || found.bytes.length !== length || !isSame(found.bytes, buffer, start)) return undefined;
    this.#last = found;
    return found.value;
  }

  /** Keeps the value of bytes, which are copied. Long ones are not kept. */
  set(buffer: Uint8Array, start: number, end: number, value: T): void {
    if (end - start > LONGEST) return;
    this.#last = this.#entries[placeOf(buffer, start, end)] = { bytes: buffer.slice(start, end), value };
  }
}

/** FNV-1a over the bytes. */
function placeOf(buffer: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (buffer[at] ?? 0), 0x01000193);
  return (hash ^ hash >>> 15) & PLACES - 1;
}
