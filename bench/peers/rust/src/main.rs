//! The same job as `load` for csv files and JSON lines, for speed: csv or serde_json, serde_avro_fast and librdkafka. Buffers are
//! reused, decimals are written without big numbers, and two files are read at the same time. Prints one line of JSON:
//! rows, and seconds from the first row read to the last acknowledgement.

mod delivery;
mod options;
mod record;
mod rows;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use delivery::Producer;
use options::Options;
use record::Encoder;
use rows::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Failure> {
    let options = Options::read()?;
    let producer = Producer::connect(&options)?;
    let next = AtomicUsize::new(0);
    let start = Instant::now();
    let rows = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..options.threads)
            .map(|_| scope.spawn(|| send_files(&options, &producer, &next)))
            .collect();
        readers.into_iter().map(|reader| reader.join().expect("a reader panics")).sum::<Result<u64, Failure>>()
    })?;
    producer.finish(rows)?;
    let seconds = start.elapsed().as_secs_f64();
    println!("{{\"rows\":{rows},\"seconds\":{seconds}}}");
    Ok(())
}

/// Takes one file after the other, each as a whole, so that the rows of a key keep their order.
fn send_files(options: &Options, producer: &Producer, next: &AtomicUsize) -> Result<u64, Failure> {
    let mut encoder = Encoder::new(&options.schema, options.schema_id);
    let mut rows = 0;
    while let Some(path) = options.files.get(next.fetch_add(1, Ordering::Relaxed)) {
        rows += rows::read(path, &options.format, |row| {
            let value = encoder.encode(row)?;
            producer.send(row.symbol, value)
        })?;
    }
    Ok(rows)
}
