//! SipHash-2-4 with a result of 128 bits (Aumasson and Bernstein).

use core::ptr::read_unaligned;

#[inline(always)]
fn round(v: &mut [u64; 4]) {
    v[0] = v[0].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(13) ^ v[0];
    v[0] = v[0].rotate_left(32);
    v[2] = v[2].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(16) ^ v[2];
    v[0] = v[0].wrapping_add(v[3]);
    v[3] = v[3].rotate_left(21) ^ v[0];
    v[2] = v[2].wrapping_add(v[1]);
    v[1] = v[1].rotate_left(17) ^ v[2];
    v[2] = v[2].rotate_left(32);
}

#[inline(always)]
fn compress(v: &mut [u64; 4], word: u64) {
    v[3] ^= word;
    round(v);
    round(v);
    v[0] ^= word;
}

#[inline(always)]
fn finish(v: &mut [u64; 4]) -> u64 {
    for _ in 0..4 {
        round(v);
    }
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

/// A hash that has taken some bytes.
#[derive(Clone, Copy)]
pub struct SipHash {
    v: [u64; 4],
    taken: usize,
}

impl SipHash {
    #[inline(always)]
    pub fn new(key: &[u64; 2]) -> SipHash {
        let v = [
            key[0] ^ 0x736f_6d65_7073_6575,
            key[1] ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            key[0] ^ 0x6c79_6765_6e65_7261,
            key[1] ^ 0x7465_6462_7974_6573,
        ];
        SipHash { v, taken: 0 }
    }

    /// Takes all whole words of the first bytes.
    #[inline(always)]
    pub unsafe fn take(&mut self, bytes: *const u8, length: usize) {
        unsafe {
            let whole = length & !7;
            while self.taken < whole {
                compress(&mut self.v, read_unaligned(bytes.add(self.taken).cast::<u64>()));
                self.taken += 8;
            }
        }
    }

    /// The hash of all bytes. Up to eight more may be read.
    #[inline(always)]
    pub unsafe fn finish(mut self, bytes: *const u8, length: usize) -> [u64; 2] {
        unsafe {
            self.take(bytes, length);
            let mut v = self.v;
            let rest = read_unaligned(bytes.add(self.taken).cast::<u64>()) & ((1u64 << (8 * (length & 7))) - 1);
            compress(&mut v, rest | (length as u64) << 56);
            v[2] ^= 0xee;
            let first = finish(&mut v);
            v[1] ^= 0xdd;
            [first, finish(&mut v)]
        }
    }
}
