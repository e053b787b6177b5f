//! Decompresses blocks of LZ4. transport/kafka/lz4_frame.ts reads the frames that they are in.

use crate::copy::copy;
use core::ptr::{read_unaligned, write_unaligned};

/// As many bytes are copied at a time.
const LANES: usize = 16;
const SHORTEST_REPEAT: usize = 4;
/// A length in half a byte that continues in the bytes after it.
const LONG_LENGTH: usize = 15;

/// The block is damaged.
const DAMAGED: i32 = -1;
/// The output has no room for the block.
const NO_ROOM: i32 = -2;

/// Decompresses a block, whose repeats may reach back to what `history` bytes before the output hold. Returns the length
/// of the output, or what is wrong.
///
/// # Safety
/// There are so many bytes of input, of history and of output; 64 bytes more may be read, and 16 more written.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn decode_lz4_block(
    input: *const u8,
    length: usize,
    output: *mut u8,
    history: usize,
    room: usize,
) -> i32 {
    unsafe {
        let (mut at, mut to) = (0, 0);
        while at < length {
            let token = usize::from(*input.add(at));
            at += 1;
            let Some(literals) = long_length(input, length, &mut at, token >> 4) else { return DAMAGED };
            if literals > length - at {
                return DAMAGED;
            }
            if literals > room - to {
                return NO_ROOM;
            }
            copy(output.add(to), input.add(at), literals);
            at += literals;
            to += literals;
            // A block ends with literals.
            if at == length {
                break;
            }
            if length - at < 2 {
                return DAMAGED;
            }
            let distance = usize::from(read_unaligned(input.add(at).cast::<u16>()));
            at += 2;
            let Some(repeat) = long_length(input, length, &mut at, token & LONG_LENGTH) else { return DAMAGED };
            let repeat = repeat + SHORTEST_REPEAT;
            if distance == 0 || distance > history + to {
                return DAMAGED;
            }
            if repeat > room - to {
                return NO_ROOM;
            }
            repeat_bytes(output.add(to), distance, repeat);
            to += repeat;
        }
        to as i32
    }
}

/// A length that has its first part in half a byte; none if the block ends within it.
#[inline(always)]
unsafe fn long_length(input: *const u8, length: usize, at: &mut usize, short: usize) -> Option<usize> {
    unsafe {
        let mut sum = short;
        if short == LONG_LENGTH {
            loop {
                if *at >= length {
                    return None;
                }
                let byte = usize::from(*input.add(*at));
                *at += 1;
                sum += byte;
                if byte < 255 {
                    break;
                }
            }
        }
        Some(sum)
    }
}

/// Repeats what was written so far back, which may reach into what it writes.
#[inline(always)]
unsafe fn repeat_bytes(to: *mut u8, distance: usize, length: usize) {
    unsafe {
        let from = to.sub(distance);
        if distance >= LANES {
            copy(to, from, length);
        } else if distance >= 8 {
            let mut at = 0;
            while at < length {
                write_unaligned(to.add(at).cast::<u64>(), read_unaligned(from.add(at).cast::<u64>()));
                at += 8;
            }
        } else {
            for at in 0..length {
                *to.add(at) = *from.add(at);
            }
        }
    }
}
