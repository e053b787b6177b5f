//! Reads plain text: digits, decimals, and whether bytes are the same.

use core::arch::wasm32::{i8x16_bitmask, i8x16_eq, i8x16_splat, v128, v128_load};
use core::ptr::read_unaligned;

/// Digits that are read at the same time.
const WORD_DIGITS: usize = 8;
const ZEROS: u64 = 0x3030_3030_3030_3030;
const TEN_TO_8: u64 = 100_000_000;
const POWERS: [u64; WORD_DIGITS + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, TEN_TO_8];

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

/// The number that up to eight digits are; 0 if there is none. All are read at the same time: zeros go before the first
/// one, then neighbours are put together to numbers of two, four and eight digits.
#[inline(always)]
unsafe fn word_of_digits(start: *const u8, count: usize) -> Option<u64> {
    unsafe {
        if count == 0 {
            return Some(0);
        }
        let shift = 64 - 8 * count;
        let text = read_unaligned(start.cast::<u64>()) << shift;
        let digits = (text | (ZEROS & !(u64::MAX << shift))) ^ ZEROS;
        // The top bit of a byte that is no digit.
        if (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 != 0 {
            return None;
        }
        let twos = (digits.wrapping_mul(10 << 8 | 1) >> 8) & 0x00ff_00ff_00ff_00ff;
        let fours = (twos.wrapping_mul(100 << 16 | 1) >> 16) & 0x0000_ffff_0000_ffff;
        Some(fours.wrapping_mul(10_000 << 32 | 1) >> 32)
    }
}

/// The number that up to nineteen digits are.
#[inline(always)]
pub unsafe fn number(start: *const u8, count: usize) -> Option<u64> {
    unsafe {
        let first = count % WORD_DIGITS;
        let mut value = word_of_digits(start, first)?;
        let mut at = first;
        while at < count {
            value = value * TEN_TO_8 + word_of_digits(start.add(at), WORD_DIGITS)?;
            at += WORD_DIGITS;
        }
        Some(value)
    }
}

/// A decimal in units of 10^-8; None for anything but plain digits with at most one mark, within the bounds.
#[inline(always)]
pub unsafe fn unscaled(start: *const u8, end: *const u8, decimal: &Decimal) -> Option<i64> {
    unsafe {
        let length = end as usize - start as usize;
        let marks = i8x16_eq(v128_load(start.cast::<v128>()), i8x16_splat(decimal.mark as i8));
        let integer_digits = ((u32::from(i8x16_bitmask(marks)) | 1 << 16).trailing_zeros() as usize).min(length);
        let fraction_digits = length.saturating_sub(integer_digits + 1);
        if integer_digits > WORD_DIGITS || fraction_digits > WORD_DIGITS.min(decimal.decimals as usize) {
            return unscaled_by_digit(start, end, decimal);
        }
        // Nothing, or a mark alone.
        if length == 0 || length == 1 && integer_digits == 0 || integer_digits > decimal.integer_digits as usize {
            return None;
        }
        let integer = word_of_digits(start, integer_digits)?;
        let fraction = word_of_digits(start.add(integer_digits + 1), fraction_digits)?;
        Some((integer * TEN_TO_8 + fraction * POWERS[WORD_DIGITS - fraction_digits]) as i64)
    }
}

#[inline(never)]
unsafe fn unscaled_by_digit(start: *const u8, end: *const u8, decimal: &Decimal) -> Option<i64> {
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
