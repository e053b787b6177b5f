//! Parses rows of delimited text or JSON that are like rows before them: whose shared cells, instants and decimals have
//! a form that is known. It stops at the first row that may be anything else, which is parsed as any row then.
//! sources/formats/mapping/alike_rows.ts fills the job and says what its words mean.

use crate::alike_entries::{Entry, Span};
use crate::alike_ids::Counted;
use crate::cells::Cells;
use crate::plain_text::{Decimal, is_same, unscaled};
use crate::siphash::SipHash;
use crate::wire::copy;
use core::ptr::write_unaligned;

const MAX_DECIMALS: usize = 4;
/// Room for what stands before and after the own part of a form.
pub const MAX_FORM: usize = 4096;
/// What tells equal rows apart: how, and a number of 64 bits.
pub const APART_BYTES: usize = 9;

/// Numbers of 64 bits first, so that there are no gaps.
#[repr(C)]
pub struct Job {
    /// Of times of day: micros of their date at midnight.
    pub midnight: f64,
    /// The instants that are within bounds and of the known trade date.
    pub earliest: f64,
    pub until: f64,
    /// NaN before the first row. It and the counted rows are those after the last row then.
    pub open_micros: f64,
    pub key: [u64; 2],
    pub bytes: *const u8,
    pub bytes_end: *const u8,
    pub max_rows: u32,
    pub max_row_bytes: u32,
    pub delimiter: u32,
    pub quoted: u32,
    pub cells: u32,
    /// Of lines of JSON; none of delimited text.
    pub templates: *const u8,
    pub template_count: u32,
    pub last_template: u32,
    /// Whether the line after the last row is like no template.
    pub is_unknown: u32,
    pub header: *const u8,
    pub header_length: u32,
    pub spans: *const Span,
    pub span_count: u32,
    pub presence_slots: *const u32,
    pub presence_count: u32,
    pub table: *const u8,
    pub entries: *const Entry,
    /// The number of the first entry by hash, plus one.
    pub heads: *const u32,
    pub heads_mask: u32,
    pub last_entry: u32,
    pub instant: u32,
    pub instant_slot: u32,
    /// Of a count: micros of a unit, or 0 for nanoseconds.
    pub unit_micros: u32,
    /// The date is that of the file where its cell has no length.
    pub date_slot: u32,
    pub date: *const u8,
    pub date_length: u32,
    pub time_length: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    pub fraction: u32,
    pub fraction_digits: u32,
    /// Places and bytes.
    pub literals: *const u32,
    pub literal_count: u32,
    pub decimals: *const Decimal,
    pub decimal_count: u32,
    /// Whether a value of 0 is to be looked at.
    pub zero_is_odd: u32,
    pub text_slots: *const u32,
    pub text_count: u32,
    pub counted: *mut Counted,
    pub counted_count: u32,
    // For each row.
    pub out_micros: *mut f64,
    pub out_high: *mut i32,
    pub out_low: *mut i32,
    pub out_ids: *mut u8,
    pub out_entries: *mut u32,
    pub out_starts: *mut u32,
    pub out_lengths: *mut u32,
    /// -1 for a text that is absent.
    pub out_text_starts: *mut i32,
    pub out_text_ends: *mut i32,
    pub out_text: *mut u8,
    pub text_used: u32,
    /// Bytes of the rows that were parsed.
    pub taken: u32,
}

