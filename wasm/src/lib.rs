//! The inner loops of the record path, for WebAssembly: functions on memory that the caller has filled. They keep
//! nothing between two calls, and allocate nothing.
//!
//! Every function may read up to 64 bytes past each input and write up to sixteen bytes past each output: the caller
//! leaves that room, so that bytes are moved eight or sixteen at a time, and looked at by 64.

#![no_std]

mod alike_entries;
mod alike_ids;
mod alike_instants;
mod alike_rows;
mod body_fields;
mod cells;
mod copy;
mod crc32c;
mod event_bodies;
mod json_lines;
mod lz4;
mod plain_text;
mod record_batches;
mod record_contents;
mod siphash;
mod stored_records;
mod text;
mod wire;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
