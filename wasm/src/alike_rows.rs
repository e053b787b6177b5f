//! Parses rows of delimited text that are like rows before them: whose shared cells, instants and decimals have a form
//! that is known. It stops at the first row that may be anything else, which is parsed as any row then.
//! sources/formats/mapping/alike_rows.ts fills the job and says what its words mean.

use crate::siphash::SipHash;
use crate::wire::copy;
use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, v128, v128_load, v128_or};
use core::ptr::{read_unaligned, write_unaligned};

const MAX_CELLS: usize = 64;
const MAX_DECIMALS: usize = 4;
/// Room for what stands before and after the own part of a form.
const MAX_FORM: usize = 4096;
/// What tells equal rows apart: how, and a number of 64 bits.
const APART_BYTES: usize = 9;
/// Different rows of one instant that are counted here.
const MAX_COUNTED: usize = 64;
const LF: u8 = b'\n';
const CR: u8 = b'\r';
const QUOTE: u8 = b'"';
const MICROS_PER_SECOND: i64 = 1_000_000;
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Instants are counts since the epoch in one cell; else a date that is known and a time of day of a fixed width.
const EPOCH: u32 = 0;

/// Rows that share their cells, on one date.
#[repr(C)]
pub struct Entry {
    /// The number of the next entry with the same hash, plus one; 0 if there is none.
    next: u32,
    /// For each shared cell its length, then their bytes; for each cell of which only that matters whether it is there.
    lengths: u32,
    bytes: u32,
    presence: u32,
    prefix: u32,
    prefix_length: u32,
    end: u32,
    end_length: u32,
}

/// A row of the open instant, and how often it was seen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Counted {
    id: [u64; 2],
    count: u64,
}

/// A decimal as it is written.
#[repr(C)]
pub struct Decimal {
    slot: u32,
    /// Maximum of digits before the mark, and of decimals that are not zero after it.
    integer_digits: u32,
    decimals: u32,
    mark: u32,
}

/// Numbers of 64 bits first, so that there are no gaps.
#[repr(C)]
pub struct Job {
    /// Of times of day: micros of their date at midnight.
    midnight: f64,
    /// The instants that are within bounds and of the known trade date.
    earliest: f64,
    until: f64,
    /// NaN before the first row. It and the counted rows are those after the last row then.
    open_micros: f64,
    key: [u64; 2],
    bytes: *const u8,
    bytes_end: *const u8,
    max_rows: u32,
    max_row_bytes: u32,
    delimiter: u32,
    quoted: u32,
    cells: u32,
    header: *const u8,
    header_length: u32,
    shared_slots: *const u32,
    shared_count: u32,
    presence_slots: *const u32,
    presence_count: u32,
    table: *const u8,
    entries: *const Entry,
    /// The number of the first entry by hash, plus one.
    heads: *const u32,
    heads_mask: u32,
    last_entry: u32,
    instant: u32,
    instant_slot: u32,
    /// Of a count: micros of a unit, or 0 for nanoseconds.
    unit_micros: u32,
    /// The date is that of the file where its cell has no length.
    date_slot: u32,
    date: *const u8,
    date_length: u32,
    time_length: u32,
    hour: u32,
    minute: u32,
    second: u32,
    fraction: u32,
    fraction_digits: u32,
    /// Places and bytes.
    literals: *const u32,
    literal_count: u32,
    decimals: *const Decimal,
    decimal_count: u32,
    /// Whether a value of 0 is to be looked at.
    zero_is_odd: u32,
    text_slots: *const u32,
    text_count: u32,
    counted: *mut Counted,
    counted_count: u32,
    // For each row.
    out_micros: *mut f64,
    out_high: *mut i32,
    out_low: *mut i32,
    out_ids: *mut u8,
    out_entries: *mut u32,
    out_starts: *mut u32,
    out_lengths: *mut u32,
    /// -1 for a text that is absent.
    out_text_starts: *mut i32,
    out_text_ends: *mut i32,
    out_text: *mut u8,
    text_used: u32,
    /// Bytes of the rows that were parsed.
    taken: u32,
}

struct Cells {
    starts: [usize; MAX_CELLS],
    ends: [usize; MAX_CELLS],
}

