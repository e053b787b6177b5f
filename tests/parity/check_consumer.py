"""Reads a topic of trades as any Python consumer would, and compares each record with its row of the tick file.

usage: check_consumer.py BROKERS REGISTRY TOPIC FILE SYMBOL COMPANY_ID
needs: confluent-kafka[avro,schemaregistry]
"""

import csv
import sys
from datetime import datetime, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

SYDNEY = ZoneInfo("Australia/Sydney")


def records(brokers, registry, topic):
    """Key, headers and decoded value of every record, partition by partition, in log order."""
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    context = SerializationContext(topic, MessageField.VALUE)
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "check-consumer", "enable.auto.commit": False})
    try:
        for partition in consumer.list_topics(topic).topics[topic].partitions:
            start, end = consumer.get_watermark_offsets(TopicPartition(topic, partition))
            consumer.assign([TopicPartition(topic, partition, start)])
            at = start
            while at < end:
                for message in consumer.consume(5000, 1):
                    if message.error():
                        raise SystemExit(message.error())
                    yield message.key().decode(), dict(message.headers() or []), deserialize(message.value(), context)
                    at = message.offset() + 1
    finally:
        consumer.close()


def instant(date, time):
    local = datetime.strptime(f"{date} {time}", "%m/%d/%Y %H:%M:%S.%f").replace(tzinfo=SYDNEY)
    return local.astimezone(timezone.utc)


def expected_v1(row, number, symbol, company_id):
    date, time, price, volume, qualifiers, venue, extra = row
    return {
        "symbol": symbol,
        "company_id": int(company_id),
        "exchange": "ASX",
        "exchange_timestamp": instant(date, time),
        "price": Decimal(price),
        "volume": int(volume),
        "qualifiers": int(qualifiers),
        "venue": venue,
        "buyer_id": extra or None,
        "sequence_number": number,
    }


def expected_v2(row, number, symbol, company_id):
    date, time, price, volume, qualifiers, venue, extra = row
    vendor = {"company_id": company_id, "qualifiers": qualifiers, "venue": venue, "buyer_id": extra}
    vendor["trade_date"] = datetime.strptime(date, "%m/%d/%Y").date().isoformat()
    return {
        "symbol": symbol,
        "exchange": "ASX",
        "asset_class": "equities",
        "timestamp": instant(date, time),
        "price": Decimal(price),
        "quantity": Decimal(volume),
        "currency": "AUD",
        "side": "UNKNOWN",
        "trade_conditions": [] if qualifiers == "0" else [qualifiers],
        "source_sequence": number,
        "platform_sequence": None,
        "vendor_data": {name: text for name, text in vendor.items() if text},
    }


def main():
    brokers, registry, topic, file, symbol, company_id = sys.argv[1:]
    with open(file, newline="") as lines:
        rows = list(csv.reader(lines))
    read = {"v1": [], "v2": []}
    for key, headers, value in records(brokers, registry, topic):
        if key == symbol:
            read["v2" if "message_id" in value else "v1"].append((headers, value))
    for version, expected in (("v1", expected_v1), ("v2", expected_v2)):
        assert len(read[version]) == len(rows), f"{version}: {len(read[version])} records for {len(rows)} rows"
        for number, (row, (_, value)) in enumerate(zip(rows, read[version]), start=1):
            wanted = expected(row, number, symbol, company_id)
            got = {name: value[name] for name in wanted}
            assert got == wanted, f"{version}, row {number}: {got} is not {wanted}"
    for (headers, _), (_, v2) in zip(read["v1"], read["v2"]):
        assert headers["message_id"].hex() == v2["message_id"].replace("-", ""), "v1 and v2 carry the same id"
    print(f"{len(rows)} rows as in the file, in its order, in v1 and v2")


main()
