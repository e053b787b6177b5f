/**
 * Numbers texts and other bytes: equal ones get one number.
 *
 * @module
 */

/** At most so many are kept: other programs may write any number of keys. */
const LIMIT = 2 ** 20;

/** What was seen, by number. */
export class ByteTable {
  /** Given for what is not known. */
  static readonly NONE = 2 ** 32 - 1;
  readonly #known: Uint8Array[] = [];
  #slots = new Int32Array(256).fill(-1);

  /** The number of some bytes; {@link NONE} if they are not known. */
  find(bytes: Uint8Array, from: number, end: number): number {
    const number = this.#slots[this.#slotOf(bytes, from, end)] ?? -1;
    return number < 0 ? ByteTable.NONE : number;
  }

  /** The number of some bytes, which are new or not; {@link NONE} for a new one if there are too many. */
  add(bytes: Uint8Array, from: number, end: number): number {
    const slot = this.#slotOf(bytes, from, end), number = this.#slots[slot] ?? -1;
    if (number >= 0) return number;
    if (this.#known.length === LIMIT) return ByteTable.NONE;
    this.#slots[slot] = this.#known.length;
    this.#known.push(bytes.slice(from, end));
    if (this.#known.length * 2 > this.#slots.length) this.#grow();
    return this.#known.length - 1;
  }

  #slotOf(bytes: Uint8Array, from: number, end: number): number {
    const slots = this.#slots, mask = slots.length - 1;
    let hash = 0x811c9dc5;
    for (let at = from; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
    for (let slot = (hash ^ hash >>> 15) & mask;; slot = slot + 1 & mask) {
      const known = this.#known[slots[slot] ?? -1];
      if (known === undefined || isRange(known, bytes, from, end)) return slot;
    }
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    for (const [number, bytes] of this.#known.entries()) this.#slots[this.#slotOf(bytes, 0, bytes.length)] = number;
  }
}

function isRange(known: Uint8Array, bytes: Uint8Array, from: number, end: number): boolean {
  if (known.length !== end - from) return false;
  for (let at = 0; at < known.length; at++) if (known[at] !== bytes[from + at]) return false;
  return true;
}
