"""Reads topics as the consumer of the replaced platform does, and compares every value with the files.

    python platform_consumer.py < case.json

Its reader's schema is the latest of `{topic}-value`, its deserialiser Confluent's, and a sequence number that is not null
must follow the one before of its exchange and symbol. What is in the files comes from the fault judge's own reading, which
shares nothing with the product. Afterwards the platform's own v2, with other docs, is registered where the platform keeps
it. Prints one JSON line with counts of each topic; what is wrong is in `errors`.

case: {"brokers", "registry", "judge": folder of the judge's program, "platform_subjects": {subject: .avsc file},
       "topics": [{"topic", "version", "data_type", "files": [{"path", "symbol", "company_id"}]}]}
"""

import csv
import json
import sys
import time
from collections import Counter
from datetime import datetime, timezone

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

SHOWN = 5
SILENCE_S = 60


class SequenceTracker:
    """The platform's rules: of one exchange and symbol each number is the one before plus one; null says nothing."""

    def __init__(self):
        self.last = {}
        self.gaps = self.out_of_order = 0

    def check(self, key, number):
        if number is None:
            return
        last = self.last.get(key)
        if last is not None and number <= last:
            self.out_of_order += 1
            return
        if last is not None and number > last + 1:
            self.gaps += 1
        self.last[key] = number


def messages_of(brokers, topic):
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "platform", "enable.auto.commit": False})
    try:
        for partition in sorted(consumer.list_topics(topic, 30).topics[topic].partitions):
            start, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), 30)
            if start == end:
                continue
            consumer.assign([TopicPartition(topic, partition, start)])
            at, heard = start, time.monotonic()
            while at < end:
                # It waits for this many messages, or this long.
                batch = consumer.consume(min(5_000, end - at), 1)
                if batch:
                    heard = time.monotonic()
                elif time.monotonic() - heard > SILENCE_S:
                    raise RuntimeError(f"{topic}/{partition} gives nothing from {at} on, before its end {end}")
                for message in batch:
                    if message.error():
                        raise RuntimeError(message.error())
                    yield message
                    at = message.offset() + 1
    finally:
        consumer.close()


def date_micros(text):
    if text == "":
        return None
    return int(datetime.strptime(text, "%m/%d/%Y").replace(tzinfo=timezone.utc).timestamp()) * 1_000_000


def instant_micros(value):
    return None if value is None else int(value.timestamp()) * 1_000_000


def reference_rows(path, version):
    with open(path, encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    for row in rows:
        if version == "v1":
            names = ("symbol", "company_name", "ISIN", "start_date", "end_date")
            yield (int(row["company_id"]), *(row[name] or None for name in names))
        else:
            # The list gives the end of its coverage, which is no delisting.
            dates = (date_micros(row["start_date"]), None, row["end_date"])
            yield (row["company_id"], row["symbol"], "ASX", "equities", row["company_name"], row["ISIN"] or None, *dates)


def reference_value(record, version):
    if version == "v1":
        return tuple(record[name] for name in ("company_id", "symbol", "company_name", "isin", "start_date", "end_date"))
    head = tuple(record[name] for name in ("company_id", "symbol", "exchange", "asset_class", "company_name", "isin"))
    return head + (instant_micros(record["listing_date"]), record["delisting_date"], record["vendor_data"]["end_date"])


def expected_values(spec, rows_in):
    version, data_type = spec["version"], spec["data_type"]
    for file in spec["files"]:
        if data_type == "reference_data":
            yield from reference_rows(file["path"], version)
            continue
        described = {
            **file,
            "format": "asx-ticks" if data_type == "trades" else "asx-ticks quotes",
            "exchange": "ASX",
            "asset_class": "equities",
            "currency": "AUD",
            "time_zone": "Australia/Sydney",
        }
        with open(file["path"], encoding="utf-8", newline="") as text:
            yield from rows_in(text.read(), described, version).values()


def consume(case, spec, record_value, rows_in):
    topic, version, data_type = spec["topic"], spec["version"], spec["data_type"]
    client = SchemaRegistryClient({"url": case["registry"]})
    reader = client.get_latest_version(f"{topic}-value").schema.schema_str
    deserialize = AvroDeserializer(client, reader)
    context = SerializationContext(topic, MessageField.VALUE)
    sequences, found, errors = SequenceTracker(), [], []
    failed = 0
    for message in messages_of(case["brokers"], topic):
        try:
            record = deserialize(message.value(), context)
            if data_type == "reference_data":
                found.append(reference_value(record, version))
            else:
                number = record["sequence_number" if version == "v1" else "source_sequence"]
                sequences.check((record["exchange"], record["symbol"]), number)
                found.append(record_value(record))
        except Exception as failure:  # The platform counts any exception as an error.
            failed += 1
            if len(errors) < SHOWN:
                errors.append(f"{topic}/{message.partition()}@{message.offset()}: {failure!r}")
    expected, got = Counter(expected_values(spec, rows_in)), Counter(found)
    for what, difference in (("missing", expected - got), ("unexpected", got - expected)):
        if difference:
            errors.append(f"{topic}: {difference.total()} {what}, such as {next(iter(difference))}")
    if sequences.gaps or sequences.out_of_order:
        errors.append(f"{topic}: {sequences.gaps} gaps, {sequences.out_of_order} out of order")
    name = json.loads(reader)["name"]
    return {"topic": topic, "reader": name, "read": len(found), "failed": failed, "rows": expected.total()}, errors


def register_as_the_platform(case):
    """Its schemas are ours but for the docs; a registry that holds another record there answers 409, or breaks its readers."""
    client = SchemaRegistryClient({"url": case["registry"]})
    for subject, path in case["platform_subjects"].items():
        with open(path, encoding="utf-8") as text:
            schema = {**json.load(text), "doc": "As the platform describes it."}
        try:
            client.register_schema(subject, Schema(json.dumps(schema), "AVRO"))
            names = [json.loads(client.get_version(subject, version).schema.schema_str)["name"]
                     for version in client.get_versions(subject)]
            if set(names) != {schema["name"]}:
                yield f"{subject} holds {names}"
        except Exception as failure:
            yield f"{subject} does not take {schema['name']}: {failure!r}"


def main():
    case = json.load(sys.stdin)
    sys.path.insert(0, case["judge"])
    from tick_files import record_value, rows_in

    counts, errors = [], []
    for spec in case["topics"]:
        count, wrong = consume(case, spec, record_value, rows_in)
        counts.append(count)
        errors += wrong
    errors += register_as_the_platform(case)
    print(json.dumps({"topics": counts, "errors": errors}))


main()
