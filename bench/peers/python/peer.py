"""The same job as `load`, as one would write it in Python: confluent-kafka with its AvroSerializer.

Reads tick files, csv files or JSON lines one after the other, builds the record of the given schema, and sends it with acks=all and
idempotence. Prints one line of JSON: rows, seconds from the first row read to the last acknowledgement, records a second.
"""

import argparse
import csv
import json
import sys
import time
import uuid
from datetime import datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

EXCHANGE = "ASX"
CURRENCY = "AUD"
ZONE = ZoneInfo("Australia/Sydney")


def micros_of(date, clock):
    local = datetime(
        int(date[6:10]), int(date[0:2]), int(date[3:5]),
        int(clock[0:2]), int(clock[3:5]), int(clock[6:8]), int(clock[9:12]) * 1000, ZONE,
    )
    return round(local.timestamp() * 1_000_000)


def iso_date(date):
    return f"{date[6:10]}-{date[0:2]}-{date[3:5]}"


def trade_v2(columns, symbol, company):
    date, clock, price, volume, qualifiers, venue, extra = columns
    micros = micros_of(date, clock)
    message_id = str(uuid.uuid4())
    vendor_data = {"company_id": company, "qualifiers": qualifiers, "trade_date": iso_date(date)}
    if venue:
        vendor_data["venue"] = venue
    if extra:
        vendor_data["buyer_id"] = extra
    return {
        "message_id": message_id,
        "trade_id": f"{EXCHANGE}-{symbol}-{micros}-{message_id[:8]}",
        "symbol": symbol,
        "exchange": EXCHANGE,
        "asset_class": "equities",
        "timestamp": micros,
        "price": Decimal(price),
        "quantity": Decimal(volume),
        "currency": CURRENCY,
        "side": "UNKNOWN",
        "trade_conditions": [] if qualifiers == "0" else [qualifiers],
        "source_sequence": None,
        "ingestion_timestamp": time.time_ns() // 1000,
        "platform_sequence": None,
        "vendor_data": vendor_data,
    }


def trade_v1(columns, symbol, company):
    date, clock, price, volume, qualifiers, venue, extra = columns
    return {
        "symbol": symbol,
        "company_id": int(company),
        "exchange": EXCHANGE,
        "exchange_timestamp": micros_of(date, clock) // 1000,
        "price": Decimal(price),
        "volume": int(volume),
        "qualifiers": int(qualifiers),
        "venue": venue,
        "buyer_id": extra or None,
        "ingestion_timestamp": time.time_ns() // 1_000_000,
        "sequence_number": None,
    }


def quote_v2(columns, symbol, company):
    date, clock, bid_price, ask_price, bid_volume, ask_volume = columns
    micros = micros_of(date, clock)
    message_id = str(uuid.uuid4())
    return {
        "message_id": message_id,
        "quote_id": f"{EXCHANGE}-{symbol}-{micros}-{message_id[:8]}",
        "symbol": symbol,
        "exchange": EXCHANGE,
        "asset_class": "equities",
        "timestamp": micros,
        "bid_price": Decimal(bid_price),
        "bid_quantity": Decimal(bid_volume),
        "ask_price": Decimal(ask_price),
        "ask_quantity": Decimal(ask_volume),
        "currency": CURRENCY,
        "source_sequence": None,
        "ingestion_timestamp": time.time_ns() // 1000,
        "platform_sequence": None,
        "vendor_data": {"company_id": company, "trade_date": iso_date(date)},
    }


def named_trade(symbol, micros, price, quantity, conditions, vendor_data):
    message_id = str(uuid.uuid4())
    return {
        "message_id": message_id,
        "trade_id": f"{EXCHANGE}-{symbol}-{micros}-{message_id[:8]}",
        "symbol": symbol,
        "exchange": EXCHANGE,
        "asset_class": "equities",
        "timestamp": micros,
        "price": Decimal(price),
        "quantity": Decimal(quantity),
        "currency": CURRENCY,
        "side": "UNKNOWN",
        "trade_conditions": conditions,
        "source_sequence": None,
        "ingestion_timestamp": time.time_ns() // 1000,
        "platform_sequence": None,
        "vendor_data": vendor_data,
    }


