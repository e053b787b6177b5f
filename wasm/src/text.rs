//! Numbers and ids as text. Each function takes the place where to write, and returns the place after what it wrote.

use core::arch::wasm32::{
    i8x16, i8x16_shuffle, i8x16_splat, i8x16_swizzle, u8x16_shr, v128, v128_and, v128_load, v128_load32_zero,
    v128_store32_lane, v128_store64_lane,
};
use core::ptr::write_unaligned;

/// Characters of a UUID.
pub const UUID_LENGTH: usize = 36;

const TEN_TO_8: u64 = 100_000_000;
/// Instants of sixteen digits: those of the years 2001 to 2286.
const SIXTEEN_DIGITS: core::ops::Range<i64> = 1_000_000_000_000_000..10_000_000_000_000_000;

/// How many characters an integer has.
#[inline(always)]
pub fn integer_length(value: i64) -> usize {
    if SIXTEEN_DIGITS.contains(&value) { 16 } else { length_of_any(value) }
}

fn length_of_any(value: i64) -> usize {
    let mut rest = value.unsigned_abs();
    let mut length = if value < 0 { 2 } else { 1 };
    while rest > 9 {
        rest /= 10;
        length += 1;
    }
    length
}

/// An integer in decimal digits.
#[inline(always)]
pub unsafe fn integer(to: *mut u8, value: i64) -> *mut u8 {
    unsafe {
        if !SIXTEEN_DIGITS.contains(&value) {
            return any_integer(to, value);
        }
        let upper = value as u64 / TEN_TO_8;
        write_unaligned(to.cast::<u64>(), eight_digits(upper as u32));
        write_unaligned(to.add(8).cast::<u64>(), eight_digits((value as u64 - upper * TEN_TO_8) as u32));
        to.add(16)
    }
}

unsafe fn any_integer(to: *mut u8, value: i64) -> *mut u8 {
    unsafe {
        if value < 0 {
            *to = b'-';
        }
        let end = to.add(length_of_any(value));
        let (mut rest, mut at) = (value.unsigned_abs(), end);
        loop {
            at = at.sub(1);
            *at = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                return end;
            }
        }
    }
}

/// The eight digits of a number below 10^8, the first one in the lowest byte: halves of four digits, then of two, then
/// single ones, all at the same time. x / 100 is x * 10486 >> 20 below 10,000, and x / 10 is x * 103 >> 10 below 100.
#[inline(always)]
fn eight_digits(value: u32) -> u64 {
    let upper = value / 10_000;
    let fours = u64::from(upper) | u64::from(value - upper * 10_000) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x7f_0000_007f;
    let twos = hundreds | ((fours - hundreds * 100) << 16);
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    (tens | ((twos - tens * 10) << 8)) + 0x3030_3030_3030_3030
}

/// The lower-case digit of each number below sixteen.
#[inline(always)]
fn hexadecimal(digits: v128) -> v128 {
    let table = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 97, 98, 99, 100, 101, 102);
    i8x16_swizzle(table, digits)
}

/// The upper and lower halves of bytes.
#[inline(always)]
fn halves(bytes: v128) -> (v128, v128) {
    (u8x16_shr(bytes, 4), v128_and(bytes, i8x16_splat(15)))
}

/// Four bytes as eight hexadecimal digits.
#[inline(always)]
pub unsafe fn four_bytes(to: *mut u8, bytes: *const u8) -> *mut u8 {
    unsafe {
        let (upper, lower) = halves(v128_load32_zero(bytes.cast::<u32>()));
        let digits = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 0, 0, 0, 0, 0, 0, 0, 0>(upper, lower);
        v128_store64_lane::<0>(hexadecimal(digits), to.cast::<u64>());
        to.add(8)
    }
}

/// The sixteen bytes of a UUID.
#[inline(always)]
pub unsafe fn uuid(to: *mut u8, bytes: *const u8) -> *mut u8 {
    unsafe {
        let (upper, lower) = halves(v128_load(bytes.cast::<v128>()));
        let first = i8x16_shuffle::<0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23>(upper, lower);
        let second = i8x16_shuffle::<8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31>(upper, lower);
        let (first, second) = (hexadecimal(first), hexadecimal(second));
        v128_store64_lane::<0>(first, to.cast::<u64>());
        *to.add(8) = b'-';
        v128_store32_lane::<2>(first, to.add(9).cast::<u32>());
        *to.add(13) = b'-';
        v128_store32_lane::<3>(first, to.add(14).cast::<u32>());
        *to.add(18) = b'-';
        v128_store32_lane::<0>(second, to.add(19).cast::<u32>());
        *to.add(23) = b'-';
        v128_store32_lane::<1>(second, to.add(24).cast::<u32>());
        v128_store64_lane::<1>(second, to.add(28).cast::<u64>());
        to.add(UUID_LENGTH)
    }
}
