//! Rows of csv files with a header, and of JSON lines. A row borrows from the line that it was read from.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A trade in the words of its file.
pub struct Row<'a> {
    pub symbol: &'a str,
    pub timestamp: i64,
    pub price: &'a str,
    pub quantity: &'a str,
    pub conditions: &'a [Cow<'a, str>],
    pub vendor_data: &'a [(Cow<'a, str>, Cow<'a, str>)],
}

const BUFFER_BYTES: usize = 1 << 20;

/// Hands over each row of a file; how many there were.
pub fn read(path: &str, format: &str, take: impl FnMut(&Row) -> Result<(), Failure>) -> Result<u64, Failure> {
    match format {
        "csv" => read_csv(path, take),
        "ndjson" => read_ndjson(path, take),
        _ => Err(format!("there is no format {format}").into()),
    }
}

const VENDOR_PREFIX: &str = "vendor_data.";

fn read_csv(path: &str, mut take: impl FnMut(&Row) -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut reader = csv::ReaderBuilder::new().buffer_capacity(BUFFER_BYTES).from_path(path)?;
    let header = reader.headers()?.clone();
    let column = |name: &str| {
        header.iter().position(|title| title == name).ok_or_else(|| format!("{path} has no column {name}"))
    };
    let (symbol, timestamp, price) = (column("symbol")?, column("timestamp")?, column("price")?);
    let (quantity, conditions) = (column("quantity")?, column("trade_conditions")?);
    let vendor: Vec<(usize, &str)> = header
        .iter()
        .enumerate()
        .filter_map(|(at, title)| Some((at, title.strip_prefix(VENDOR_PREFIX)?)))
        .collect();
    let mut record = csv::StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record)? {
        let codes: Vec<Cow<str>> =
            record[conditions].split('|').filter(|code| !code.is_empty()).map(Cow::Borrowed).collect();
        let vendor_data: Vec<(Cow<str>, Cow<str>)> = vendor
            .iter()
            .filter(|(at, _)| !record[*at].is_empty())
            .map(|(at, name)| (Cow::Borrowed(*name), Cow::Borrowed(&record[*at])))
            .collect();
        take(&Row {
            symbol: &record[symbol],
            timestamp: record[timestamp].parse()?,
            price: &record[price],
            quantity: &record[quantity],
            conditions: &codes,
            vendor_data: &vendor_data,
        })?;
        rows += 1;
    }
    Ok(rows)
}

#[derive(Deserialize)]
struct JsonRow<'a> {
    #[serde(borrow)]
    symbol: Cow<'a, str>,
    timestamp: i64,
    // As it is written: a float would round it.
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    quantity: &'a RawValue,
    #[serde(borrow)]
    trade_conditions: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    vendor_data: Pairs<'a>,
}

/// An object of texts, in the order in which it is written.
struct Pairs<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Pairs<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Pairs<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::with_capacity(4);
                while let Some((Text(name), Text(value))) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

fn read_ndjson(path: &str, mut take: impl FnMut(&Row) -> Result<(), Failure>) -> Result<u64, Failure> {
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, File::open(path)?);
    let mut line = Vec::new();
    let mut rows = 0;
    while reader.read_until(b'\n', &mut line)? > 0 {
        let row: JsonRow = serde_json::from_slice(&line)?;
        take(&Row {
            symbol: &row.symbol,
            timestamp: row.timestamp,
            price: row.price.get(),
            quantity: row.quantity.get(),
            conditions: &row.trade_conditions,
            vendor_data: &row.vendor_data.0,
        })?;
        rows += 1;
        line.clear();
    }
    Ok(rows)
}
