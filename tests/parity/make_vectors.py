"""Writes vectors.json: records of all six schemas as an independent implementation encodes them.

Run from the repository's root, in a virtual environment outside of it:

    python3 -m venv /path/to/venv
    /path/to/venv/bin/pip install fastavro 'confluent-kafka[avro,schemaregistry]'
    /path/to/venv/bin/python tests/parity/make_vectors.py

The bodies are fastavro's. Each is checked against confluent-kafka's AvroSerializer (with its mock registry), whose frame
is kept as well. In vectors.json decimals are text, and so are longs past 2^53.

fastavro pads one kind of number: a negative one at the very end of a byte range, such as -128, gets a byte more than it
needs. Those vectors are marked "padded": they must decode to the same values, while the encoder writes what Java writes,
the fewest bytes.
"""

import io
import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import fastavro
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

ROOT = Path(__file__).resolve().parents[2]
SAFE = 2**53 - 1

EQUITY_TRADE_V1 = {
    "symbol": "BHP", "company_id": 7078, "exchange": "ASX", "exchange_timestamp": 1394406344516,
    "price": Decimal("37.51"), "volume": 1200, "qualifiers": 0, "venue": "", "buyer_id": None,
    "ingestion_timestamp": 1700000000123, "sequence_number": 1,
}
EQUITY_QUOTE_V1 = {
    "symbol": "BHP", "company_id": 7078, "exchange": "ASX", "exchange_timestamp": 1394406344516,
    "bid_price": Decimal("37.5"), "bid_volume": 900, "ask_price": Decimal("37.51"), "ask_volume": 4294967296,
    "ingestion_timestamp": 1700000000123, "sequence_number": 2,
}
COMPANY_V1 = {
    "company_id": 7078, "symbol": "BHP", "company_name": "BHP BILLITON LTD", "isin": "AU000000BHP4",
    "start_date": "03/10/2014", "end_date": "03/14/2014",
}
EQUITY_TRADE_V2 = {
    "message_id": "0f8fad5b-d9cb-869f-a165-70867728950e", "trade_id": "ASX-BHP-1394406344516000-0f8fad5b",
    "symbol": "BHP", "exchange": "ASX", "asset_class": "equities", "timestamp": 1394406344516000,
    "price": Decimal("45.67"), "quantity": Decimal("1000"), "currency": "AUD", "side": "BUY", "trade_conditions": [],
    "source_sequence": 303, "ingestion_timestamp": 1700000000123456, "platform_sequence": None,
    "vendor_data": {"company_id": "7078", "qualifiers": "0", "trade_date": "2014-03-10"},
}
EQUITY_QUOTE_V2 = {
    "message_id": "7c9e6679-7425-80de-944b-e07fc1f90ae7", "quote_id": "ASX-BHP-1394406344516000-7c9e6679",
    "symbol": "BHP", "exchange": "ASX", "asset_class": "equities", "timestamp": 1394406344516000,
    "bid_price": Decimal("37.5"), "bid_quantity": Decimal("900"), "ask_price": Decimal("37.51"),
    "ask_quantity": Decimal("4294967296"), "currency": "AUD", "source_sequence": 2,
    "ingestion_timestamp": 1700000000123456, "platform_sequence": None, "vendor_data": {"company_id": "7078"},
}
COMPANY_V2 = {
    "message_id": "550e8400-e29b-81d4-a716-446655440000", "company_id": "7078", "symbol": "BHP", "exchange": "ASX",
    "asset_class": "equities", "company_name": "BHP BILLITON LTD", "isin": "AU000000BHP4", "currency": "AUD",
    "listing_date": 1394370000000000, "delisting_date": None, "is_active": True,
    "ingestion_timestamp": 1700000000123456, "vendor_data": {"start_date": "03/10/2014", "end_date": "03/14/2014"},
}

