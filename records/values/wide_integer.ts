/**
 * 64-bit integers as two halves of 32 bits. A decimal of 18 digits is past 2^53, and a BigInt allocates at every step.
 *
 * @module
 */

const TWO_32 = 2 ** 32;
/** Where a factor is split so that both products are exact as numbers. */
const TWO_20 = 2 ** 20, TWO_12 = 2 ** 12;

/** Holds one integer at a time, and is reused from value to value. */
export class WideInteger {
  /** The upper half, signed. */
  high = 0;
  /** The lower half; its sign bit is bit 31 of the integer. */
  low = 0;

  /**
   * Takes `whole * factor + fraction`, exactly.
   *
   * @param whole From 0, below 2^43.
   * @param factor From 1, below 2^33, with a product below 2^63.
   * @param fraction From 0, below the factor.
   */
  set(whole: number, factor: number, fraction: number): void {
    const sum = whole * factor + fraction;
    if (sum <= Number.MAX_SAFE_INTEGER) {
      this.high = Math.floor(sum / TWO_32);
      this.low = sum | 0;
      return;
    }
    // The whole as upper * 2^20 + lower, and upper * factor as a * 2^12 + b, so that b * 2^20 is below 2^32.
    const upper = Math.floor(whole / TWO_20) * factor, lower = (whole % TWO_20) * factor + fraction;
    const a = Math.floor(upper / TWO_12), rest = (upper % TWO_12) * TWO_20 + lower;
    this.high = a + Math.floor(rest / TWO_32);
    this.low = rest | 0;
  }

  /** Takes a safe integer. */
  setSafe(value: number): void {
    this.high = Math.floor(value / TWO_32);
    this.low = value | 0;
  }

  /** Takes an integer of 64 bits. */
  setBig(value: bigint): void {
    this.high = Number(value >> 32n);
    this.low = Number(BigInt.asIntN(32, value));
  }
}

/** The integer of two halves. */
export function bigOfHalves(high: number, low: number): bigint {
  const near = numberOfHalves(high, low);
  return Number.isSafeInteger(near) ? BigInt(near) : (BigInt(high) << 32n) + BigInt(low >>> 0);
}

/** The integer of two halves as a number: exact only if it is a safe integer. */
export function numberOfHalves(high: number, low: number): number {
  return high * TWO_32 + (low >>> 0);
}
