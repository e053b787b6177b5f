//! The cells of a row, and how lines of delimited text are cut into them.

use crate::alike_rows::Job;
use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, v128, v128_load, v128_or};

const MAX_CELLS: usize = 64;
/// Bytes that are looked at together.
const AT_ONCE: usize = 64;
pub const LF: u8 = b'\n';
pub const CR: u8 = b'\r';
pub const QUOTE: u8 = b'"';

/// One slot more, for values that are of no use.
const SLOTS: usize = MAX_CELLS + 1;

/// Where the cells of a row begin and end. One that is absent has no length.
pub struct Cells {
    pub starts: [usize; SLOTS],
    pub ends: [usize; SLOTS],
    /// 0 for texts.
    pub kinds: [u32; SLOTS],
    /// Of lines of JSON: the number of the template that they were cut by.
    pub template: u32,
}

impl Cells {
    pub fn new() -> Cells {
        Cells { starts: [0; SLOTS], ends: [0; SLOTS], kinds: [0; SLOTS], template: u32::MAX }
    }
}

impl Job {
    /// Cuts a row and its cells: where it ends, and where the next one begins. None for any but a row of plain text with as
    /// many cells as there must be.
    #[inline(always)]
    pub unsafe fn split(&self, start: *const u8, cells: &mut Cells) -> Option<(*const u8, *const u8)> {
        unsafe {
            let delimiter = self.delimiter as u8;
            let mut count = 0;
            let mut from = start as usize;
            let mut at = start;
            loop {
                if at >= self.bytes_end {
                    return None;
                }
                let mut bits = self.special_bytes(at);
                while bits != 0 {
                    let found = at.add(bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                    let byte = *found;
                    if found >= self.bytes_end || count == self.cells as usize {
                        return None;
                    }
                    let is_end = byte == LF || (byte == CR && found.add(1) < self.bytes_end && *found.add(1) == LF);
                    if byte != delimiter && !is_end {
                        return None;
                    }
                    cells.starts[count] = from;
                    cells.ends[count] = found as usize;
                    count += 1;
                    from = found as usize + 1;
                    if is_end {
                        let next = found.add(if byte == CR { 2 } else { 1 });
                        let length = found as usize - start as usize;
                        let is_whole =
                            count == self.cells as usize && length > 0 && length <= self.max_row_bytes as usize;
                        return if is_whole { Some((found, next)) } else { None };
                    }
                }
                at = at.add(AT_ONCE);
            }
        }
    }

    /// A bit for each of the next bytes that may end a cell, or that is not plain: those with the top bit set, and control
    /// characters; a tab may delimit.
    #[inline(always)]
    unsafe fn special_bytes(&self, at: *const u8) -> u64 {
        unsafe {
            let delimiter = i8x16_splat(self.delimiter as i8);
            let quote = if self.quoted != 0 { i8x16_splat(QUOTE as i8) } else { delimiter };
            let mut bits = 0;
            for part in 0..AT_ONCE / 16 {
                let bytes = v128_load(at.add(16 * part).cast::<v128>());
                let ends = v128_or(i8x16_eq(bytes, delimiter), i8x16_eq(bytes, quote));
                let special = v128_or(ends, i8x16_lt(bytes, i8x16_splat(32)));
                bits |= u64::from(i8x16_bitmask(special)) << (16 * part);
            }
            bits
        }
    }
}
