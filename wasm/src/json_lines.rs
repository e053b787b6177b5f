//! Cuts lines of JSON into cells. A template is a line that was parsed before: bytes that stay the same, and between them
//! values of a kind. A line that differs from every template is none of those that are alike.

use crate::alike_rows::Job;
use crate::cells::{CR, Cells, LF, QUOTE};
use crate::plain_text::is_same;
use core::arch::wasm32::{
    i8x16_bitmask, i8x16_eq, i8x16_lt, i8x16_splat, i8x16_sub, u8x16_lt, u8x16_splat, v128, v128_and, v128_load,
    v128_or,
};

const OPENS: u8 = b'[';
const CLOSES: u8 = b']';
/// The bit by which brackets and braces differ, but for which they are the same.
const IS_BRACE: u8 = 0x20;

/// The kinds of values, as sources/formats/cells.ts numbers them; that of a text is 0 here.
const TEXT: u32 = 0;
const NUMBER: u32 = 2;
const TRUE: u32 = 3;
const FALSE: u32 = 4;
const NULL: u32 = 5;

/// Of all templates; places count from its first byte.
#[repr(C)]
pub struct Template {
    steps: u32,
    /// How many values there are; one step more has the bytes after the last one.
    values: u32,
    /// All bytes that stay the same, one after the other.
    literals: u32,
}

/// Some bytes that stay the same, and the value after them.
#[repr(C)]
struct Step {
    literal_length: u32,
    /// True and false are of one kind here.
    kind: u32,
    slot: u32,
}

impl Job {
    /// Cuts a line and its cells: where it ends, and where the next one begins. None for a line like no template.
    #[inline(always)]
    pub unsafe fn cut_line(&mut self, start: *const u8, cells: &mut Cells) -> Option<(*const u8, *const u8)> {
        unsafe {
            for turn in 0..self.template_count {
                let number = (self.last_template + turn) % self.template_count;
                if let Some(found) = self.cut_as(number, start, cells) {
                    self.last_template = number;
                    return Some(found);
                }
            }
            self.is_unknown = u32::from(self.has_line_end(start));
            None
        }
    }

    #[inline(always)]
    unsafe fn cut_as(&self, number: u32, start: *const u8, cells: &mut Cells) -> Option<(*const u8, *const u8)> {
        unsafe {
            let template = &*self.templates.cast::<Template>().add(number as usize);
            let steps = self.templates.add(template.steps as usize).cast::<Step>();
            let mut literal = self.templates.add(template.literals as usize);
            if cells.template != number {
                // Of slots that this template does not have, values of another would stay.
                *cells = Cells::new();
                cells.template = number;
            }
            let mut at = start;
            for index in 0..template.values as usize {
                let step = &*steps.add(index);
                at = self.literal_end(at, literal, step.literal_length as usize)?;
                literal = literal.add(step.literal_length as usize);
                let (end, kind) = match step.kind {
                    TEXT => (self.text_end(at)?, TEXT),
                    NUMBER => (self.number_end(at)?, NUMBER),
                    TRUE => self.flag_end(at)?,
                    NULL => (self.literal_end(at, b"null".as_ptr(), 4)?, NULL),
                    kind => (self.nested_end(at)?, kind),
                };
                let slot = step.slot as usize;
                cells.starts[slot] = at as usize;
                cells.ends[slot] = end as usize;
                cells.kinds[slot] = kind;
                at = end;
            }
            let last = &*steps.add(template.values as usize);
            let end = self.literal_end(at, literal, last.literal_length as usize)?;
            let next = self.line_end(end)?;
            if end as usize - start as usize > self.max_row_bytes as usize { None } else { Some((end, next)) }
        }
    }

    #[inline(always)]
    unsafe fn literal_end(&self, at: *const u8, literal: *const u8, length: usize) -> Option<*const u8> {
        unsafe {
            let end = at.add(length);
            if end <= self.bytes_end && is_same(at, literal, length) { Some(end) } else { None }
        }
    }

    /// Where the next line begins, if this one ends there.
    #[inline(always)]
    unsafe fn line_end(&self, end: *const u8) -> Option<*const u8> {
        unsafe {
            let at = if end < self.bytes_end && *end == CR { end.add(1) } else { end };
            if at < self.bytes_end && *at == LF { Some(at.add(1)) } else { None }
        }
    }

