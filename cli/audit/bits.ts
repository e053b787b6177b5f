/**
 * One bit for each number, and one for some hashes.
 *
 * @module
 */

/** A set of numbers from 0 that are close to each other. */
export class Bits {
  /** How many numbers it has. */
  size = 0;
  #bytes = new Uint8Array(1024);

  has(number: number): boolean {
    return ((this.#bytes[Math.floor(number / 8)] ?? 0) & 1 << (number & 7)) !== 0;
  }

  add(number: number): void {
    if (this.has(number)) return;
    const at = Math.floor(number / 8);
    if (at >= this.#bytes.length) {
      const larger = new Uint8Array(Math.max(at + 1, Math.ceil(this.#bytes.length * 1.5)));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[at] = (this.#bytes[at] ?? 0) | 1 << (number & 7);
    this.size += 1;
  }

  delete(number: number): void {
    if (!this.has(number)) return;
    const at = Math.floor(number / 8);
    this.#bytes[at] = (this.#bytes[at] ?? 0) & ~(1 << (number & 7));
    this.size -= 1;
  }

  /** The first numbers that another set does not have. */
  firstNotIn(other: Bits, limit: number): number[] {
    const first: number[] = [];
    for (let at = 0; at < this.#bytes.length && first.length < limit; at++) {
      const left = (this.#bytes[at] ?? 0) & ~(other.#bytes[at] ?? 0);
      for (let bit = 0; bit < 8 && first.length < limit; bit++) if ((left & 1 << bit) !== 0) first.push(at * 8 + bit);
    }
    return first;
  }
}

const FILTER_BITS = 2 ** 26;

/** Says of most hashes that were never added that they were not: what passes is looked at. */
export class HashFilter {
  #bits: Uint8Array | null = null;

  /** Nothing was added. */
  get isEmpty(): boolean {
    return this.#bits === null;
  }

  add(hash: number): void {
    this.#bits ??= new Uint8Array(FILTER_BITS / 8);
    const at = hash % FILTER_BITS;
    this.#bits[at >>> 3] = (this.#bits[at >>> 3] ?? 0) | 1 << (at & 7);
  }

  mayHave(hash: number): boolean {
    if (this.#bits === null) return false;
    const at = hash % FILTER_BITS;
    return ((this.#bits[at >>> 3] ?? 0) & 1 << (at & 7)) !== 0;
  }
}
