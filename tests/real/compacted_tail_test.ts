import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import type { Log, LogRecord } from "../../transport/log.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS } from "./kafka_clients.ts";

const KEYS = 20;
const CONFIG = {
  "cleanup.policy": "compact",
  "min.cleanable.dirty.ratio": "0.0001",
  "max.compaction.lag.ms": "1",
  "delete.retention.ms": "0",
  "segment.ms": "1",
};

function recordOf(key: number, value: string | null): LogRecord {
  const encoder = new TextEncoder();
  return {
    key: encoder.encode(`${key}`),
    value: value === null ? null : encoder.encode(value),
    timestamp: systemClock.now(),
  };
}

async function send(log: Log, topic: string, records: readonly LogRecord[]): Promise<void> {
  const producer = await log.createProducer();
  assert.equal((await producer.send(topic, 0, records)).type, "stored");
  await producer.close();
}

async function read(log: Log, topic: string, to: bigint): Promise<number> {
  let records = 0;
  for await (const chunk of log.read(topic, 0, { from: 0n, to })) records += chunk.length;
  return records;
}

const stack = realStack();
for (const [name, open] of stack === null ? [] : KAFKA_CLIENTS) {
  Deno.test(`${name} reads up to the end of a range of which compaction has left nothing`, async () => {
    const log = await open({
      brokers: stack?.brokers ?? [],
      clientId: "compacted",
      requestTimeoutMs: 10_000,
      deliveryTimeoutMs: 20_000,
      connectionTimeoutMs: 10_000,
      clock: systemClock,
    });
    try {
      const topic = `compacted-${crypto.randomUUID()}`;
      await log.admin.createTopic({ name: topic, partitions: 1, config: CONFIG });
      const keys = Array.from({ length: KEYS }, (_, key) => key);
      await send(log, topic, keys.map((key) => recordOf(key, "a value that goes")));
      await send(log, topic, keys.map((key) => recordOf(key, null)));
      const end = BigInt(2 * KEYS);
      // Tombstones disappear at the cleaning after the one that kept them; each needs a closed segment.
      for (let closing = 0; await read(log, topic, end) > 0; closing++) {
        assert.ok(closing < 90, "the tombstones are still there");
        await send(log, topic, [recordOf(1_000 + closing, "closes the segment before")]);
        await systemClock.sleep(1_000);
      }
      const [offsets] = await log.admin.leaderOffsets(topic);
      assert.ok(offsets !== undefined && offsets.end > end);
      assert.equal(offsets.end, offsets.logEnd);
      assert.ok(await read(log, topic, offsets.end) > 0);
    } finally {
      await log.close();
    }
  });
}
