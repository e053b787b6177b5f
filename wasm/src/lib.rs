//! The inner loops of the record path, for WebAssembly: functions on memory that the caller has filled. They keep
//! nothing between two calls, and allocate nothing.
//!
//! Every function may read up to sixteen bytes past each input and write up to eight bytes past each output: the caller
//! leaves that room, so that bytes are moved eight at a time.

#![no_std]

mod alike_entries;
mod alike_ids;
mod alike_instants;
mod alike_rows;
mod cells;
mod event_bodies;
mod json_lines;
mod plain_text;
mod siphash;
mod text;
mod wire;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
