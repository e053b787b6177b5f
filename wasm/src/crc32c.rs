//! CRC-32C (Castagnoli). WebAssembly has no instruction for it, and tables large enough to be fast are slow where other
//! work has taken their place in the cache. So blocks are folded into one another: the first block may be left out if the
//! next one is changed so that the checksum stays the same. A block is four planes. A byte changes the four bytes that
//! stand at its place in the planes of the next block, by what its two halves stand for: two small tables for each, which
//! an instruction looks up sixteen times at once.

use core::arch::wasm32::{
    u8x16_shr, u8x16_splat, u8x16_swizzle, u32x4, v128, v128_and, v128_load, v128_store, v128_xor,
};

const POLYNOMIAL: u32 = 0x82f6_3b78;
const LANES: usize = 16;
/// Vectors of a plane. With one, the bits of four bytes would stand for no more than 31 of the checksum.
const WIDTH: usize = 2;
const PLANES: usize = 4;
const PLANE: usize = WIDTH * LANES;
const BLOCK: usize = PLANES * PLANE;

/// What a byte makes of the checksum.
static BYTES: [u32; 256] = bytes();
/// For each plane of the next block, by the halves of the bytes of each plane: by what they change it.
static FOLDS: [[[u8; LANES]; 2 * PLANES]; PLANES] = folds();

const fn bytes() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

const fn folds() -> [[[u8; LANES]; 2 * PLANES]; PLANES] {
    let basis = basis();
    let mut tables = [[[0; LANES]; 2 * PLANES]; PLANES];
    let mut bit = 0;
    while bit < 32 {
        let changes = standing_for(&basis, before_zeros(bit_of_plane(bit), BLOCK));
        let mut half = 0;
        while half < LANES {
            let mut plane = 0;
            while plane < PLANES {
                if half >> (bit % 4) & 1 == 1 {
                    tables[plane][bit / 4][half] ^= (changes >> (8 * plane)) as u8;
                }
                plane += 1;
            }
            half += 1;
        }
        bit += 1;
    }
    tables
}

/// By their highest bits, checksums that some bits of the planes have at one place, and which bits these are.
const fn basis() -> [(u32, u32); 32] {
    let mut basis = [(0, 0); 32];
    let mut bit = 0;
    while bit < 32 {
        let (mut crc, mut bits) = (bit_of_plane(bit), 1 << bit);
        while basis[crc.ilog2() as usize].0 != 0 {
            let (other, others) = basis[crc.ilog2() as usize];
            crc ^= other;
            bits ^= others;
        }
        basis[crc.ilog2() as usize] = (crc, bits);
        bit += 1;
    }
    basis
}

/// The bits of the planes that have a checksum.
const fn standing_for(basis: &[(u32, u32); 32], checksum: u32) -> u32 {
    let (mut crc, mut bits) = (checksum, 0);
    while crc != 0 {
        let (other, others) = basis[crc.ilog2() as usize];
        crc ^= other;
        bits ^= others;
    }
    bits
}

/// The checksum of a bit of a byte in a plane, eight for each plane, and the zeros after it in the block.
const fn bit_of_plane(bit: usize) -> u32 {
    before_zeros(BYTES[1 << (bit % 8)], (PLANES - 1 - bit / 8) * PLANE)
}

const fn before_zeros(checksum: u32, count: usize) -> u32 {
    let (mut crc, mut left) = (checksum, count);
    while left > 0 {
        crc = (crc >> 8) ^ BYTES[crc as usize & 255];
        left -= 1;
    }
    crc
}

/// The checksum of some bytes, and of those before them, of which it is `before`; 0 if there are none.
///
/// # Safety
/// The bytes are memory of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32c(before: u32, bytes: *const u8, length: usize) -> u32 {
    unsafe {
        let (mut at, mut left, mut crc) = (bytes, length, !before);
        if left >= 2 * BLOCK {
            let mut block = [[u8x16_splat(0); WIDTH]; PLANES];
            // What comes before changes the first bytes as the checksum of a byte changes the byte after it.
            block[0][0] = u32x4(crc, 0, 0, 0);
            crc = 0;
            add(&mut block, at);
            while left >= 2 * BLOCK {
                at = at.add(BLOCK);
                left -= BLOCK;
                block = folded(&block);
                add(&mut block, at);
            }
            let mut last = [0; BLOCK];
            for (index, vector) in block.as_flattened().iter().enumerate() {
                v128_store(last.as_mut_ptr().add(index * LANES).cast(), *vector);
            }
            crc = byte_by_byte(crc, last.as_ptr(), BLOCK);
            at = at.add(BLOCK);
            left -= BLOCK;
        }
        !byte_by_byte(crc, at, left)
    }
}

/// Adds the bytes of a block.
#[inline(always)]
unsafe fn add(block: &mut [[v128; WIDTH]; PLANES], bytes: *const u8) {
    for (index, vector) in block.as_flattened_mut().iter_mut().enumerate() {
        *vector = v128_xor(*vector, unsafe { v128_load(bytes.add(index * LANES).cast()) });
    }
}

/// What a block makes of the next one.
#[inline(always)]
fn folded(block: &[[v128; WIDTH]; PLANES]) -> [[v128; WIDTH]; PLANES] {
    let low = u8x16_splat(15);
    let mut next = [[u8x16_splat(0); WIDTH]; PLANES];
    for column in 0..WIDTH {
        for (to, tables) in FOLDS.iter().enumerate() {
            for (from, plane) in block.iter().enumerate() {
                let halves = [v128_and(plane[column], low), u8x16_shr(plane[column], 4)];
                for (half, index) in halves.into_iter().enumerate() {
                    let table = unsafe { v128_load(tables[2 * from + half].as_ptr().cast()) };
                    next[to][column] = v128_xor(next[to][column], u8x16_swizzle(table, index));
                }
            }
        }
    }
    next
}

#[inline(always)]
unsafe fn byte_by_byte(before: u32, bytes: *const u8, length: usize) -> u32 {
    let mut crc = before;
    for at in 0..length {
        crc = (crc >> 8) ^ BYTES[(crc as u8 ^ unsafe { *bytes.add(at) }) as usize];
    }
    crc
}
