//! Finds where the fields of a record stand in its Avro body, without decoding them. Avro allows several bodies for one
//! value: only the one that our writers make is taken, so that equal bytes mean equal values and the other way round.
//! schemas/avro/body_shape.ts makes a shape of a schema.

use core::arch::wasm32::{i8x16_bitmask, v128_load};
use core::mem::MaybeUninit;
use core::ptr::read_unaligned;

const NULL: u32 = 0;
const BOOLEAN: u32 = 1;
const INT: u32 = 2;
const LONG: u32 = 3;
const TEXT: u32 = 4;
const DECIMAL: u32 = 5;
/// Its number of symbols follows.
const ENUM: u32 = 6;
/// The place of its items' type follows.
const ARRAY: u32 = 7;
/// The place of its values' type follows.
const MAP: u32 = 8;
/// The number of its branches and the places of their types follow.
const UNION: u32 = 9;

/// Decimals of at most so many bytes have fewer digits than any of our schemas allows.
const SHORT_DECIMAL: u64 = 7;
/// A number of so many groups of seven bits is exact in JavaScript.
const EXACT_GROUPS: usize = 7;
/// A map of more names is decoded: each name is compared with all before it.
const MANY_NAMES: usize = 64;

type Place = *const u8;

/// A body to be found.
pub struct Body {
    /// The number of fields, the place of each one's type, then the types.
    pub shape: *const u32,
    pub end: Place,
    /// One of our writers has just made it: its form needs no look.
    pub is_ours: bool,
}

impl Body {
    /// Notes where each field begins and where the last one ends. False if the body is not the one that our writers make,
    /// or none at all: decoding tells.
    ///
    /// # Safety
    /// `starts` has room for one more than there are fields; 64 bytes after the body may be read.
    #[inline(always)]
    pub unsafe fn find(&self, from: Place, starts: *mut Place) -> bool {
        unsafe {
            let fields = *self.shape as usize;
            let mut at = from;
            for field in 0..fields {
                *starts.add(field) = at;
                match self.skip(*self.shape.add(1 + field), at) {
                    Some(next) => at = next,
                    None => return false,
                }
            }
            *starts.add(fields) = at;
            at == self.end
        }
    }

    /// Where a value ends; none if it has to be decoded to say what it is.
    #[inline(always)]
    unsafe fn skip(&self, place: u32, at: Place) -> Option<Place> {
        unsafe {
            let kind = self.shape.add(place as usize);
            match *kind {
                NULL => Some(at),
                BOOLEAN => (at < self.end && *at < 2).then(|| at.add(1)),
                INT => self.int(at),
                LONG => self.long(at),
                TEXT => self.text(at),
                DECIMAL => self.decimal(at),
                ENUM => {
                    let next = self.count(at)?;
                    (count_at(at) < u64::from(*kind.add(1))).then_some(next)
                }
                _ => self.skip_nested(kind, at),
            }
        }
    }

    /// As [`Body::skip`], of types that have others in them.
    #[inline(never)]
    unsafe fn skip_nested(&self, kind: *const u32, at: Place) -> Option<Place> {
        unsafe {
            match *kind {
                ARRAY => self.items(*kind.add(1), at),
                MAP => self.entries(*kind.add(1), at),
                UNION => {
                    let next = self.count(at)?;
                    let branch = count_at(at);
                    if branch >= u64::from(*kind.add(1)) {
                        return None;
                    }
                    self.skip(*kind.add(2 + branch as usize), next)
                }
                _ => None,
            }
        }
    }

    #[inline(always)]
    unsafe fn long(&self, from: Place) -> Option<Place> {
        unsafe { if self.is_ours { self.long_end(from) } else { self.exact_long(from) } }
    }

    #[inline(always)]
    unsafe fn long_end(&self, from: Place) -> Option<Place> {
        unsafe {
            let mut at = from;
            while at < self.end {
                if *at < 128 {
                    return Some(at.add(1));
                }
                at = at.add(1);
            }
            None
        }
    }

    /// A number in as few bytes as hold it, which JavaScript has without rounding.
    #[inline(always)]
    unsafe fn exact_long(&self, from: Place) -> Option<Place> {
        unsafe {
            let next = self.long_end(from)?;
            let (groups, last) = (next.offset_from(from) as usize, *next.sub(1));
            // Of eight groups the last may have four bits; none but a single one may be zero.
            let is_exact = groups <= EXACT_GROUPS || (groups == EXACT_GROUPS + 1 && last < 16);
            (is_exact && (last > 0 || groups == 1)).then_some(next)
        }
    }

    unsafe fn int(&self, from: Place) -> Option<Place> {
        unsafe {
            let next = self.long(from)?;
            (self.is_ours || i32::try_from(long_at(from)).is_ok()).then_some(next)
        }
    }

    /// Moves past a number that is not negative, in as few bytes as hold it: [`count_at`] says which.
    #[inline(always)]
    unsafe fn count(&self, at: Place) -> Option<Place> {
        unsafe {
            if at >= self.end || *at & 1 != 0 {
                return None;
            }
            if *at < 128 {
                return Some(at.add(1));
            }
            let next = self.exact_long(at)?;
            (next.offset_from(at) as usize <= EXACT_GROUPS).then_some(next)
        }
    }

