import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import type { LogProducer, LogRecord, SendOutcome } from "../log.ts";
import { ScriptedClient } from "./_scripted_client.ts";
import { Connections } from "./connections.ts";
import { KafkaFailure, MEANINGS } from "./errors.ts";
import { openKafkaProducer } from "./producer.ts";

const DELIVERY_TIMEOUT_MS = 10_000;
const RECORDS: readonly LogRecord[] = [1, 2, 3].map((value) => ({
  key: null,
  value: new Uint8Array([value]),
  timestamp: 1,
}));

const unreachable = { failure: new KafkaFailure(MEANINGS.unreachable, "the connection broke") };
const NOT_LEADER = { errorCode: 6 };
const NOT_ENOUGH_REPLICAS = { errorCode: 19 };
const NOT_AUTHORIZED = { errorCode: 29 };
const UNKNOWN_TOPIC = { errorCode: 3 };
const OUT_OF_ORDER = { errorCode: 45 };

interface Bench {
  readonly clock: ManualClock;
  readonly client: ScriptedClient;
  readonly producer: LogProducer;
}

async function bench(...steps: ScriptedClient["steps"]): Promise<Bench> {
  const [clock, client] = [new ManualClock(), new ScriptedClient()];
  client.steps.push(...steps);
  const options = {
    brokers: ["broker:9092"],
    clientId: "test",
    requestTimeoutMs: 4_000,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    connectionTimeoutMs: 1_000,
    clock,
  };
  const producer = await openKafkaProducer(new Connections(client, options), options);
  return { clock, client, producer };
}

/** The outcome, with as much time as it needs. */
async function settle({ clock, producer }: Bench, records = RECORDS): Promise<SendOutcome> {
  let outcome: SendOutcome | null = null;
  const sending = producer.send("t", 0, records).then((settled) => outcome = settled);
  const start = clock.monotonic();
  while (outcome === null) {
    assert.ok(clock.monotonic() - start < 2 * DELIVERY_TIMEOUT_MS, "the send is settled in time");
    await clock.advance(50);
  }
  return await sending;
}

function typeOf(outcome: SendOutcome): string {
  return outcome.type === "stored" ? `stored at ${outcome.baseOffset}` : `${outcome.type}: ${outcome.error.code}`;
}

Deno.test("KafkaProducer sends the same batch, with the same sequence number, until it is stored", async () => {
  const at = await bench(unreachable, NOT_LEADER, NOT_ENOUGH_REPLICAS, { offset: 40n }, { offset: 43n });
  assert.equal(typeOf(await settle(at)), "stored at 40");
  assert.equal(typeOf(await settle(at)), "stored at 43");
  const { sent } = at.client;
  assert.deepEqual(sent.map(({ sequence }) => sequence), [0, 0, 0, 0, 3]);
  assert.ok(sent.every(({ producerId, records }) => producerId === 4_711n && records === 3));
  await at.producer.close();
  assert.equal(at.client.open, 0);
});

Deno.test("KafkaProducer takes a new connection after one that broke", async () => {
  const at = await bench(unreachable, NOT_LEADER, { offset: 0n });
  await settle(at);
  assert.deepEqual(at.client.sent.map(({ connection }) => connection), [1, 2, 2]);
  await at.producer.close();
});

Deno.test("KafkaProducer refuses only if no try left a doubt", async () => {
  const refusals = [[NOT_AUTHORIZED], [NOT_ENOUGH_REPLICAS, NOT_AUTHORIZED]];
  for (const steps of refusals) {
    const at = await bench(...steps);
    assert.equal(typeOf(await settle(at)), "refused: unauthorized");
    await at.producer.close();
  }
  const doubts = [[unreachable, NOT_AUTHORIZED], [NOT_LEADER, NOT_AUTHORIZED], [
    unreachable,
    NOT_LEADER,
    NOT_AUTHORIZED,
  ]];
  for (const steps of doubts) {
    const at = await bench(...steps);
    assert.equal(typeOf(await settle(at)), "unknown: unauthorized");
    await at.producer.close();
  }
});