RECORDS = [
    ("trade", "v1", "as in a tick file", EQUITY_TRADE_V1, {}),
    ("trade", "v1", "off market, last column filled", EQUITY_TRADE_V1, {"qualifiers": 3, "venue": "X", "buyer_id": "37.52"}),
    ("trade", "v1", "largest values", EQUITY_TRADE_V1, {
        "company_id": 2**31 - 1, "price": Decimal("999999999999.999999"), "volume": 2**63 - 1, "qualifiers": 2**31 - 1,
        "exchange_timestamp": SAFE, "ingestion_timestamp": SAFE, "sequence_number": SAFE + 2,
    }),
    ("trade", "v1", "smallest values", EQUITY_TRADE_V1, {
        "company_id": -(2**31), "price": Decimal("-999999999999.999999"), "volume": -(2**63), "qualifiers": -(2**31),
        "exchange_timestamp": -SAFE, "ingestion_timestamp": -(2**52) - 1, "sequence_number": -SAFE - 2,
    }),
    ("trade", "v1", "zeros and empty texts", EQUITY_TRADE_V1, {
        "symbol": "", "company_id": 0, "exchange": "", "exchange_timestamp": 0, "price": Decimal(0), "volume": 0,
        "buyer_id": "", "ingestion_timestamp": 0, "sequence_number": None,
    }),
    ("quote", "v1", "two-sided", EQUITY_QUOTE_V1, {}),
    ("quote", "v1", "no bid", EQUITY_QUOTE_V1, {"bid_price": Decimal(0), "bid_volume": 0}),
    ("quote", "v1", "no ask, no sequence", EQUITY_QUOTE_V1, {
        "ask_price": Decimal(0), "ask_volume": 0, "sequence_number": None,
    }),
    ("quote", "v1", "smallest step", EQUITY_QUOTE_V1, {"bid_price": Decimal("0.000001"), "ask_price": Decimal("0.000002")}),
    ("quote", "v1", "large volumes", EQUITY_QUOTE_V1, {"bid_volume": SAFE + 2, "ask_volume": 9999999999}),
    ("reference_data", "v1", "as in the table", COMPANY_V1, {}),
    ("reference_data", "v1", "no end", COMPANY_V1, {"end_date": None}),
    ("reference_data", "v1", "other alphabets", COMPANY_V1, {"company_name": "Ångström 株式会社 𝄞 & Söhne", "isin": ""}),
    ("trade", "v2", "as in a tick file", EQUITY_TRADE_V2, {}),
    ("trade", "v2", "crypto", EQUITY_TRADE_V2, {
        "symbol": "BTCUSDT", "exchange": "BINANCE", "asset_class": "crypto", "trade_id": "BINANCE-BTCUSDT-789012",
        "price": Decimal("67123.45"), "quantity": Decimal("0.00000001"), "currency": "USDT", "side": "SELL",
        "source_sequence": SAFE + 2, "platform_sequence": 2**63 - 1,
        "vendor_data": {"base_asset": "BTC", "quote_asset": "USDT", "is_buyer_maker": "true"},
    }),
    ("trade", "v2", "all digits", EQUITY_TRADE_V2, {
        "asset_class": "futures", "price": Decimal("9999999999.99999999"), "quantity": Decimal("1234567890.12345678"),
        "side": "SELL_SHORT", "source_sequence": -(2**63), "platform_sequence": -1,
    }),
    ("trade", "v2", "negative price of an option spread", EQUITY_TRADE_V2, {
        "asset_class": "options", "price": Decimal("-0.05"), "quantity": Decimal("-9999999999.99999999"), "side": "UNKNOWN",
    }),
    ("trade", "v2", "zeros, nulls and empties", EQUITY_TRADE_V2, {
        "price": Decimal(0), "quantity": Decimal(0), "timestamp": 0, "source_sequence": None, "vendor_data": None,
        "message_id": "", "trade_id": "",
    }),
    ("trade", "v2", "conditions and a map in insertion order", EQUITY_TRADE_V2, {
        "trade_conditions": ["XT", "", "Übertrag", "株"], "vendor_data": {"z": "1", "a": "", "é": "𝄞", "m": "\u0000\ufeff"},
    }),
    ("trade", "v2", "more items than one length byte counts", EQUITY_TRADE_V2, {
        "trade_conditions": [f"C{n}" for n in range(100)], "vendor_data": {f"k{n}": "v" * n for n in range(70)},
    }),
    ("trade", "v2", "instants before 1970", EQUITY_TRADE_V2, {"timestamp": -1, "ingestion_timestamp": -SAFE}),
    ("quote", "v2", "two-sided", EQUITY_QUOTE_V2, {}),
    ("quote", "v2", "no bid", EQUITY_QUOTE_V2, {"bid_price": Decimal(0), "bid_quantity": Decimal(0)}),
    ("quote", "v2", "no ask, no vendor data", EQUITY_QUOTE_V2, {
        "ask_price": Decimal(0), "ask_quantity": Decimal(0), "vendor_data": None, "source_sequence": None,
    }),
    ("quote", "v2", "crossed", EQUITY_QUOTE_V2, {"bid_price": Decimal("37.52"), "ask_price": Decimal("37.51")}),
    ("quote", "v2", "byte boundaries", EQUITY_QUOTE_V2, {
        "bid_price": Decimal("0.00000127"), "bid_quantity": Decimal("0.00000128"),
        "ask_price": Decimal("0.00032767"), "ask_quantity": Decimal("0.00032768"),
    }),
    ("quote", "v2", "word boundaries", EQUITY_QUOTE_V2, {
        "bid_price": Decimal("21.47483647"), "bid_quantity": Decimal("21.47483648"),
        "ask_price": Decimal("90071992.54740991"), "ask_quantity": Decimal("90071992.54740992"),
    }),
    ("reference_data", "v2", "as in the table", COMPANY_V2, {}),
    ("reference_data", "v2", "only what is required", COMPANY_V2, {
        "isin": None, "currency": None, "listing_date": None, "vendor_data": None,
    }),
    ("reference_data", "v2", "delisted", COMPANY_V2, {
        "delisting_date": 1394802000000000, "is_active": False, "vendor_data": {},
    }),
]