    /// Where the text ends that begins there: at its other quote. None if it needs a closer look.
    #[inline(always)]
    unsafe fn text_end(&self, start: *const u8) -> Option<*const u8> {
        unsafe {
            let mut at = start;
            while at < self.bytes_end {
                let bytes = v128_load(at.cast::<v128>());
                // What is not ASCII has its top bit set.
                let special = v128_or(
                    v128_or(i8x16_eq(bytes, i8x16_splat(QUOTE as i8)), i8x16_eq(bytes, i8x16_splat(b'\\' as i8))),
                    i8x16_lt(bytes, i8x16_splat(32)),
                );
                let bits = i8x16_bitmask(special);
                if bits != 0 {
                    let end = at.add(bits.trailing_zeros() as usize);
                    return if end < self.bytes_end && *end == QUOTE { Some(end) } else { None };
                }
                at = at.add(16);
            }
            None
        }
    }

    /// Where the number ends that begins there. What follows is looked at by the next literal: no exponent is one.
    #[inline(always)]
    unsafe fn number_end(&self, start: *const u8) -> Option<*const u8> {
        unsafe {
            if start >= self.bytes_end {
                return None;
            }
            let from = if *start == b'-' { start.add(1) } else { start };
            let integer = self.digits_end(from)?;
            if *from == b'0' && integer as usize - from as usize > 1 {
                return None;
            }
            if *integer == b'.' { self.digits_end(integer.add(1)) } else { Some(integer) }
        }
    }

    /// Where some digits end; None if there is none, or no end.
    #[inline(always)]
    unsafe fn digits_end(&self, start: *const u8) -> Option<*const u8> {
        unsafe {
            let mut at = start;
            while at < self.bytes_end {
                let digits = i8x16_sub(v128_load(at.cast::<v128>()), i8x16_splat(b'0' as i8));
                let others = !i8x16_bitmask(u8x16_lt(digits, u8x16_splat(10)));
                if others != 0 {
                    let end = at.add(others.trailing_zeros() as usize);
                    return if end > start && end < self.bytes_end { Some(end) } else { None };
                }
                at = at.add(16);
            }
            None
        }
    }

    #[inline(always)]
    unsafe fn flag_end(&self, start: *const u8) -> Option<(*const u8, u32)> {
        unsafe {
            if let Some(end) = self.literal_end(start, b"true".as_ptr(), 4) {
                return Some((end, TRUE));
            }
            Some((self.literal_end(start, b"false".as_ptr(), 5)?, FALSE))
        }
    }

    /// Where the array or object ends that may begin there. That it is JSON is not looked at: it must have the bytes of one
    /// that rows before have shared.
    #[inline(always)]
    unsafe fn nested_end(&self, start: *const u8) -> Option<*const u8> {
        unsafe {
            let mut at = start;
            let mut depth = 0;
            let mut is_text = false;
            while at < self.bytes_end {
                let bytes = v128_load(at.cast::<v128>());
                let brackets = v128_and(bytes, i8x16_splat(!IS_BRACE as i8));
                let special = v128_or(
                    v128_or(i8x16_eq(bytes, i8x16_splat(QUOTE as i8)), i8x16_lt(bytes, i8x16_splat(32))),
                    v128_or(
                        i8x16_eq(brackets, i8x16_splat(OPENS as i8)),
                        i8x16_eq(brackets, i8x16_splat(CLOSES as i8)),
                    ),
                );
                let mut bits = i8x16_bitmask(special) as u32;
                while bits != 0 {
                    let found = at.add(bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                    let byte = *found;
                    if found >= self.bytes_end {
                        return None;
                    }
                    if byte == QUOTE {
                        is_text = !is_text;
                    } else if byte & !IS_BRACE == OPENS {
                        depth += u32::from(!is_text);
                    } else if byte & !IS_BRACE != CLOSES {
                        return None;
                    } else if !is_text {
                        if depth <= 1 {
                            return Some(found.add(1));
                        }
                        depth -= 1;
                    }
                }
                at = at.add(16);
            }
            None
        }
    }

    unsafe fn has_line_end(&self, start: *const u8) -> bool {
        unsafe {
            let mut at = start;
            while at < self.bytes_end && *at != LF {
                at = at.add(1);
            }
            at < self.bytes_end
        }
    }
}
