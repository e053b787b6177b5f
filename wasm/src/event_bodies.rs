//! Encodes rows of columns as framed Avro values, one after the other. records/columns/row_bodies.ts fills the job and
//! says what its words mean; records/columns/row_operations.ts makes the operations of a schema.

use crate::text;
use crate::wire;
use core::ptr::{read_unaligned, write_unaligned};

/// Magic byte and schema id.
const FRAME_BYTES: usize = 5;
/// More than all of a row takes but for its shared bytes, its texts and their keys.
const ROW_BYTES: usize = 320;
/// More than a length and its text take besides the text.
const LENGTH_BYTES: usize = 16;

/// A column of integers that may be absent.
#[repr(C)]
pub struct LongColumn {
    present: *const u8,
    high: *const i32,
    low: *const u32,
}

/// A part of a block of shared bytes: where it begins in the block, and how long it is.
#[repr(C)]
pub struct Part {
    start: u32,
    length: u32,
}

/// The beginning of a block with the shared bytes of some rows. The parts between own fields follow it, then the bytes.
#[repr(C)]
pub struct Shared {
    bytes: u32,
    event_id_prefix: Part,
    vendor_data: Part,
    vendor_entries: Part,
    vendor_count: u32,
}

/// Writes one field, or the shared bytes between two.
#[repr(C)]
pub struct Operation {
    code: u32,
    argument: u32,
    divisor: u32,
}

/// A key of `vendor_data`.
#[repr(C)]
pub struct Key {
    bytes: *const u8,
    length: u32,
}

#[repr(C)]
pub struct Job {
    from: u32,
    to: u32,
    rows: *const u32,
    shared: *const *const Shared,
    micros: *const f64,
    high: *const i32,
    low: *const u32,
    decimals: u32,
    ids: *const u8,
    ingestion: *const f64,
    /// 1 where each row has its own, 0 where all have the first one.
    ingestion_step: u32,
    sequence: LongColumn,
    platform_sequence: LongColumn,
    text_width: u32,
    text_starts: *const i32,
    text_ends: *const i32,
    text_bytes: *const u8,
    first_key: u32,
    keys: *const Key,
    key_count: u32,
    key_bytes: u32,
    operations: *const Operation,
    operation_count: u32,
    frame: [u8; 8],
    /// What the ends are counted from.
    base: *const u8,
    output: *mut u8,
    output_end: *mut u8,
    ends: *mut u32,
}

const SHARED: u32 = 0;
const MESSAGE_ID: u32 = 1;
const EVENT_ID: u32 = 2;
const EVENT_TEXT: u32 = 3;
const INSTANT: u32 = 4;
const INGESTION: u32 = 5;
const SEQUENCE: u32 = 6;
const PLATFORM_SEQUENCE: u32 = 7;
const DECIMAL: u32 = 8;
const LONG: u32 = 9;
const VENDOR_DATA: u32 = 10;

/// Encodes the rows of a job from `from` on. Returns the first one that found no room, or `to`.
///
/// # Safety
/// Every address of the job is one of memory that holds what the rows ask for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn encode_event_bodies(job: &Job) -> u32 {
    unsafe {
        let operations = core::slice::from_raw_parts(job.operations, job.operation_count as usize);
        let frame = read_unaligned(job.frame.as_ptr().cast::<u64>());
        let mut at = job.output;
        for number in job.from..job.to {
            let row = *job.rows.add(number as usize) as usize;
            let shared = *job.shared.add(number as usize);
            if job.output_end as usize - (at as usize) < job.room(row, &*shared) {
                return number;
            }
            write_unaligned(at.cast::<u64>(), frame);
            at = at.add(FRAME_BYTES);
            for operation in operations {
                at = job.run(operation, at, row, shared);
            }
            *job.ends.add(number as usize) = (at as usize - job.base as usize) as u32;
        }
        job.to
    }
}

impl Job {
    /// A bound of the bytes that a row takes.
    #[inline(always)]
    unsafe fn room(&self, row: usize, shared: &Shared) -> usize {
        unsafe {
            let mut bytes = ROW_BYTES + (shared.bytes + self.key_bytes) as usize;
            for text in 0..self.text_width as usize {
                bytes += LENGTH_BYTES + self.text(row, text).map_or(0, |(_, length)| length);
            }
            bytes
        }
    }

