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
  readonly connections: Connections;
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
  const connections = new Connections(client, options);
  return { clock, client, connections, producer: await openKafkaProducer(connections, options) };
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

/** Outcomes of sends of the same records to the first partitions, all made at the same time. */
async function settleTogether(at: Bench, count: number, records = RECORDS): Promise<string[]> {
  const sends = Array.from({ length: count }, (_, partition) => at.producer.send("t", partition, records));
  const settled = Promise.all(sends).then((outcomes) => outcomes.map(typeOf));
  let isOver = false;
  settled.then(() => isOver = true);
  const start = at.clock.monotonic();
  while (!isOver) {
    assert.ok(at.clock.monotonic() - start < 2 * DELIVERY_TIMEOUT_MS, "the sends are settled in time");
    await at.clock.advance(50);
  }
  return await settled;
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

Deno.test("KafkaProducer writes nothing into a topic that was made again, also if others have asked about it since", async () => {
  const at = await bench({ offset: 40n });
  await settle(at);
  at.client.topicId = 8;
  at.connections.forget("t");
  await at.connections.topic("t");
  assert.equal(typeOf(await settle(at)), "refused: unknown_topic");
  assert.equal(at.client.sent.length, 1);
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

const requestsOf = ({ client: { sent } }: Bench) =>
  sent.map(({ request, partition, sequence }) => `${request}: ${partition} from ${sequence}`);

Deno.test("KafkaProducer sends to several partitions in one request, and gives each send the outcome of its own", async () => {
  const at = await bench({ offset: 5n }, NOT_AUTHORIZED, { offset: 70n }, { offset: 8n }, { offset: 0n }, {
    offset: 73n,
  });
  assert.deepEqual(await settleTogether(at, 3), ["stored at 5", "refused: unauthorized", "stored at 70"]);
  assert.deepEqual(await settleTogether(at, 3), ["stored at 8", "stored at 0", "stored at 73"]);
  assert.deepEqual(requestsOf(at), [
    "1: 0 from 0",
    "1: 1 from 0",
    "1: 2 from 0",
    "2: 0 from 3",
    "2: 1 from 0",
    "2: 2 from 3",
  ]);
  await at.producer.close();
});

Deno.test("KafkaProducer sends again only what its request has not brought to an end", async () => {
  const at = await bench({ offset: 0n }, NOT_LEADER, { offset: 0n }, NOT_ENOUGH_REPLICAS, { offset: 9n });
  assert.deepEqual(await settleTogether(at, 3), ["stored at 0", "stored at 9", "stored at 0"]);
  assert.deepEqual(requestsOf(at).slice(3), ["2: 1 from 0", "3: 1 from 0"]);
  await at.producer.close();
});

Deno.test("KafkaProducer is in doubt of all sends of a request that has no answer, and settles each by itself", async () => {
  const at = await bench(unreachable, unreachable, unreachable, { offset: 1n }, NOT_AUTHORIZED, { offset: 2n });
  assert.deepEqual(await settleTogether(at, 3), ["stored at 1", "unknown: unauthorized", "stored at 2"]);
  assert.deepEqual(at.client.sent.map(({ connection }) => connection), [1, 1, 1, 2, 2, 2]);
  assert.ok(at.client.sent.every(({ sequence }) => sequence === 0));
  await at.producer.close();
  const silent = await bench("no answer", "no answer");
  assert.deepEqual(await settleTogether(silent, 2), ["unknown: timed_out", "unknown: timed_out"]);
  await silent.producer.close();
  assert.equal(silent.clock.pending, 0);
});

Deno.test("KafkaProducer is in doubt of a send that the answer to its request does not name, and of no other", async () => {
  const at = await bench({ offset: 0n }, "not named", { offset: 4n });
  const [first, second, third] = await settleTogether(at, 3);
  assert.deepEqual([first, third], ["stored at 0", "stored at 4"]);
  assert.match(second ?? "", /^unknown/);
  await at.producer.close();
});

Deno.test("KafkaProducer puts no more than 16 KiB into a request of several partitions", async () => {
  const at = await bench(...Array.from({ length: 4 }, () => ({ offset: 0n })));
  const records = [{ key: null, value: new Uint8Array(6_000), timestamp: 1 }];
  await settleTogether(at, 3, records);
  assert.deepEqual(requestsOf(at), ["1: 0 from 0", "1: 1 from 0", "2: 2 from 0"]);
  const [large] = [{ key: null, value: new Uint8Array(3_000_000), timestamp: 1 }];
  assert.equal(typeOf(await settle(at, [large])), "stored at 0");
  await at.producer.close();
});

Deno.test("KafkaProducer sends to a leader that it knows with one timer, and asks again after an error", async () => {
  const at = await bench({ offset: 0n }, { offset: 3n }, NOT_LEADER, { offset: 6n });
  await settle(at);
  const { clock: { schedule } } = at;
  let timers = 0;
  at.clock.schedule = (...args) => {
    timers += 1;
    return schedule.apply(at.clock, args);
  };
  assert.deepEqual(await at.producer.send("t", 0, RECORDS), { type: "stored", baseOffset: 3n });
  assert.equal(timers, 1);
  assert.equal(at.client.sent.length, 2);
  at.client.topicId += 1;
  const outcome = await settle(at);
  assert.equal(typeOf(outcome), "unknown: unknown_topic");
  assert.equal(at.client.sent.length, 3);
  await at.producer.close();
});
