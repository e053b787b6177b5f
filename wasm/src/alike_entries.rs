//! Finds what a row shares with rows before it, by the bytes of its shared cells.

use crate::alike_rows::Job;
use crate::cells::Cells;
use crate::plain_text::is_same;
use core::ptr::read_unaligned;

const KIND_BITS: u32 = 3;

/// Rows that share their cells, on one date.
#[repr(C)]
pub struct Entry {
    /// The number of the next entry with the same hash, plus one; 0 if there is none.
    next: u32,
    /// For each span its length and kind, then their bytes; for each cell of which only that matters whether it is
    /// there.
    shapes: u32,
    bytes: u32,
    presence: u32,
    pub prefix: u32,
    pub prefix_length: u32,
    pub end: u32,
    pub end_length: u32,
}

/// Shared cells that are compared as one: those from the first to the last, with the delimiters between them. A value of
/// JSON stands alone.
#[repr(C)]
pub struct Span {
    first: u32,
    last: u32,
}

const MIX: u32 = 0x9e37_79b1;
const FINISH: u32 = 0x85eb_ca6b;

/// Goes on with a hash, four bytes at a time (sources/formats/mapping/alike_spans.ts has the same).
#[inline(always)]
unsafe fn hash_of(begun: u32, start: *const u8, length: usize) -> u32 {
    unsafe {
        let mut hash = begun;
        let mut at = 0;
        while at + 4 <= length {
            hash = (hash.rotate_left(5) ^ read_unaligned(start.add(at).cast::<u32>())).wrapping_mul(MIX);
            at += 4;
        }
        let rest = read_unaligned(start.add(at).cast::<u32>()) & ((1 << (8 * (length - at))) - 1);
        (hash.rotate_left(5) ^ rest).wrapping_mul(MIX) ^ length as u32
    }
}

impl Job {
    #[inline(always)]
    unsafe fn span(&self, cells: &Cells, index: usize) -> (*const u8, usize) {
        unsafe {
            let span = &*self.spans.add(index);
            let start = cells.starts[span.first as usize];
            (start as *const u8, cells.ends[span.last as usize] - start)
        }
    }

    /// The number of the entry of rows with the same shared cells.
    #[inline(always)]
    pub unsafe fn entry_of(&self, cells: &Cells) -> Option<u32> {
        unsafe {
            if self.last_entry != u32::MAX && self.is_of(&*self.entries.add(self.last_entry as usize), cells) {
                return Some(self.last_entry);
            }
            let mut hash = 0;
            for index in 0..self.span_count as usize {
                let (start, length) = self.span(cells, index);
                hash = hash_of(hash, start, length);
            }
            hash = (hash ^ (hash >> 16)).wrapping_mul(FINISH);
            let mut number = *self.heads.add(((hash ^ (hash >> 16)) & self.heads_mask) as usize);
            while number != 0 {
                let entry = &*self.entries.add(number as usize - 1);
                if self.is_of(entry, cells) {
                    return Some(number - 1);
                }
                number = entry.next;
            }
            None
        }
    }

    #[inline(always)]
    unsafe fn is_of(&self, entry: &Entry, cells: &Cells) -> bool {
        unsafe {
            let shapes = self.table.add(entry.shapes as usize).cast::<u32>();
            let mut bytes = self.table.add(entry.bytes as usize);
            for index in 0..self.span_count as usize {
                let (start, length) = self.span(cells, index);
                let shape = (length as u32) << KIND_BITS | cells.kinds[(*self.spans.add(index)).first as usize];
                if shape != *shapes.add(index) || !is_same(start, bytes, length) {
                    return false;
                }
                bytes = bytes.add(length);
            }
            let presence = self.table.add(entry.presence as usize);
            for index in 0..self.presence_count as usize {
                let slot = *self.presence_slots.add(index) as usize;
                if (cells.ends[slot] > cells.starts[slot]) != (*presence.add(index) != 0) {
                    return false;
                }
            }
            true
        }
    }
}