    #[inline(always)]
    unsafe fn run(&self, operation: &Operation, at: *mut u8, row: usize, shared: *const Shared) -> *mut u8 {
        unsafe {
            let argument = operation.argument as usize;
            match operation.code {
                SHARED => put(at, shared, &*shared.byte_add(argument).cast::<Part>()),
                MESSAGE_ID => {
                    *at = (text::UUID_LENGTH << 1) as u8;
                    text::uuid(at.add(1), self.id(row))
                }
                EVENT_ID => self.event_id(at, row, shared),
                EVENT_TEXT => match self.text(row, 0) {
                    Some((bytes, length)) => wire::octets(at, bytes, length),
                    None => self.event_id(at, row, shared),
                },
                INSTANT => wire::long(at, divided(*self.micros.add(row) as i64, operation)),
                INGESTION => {
                    wire::long(at, divided(*self.ingestion.add(row * self.ingestion_step as usize) as i64, operation))
                }
                SEQUENCE => optional_long(at, &self.sequence, row),
                PLATFORM_SEQUENCE => optional_long(at, &self.platform_sequence, row),
                DECIMAL => wire::decimal(at, self.unscaled(row, operation)),
                LONG => wire::long(at, self.unscaled(row, operation)),
                VENDOR_DATA => self.vendor_data(at, row, shared),
                _ => core::arch::wasm32::unreachable(),
            }
        }
    }

    #[inline(always)]
    unsafe fn id(&self, row: usize) -> *const u8 {
        unsafe { self.ids.add(row * 16) }
    }

    #[inline(always)]
    unsafe fn unscaled(&self, row: usize, operation: &Operation) -> i64 {
        unsafe {
            let at = row * self.decimals as usize + operation.argument as usize;
            divided(whole(*self.high.add(at), *self.low.add(at)), operation)
        }
    }

    /// A text of a row; none if it is absent.
    #[inline(always)]
    unsafe fn text(&self, row: usize, index: usize) -> Option<(*const u8, usize)> {
        unsafe {
            let at = row * self.text_width as usize + index;
            let start = *self.text_starts.add(at);
            if start < 0 {
                return None;
            }
            Some((self.text_bytes.add(start as usize), (*self.text_ends.add(at) - start) as usize))
        }
    }

    /// `{exchange}-{symbol}-{micros}-{the first 8 digits of the message id}`
    #[inline(always)]
    unsafe fn event_id(&self, to: *mut u8, row: usize, shared: *const Shared) -> *mut u8 {
        unsafe {
            let micros = *self.micros.add(row) as i64;
            let prefix = &(*shared).event_id_prefix;
            let mut at = wire::long(to, (prefix.length as usize + text::integer_length(micros) + 9) as i64);
            at = put(at, shared, prefix);
            at = text::integer(at, micros);
            *at = b'-';
            text::four_bytes(at.add(1), self.id(row))
        }
    }

    /// The shared entries, then those of the row.
    unsafe fn vendor_data(&self, to: *mut u8, row: usize, shared: *const Shared) -> *mut u8 {
        unsafe {
            let first = self.first_key as usize;
            let keys = core::slice::from_raw_parts(self.keys, self.key_count as usize);
            let own = (0..keys.len()).filter(|&key| self.text(row, first + key).is_some()).count();
            if own == 0 {
                return put(to, shared, &(*shared).vendor_data);
            }
            *to = 1 << 1; // the second branch of the union
            let mut at = wire::long(to.add(1), i64::from((*shared).vendor_count) + own as i64);
            at = put(at, shared, &(*shared).vendor_entries);
            for (index, key) in keys.iter().enumerate() {
                if let Some((bytes, length)) = self.text(row, first + index) {
                    at = wire::octets(at, key.bytes, key.length as usize);
                    at = wire::octets(at, bytes, length);
                }
            }
            *at = 0; // no further block
            at.add(1)
        }
    }
}

#[inline(always)]
unsafe fn put(to: *mut u8, shared: *const Shared, part: &Part) -> *mut u8 {
    unsafe { wire::copy(to, shared.cast::<u8>().add(part.start as usize), part.length as usize) }
}

/// Rows are taken only if nothing is lost.
#[inline(always)]
fn divided(value: i64, operation: &Operation) -> i64 {
    // A division takes longer than all else of a field.
    if operation.divisor == 1 { value } else { value / i64::from(operation.divisor) }
}

#[inline(always)]
fn whole(high: i32, low: u32) -> i64 {
    i64::from(high) << 32 | i64::from(low)
}

#[inline(always)]
unsafe fn optional_long(to: *mut u8, column: &LongColumn, row: usize) -> *mut u8 {
    unsafe {
        if *column.present.add(row) != 1 {
            *to = 0; // the first branch of the union: null
            return to.add(1);
        }
        *to = 1 << 1;
        wire::long(to.add(1), whole(*column.high.add(row), *column.low.add(row)))
    }
}
