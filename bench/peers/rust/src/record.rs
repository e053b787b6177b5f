//! Rows as framed Avro.

use std::borrow::Cow;
use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};
use serde_avro_fast::Schema;
use serde_avro_fast::ser::{SerializerConfig, SerializerState};
use serde_bytes::Bytes;
use uuid::Builder;

use crate::rows::{Failure, Row};

const SCALE: usize = 8;

#[derive(Serialize)]
#[serde(rename = "TradeV2")]
struct TradeV2<'a> {
    message_id: &'a str,
    trade_id: &'a str,
    symbol: &'a str,
    exchange: &'a str,
    asset_class: &'a str,
    timestamp: i64,
    price: &'a Bytes,
    quantity: &'a Bytes,
    currency: &'a str,
    side: &'a str,
    trade_conditions: &'a [Cow<'a, str>],
    source_sequence: Option<i64>,
    ingestion_timestamp: i64,
    platform_sequence: Option<i64>,
    vendor_data: Option<Pairs<'a>>,
}

struct Pairs<'a>(&'a [(Cow<'a, str>, Cow<'a, str>)]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

pub struct Encoder<'s> {
    config: SerializerConfig<'s>,
    frame: [u8; 5],
    ids: Ids,
    trade_id: Vec<u8>,
    value: Vec<u8>,
}

impl<'s> Encoder<'s> {
    pub fn new(schema: &'s Schema, schema_id: u32) -> Self {
        let mut frame = [0; 5];
        frame[1..].copy_from_slice(&schema_id.to_be_bytes());
        Self { config: SerializerConfig::new(schema), frame, ids: Ids::new(), trade_id: vec![], value: vec![] }
    }

    /// The value of a row; good until the next call.
    pub fn encode(&mut self, row: &Row) -> Result<&[u8], Failure> {
        let mut id = [0; uuid::fmt::Hyphenated::LENGTH];
        let message_id: &str = self.ids.next().hyphenated().encode_lower(&mut id);
        self.trade_id.clear();
        write!(self.trade_id, "ASX-{}-{}-{}", row.symbol, row.timestamp, &message_id[..8])?;
        let (price, quantity) = (Decimal::of(row.price)?, Decimal::of(row.quantity)?);
        let trade = TradeV2 {
            message_id,
            trade_id: std::str::from_utf8(&self.trade_id)?,
            symbol: row.symbol,
            exchange: "ASX",
            asset_class: "equities",
            timestamp: row.timestamp,
            price: Bytes::new(price.bytes()),
            quantity: Bytes::new(quantity.bytes()),
            currency: "AUD",
            side: "UNKNOWN",
            trade_conditions: row.conditions,
            source_sequence: None,
            ingestion_timestamp: SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64,
            platform_sequence: None,
            vendor_data: Some(Pairs(row.vendor_data)),
        };
        let mut buffer = std::mem::take(&mut self.value);
        buffer.clear();
        buffer.extend_from_slice(&self.frame);
        let mut state = SerializerState::from_writer(buffer, &mut self.config);
        trade.serialize(state.serializer())?;
        self.value = state.into_writer();
        Ok(&self.value)
    }
}

/// A decimal as Avro has it: the unscaled number in two's complement, in as few bytes as hold it. Never rounds.
struct Decimal {
    big_endian: [u8; 8],
    from: usize,
}

impl Decimal {
    fn of(text: &str) -> Result<Self, Failure> {
        let refuse = || format!("{text:?} is not a decimal of 18 digits and scale {SCALE}");
        let (digits, negative) = match text.strip_prefix('-') {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() || fraction.len() > SCALE || whole.len() + SCALE > 18 {
            return Err(refuse().into());
        }
        let mut unscaled = 0i64;
        for digit in whole.bytes().chain(fraction.bytes()) {
            if !digit.is_ascii_digit() {
                return Err(refuse().into());
            }
            unscaled = unscaled * 10 + i64::from(digit - b'0');
        }
        unscaled *= 10i64.pow((SCALE - fraction.len()) as u32);
        let unscaled = if negative { -unscaled } else { unscaled };
        let spare = if unscaled < 0 { unscaled.leading_ones() } else { unscaled.leading_zeros() };
        // One bit of the sign must stay.
        Ok(Self { big_endian: unscaled.to_be_bytes(), from: (spare.saturating_sub(1) / 8).min(7) as usize })
    }

    fn bytes(&self) -> &[u8] {
        &self.big_endian[self.from..]
    }
}

/// Random UUIDs of version 4, from random bytes taken many at a time.
struct Ids {
    pool: Box<[u8; 4096]>,
    used: usize,
    random: std::fs::File,
}

impl Ids {
    fn new() -> Self {
        let random = std::fs::File::open("/dev/urandom").expect("there is randomness");
        Self { pool: Box::new([0; 4096]), used: 4096, random }
    }

    fn next(&mut self) -> uuid::Uuid {
        if self.used == self.pool.len() {
            std::io::Read::read_exact(&mut self.random, &mut self.pool[..]).expect("there is randomness");
            self.used = 0;
        }
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.pool[self.used..self.used + 16]);
        self.used += 16;
        Builder::from_random_bytes(bytes).into_uuid()
    }
}
