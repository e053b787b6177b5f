//! The command line and the schema.

use serde_avro_fast::Schema;
use serde_json::Value;

use crate::rows::Failure;

pub struct Options {
    pub brokers: String,
    pub topic: String,
    pub schema: Schema,
    pub schema_id: u32,
    /// csv or ndjson.
    pub format: String,
    pub compression: String,
    pub threads: usize,
    pub files: Vec<String>,
}

impl Options {
    pub fn read() -> Result<Self, Failure> {
        let (mut brokers, mut topic, mut schema, mut schema_id) = (String::new(), String::new(), String::new(), 0);
        let (mut format, mut compression, mut threads) = (String::from("csv"), String::from("none"), 2);
        let mut files = Vec::new();
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--brokers" => brokers = value()?,
                "--topic" => topic = value()?,
                "--schema" => schema = std::fs::read_to_string(value()?)?,
                "--schema-id" => schema_id = value()?.parse()?,
                "--format" => format = value()?,
                "--compression" => compression = value()?,
                "--threads" => threads = value()?.parse()?,
                _ => files.push(word),
            }
        }
        let schema = with_raw_decimals(&schema)?.parse()?;
        Ok(Self { brokers, topic, schema, schema_id, format, compression, threads, files })
    }
}

/// Decimals are written as their bytes, which this program makes itself: exact, and without a big number for each. On the
/// wire a decimal is nothing else.
fn with_raw_decimals(schema: &str) -> Result<String, Failure> {
    let mut schema: Value = serde_json::from_str(schema)?;
    for field in schema["fields"].as_array_mut().into_iter().flatten() {
        if field["type"]["logicalType"] == "decimal" {
            field["type"] = Value::from("bytes");
        }
    }
    Ok(schema.to_string())
}
