//! Reads plain text: digits, decimals, and whether bytes are the same.

use core::ptr::read_unaligned;

/// A decimal as it is written.
#[repr(C)]
pub struct Decimal {
    pub slot: u32,
    /// Maximum of digits before the mark, and of decimals that are not zero after it.
    integer_digits: u32,
    decimals: u32,
    mark: u32,
}

#[inline(always)]
pub unsafe fn digit(at: *const u8) -> Option<u8> {
    unsafe {
        let digit = (*at).wrapping_sub(b'0');
        if digit < 10 { Some(digit) } else { None }
    }
}

#[inline(always)]
pub unsafe fn two_digits(at: *const u8) -> Option<u32> {
    unsafe { Some(u32::from(digit(at)?) * 10 + u32::from(digit(at.add(1))?)) }
}

#[inline(always)]
pub unsafe fn unscaled(start: *const u8, end: *const u8, decimal: &Decimal) -> Option<i64> {
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
pub unsafe fn is_same(a: *const u8, b: *const u8, length: usize) -> bool {
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