/// Parses rows; returns how many.
///
/// # Safety
/// Every address of the job is one of memory that holds what it tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_alike_rows(job: &mut Job) -> u32 {
    unsafe {
        let mut cells = Cells::new();
        let mut form = [0u8; MAX_FORM];
        let mut form_of = u32::MAX;
        let mut begun = SipHash::new(&job.key);
        let mut at = job.bytes;
        let mut rows = 0;
        job.text_used = 0;
        job.is_unknown = 0;
        while rows < job.max_rows {
            let cut = if job.template_count > 0 { job.cut_line(at, &mut cells) } else { job.split(at, &mut cells) };
            let Some((end, next)) = cut else { break };
            if job.is_header(at, end) {
                break;
            }
            let Some(entry) = job.entry_of(&cells) else { break };
            let Some(micros) = job.micros_of(&cells) else { break };
            let mut decimals = [0i64; MAX_DECIMALS];
            if !job.read_decimals(&cells, &mut decimals) {
                break;
            }
            let shared = &*job.entries.add(entry as usize);
            let own = shared.prefix_length as usize;
            let count = job.decimal_count as usize;
            if form_of != entry {
                form_of = entry;
                if !job.put_form(&mut form, shared, count) {
                    break;
                }
                // Most of a form is the same in all rows of an entry.
                begun = SipHash::new(&job.key);
                begun.take(form.as_ptr(), own);
            }
            let place = form.as_mut_ptr().add(own);
            write_unaligned(place.cast::<i64>(), micros);
            for (index, &decimal) in decimals.iter().enumerate().take(count) {
                write_unaligned(place.add(8 + 8 * index).cast::<i64>(), decimal);
            }
            let length = own + 8 + 8 * count + shared.end_length as usize;
            let Some(id) = job.identify(&mut form, &begun, length, micros) else { break };
            let row = rows as usize;
            *job.out_micros.add(row) = micros as f64;
            for (index, &decimal) in decimals.iter().enumerate().take(count) {
                *job.out_high.add(row * count + index) = (decimal >> 32) as i32;
                *job.out_low.add(row * count + index) = decimal as i32;
            }
            write_unaligned(job.out_ids.add(row * 16).cast::<[u64; 2]>(), id);
            *job.out_entries.add(row) = entry;
            *job.out_starts.add(row) = (at as usize - job.bytes as usize) as u32;
            *job.out_lengths.add(row) = (end as usize - at as usize) as u32;
            job.put_texts(&cells, row);
            job.last_entry = entry;
            rows += 1;
            at = next;
        }
        job.taken = (at as usize - job.bytes as usize) as u32;
        rows
    }
}

impl Job {
    #[inline(always)]
    unsafe fn is_header(&self, start: *const u8, end: *const u8) -> bool {
        unsafe {
            let length = end as usize - start as usize;
            length == self.header_length as usize && is_same(start, self.header, length)
        }
    }

    /// False for anything but plain digits with at most one mark, within the bounds.
    #[inline(always)]
    unsafe fn read_decimals(&self, cells: &Cells, decimals: &mut [i64; MAX_DECIMALS]) -> bool {
        unsafe {
            for (index, place) in decimals.iter_mut().enumerate().take(self.decimal_count as usize) {
                let decimal = &*self.decimals.add(index);
                let slot = decimal.slot as usize;
                match unscaled(cells.starts[slot] as *const u8, cells.ends[slot] as *const u8, decimal) {
                    Some(0) if self.zero_is_odd != 0 => return false,
                    Some(value) => *place = value,
                    None => return false,
                }
            }
            true
        }
    }

    /// Copies the cells that are kept as they are.
    #[inline(always)]
    unsafe fn put_texts(&mut self, cells: &Cells, row: usize) {
        unsafe {
            let count = self.text_count as usize;
            for index in 0..count {
                let slot = *self.text_slots.add(index) as usize;
                let (start, length) = (cells.starts[slot], cells.ends[slot] - cells.starts[slot]);
                let at = row * count + index;
                *self.out_text_starts.add(at) = if length == 0 { -1 } else { self.text_used as i32 };
                copy(self.out_text.add(self.text_used as usize), start as *const u8, length);
                self.text_used += length as u32;
                *self.out_text_ends.add(at) = self.text_used as i32;
            }
        }
    }

    /// Puts what is the same in the forms of rows that share an entry.
    #[inline(never)]
    unsafe fn put_form(&self, form: &mut [u8; MAX_FORM], entry: &Entry, count: usize) -> bool {
        unsafe {
            let (prefix, end) = (entry.prefix_length as usize, entry.end_length as usize);
            let after = prefix + 8 + 8 * count;
            if after + end + APART_BYTES + 8 > MAX_FORM {
                return false;
            }
            let place = form.as_mut_ptr();
            core::ptr::copy_nonoverlapping(self.table.add(entry.prefix as usize), place, prefix);
            core::ptr::copy_nonoverlapping(self.table.add(entry.end as usize), place.add(after), end);
            true
        }
    }
}