RECORDS = {"trades-v2": trade_v2, "trades-v1": trade_v1, "quotes-v2": quote_v2}


def tick_records(path, options, symbols):
    company = Path(path).stem
    symbol = symbols[company]
    build = RECORDS[options.kind]
    with open(path, newline="") as file:
        for columns in csv.reader(file):
            yield symbol, build(columns, symbol, company)


def csv_records(path, _options, _symbols):
    prefix = "vendor_data."
    with open(path, newline="") as file:
        for row in csv.DictReader(file):
            vendor_data = {name[len(prefix):]: row[name] for name in row if name.startswith(prefix) and row[name]}
            conditions = row["trade_conditions"].split("|") if row["trade_conditions"] else []
            symbol = row["symbol"]
            yield symbol, named_trade(
                symbol, int(row["timestamp"]), row["price"], row["quantity"], conditions, vendor_data
            )


def json_records(path, _options, _symbols):
    with open(path, encoding="utf-8") as file:
        for line in file:
            # Numbers as they are written: a float would round them.
            row = json.loads(line, parse_float=str)
            symbol = row["symbol"]
            yield symbol, named_trade(
                symbol, row["timestamp"], row["price"], row["quantity"], row["trade_conditions"], row["vendor_data"]
            )


READERS = {"asx-ticks": tick_records, "csv": csv_records, "ndjson": json_records}


class Acknowledgements:
    def __init__(self):
        self.count = 0
        self.failure = None

    def settled(self, error, _message):
        if error is None:
            self.count += 1
        elif self.failure is None:
            self.failure = error


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--registry", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--schema-id", type=int, required=True)
    parser.add_argument("--subject", required=True)
    parser.add_argument("--kind", choices=sorted(RECORDS), required=True)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--format", choices=sorted(READERS), default="asx-ticks")
    parser.add_argument("--rows-per-file", type=int)
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()

    with open(options.reference, newline="") as file:
        symbols = {row["company_id"]: row["symbol"] for row in csv.DictReader(file)}
    registry = SchemaRegistryClient({"url": options.registry})
    serialize = AvroSerializer(
        registry,
        Path(options.schema).read_text(),
        conf={
            "auto.register.schemas": False,
            "use.schema.id": options.schema_id,
            "subject.name.strategy": lambda _context, _record: options.subject,
        },
    )
    producer = Producer({
        "bootstrap.servers": options.brokers,
        "acks": "all",
        "enable.idempotence": True,
        "linger.ms": 5,
        "batch.size": 1_000_000,
        "compression.type": "none",
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": 200_000,
    })
    producer.list_topics(options.topic, timeout=30)

    context = SerializationContext(options.topic, MessageField.VALUE)
    read = READERS[options.format]
    with_header = options.kind == "trades-v1"
    acknowledged = Acknowledgements()
    rows = 0
    start = time.monotonic()
    for path in options.files:
        for symbol, record in islice(read(path, options, symbols), options.rows_per_file):
            value = serialize(record, context)
            key = symbol.encode()
            headers = [("message_id", uuid.uuid4().bytes)] if with_header else None
            while True:
                try:
                    producer.produce(options.topic, value, key, headers=headers, on_delivery=acknowledged.settled)
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
            rows += 1
    producer.flush()
    seconds = time.monotonic() - start
    if acknowledged.failure is not None or acknowledged.count != rows:
        sys.exit(f"{rows} rows, {acknowledged.count} acknowledged: {acknowledged.failure}")
    print(json.dumps({"rows": rows, "seconds": seconds, "records_per_second": rows / seconds}))


main()
