//! The primitives of Avro's binary form. Each takes the place where to write, and returns the place after what it wrote.

use core::ptr::{read_unaligned, write_unaligned};

/// Copies bytes, eight at a time.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    unsafe {
        let mut at = 0;
        while at < length {
            write_unaligned(to.add(at).cast::<u64>(), read_unaligned(from.add(at).cast::<u64>()));
            at += 8;
        }
        to.add(length)
    }
}

/// An integer of 64 bits.
#[inline(always)]
pub unsafe fn long(to: *mut u8, value: i64) -> *mut u8 {
    unsafe {
        let mut at = to;
        let mut rest = ((value << 1) ^ (value >> 63)) as u64;
        while rest > 127 {
            *at = rest as u8 | 128;
            at = at.add(1);
            rest >>= 7;
        }
        *at = rest as u8;
        at.add(1)
    }
}

/// Bytes or a text: the length, then the bytes.
#[inline(always)]
pub unsafe fn octets(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    unsafe { copy(long(to, length as i64), from, length) }
}

/// A decimal as `bytes`: two's complement, big-endian, in as few bytes as hold it.
#[inline(always)]
pub unsafe fn decimal(to: *mut u8, unscaled: i64) -> *mut u8 {
    unsafe {
        let length = (72 - (unscaled ^ (unscaled >> 63)).leading_zeros()) / 8;
        *to = (length << 1) as u8; // zigzag of a length below 64
        write_unaligned(to.add(1).cast::<u64>(), ((unscaled as u64) << (64 - 8 * length)).swap_bytes());
        to.add(1 + length as usize)
    }
}
