//! Finds what a row shares with rows before it, by the bytes of its shared cells.

use crate::alike_rows::Job;
use crate::cells::Cells;
use crate::plain_text::is_same;

const KIND_BITS: u32 = 3;

/// Rows that share their cells, on one date.
#[repr(C)]
pub struct Entry {
    /// The number of the next entry with the same hash, plus one; 0 if there is none.
    next: u32,
    /// For each shared cell its length and kind, then their bytes; for each cell of which only that matters whether it is
    /// there.
    shapes: u32,
    bytes: u32,
    presence: u32,
    pub prefix: u32,
    pub prefix_length: u32,
    pub end: u32,
    pub end_length: u32,
}

impl Job {
    /// The number of the entry of rows with the same shared cells.
    #[inline(always)]
    pub unsafe fn entry_of(&self, cells: &Cells) -> Option<u32> {
        unsafe {
            if self.last_entry != u32::MAX && self.is_of(&*self.entries.add(self.last_entry as usize), cells) {
                return Some(self.last_entry);
            }
            let mut hash: u32 = 0x811c_9dc5;
            for index in 0..self.shared_count as usize {
                let slot = *self.shared_slots.add(index) as usize;
                let (mut at, end) = (cells.starts[slot] as *const u8, cells.ends[slot] as *const u8);
                while at < end {
                    hash = (hash ^ u32::from(*at)).wrapping_mul(0x0100_0193);
                    at = at.add(1);
                }
                hash = (hash ^ 0x2c).wrapping_mul(0x0100_0193);
            }
            let mut number = *self.heads.add(((hash ^ (hash >> 15)) & self.heads_mask) as usize);
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
            for index in 0..self.shared_count as usize {
                let slot = *self.shared_slots.add(index) as usize;
                let (start, shape) = (cells.starts[slot], *shapes.add(index));
                let length = cells.ends[slot] - start;
                if (length as u32) << KIND_BITS | cells.kinds[slot] != shape
                    || !is_same(start as *const u8, bytes, length)
                {
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