PADDED = [
    ("trade", "v1", "end of one byte", EQUITY_TRADE_V1, {"price": Decimal("-0.000128")}),
    ("trade", "v2", "ends of two and four bytes", EQUITY_TRADE_V2, {
        "price": Decimal("-0.00032768"), "quantity": Decimal("-21.47483648"),
    }),
]


def load(kind, version):
    return (ROOT / "schemas" / version / f"{kind}.avsc").read_text(encoding="utf-8")


def to_json(value):
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > SAFE:
        return str(value)
    return value


def vector(client, entry, padded):
    kind, version, name, base, changes = entry
    record = {**base, **changes}
    text = load(kind, version)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, fastavro.parse_schema(json.loads(text)), record)
    body = out.getvalue()
    topic = f"{kind}.{version}"
    framed = AvroSerializer(client, text)(record, SerializationContext(topic, MessageField.VALUE))
    assert framed[0] == 0 and framed[5:] == body, f"{kind} {version} {name}: AvroSerializer differs from fastavro"
    return {
        "kind": kind, "version": version, "name": name, "padded": padded,
        "record": {field: to_json(value) for field, value in record.items()},
        "body": body.hex(), "framed": framed.hex(),
    }


def main():
    client = SchemaRegistryClient.new_client({"url": "mock://vectors"})
    vectors = [vector(client, entry, False) for entry in RECORDS] + [vector(client, entry, True) for entry in PADDED]
    made_with = {package: version(package) for package in ("fastavro", "confluent-kafka")}
    target = Path(__file__).with_name("vectors.json")
    text = json.dumps({"made_with": made_with, "vectors": vectors}, ensure_ascii=False, indent=2)
    target.write_text(text + "\n", encoding="utf-8")
    print(f"{len(vectors)} vectors written to {target}")


if __name__ == "__main__":
    main()
