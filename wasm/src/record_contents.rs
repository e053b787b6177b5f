//! What records say, as numbers to compare them by: straight from their bodies. Left out are the time of ingestion, which
//! differs from load to load, and the message id and ids made of it, which say which row it is.
//! cli/audit/record_contents.ts fills the job and says what its words mean.

use crate::body_fields::{Body, count_at, long_at, text_at};
use crate::copy::copy;
use crate::plain_text::{self, is_same};
use crate::siphash::SipHash;
use core::arch::wasm32::{
    i8x16_add, i8x16_shuffle, i8x16_splat, i8x16_sub, i16x8_shl, u8x16_lt, u8x16_narrow_i16x8, u8x16_splat, u16x8_shr,
    u16x8_splat, u64x2_extract_lane, v128, v128_and, v128_any_true, v128_bitselect, v128_load, v128_not, v128_or,
};
use core::ptr::read_unaligned;

const KEY: [u64; 2] = [0, 0];
/// Bytes of a UUID's text, and where its dashes are.
const UUID_BYTES: usize = 36;
const DASHES: [usize; 4] = [8, 13, 18, 23];
/// Digits that a number of 64 bits has at most.
const LONGEST_NUMBER: usize = 19;
/// Characters of a message id that an id made of it ends with.
const TAIL: usize = 8;
const NO_FIELD: i32 = -1;

const FOUND: u32 = 1;
const HAS_VENUE_ID: u32 = 2;
const HAS_ID: u32 = 4;

/// Bodies of one kind and version.
#[repr(C)]
pub struct Job {
    shape: *const u32,
    /// Places are counted from here; there need be no bytes before those of the first body.
    bytes: *const u8,
    is_ours: u32,
    /// Numbers of fields; [`NO_FIELD`] for one that there is not.
    symbol: i32,
    exchange: i32,
    event_id: i32,
    /// The first field, if there is one.
    message_id: i32,
    time: i32,
    ingestion: i32,
    /// The last field, if there is one: null, or a map of texts.
    vendor_data: i32,
    /// Micros of a unit of the time.
    time_unit: u32,
    starts: *mut *const u8,
    /// Room for what is hashed: one byte more than the longest body.
    input: *mut u8,
    /// Room for the entries of a map: half as many as the longest body has bytes.
    entries: *mut Entry,
}

/// What a body says; places count from the first byte of all.
#[repr(C)]
pub struct Found {
    state: u32,
    symbol_from: u32,
    symbol_end: u32,
    _unused: u32,
    /// Micros since the epoch.
    time: f64,
    _unused_too: f64,
    digest: [u64; 2],
    id: [u64; 2],
}

/// Where an entry of a map stands, and its name.
struct Entry {
    name: &'static [u8],
    from: *const u8,
    length: usize,
}

/// Reads some bodies, each of which begins and ends where a range says. What is not found has to be decoded.
///
/// # Safety
/// The job has what it asks for, the ranges are within its bytes, and there is room for what is found.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read_contents(job: *const Job, ranges: *const [u32; 2], count: u32, found: *mut Found) {
    unsafe {
        let job = &*job;
        for index in 0..count as usize {
            let [from, end] = *ranges.add(index);
            let found = &mut *found.add(index);
            found.state = 0;
            job.read(job.bytes.wrapping_add(from as usize), job.bytes.wrapping_add(end as usize), found);
        }
    }
}

impl Job {
    #[inline(always)]
    unsafe fn read(&self, from: *const u8, end: *const u8, found: &mut Found) {
        unsafe {
            let body = Body { shape: self.shape, end, is_ours: self.is_ours != 0 };
            if !body.find(from, self.starts) {
                return;
            }
            let symbol = text_at(self.start(self.symbol));
            found.symbol_from = (symbol.as_ptr() as u32).wrapping_sub(self.bytes as u32);
            found.symbol_end = found.symbol_from + symbol.len() as u32;
            let time = if self.time == NO_FIELD { 0 } else { long_at(self.start(self.time)) };
            found.time = time as f64 * f64::from(self.time_unit);
            let id: &[u8] = if self.message_id == NO_FIELD { &[] } else { text_at(self.start(self.message_id)) };
            let has_venue_id = self.event_id != NO_FIELD && !self.is_own_id(symbol, id, time);
            found.digest = self.digest(has_venue_id);
            found.state = FOUND | if has_venue_id { HAS_VENUE_ID } else { 0 } | if id.is_empty() { 0 } else { HAS_ID };
            found.id = uuid(id).unwrap_or_else(|| SipHash::new(&KEY).finish(id.as_ptr(), id.len()));
        }
    }

