/**
 * SipHash-2-4 with a 128-bit result (Aumasson and Bernstein), in plain statements on 32-bit halves: tests compare
 * records/ids/siphash.ts with it.
 *
 * @module
 */

/** Number of bytes of a key, and of a result. */
const SIPHASH_BYTES = 16;

/** Hashes bytes under a key of 16 bytes. */
export function sipHashReference(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const out = new Uint32Array(4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  sipHash128(sipHashKey(key), { view, length: bytes.length, out });
  return new Uint8Array(out.buffer);
}

/** Reads the four little-endian words of a 16-byte key. */
function sipHashKey(bytes: Uint8Array): Uint32Array {
  if (bytes.length !== SIPHASH_BYTES) {
    throw new RangeError(`A SipHash key must be ${SIPHASH_BYTES} bytes long, got ${bytes.length}.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, SIPHASH_BYTES);
  return Uint32Array.of(
    view.getUint32(0, true),
    view.getUint32(4, true),
    view.getUint32(8, true),
    view.getUint32(12, true),
  );
}

/** Hashes the first `length` bytes of `view` and puts the result into `out` as four little-endian words. */
function sipHash128(
  key: Uint32Array,
  input: { readonly view: DataView; readonly length: number; readonly out: Uint32Array },
): void {
  const { view, length, out } = input;
  const k0l = key[0] ?? 0, k0h = key[1] ?? 0, k1l = key[2] ?? 0, k1h = key[3] ?? 0;
  let v0l = k0l ^ 0x70736575, v0h = k0h ^ 0x736f6d65;
  let v1l = k1l ^ 0x6e646f6d ^ 0xee, v1h = k1h ^ 0x646f7261;
  let v2l = k0l ^ 0x6e657261, v2h = k0h ^ 0x6c796765;
  let v3l = k1l ^ 0x79746573, v3h = k1h ^ 0x74656462;

  const words = length >>> 3;
  // One loop over the message words, the last word (with the length in its top byte) and the two finalisations, so
  // that the code of a round exists, and is compiled, once.
  for (let step = 0; step <= words + 2; step++) {
    let ml = 0, mh = 0, rounds = 2;
    if (step < words) {
      ml = view.getInt32(step << 3, true);
      mh = view.getInt32((step << 3) + 4, true);
    } else if (step === words) {
      const start = words << 3;
      for (let at = start; at < length; at++) {
        const byte = view.getUint8(at), shift = (at - start) << 3;
        if (shift < 32) ml |= byte << shift;
        else mh |= byte << (shift - 32);
      }
      mh |= length << 24;
    } else {
      rounds = 4;
      if (step === words + 1) v2l ^= 0xee;
      else v1l ^= 0xdd;
    }
    v3l ^= ml;
    v3h ^= mh;
    for (let round = 0; round < rounds; round++) {
      let low: number, high: number;
      // v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32)
      low = (v0l + v1l) | 0;
      high = (v0h + v1h + (low >>> 0 < v0l >>> 0 ? 1 : 0)) | 0;
      const r1l = (v1l << 13) | (v1h >>> 19);
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ high;
      v1l = r1l ^ low;
      v0l = high;
      v0h = low;
      // v2 += v3; v3 = rotl(v3, 16) ^ v2
      low = (v2l + v3l) | 0;
      high = (v2h + v3h + (low >>> 0 < v2l >>> 0 ? 1 : 0)) | 0;
      const r3l = (v3l << 16) | (v3h >>> 16);
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ high;
      v3l = r3l ^ low;
      v2l = low;
      v2h = high;
      // v0 += v3; v3 = rotl(v3, 21) ^ v0
      low = (v0l + v3l) | 0;
      high = (v0h + v3h + (low >>> 0 < v0l >>> 0 ? 1 : 0)) | 0;
      const s3l = (v3l << 21) | (v3h >>> 11);
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ high;
      v3l = s3l ^ low;
      v0l = low;
      v0h = high;
      // v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32)
      low = (v2l + v1l) | 0;
      high = (v2h + v1h + (low >>> 0 < v2l >>> 0 ? 1 : 0)) | 0;
      const s1l = (v1l << 17) | (v1h >>> 15);
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ high;
      v1l = s1l ^ low;
      v2l = high;
      v2h = low;
    }
    v0l ^= ml;
    v0h ^= mh;
    if (step > words) {
      const at = step === words + 1 ? 0 : 2;
      out[at] = v0l ^ v1l ^ v2l ^ v3l;
      out[at + 1] = v0h ^ v1h ^ v2h ^ v3h;
    }
  }
}