    #[inline(always)]
    unsafe fn text(&self, at: Place) -> Option<Place> {
        unsafe {
            let from = self.count(at)?;
            let length = count_at(at);
            if length > self.left(from) {
                return None;
            }
            let length = length as usize;
            (self.is_ours || is_utf8(from, length)).then(|| from.add(length))
        }
    }

    #[inline(always)]
    unsafe fn decimal(&self, at: Place) -> Option<Place> {
        unsafe {
            let from = self.count(at)?;
            let length = count_at(at);
            if length < 1 || length > self.left(from) {
                return None;
            }
            let next = from.add(length as usize);
            if length == 1 || self.is_ours {
                return Some(next);
            }
            let (first, second) = (*from, *from.add(1));
            let is_longer_than_needed = (first == 0 && second < 128) || (first == 255 && second > 127);
            (length <= SHORT_DECIMAL && !is_longer_than_needed).then_some(next)
        }
    }

    /// Items are in one block, or there are none.
    unsafe fn items(&self, place: u32, at: Place) -> Option<Place> {
        unsafe {
            let mut next = self.count(at)?;
            let count = count_at(at);
            if count == 0 {
                return Some(next);
            }
            for _ in 0..count {
                next = self.skip(place, next)?;
            }
            self.after_block(next)
        }
    }

    /// Of two equal names the last one counts, so that such a map has to be decoded.
    unsafe fn entries(&self, place: u32, at: Place) -> Option<Place> {
        unsafe {
            let mut next = self.count(at)?;
            let count = count_at(at);
            if count == 0 {
                return Some(next);
            }
            let mut names = Names { words: [0; MANY_NAMES], texts: [MaybeUninit::uninit(); MANY_NAMES], count: 0 };
            for _ in 0..count {
                let from = next;
                next = self.text(from)?;
                if !self.is_ours && !names.add(text_at(from)) {
                    return None;
                }
                next = self.skip(place, next)?;
            }
            self.after_block(next)
        }
    }

    /// No other block follows.
    #[inline(always)]
    unsafe fn after_block(&self, at: Place) -> Option<Place> {
        unsafe { (at < self.end && *at == 0).then(|| at.add(1)) }
    }

    #[inline(always)]
    unsafe fn left(&self, from: Place) -> u64 {
        unsafe { self.end.offset_from(from) as u64 }
    }
}

/// The names of a map so far, each with its first bytes, by which most are told apart.
struct Names {
    words: [u64; MANY_NAMES],
    texts: [MaybeUninit<&'static [u8]>; MANY_NAMES],
    count: usize,
}

impl Names {
    /// False if it is there, or if there are too many.
    #[inline(always)]
    unsafe fn add(&mut self, name: &'static [u8]) -> bool {
        unsafe {
            if self.count == MANY_NAMES {
                return false;
            }
            let word = read_unaligned(name.as_ptr().cast::<u64>())
                & if name.len() < 8 { !(u64::MAX << (8 * name.len())) } else { u64::MAX };
            for at in 0..self.count {
                if self.words[at] == word && self.texts[at].assume_init() == name {
                    return false;
                }
            }
            self.words[self.count] = word;
            self.texts[self.count].write(name);
            self.count += 1;
            true
        }
    }
}

/// Whether bytes are text; those of ASCII alone are seen sixteen at a time.
#[inline(always)]
unsafe fn is_utf8(from: Place, length: usize) -> bool {
    unsafe {
        let mut at = 0;
        while at < length {
            let left = length - at;
            let wanted = if left < 16 { (1u32 << left) - 1 } else { 0xffff };
            if u32::from(i8x16_bitmask(v128_load(from.add(at).cast()))) & wanted != 0 {
                return core::str::from_utf8(core::slice::from_raw_parts(from, length)).is_ok();
            }
            at += 16;
        }
        true
    }
}

/// The long at a place of a body that was found.
#[inline(always)]
pub unsafe fn long_at(at: Place) -> i64 {
    unsafe {
        let (mut zigzag, mut shift, mut at) = (0u64, 0u32, at);
        loop {
            let byte = *at;
            zigzag |= u64::from(byte & 127).checked_shl(shift).unwrap_or(0);
            if byte < 128 {
                return (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64);
            }
            at = at.add(1);
            shift += 7;
        }
    }
}

/// The number at a place that [`Body::count`] has moved past.
#[inline(always)]
pub unsafe fn count_at(at: Place) -> u64 {
    unsafe { if *at < 128 { u64::from(*at >> 1) } else { long_at(at) as u64 } }
}

/// The text at a place of a body that was found.
#[inline(always)]
pub unsafe fn text_at(at: Place) -> &'static [u8] {
    unsafe {
        let mut from = at;
        while *from > 127 {
            from = from.add(1);
        }
        core::slice::from_raw_parts(from.add(1), count_at(at) as usize)
    }
}
