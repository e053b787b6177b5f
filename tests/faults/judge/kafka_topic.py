"""Every copy of every record of a topic, committed or not, with the source header and the decoded value."""

import io
import json
import struct
import time
import urllib.request

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from tick_files import record_value
from verdict import Record

REPLICAS_WITHIN_S = 120
STILL_S = 1.0
SILENCE_S = 60


class Topic:
    def __init__(self, brokers, registry, name):
        self.name = name
        self.registry = registry
        self.schemas = {}
        self.consumer = Consumer({
            "bootstrap.servers": brokers,
            "group.id": "judge",
            "enable.auto.commit": False,
            "isolation.level": "read_uncommitted",
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            "log_level": 0,
        })

    def read(self):
        """The records in the order of each partition, and how many are no longer there at the start."""
        try:
            partitions = self.complete_partitions()
            ends = self.still_ends(partitions)
            gone = sum(start for start, _ in ends.values())
            return self.records({p: end for p, (start, end) in ends.items() if end > start}), gone
        finally:
            self.consumer.close()

    def complete_partitions(self):
        """All partitions, once every replica has everything: records that only a leader has are not visible yet."""
        until = time.monotonic() + REPLICAS_WITHIN_S
        while True:
            topic = self.consumer.list_topics(self.name, 30).topics[self.name]
            if topic.error is not None and topic.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return []
            behind = [p.id for p in topic.partitions.values() if p.leader < 0 or set(p.isrs) != set(p.replicas)]
            if topic.error is None and topic.partitions and not behind:
                return list(topic.partitions)
            if time.monotonic() > until:
                raise RuntimeError(f"{self.name}: partitions {behind} do not get all their replicas back")
            time.sleep(0.2)

    def still_ends(self, partitions):
        """Start and end of each partition, once they have not moved for a while."""
        before, since = None, time.monotonic()
        while True:
            ends = {p: self.watermarks(p) for p in partitions}
            if ends != before:
                before, since = ends, time.monotonic()
            elif time.monotonic() - since >= STILL_S:
                return ends
            time.sleep(0.2)

    def watermarks(self, partition):
        """Start and end of a partition; a leader that has just changed is asked again."""
        until = time.monotonic() + REPLICAS_WITHIN_S
        while True:
            try:
                return self.consumer.get_watermark_offsets(TopicPartition(self.name, partition), 30)
            except KafkaException as failure:
                if time.monotonic() > until:
                    raise RuntimeError(f"{self.name}: partition {partition} does not tell its ends") from failure
                # The metadata is old: a new list names the current leader.
                self.consumer.list_topics(self.name, 30)
                time.sleep(0.2)

    def records(self, ends):
        self.consumer.assign([TopicPartition(self.name, p, OFFSET_BEGINNING) for p in ends])
        records, open_ends, heard = [], set(ends), time.monotonic()
        while open_ends:
            messages = self.consumer.consume(10_000, 0.2)
            if messages:
                heard = time.monotonic()
            if time.monotonic() - heard > SILENCE_S:
                raise RuntimeError(f"{self.name}: partitions {sorted(open_ends)} do not come to their end")
            for message in messages:
                error = message.error()
                if error is None:
                    records.append(self.record(message))
                elif error.code() == KafkaError._PARTITION_EOF:
                    # The end is a place with nothing after it, not an answer that happens to be empty.
                    if message.offset() >= ends[message.partition()]:
                        open_ends.discard(message.partition())
                elif not error.retriable():
                    raise RuntimeError(f"{self.name}: {error}")
        return records

    def record(self, message):
        sources = [value for name, value in message.headers() or [] if name == "src"]
        key = None if message.key() is None else message.key().decode("utf-8", "replace")
        record = Record(message.partition(), message.offset(), key, None, sources[0] if sources else None)
        try:
            record.value = record_value(self.decode(message.value()))
            if len(sources) > 1:
                record.value, record.reason = None, f"{len(sources)} source headers"
        except (ValueError, KeyError, TypeError, EOFError, IndexError, struct.error) as error:
            record.reason = f"unreadable: {error!r}"
        return record

    def decode(self, body):
        if body is None or body[:1] != b"\0":
            raise ValueError("no registered Avro record")
        (number,) = struct.unpack(">I", body[1:5])
        if number not in self.schemas:
            with urllib.request.urlopen(f"{self.registry}/schemas/ids/{number}") as answer:
                self.schemas[number] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
        stream = io.BytesIO(body[5:])
        record = fastavro.schemaless_reader(stream, self.schemas[number], None)
        if stream.read(1):
            raise ValueError("bytes after the record")
        return record