/// Parses rows; returns how many.
///
/// # Safety
/// Every address of the job is one of memory that holds what it tells.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn parse_alike_rows(job: &mut Job) -> u32 {
    unsafe {
        let mut cells = Cells { starts: [0; MAX_CELLS], ends: [0; MAX_CELLS] };
        let mut form = [0u8; MAX_FORM];
        let mut form_of = u32::MAX;
        let mut begun = SipHash::new(&job.key);
        let mut at = job.bytes;
        let mut rows = 0;
        job.text_used = 0;
        while rows < job.max_rows {
            let Some((end, next)) = job.split(at, &mut cells) else { break };
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
            for index in 0..count {
                write_unaligned(place.add(8 + 8 * index).cast::<i64>(), decimals[index]);
            }
            let length = own + 8 + 8 * count + shared.end_length as usize;
            let Some(id) = job.identify(&mut form, &begun, length, micros) else { break };
            let row = rows as usize;
            *job.out_micros.add(row) = micros as f64;
            for index in 0..count {
                *job.out_high.add(row * count + index) = (decimals[index] >> 32) as i32;
                *job.out_low.add(row * count + index) = decimals[index] as i32;
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
    /// Cuts a row and its cells: where it ends, and where the next one begins. None for any but a row of plain text with as
    /// many cells as there must be.
    #[inline(always)]
    unsafe fn split(&self, start: *const u8, cells: &mut Cells) -> Option<(*const u8, *const u8)> {
        unsafe {
            let delimiter = self.delimiter as u8;
            let mut count = 0;
            let mut from = start as usize;
            let mut at = start;
            loop {
                if at >= self.bytes_end {
                    return None;
                }
                let bytes = v128_load(at.cast::<v128>());
                // What is not plain has its top bit set or is a control character; a tab may delimit.
                let mut special = v128_or(i8x16_eq(bytes, i8x16_splat(delimiter as i8)), i8x16_lt(bytes, i8x16_splat(32)));
                if self.quoted != 0 {
                    special = v128_or(special, i8x16_eq(bytes, i8x16_splat(QUOTE as i8)));
                }
                let mut bits = i8x16_bitmask(special) as u32;
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
                        let is_whole = count == self.cells as usize && length > 0 && length <= self.max_row_bytes as usize;
                        return if is_whole { Some((found, next)) } else { None };
                    }
                }
                at = at.add(16);
            }
        }
    }

    #[inline(always)]
    unsafe fn is_header(&self, start: *const u8, end: *const u8) -> bool {
        unsafe {
            let length = end as usize - start as usize;
            length == self.header_length as usize && is_same(start, self.header, length)
        }
    }

    /// The number of the entry of rows with the same shared cells.
    #[inline(always)]
    unsafe fn entry_of(&self, cells: &Cells) -> Option<u32> {
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
            let lengths = self.table.add(entry.lengths as usize).cast::<u32>();
            let mut bytes = self.table.add(entry.bytes as usize);
            for index in 0..self.shared_count as usize {
                let slot = *self.shared_slots.add(index) as usize;
                let (start, length) = (cells.starts[slot], *lengths.add(index) as usize);
                if cells.ends[slot] - start != length || !is_same(start as *const u8, bytes, length) {
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

    /// Micros since the epoch of a row, if nothing is finer and the instant is of the known date.
    #[inline(always)]
    unsafe fn micros_of(&self, cells: &Cells) -> Option<i64> {
        unsafe {
            let slot = self.instant_slot as usize;
            let (start, end) = (cells.starts[slot] as *const u8, cells.ends[slot] as *const u8);
            let micros = if self.instant == EPOCH { self.epoch(start, end)? } else { self.date_and_time(cells, start, end)? };
            let number = micros as f64;
            if number >= self.earliest && number < self.until { Some(micros) } else { None }
        }
    }

    #[inline(always)]
    unsafe fn epoch(&self, start: *const u8, end: *const u8) -> Option<i64> {
        unsafe {
            let length = end as usize - start as usize;
            if length == 0 || length > 19 {
                return None;
            }
            let mut value: u64 = 0;
            for at in 0..length {
                value = value * 10 + u64::from(digit(start.add(at))?);
            }
            let micros = match self.unit_micros {
                0 if value % 1000 == 0 => value / 1000,
                0 => return None,
                unit => value.checked_mul(u64::from(unit))?,
            };
            if micros <= MAX_SAFE { Some(micros as i64) } else { None }
        }
    }

    #[inline(always)]
    unsafe fn date_and_time(&self, cells: &Cells, start: *const u8, end: *const u8) -> Option<i64> {
        unsafe {
            let length = self.date_length as usize;
            if length > 0 {
                let date = cells.starts[self.date_slot as usize];
                if cells.ends[self.date_slot as usize] - date != length || !is_same(date as *const u8, self.date, length) {
                    return None;
                }
            }
            if end as usize - start as usize != self.time_length as usize {
                return None;
            }
            for index in 0..self.literal_count as usize {
                let literal = *self.literals.add(index);
                if u32::from(*start.add((literal >> 8) as usize)) != literal & 255 {
                    return None;
                }
            }
            let hour = two_digits(start.add(self.hour as usize))?;
            let minute = two_digits(start.add(self.minute as usize))?;
            let second = two_digits(start.add(self.second as usize))?;
            if hour > 23 || minute > 59 || second > 59 {
                return None;
            }
            let mut fraction: i64 = 0;
            for at in 0..self.fraction_digits as usize {
                fraction = fraction * 10 + i64::from(digit(start.add(self.fraction as usize + at))?);
            }
            for _ in self.fraction_digits..6 {
                fraction *= 10;
            }
            for _ in 6..self.fraction_digits {
                if fraction % 10 != 0 {
                    return None;
                }
                fraction /= 10;
            }
            let seconds = i64::from((hour * 60 + minute) * 60 + second);
            Some(self.midnight as i64 + seconds * MICROS_PER_SECOND + fraction)
        }
    }

    /// False for anything but plain digits with at most one mark, within the bounds.
    #[inline(always)]
    unsafe fn read_decimals(&self, cells: &Cells, decimals: &mut [i64; MAX_DECIMALS]) -> bool {
        unsafe {
            for index in 0..self.decimal_count as usize {
                let decimal = &*self.decimals.add(index);
                let slot = decimal.slot as usize;
                match unscaled(cells.starts[slot] as *const u8, cells.ends[slot] as *const u8, decimal) {
                    Some(0) if self.zero_is_odd != 0 => return false,
                    Some(value) => decimals[index] = value,
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

    /// The id of a row whose form stands there: equal rows of the open instant are told apart by their number.
    #[inline(always)]
    unsafe fn identify(
        &mut self,
        form: &mut [u8; MAX_FORM],
        begun: &SipHash,
        length: usize,
        micros: i64,
    ) -> Option<[u64; 2]> {
        unsafe {
            let number = micros as f64;
            if number < self.open_micros {
                return None;
            }
            let place = form.as_mut_ptr();
            let apart = place.add(length);
            *apart = 0;
            write_unaligned(apart.add(1).cast::<u64>(), 0);
            let id = uuid(begun.finish(place, length + APART_BYTES));
            // Written so that it also begins where no instant is open, which is NaN.
            if !(number == self.open_micros) {
                self.open_micros = number;
                self.counted_count = 0;
            }
            let counted = core::slice::from_raw_parts_mut(self.counted, MAX_COUNTED);
            for seen in counted.iter_mut().take(self.counted_count as usize) {
                if seen.id == id {
                    write_unaligned(apart.add(1).cast::<u64>(), seen.count);
                    seen.count += 1;
                    return Some(uuid(begun.finish(place, length + APART_BYTES)));
                }
            }
            let new = counted.get_mut(self.counted_count as usize)?;
            *new = Counted { id, count: 1 };
            self.counted_count += 1;
            Some(id)
        }
    }
}

/// Version 8 and the variant of RFC 9562.
#[inline(always)]
fn uuid(hash: [u64; 2]) -> [u64; 2] {
    [
        (hash[0] & !(0xf0 << 48)) | 0x80 << 48,
        (hash[1] & !0xc0) | 0x80,
    ]
}

#[inline(always)]
unsafe fn digit(at: *const u8) -> Option<u8> {
    unsafe {
        let digit = (*at).wrapping_sub(b'0');
        if digit < 10 { Some(digit) } else { None }
    }
}

#[inline(always)]
unsafe fn two_digits(at: *const u8) -> Option<u32> {
    unsafe { Some(u32::from(digit(at)?) * 10 + u32::from(digit(at.add(1))?)) }
}

#[inline(always)]
unsafe fn unscaled(start: *const u8, end: *const u8, decimal: &Decimal) -> Option<i64> {
    unsafe {
        let mut at = start;
        let mut integer: i64 = 0;
        while at < end {
            let Some(digit) = digit(at) else { break };
            integer = integer * 10 + i64::from(digit);
            at = at.add(1);
            // Also of leading zeros: what is longer needs a closer look.
            if at as usize - start as usize > decimal.integer_digits as usize {
                return None;
            }
        }
        let mut fraction: i64 = 0;
        let mut digits = 0;
        if at < end {
            if u32::from(*at) != decimal.mark || end as usize - start as usize == 1 {
                return None;
            }
            at = at.add(1);
            while at < end {
                let digit = i64::from(digit(at)?);
                if digits < decimal.decimals {
                    fraction = fraction * 10 + digit;
                    digits += 1;
                } else if digit != 0 {
                    return None;
                }
                at = at.add(1);
            }
        } else if start == end {
            return None;
        }
        while digits < 8 {
            fraction *= 10;
            digits += 1;
        }
        Some(integer * 100_000_000 + fraction)
    }
}

/// Compares bytes, eight at a time.
#[inline(always)]
unsafe fn is_same(a: *const u8, b: *const u8, length: usize) -> bool {
    unsafe {
        let mut at = 0;
        while at + 8 <= length {
            if read_unaligned(a.add(at).cast::<u64>()) != read_unaligned(b.add(at).cast::<u64>()) {
                return false;
            }
            at += 8;
        }
        let rest = length - at;
        if rest == 0 {
            return true;
        }
        let differs = read_unaligned(a.add(at).cast::<u64>()) ^ read_unaligned(b.add(at).cast::<u64>());
        differs << (64 - 8 * rest) == 0
    }
}
