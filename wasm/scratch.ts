/**
 * The memory of the WebAssembly module as scratch space: a call puts its input there, one after the other, and takes its
 * output away before the next one begins. Nothing stays between two calls, and no call waits for anything, so that all
 * share one memory.
 *
 * @module
 */
import { __heap_base as HEAP_BASE, memory } from "./record_path.wasm";

/** Numbers side by side in memory. */
export type NumberArray = Uint8Array | Int32Array | Uint32Array | Float64Array;

const PAGE_BYTES = 65_536;
/** Places are multiples of this, as the largest numbers need it. */
const ALIGNMENT = 8;
/** Functions may read and write so many bytes past what they are given. */
const SPARE_BYTES = 64;

let next = HEAP_BASE;
let bytes = new Uint8Array(memory.buffer);
let words = new Uint32Array(memory.buffer);

/** Begins a call: what an earlier one has left is gone. */
export function clearScratch(): void {
  next = HEAP_BASE;
}

/** Room for so many bytes; returns where it begins. Views that were made before are of no use afterwards. */
export function takeScratch(length: number): number {
  const place = next;
  next = place + Math.ceil((length + SPARE_BYTES) / ALIGNMENT) * ALIGNMENT;
  if (next > bytes.length) grow(next);
  return place;
}

/** Copies the first elements of an array; returns where they begin. */
export function putScratch(values: NumberArray, count = values.length): number {
  const length = count * values.BYTES_PER_ELEMENT;
  const place = takeScratch(length);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, length), place);
  return place;
}

/** All of the memory as bytes. */
export function scratchBytes(): Uint8Array {
  return bytes;
}

/** All of the memory as words of four bytes: that at place `p` is word `p / 4`. */
export function scratchWords(): Uint32Array {
  return words;
}

/** At least doubles the memory, since growing may copy it. @throws {RangeError} If that is more than there may be. */
function grow(length: number): void {
  const pages = Math.ceil(Math.max(length, 2 * bytes.length) / PAGE_BYTES);
  memory.grow(pages - bytes.length / PAGE_BYTES);
  bytes = new Uint8Array(memory.buffer);
  words = new Uint32Array(memory.buffer);
}
