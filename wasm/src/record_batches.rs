//! Writes the records of a batch of Kafka's format 2. transport/kafka/batch_records.ts fills the runs and says what
//! their words mean. The caller leaves room for more than the records take.

use crate::copy::copy;
use crate::wire;
use core::ptr::{read_unaligned, write_unaligned};

/// The header that says where a record comes from: the length of its name, then the name.
const SOURCE_NAME: u32 = u32::from_le_bytes([3 << 1, b's', b'r', b'c']);
const SOURCE_NAME_BYTES: usize = 4;
const ORIGIN_BYTES: usize = 8;
/// The length of what is null.
const NULL: i32 = -1;

/// Records that have key, time and origin in common.
#[repr(C)]
pub struct Run {
    count: u32,
    /// Milliseconds since the first record of the batch.
    time_high: i32,
    time_low: u32,
    key: *const u8,
    key_length: i32,
    values: *const u8,
    /// What the ends are counted from is so much before the values.
    start: i32,
    ends: *const i32,
    /// For each record how many headers it has; null: none has one.
    header_counts: *const u32,
    /// Of each header the lengths of name and content.
    header_lengths: *const u32,
    header_bytes: *const u8,
    /// Null: they do not say where they come from.
    origin: *const u8,
    row_high: u32,
    row_low: u32,
    /// For each record what its row adds to the first one.
    rows: *const u32,
}

/// Writes the records of some runs, the first of which has the number `first` in its batch. Returns the place after them.
///
/// # Safety
/// Every address of a run is one of memory that holds what its records ask for, and the output has room for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write_records(runs: *const Run, count: u32, first: u32, output: *mut u8) -> *mut u8 {
    unsafe {
        let (mut at, mut number) = (output, first);
        for run in core::slice::from_raw_parts(runs, count as usize) {
            at = run.write(at, number);
            number += run.count;
        }
        at
    }
}

impl Run {
    #[inline(always)]
    unsafe fn write(&self, output: *mut u8, first: u32) -> *mut u8 {
        unsafe {
            let time = i64::from(self.time_high) << 32 | i64::from(self.time_low);
            let row = u64::from(self.row_high) << 32 | u64::from(self.row_low);
            let common = 1 + long_size(time) + field_size(self.key_length);
            let mut headers = Headers { lengths: self.header_lengths, bytes: self.header_bytes };
            let (mut at, mut start) = (output, self.start);
            for index in 0..self.count as usize {
                let number = i64::from(first) + index as i64;
                let end = *self.ends.add(index);
                let length = end - start;
                let own = if self.header_counts.is_null() { 0 } else { *self.header_counts.add(index) };
                let source = if self.origin.is_null() { None } else { Some(row + u64::from(*self.rows.add(index))) };
                let count = i64::from(own) + i64::from(source.is_some());
                let size = common + long_size(number) + field_size(length) + long_size(count) + headers.size(own);
                at = wire::long(at, (size + source.map_or(0, source_size)) as i64);
                *at = 0; // no attributes
                at = wire::long(at.add(1), time);
                at = wire::long(at, number);
                at = field(at, self.key, self.key_length);
                at = field(at, self.values.add((start - self.start) as usize), length);
                at = wire::long(at, count);
                at = headers.write(at, own);
                if let Some(row) = source {
                    at = write_source(at, self.origin, row);
                }
                start = end;
            }
            at
        }
    }
}

/// The headers of the next records.
struct Headers {
    lengths: *const u32,
    bytes: *const u8,
}

impl Headers {
    #[inline(always)]
    unsafe fn size(&self, count: u32) -> usize {
        (0..2 * count as usize).map(|at| field_size(unsafe { *self.lengths.add(at) } as i32)).sum()
    }

    #[inline(always)]
    unsafe fn write(&mut self, to: *mut u8, count: u32) -> *mut u8 {
        unsafe {
            let mut at = to;
            for _ in 0..2 * count {
                let length = *self.lengths;
                at = field(at, self.bytes, length as i32);
                self.lengths = self.lengths.add(1);
                self.bytes = self.bytes.add(length as usize);
            }
            at
        }
    }
}

/// Bytes of a length and what has it.
#[inline(always)]
fn field_size(length: i32) -> usize {
    long_size(i64::from(length)) + length.max(0) as usize
}

/// Bytes of a number as [`wire::long`] writes it.
#[inline(always)]
fn long_size(value: i64) -> usize {
    let zigzag = ((value << 1) ^ (value >> 63)) as u64;
    (70 - (zigzag | 1).leading_zeros() as usize) / 7
}

/// Writes a length and what has it; nothing else of what is null.
#[inline(always)]
unsafe fn field(to: *mut u8, from: *const u8, length: i32) -> *mut u8 {
    unsafe {
        let at = wire::long(to, i64::from(length));
        if length == NULL { at } else { copy(at, from, length as usize) }
    }
}

/// How many bytes a row number takes: none of them is a leading zero, but for that of 0.
#[inline(always)]
fn row_size(row: u64) -> usize {
    (71 - (row | 1).leading_zeros() as usize) / 8
}

/// Bytes of the header that says where a record comes from.
#[inline(always)]
fn source_size(row: u64) -> usize {
    SOURCE_NAME_BYTES + 1 + ORIGIN_BYTES + row_size(row)
}

#[inline(always)]
unsafe fn write_source(to: *mut u8, origin: *const u8, row: u64) -> *mut u8 {
    unsafe {
        let size = row_size(row);
        write_unaligned(to.cast::<u32>(), SOURCE_NAME);
        let value = to.add(SOURCE_NAME_BYTES);
        *value = ((ORIGIN_BYTES + size) << 1) as u8; // zigzag of a length below 64
        write_unaligned(value.add(1).cast::<u64>(), read_unaligned(origin.cast::<u64>()));
        let row_at = value.add(1 + ORIGIN_BYTES);
        write_unaligned(row_at.cast::<u64>(), (row << (64 - 8 * size)).swap_bytes());
        row_at.add(size)
    }
}
