/** librdkafka's own default partitioner: a key that Confluent's Python client has written stays in its partition. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS } from "./kafka_clients.ts";

const PARTITIONS = 30;
const SYMBOLS = ["BHP", "MWR", "CBA", "BTC-USDT", "EUR/USD", "é", "X".repeat(200)];

/** Writes one record under each key, without a partition. */
const PRODUCE = `
import sys
from confluent_kafka import Producer
brokers, topic, *keys = sys.argv[1:]
producer = Producer({"bootstrap.servers": brokers})
for key in keys:
    producer.produce(topic, key=key.encode(), value=b"x")
sys.exit(producer.flush(60))
`;

const stack = realStack();
const python = Deno.env.get("TICKFLUME_PYTHON");
if (stack === null || python === undefined) {
  console.log("skipping librdkafka's partitioner: no stack, or TICKFLUME_PYTHON names no python with confluent-kafka");
} else {
  for (const [client, openLog] of KAFKA_CLIENTS) {
    Deno.test(`partitionFor() as crc32 puts keys where Confluent's Python client has put them, read by ${client}`, async () => {
      const topic = `partitioner-${crypto.randomUUID()}`;
      const log = await openLog({
        brokers: stack.brokers,
        clientId: "partitioner",
        requestTimeoutMs: 30_000,
        deliveryTimeoutMs: 30_000,
        connectionTimeoutMs: 30_000,
        clock: systemClock,
      });
      try {
        await log.admin.createTopic({ name: topic, partitions: PARTITIONS });
        const args = ["-c", PRODUCE, stack.brokers.join(","), topic, ...SYMBOLS];
        const { success, stderr } = await new Deno.Command(python, { args }).output();
        assert.ok(success, new TextDecoder().decode(stderr));
        const found = new Map<string, number>();
        for (const { partition, start, end } of await log.admin.offsets(topic)) {
          if (start === end) continue;
          for await (const records of log.read(topic, partition, { from: start, to: end })) {
            for (const { key } of records) found.set(new TextDecoder().decode(key ?? undefined), partition);
          }
        }
        const ours = SYMBOLS.map((symbol) =>
          [symbol, partitionFor(new TextEncoder().encode(symbol), PARTITIONS, "crc32")] as const
        );
        assert.deepEqual(found, new Map(ours));
        assert.equal(found.get("BHP"), 25);
      } finally {
        await log.admin.deleteTopic(topic);
        await log.close();
      }
    });
  }
}