    #[inline(always)]
    unsafe fn start(&self, field: i32) -> *const u8 {
        unsafe { *self.starts.add(field as usize) }
    }

    /// What follows the ids, without the time of ingestion.
    #[inline(always)]
    unsafe fn digest(&self, has_venue_id: bool) -> [u64; 2] {
        unsafe {
            let last = self.start(*self.shape as i32);
            let after_ids = if self.event_id != NO_FIELD { self.event_id + 1 } else { self.message_id + 1 };
            let from = self.start(if has_venue_id { self.event_id } else { after_ids });
            let (to, rest) = match self.ingestion {
                NO_FIELD => (last, last),
                field => (self.start(field), self.start(field + 1)),
            };
            let map = if self.vendor_data == NO_FIELD { last } else { self.start(self.vendor_data) };
            *self.input = u8::from(has_venue_id);
            let at = copy(self.input.add(1), from, to.offset_from(from) as usize);
            let at = copy(at, rest, map.offset_from(rest).max(0) as usize);
            let at = if map < last { self.copy_map(at, map, last) } else { at };
            SipHash::new(&KEY).finish(self.input, at.offset_from(self.input) as usize)
        }
    }

    /// Copies a field that is null or a map with its entries in one order, by their names. A map of Avro has none: two
    /// bodies whose maps differ in that alone say the same.
    unsafe fn copy_map(&self, to: *mut u8, from: *const u8, end: *const u8) -> *mut u8 {
        unsafe {
            let counted = after_number(from);
            let count = if counted < end { count_at(counted) as usize } else { 0 };
            if count < 2 {
                return copy(to, from, end.offset_from(from) as usize);
            }
            let first = after_number(counted);
            let entries = core::slice::from_raw_parts_mut(self.entries, count);
            let (mut at, mut is_in_order) = (first, true);
            for index in 0..count {
                let (name, from) = (text_at(at), at);
                at = text_at(name.as_ptr_range().end).as_ptr_range().end;
                is_in_order = is_in_order && (index == 0 || is_before(entries[index - 1].name, name));
                entries[index] = Entry { name, from, length: at.offset_from(from) as usize };
            }
            if is_in_order {
                return copy(to, from, end.offset_from(from) as usize);
            }
            entries.sort_unstable_by(|one, other| one.name.cmp(other.name));
            let mut put = copy(to, from, first.offset_from(from) as usize);
            for entry in entries {
                put = copy(put, entry.from, entry.length);
            }
            copy(put, at, end.offset_from(at) as usize)
        }
    }

    /// Whether the id of the trade or quote is made of the message id: `{exchange}-{symbol}-{micros}-{8 characters}`.
    #[inline(always)]
    unsafe fn is_own_id(&self, symbol: &[u8], message_id: &[u8], time: i64) -> bool {
        unsafe {
            let (id, exchange) = (text_at(self.start(self.event_id)), text_at(self.start(self.exchange)));
            let is_hex = message_id.len() >= TAIL && message_id[..TAIL].iter().all(u8::is_ascii_hexdigit);
            let tail = if is_hex { &message_id[..TAIL] } else { message_id };
            let micros = (|| {
                let rest = without_first(without_first(without_first(id, exchange)?, b"-")?, symbol)?;
                without_last(without_last(without_first(rest, b"-")?, tail)?, b"-")
            })();
            micros.and_then(|text| number(text)) == Some(time)
        }
    }
}

