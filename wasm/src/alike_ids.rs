//! Gives rows their ids, and tells equal rows of an instant apart.

use crate::alike_rows::{APART_BYTES, Job, MAX_FORM};
use crate::siphash::SipHash;
use core::ptr::write_unaligned;

/// Different rows of one instant that are counted here.
const MAX_COUNTED: usize = 64;

/// A row of the open instant, and how often it was seen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Counted {
    id: [u64; 2],
    count: u64,
}

impl Job {
    /// The id of a row whose form stands there: equal rows of the open instant are told apart by their number.
    #[inline(always)]
    pub unsafe fn identify(
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
    [(hash[0] & !(0xf0 << 48)) | 0x80 << 48, (hash[1] & !0xc0) | 0x80]
}
