//! librdkafka: acks of all, idempotent, and each delivery counted.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer};

use crate::options::Options;
use crate::rows::Failure;

#[derive(Default)]
struct Acknowledgements {
    count: AtomicU64,
    failure: Mutex<Option<KafkaError>>,
}

impl ClientContext for Acknowledgements {}

impl ProducerContext for Acknowledgements {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _opaque: ()) {
        match result {
            Ok(_) => _ = self.count.fetch_add(1, Ordering::Relaxed),
            Err((error, _)) => _ = self.failure.lock().expect("no holder panics").get_or_insert(error.clone()),
        }
    }
}

pub struct Producer {
    inner: ThreadedProducer<Acknowledgements>,
    topic: String,
}

const FULL: KafkaError = KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull);

impl Producer {
    pub fn connect(options: &Options) -> Result<Self, Failure> {
        let inner: ThreadedProducer<Acknowledgements> = ClientConfig::new()
            .set("bootstrap.servers", &options.brokers)
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("partitioner", "murmur2_random")
            .set("compression.type", &options.compression)
            .set("linger.ms", "20")
            .set("batch.size", "1000000")
            .set("batch.num.messages", "100000")
            .set("queue.buffering.max.messages", "400000")
            .create_with_context(Acknowledgements::default())?;
        inner.client().fetch_metadata(Some(&options.topic), Duration::from_secs(30))?;
        Ok(Self { inner, topic: options.topic.clone() })
    }

    pub fn send(&self, key: &str, value: &[u8]) -> Result<(), Failure> {
        let mut record = BaseRecord::to(&self.topic).key(key).payload(value);
        loop {
            match self.inner.send(record) {
                Ok(()) => return Ok(()),
                Err((error, back)) if error == FULL => {
                    record = back;
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    /// Waits for all deliveries, and fails unless each was acknowledged.
    pub fn finish(&self, rows: u64) -> Result<(), Failure> {
        self.inner.flush(Duration::from_secs(120))?;
        if let Some(error) = self.inner.context().failure.lock().expect("no holder panics").take() {
            return Err(error.into());
        }
        let acknowledged = self.inner.context().count.load(Ordering::Relaxed);
        if acknowledged != rows {
            return Err(format!("{rows} rows, {acknowledged} acknowledged").into());
        }
        Ok(())
    }
}