/// The number of a text as it is written: without leading zeros, and not as `-0`.
#[inline(always)]
unsafe fn number(text: &[u8]) -> Option<i64> {
    unsafe {
        let (is_negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if digits.is_empty()
            || digits.len() > LONGEST_NUMBER
            || (digits[0] == b'0' && (is_negative || digits.len() > 1))
        {
            return None;
        }
        let value = i64::try_from(plain_text::number(digits.as_ptr(), digits.len())?).ok()?;
        Some(if is_negative { -value } else { value })
    }
}

#[inline(always)]
unsafe fn without_first<'a>(text: &'a [u8], first: &[u8]) -> Option<&'a [u8]> {
    unsafe {
        let has = text.len() >= first.len() && is_same(text.as_ptr(), first.as_ptr(), first.len());
        has.then(|| &text[first.len()..])
    }
}

#[inline(always)]
unsafe fn without_last<'a>(text: &'a [u8], last: &[u8]) -> Option<&'a [u8]> {
    unsafe {
        let rest = text.len().checked_sub(last.len())?;
        is_same(text.as_ptr().add(rest), last.as_ptr(), last.len()).then(|| &text[..rest])
    }
}

/// Takes the sixteen digits of two halves of a UUID's text, and says which are none.
#[inline(always)]
fn nibbles(text: v128) -> (v128, v128) {
    let (digits, letters) = (i8x16_sub(text, i8x16_splat(b'0' as i8)), i8x16_sub(text, i8x16_splat(b'a' as i8)));
    let (is_digit, is_letter) = (u8x16_lt(digits, u8x16_splat(10)), u8x16_lt(letters, u8x16_splat(6)));
    let values = v128_bitselect(digits, i8x16_add(letters, i8x16_splat(10)), is_digit);
    (values, v128_not(v128_or(is_digit, is_letter)))
}

/// The bytes that pairs of digits are, in lanes of two.
#[inline(always)]
fn pairs(nibbles: v128) -> v128 {
    v128_and(v128_or(i16x8_shl(nibbles, 4), u16x8_shr(nibbles, 8)), u16x8_splat(255))
}

/// The bits of an id that is a UUID in lower case, as the four words of 32 bits that its digits are.
#[inline(always)]
unsafe fn uuid(text: &[u8]) -> Option<[u64; 2]> {
    unsafe {
        if text.len() != UUID_BYTES || DASHES.iter().any(|&dash| text[dash] != b'-') {
            return None;
        }
        let at = |place: usize| v128_load(text.as_ptr().add(place).cast());
        let first = i8x16_shuffle::<0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 30, 31>(at(0), at(2));
        let second = i8x16_shuffle::<0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 31>(at(19), at(20));
        let ((first, wrong), (second, wrong_too)) = (nibbles(first), nibbles(second));
        if v128_any_true(v128_or(wrong, wrong_too)) {
            return None;
        }
        let bytes = u8x16_narrow_i16x8(pairs(first), pairs(second));
        let words = i8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(bytes, bytes);
        Some([u64x2_extract_lane::<0>(words), u64x2_extract_lane::<1>(words)])
    }
}

/// Whether a name comes before another one by its bytes.
#[inline(always)]
unsafe fn is_before(name: &[u8], other: &[u8]) -> bool {
    unsafe {
        let (first, first_of_other) = (first_bytes(name), first_bytes(other));
        if first == first_of_other { name < other } else { first < first_of_other }
    }
}

/// The first eight bytes, in the order in which they count; zeros for those that there are not.
#[inline(always)]
unsafe fn first_bytes(name: &[u8]) -> u64 {
    unsafe {
        let word = read_unaligned(name.as_ptr().cast::<u64>()).swap_bytes();
        if name.len() >= 8 { word } else { word & !(u64::MAX >> (8 * name.len())) }
    }
}

/// Where what follows a number begins.
#[inline(always)]
unsafe fn after_number(at: *const u8) -> *const u8 {
    unsafe {
        let mut at = at;
        while *at > 127 {
            at = at.add(1);
        }
        at.add(1)
    }
}
