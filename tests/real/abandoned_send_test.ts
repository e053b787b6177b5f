/** A send that is given up after its time: what the client does with it afterwards, and its traces. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { eventually, within } from "../contracts/patience.ts";
import type { Log, LogRecord } from "../../transport/log.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "./kafka_clients.ts";
import { KafkaProxy } from "../faults/kafka_proxy.ts";

const CLEAN = { sanitizeOps: true, sanitizeResources: true };
const REQUEST_TIMEOUT_MS = 300;
const DELIVERY_TIMEOUT_MS = 2_000;

function record(value: string): LogRecord {
  return { key: null, value: new TextEncoder().encode(value), timestamp: systemClock.now() };
}

async function valuesOf(log: Log, topic: string, to: bigint): Promise<string[]> {
  const values: string[] = [];
  for await (const chunk of log.read(topic, 0, { from: 0n, to })) {
    for (const { value } of chunk) values.push(new TextDecoder().decode(value ?? new Uint8Array()));
  }
  return values;
}

/** Works with a client that waits longer than the sends may take: on a busy machine any other request takes longer too. */
async function patiently(open: OpenKafkaLog, broker: string, work: (log: Log) => Promise<void>): Promise<void> {
  const times = { requestTimeoutMs: 30_000, deliveryTimeoutMs: 30_000, connectionTimeoutMs: 30_000 };
  const log = await open({ ...times, brokers: [broker], clientId: "abandoned", clock: systemClock });
  await work(log);
  await log.close();
}

/** Drops every answer to a send; the send is given up, its client is closed, and another client continues. */
async function abandon(open: OpenKafkaLog, broker: string): Promise<void> {
  await using proxy = await KafkaProxy.start(broker);
  const log = await open({
    brokers: [proxy.address],
    clientId: "abandoned",
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    connectionTimeoutMs: 5_000,
    clock: systemClock,
  });
  const topic = `abandoned-${crypto.randomUUID()}`;
  await patiently(open, broker, (log) => log.admin.createTopic({ name: topic, partitions: 1 }));
  const open0 = proxy.clients;
  const producer = await log.createProducer();
  const struck = proxy.strike({ type: "swallow_answers" });
  const begin = systemClock.monotonic();
  const outcome = await within("the outcome", producer.send(topic, 0, [record("a"), record("b")]));
  await struck;
  assert.equal(outcome.type, "unknown");
  assert.ok(systemClock.monotonic() - begin < DELIVERY_TIMEOUT_MS + 2_000);
  await within("closing", producer.close());
  const tries = [...proxy.produced];
  assert.ok(tries.length > 2, `tried ${tries.length} times`);
  assert.equal(new Set(tries).size, 1, "never under another identity");
  // Without a connection nothing can be written any more, even if the library still holds records.
  await eventually(
    "the producer's connections are closed",
    () => Promise.resolve(proxy.clients <= open0 ? true : null),
  );
  const next = await log.createProducer();
  const after = await next.send(topic, 0, [record("c")]);
  assert.deepEqual(after, { type: "stored", baseOffset: 2n });
  await next.close();
  assert.deepEqual(proxy.produced.slice(tries.length).filter((id) => id === tries[0]), []);
  await log.close();
  await eventually("all connections are closed", () => Promise.resolve(proxy.clients === 0 ? true : null));
  await patiently(open, broker, async (log) => {
    assert.deepEqual(await valuesOf(log, topic, 3n), ["a", "b", "c"]);
    await log.admin.deleteTopic(topic);
  });
}

const [broker] = realStack()?.brokers ?? [];
if (broker !== undefined) {
  for (const [client, open] of KAFKA_CLIENTS) {
    Deno.test(`${client} writes nothing more once the client of a send that was given up is closed`, CLEAN, () => {
      return abandon(open, broker);
    });
  }
}
