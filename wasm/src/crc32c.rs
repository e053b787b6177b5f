//! CRC-32C (Castagnoli), sixteen bytes at a time. WebAssembly has no instruction for it.

use core::ptr::read_unaligned;

const POLYNOMIAL: u32 = 0x82f6_3b78;
/// Bytes of a step, each with a table of its own.
const STEP: usize = 16;

/// What a byte makes of the checksum when so many bytes of zero follow it.
static TABLES: [[u32; 256]; STEP] = tables();

const fn tables() -> [[u32; 256]; STEP] {
    let mut tables = [[0; 256]; STEP];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut zeros = 1;
    while zeros < STEP {
        let mut byte = 0;
        while byte < 256 {
            let before: u32 = tables[zeros - 1][byte];
            tables[zeros][byte] = (before >> 8) ^ tables[0][before as usize & 255];
            byte += 1;
        }
        zeros += 1;
    }
    tables
}

/// The checksum of some bytes, and of those before them, of which it is `before`; 0 if there are none.
///
/// # Safety
/// The bytes are memory of the caller's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn crc32c(before: u32, bytes: *const u8, length: usize) -> u32 {
    unsafe {
        let mut crc = !before;
        let steps = bytes.add(length - length % STEP);
        let mut at = bytes;
        while at < steps {
            crc = word(12, at, crc) ^ word(8, at.add(4), 0) ^ word(4, at.add(8), 0) ^ word(0, at.add(12), 0);
            at = at.add(STEP);
        }
        let end = bytes.add(length);
        while at < end {
            crc = (crc >> 8) ^ TABLES[0][(crc as u8 ^ *at) as usize];
            at = at.add(1);
        }
        !crc
    }
}

/// What four bytes, changed by those of `crc`, make of the checksum when `zeros` more bytes of the step follow them.
#[inline(always)]
unsafe fn word(zeros: usize, bytes: *const u8, crc: u32) -> u32 {
    let word = unsafe { read_unaligned(bytes.cast::<u32>()) } ^ crc;
    TABLES[zeros + 3][word as usize & 255]
        ^ TABLES[zeros + 2][(word >> 8) as usize & 255]
        ^ TABLES[zeros + 1][(word >> 16) as usize & 255]
        ^ TABLES[zeros][(word >> 24) as usize]
}
