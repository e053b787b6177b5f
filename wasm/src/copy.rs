//! Copies long pieces.

use core::arch::wasm32::{v128_load, v128_store};

/// Copies bytes, sixteen at a time. Returns the place after them.
///
/// # Safety
/// 15 bytes more may be read and written.
#[inline(always)]
pub unsafe fn copy(to: *mut u8, from: *const u8, length: usize) -> *mut u8 {
    unsafe {
        let mut at = 0;
        while at < length {
            v128_store(to.add(at).cast(), v128_load(from.add(at).cast()));
            at += 16;
        }
        to.add(length)
    }
}