Deno.test("KafkaProducer gives the number of a refused batch to the next one, as the broker expects it", async () => {
  const at = await bench(NOT_AUTHORIZED, { offset: 0n }, { offset: 3n });
  await settle(at);
  await settle(at);
  await settle(at);
  assert.deepEqual(at.client.sent.map(({ sequence }) => sequence), [0, 0, 3]);
  await at.producer.close();
});

Deno.test("KafkaProducer never sends again with another identity when the broker has lost it", async () => {
  const at = await bench(unreachable, OUT_OF_ORDER);
  assert.equal(typeOf(await settle(at)), "unknown: producer_fenced");
  assert.equal(at.client.sent.length, 2);
  await at.producer.close();
});

Deno.test("KafkaProducer gives up at its deadline, as unknown, and sends nothing afterwards", async () => {
  const at = await bench("no answer");
  const sending = settle(at);
  assert.equal(typeOf(await sending), "unknown: timed_out");
  assert.equal(at.clock.monotonic() >= DELIVERY_TIMEOUT_MS, true);
  assert.equal(typeOf(await settle(at)), "refused: producer_fenced");
  await at.producer.close();
  assert.equal(at.client.open, 0);
  await at.clock.advance(10 * DELIVERY_TIMEOUT_MS);
  assert.equal(at.client.sent.length, 1);
  assert.equal(at.clock.pending, 0);
});

Deno.test("KafkaProducer tries to the deadline what may pass by itself", async () => {
  const at = await bench(...Array.from({ length: 100 }, () => NOT_ENOUGH_REPLICAS));
  const outcome = await settle(at);
  // It was never written, but the log has not said no for good either.
  assert.equal(typeOf(outcome), "unknown: leader_changed");
  assert.ok(at.client.sent.length > 5 && at.client.sent.length < 20, `${at.client.sent.length} tries`);
  await at.producer.close();
});

Deno.test("KafkaProducer gives a topic that was just made a moment, and no longer", async () => {
  const made = await bench(UNKNOWN_TOPIC, { offset: 0n });
  assert.equal(typeOf(await settle(made)), "stored at 0");
  await made.producer.close();
  const absent = await bench(...Array.from({ length: 100 }, () => UNKNOWN_TOPIC));
  assert.equal(typeOf(await settle(absent)), "unknown: unknown_topic");
  assert.ok(absent.clock.monotonic() < DELIVERY_TIMEOUT_MS / 2);
  await absent.producer.close();
});

Deno.test("KafkaProducer writes nothing into a topic of the same name that was made again", async () => {
  const at = await bench({ offset: 40n }, NOT_LEADER);
  await settle(at);
  at.client.topicId = 8;
  assert.equal(typeOf(await settle(at)), "unknown: unknown_topic");
  assert.equal(at.client.sent.length, 2, "the one before it was known");
  await at.producer.close();
});

Deno.test("KafkaProducer takes an offset that goes back for stored only if the topic is the same", async () => {
  const remade = await bench({ offset: 40n }, { offset: 0n });
  await settle(remade);
  remade.client.topicId = 8;
  const outcome = await settle(remade);
  assert.equal(typeOf(outcome), "unknown: unknown_topic");
  assert.ok(outcome.type === "unknown" && /"t" was deleted and made again/.test(outcome.error.message));
  await remade.producer.close();
  const shortened = await bench({ offset: 40n }, { offset: 0n });
  await settle(shortened);
  assert.equal(typeOf(await settle(shortened)), "stored at 0");
  await shortened.producer.close();
});

Deno.test("KafkaProducer.close waits for a send that has no outcome yet", async () => {
  const { clock, producer } = await bench("no answer");
  const order: string[] = [];
  const sending = producer.send("t", 0, RECORDS).then(() => order.push("settled"));
  const closing = producer.close().then(() => order.push("closed"));
  await clock.advance(DELIVERY_TIMEOUT_MS / 2);
  assert.deepEqual(order, []);
  await clock.advance(DELIVERY_TIMEOUT_MS / 2);
  await Promise.all([sending, closing]);
  assert.deepEqual(order, ["settled", "closed"]);
});
