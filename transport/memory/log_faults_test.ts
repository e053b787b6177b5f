import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/testing.ts";
import { LogError, type LogRecord } from "../log.ts";
import { LogMisuseError, MemoryBroker, type MemoryBrokerOptions } from "./broker.ts";
import { MemoryLog } from "./log.ts";

const TOPIC = "market.equities.trades.asx";

function record(text: string): LogRecord {
  return { key: new TextEncoder().encode("BHP"), value: new TextEncoder().encode(text), timestamp: 1_000 };
}

async function opened(options: MemoryBrokerOptions = {}) {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock, ...options });
  const log = new MemoryLog(broker);
  await log.admin.createTopic({ name: TOPIC, partitions: 4 });
  return { clock, broker, log, producer: await log.createProducer() };
}

function values(broker: MemoryBroker, partition = 0): string[] {
  return broker.records(TOPIC, partition).map(({ value }) => new TextDecoder().decode(value ?? undefined));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(() => assert.fail("it must reject"), (cause: unknown) => cause);
  assert.ok(error instanceof LogError, String(error));
  return error.code;
}

/** Has the promise settled once everything that needs no time has run? */
async function settled(clock: ManualClock, promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  promise.finally(() => done = true).catch(() => undefined);
  await clock.runUntilIdle();
  return done;
}

Deno.test("MemoryProducer.send throws when a send to the same partition is unsettled, on this producer or another", async () => {
  const { broker, log, producer } = await opened();
  const other = await log.createProducer();
  const first = producer.send(TOPIC, 0, [record("a")]);
  assert.throws(() => producer.send(TOPIC, 0, [record("b")]), LogMisuseError);
  assert.throws(() => other.send(TOPIC, 0, [record("b")]), LogMisuseError);
  const elsewhere = producer.send(TOPIC, 1, [record("c")]);
  assert.equal((await first).type, "stored");
  assert.equal((await elsewhere).type, "stored");
  assert.equal((await producer.send(TOPIC, 0, [record("d")])).type, "stored");
  assert.equal(broker.misuses.length, 2);
  assert.deepEqual(values(broker), ["a", "d"]);
});

Deno.test("MemoryProducer.send throws on a producer that has failed to store something", async () => {
  const { broker, producer } = await opened();
  broker.faults.next("send", { type: "unknown", stored: "no" });
  await producer.send(TOPIC, 0, [record("a")]);
  assert.throws(() => producer.send(TOPIC, 1, [record("b")]), LogMisuseError);
});

Deno.test("MemoryProducer.send fails loudly when bytes change before it has settled, and stores the bytes of the call", async () => {
  const { broker, producer } = await opened();
  const arena = new TextEncoder().encode("before");
  const header = new Uint8Array([1]);
  const sending = producer.send(TOPIC, 0, [{ ...record(""), value: arena, headers: [["id", header]] }]);
  arena.fill(0);
  await assert.rejects(sending, LogMisuseError);
  assert.deepEqual(values(broker), ["before"]);
  const next = producer.send(TOPIC, 0, [{ ...record("x"), headers: [["id", header]] }]);
  header.fill(2);
  await assert.rejects(next, LogMisuseError);
});

Deno.test("LogFaults.next unknown late with afterMs stores on the clock, after the outcome, behind later sends", async () => {
  const { broker, clock, log, producer } = await opened();
  broker.faults.next("send", { type: "unknown", stored: "late", afterMs: 500 });
  assert.equal((await producer.send(TOPIC, 0, [record("late")])).type, "unknown");
  await clock.advance(499);
  assert.deepEqual(values(broker), []);
  await (await log.createProducer()).send(TOPIC, 0, [record("later")]);
  await clock.advance(1);
  assert.deepEqual(values(broker), ["later", "late"]);
  assert.deepEqual(broker.appends.map(({ late }) => late), [false, true]);
});

Deno.test("LogFaults.next hang holds the answer; after the delivery time-out the outcome is unknown and the record comes late", async () => {
  const { broker, clock, producer } = await opened({ deliveryTimeoutMs: 1_000 });
  const hang = broker.faults.next("send", { type: "hang" });
  const sending = producer.send(TOPIC, 0, [record("held")]);
  await hang.reached;
  await clock.advance(999);
  assert.equal(await settled(clock, sending), false);
  await clock.advance(1);
  const outcome = await sending;
  assert.ok(outcome.type === "unknown" && outcome.error.code === "timed_out");
  assert.deepEqual(values(broker), []);
  hang.release();
  await clock.runUntilIdle();
  assert.deepEqual(values(broker), ["held"]);
});

Deno.test("LogFaults.next hang released in time is stored, and a lost one never is", async () => {
  const { broker, clock, log, producer } = await opened();
  const hang = broker.faults.next("send", { type: "hang" });
  const sending = producer.send(TOPIC, 0, [record("held")]);
  await hang.reached;
  hang.release();
  assert.deepEqual(await sending, { type: "stored", baseOffset: 0n });
  const lost = broker.faults.next("send", { type: "hang", lost: true });
  const losing = (await log.createProducer()).send(TOPIC, 0, [record("lost")]);
  await lost.reached;
  lost.release();
  assert.equal((await losing).type, "unknown");
  assert.deepEqual(values(broker), ["held"]);
  assert.equal(clock.pending, 0);
});

Deno.test("LogFaults.next counts times and skips, and keeps to its topic and partition", async () => {
  const { broker, log } = await opened();
  broker.faults.next("send", { type: "refuse", code: "leader_changed" }, { partition: 2, skip: 1, times: 2 });
  const send = async (partition: number) =>
    (await (await log.createProducer()).send(TOPIC, partition, [record("x")])).type;
  assert.equal(await send(0), "stored");
  const onTwo = [await send(2), await send(2), await send(2), await send(2)];
  assert.deepEqual(onTwo, ["stored", "refused", "refused", "stored"]);
  assert.equal(await send(0), "stored");
});

Deno.test("LogFaults.unreachable strikes so many calls and sends, or all until released", async () => {
  const { broker, log } = await opened();
  broker.faults.unreachable({ calls: 2 });
  assert.equal(await codeOf(log.admin.listTopics()), "unreachable");
  assert.equal(await codeOf(log.createProducer()), "unreachable");
  const producer = await log.createProducer();
  const cut = broker.faults.unreachable();
  const outcome = await producer.send(TOPIC, 0, [record("x")]);
  assert.ok(outcome.type === "unknown" && outcome.error.code === "unreachable");
  assert.equal(await codeOf(log.admin.offsets(TOPIC)), "unreachable");
  cut.release();
  assert.deepEqual((await log.admin.offsets(TOPIC))[0], { partition: 0, start: 0n, end: 0n });
});

Deno.test("LogFaults.next on a call fails or hangs that call only, and a hang times out on the clock", async () => {
  const { broker, clock, log } = await opened({ requestTimeoutMs: 700 });
  broker.faults.next("describe_topic", { type: "fail", code: "unauthorized" }, { topic: TOPIC });
  assert.equal((await log.admin.offsets(TOPIC)).length, 4);
  assert.equal(await log.admin.describeTopic("another"), null);
  assert.equal(await codeOf(log.admin.describeTopic(TOPIC)), "unauthorized");
  const hang = broker.faults.next("describe_topic", { type: "hang" });
  const hanging = codeOf(log.admin.describeTopic(TOPIC));
  await hang.reached;
  await clock.advance(700);
  assert.equal(await hanging, "timed_out");
});

Deno.test("LogFaults.next on read strikes in the middle of a read, by chunks", async () => {
  const { broker, log, producer } = await opened({ chunkRecords: 2 });
  await producer.send(TOPIC, 0, ["a", "b", "c", "d", "e"].map(record));
  broker.faults.next("read", { type: "fail", code: "unreachable" }, { skip: 2 });
  const found: number[] = [];
  const reading = async () => {
    for await (const chunk of log.read(TOPIC, 0, { from: 0n, to: 5n })) found.push(chunk.length);
  };
  assert.equal(await codeOf(reading()), "unreachable");
  assert.deepEqual(found, [2, 2]);
});

Deno.test("MemoryLog.read that hangs ends when it is aborted, and when its log is closed", async () => {
  const { broker, clock, log } = await opened();
  const read = async (signal?: AbortSignal) => {
    for await (
      const _ of log.read(TOPIC, 0, { from: 0n, ...(signal === undefined ? {} : { signal }) })
    ) { /* no records */ }
  };
  const stop = new AbortController();
  const first = broker.faults.next("read", { type: "hang" });
  const aborted = read(stop.signal);
  await first.reached;
  stop.abort();
  await aborted;
  const second = broker.faults.next("read", { type: "hang" });
  const closed = codeOf(read());
  await second.reached;
  await log.close();
  assert.equal(await closed, "closed");
  assert.equal(clock.pending, 0);
});

Deno.test("LogFaults.slow makes sends and calls take time on the clock, until it is ended", async () => {
  const { broker, clock, log, producer } = await opened();
  broker.faults.slow({ sendMs: 50, callMs: 20 });
  const sending = producer.send(TOPIC, 0, [record("slow")]);
  const asking = log.admin.clusterId();
  await clock.advance(19);
  assert.deepEqual([await settled(clock, asking), await settled(clock, sending)], [false, false]);
  await clock.advance(1);
  assert.deepEqual([await settled(clock, asking), await settled(clock, sending)], [true, false]);
  await clock.advance(30);
  assert.equal(await settled(clock, sending), true);
  broker.faults.slow({});
  assert.equal(await settled(clock, log.admin.clusterId()), true);
});

Deno.test("LogFaults.clear releases what hangs and disarms what waits", async () => {
  const { broker, log, producer } = await opened();
  const hang = broker.faults.next("send", { type: "hang" });
  broker.faults.next("list_topics", { type: "fail", code: "unauthorized" });
  const sending = producer.send(TOPIC, 0, [record("x")]);
  await hang.reached;
  broker.faults.clear();
  assert.equal((await sending).type, "stored");
  assert.deepEqual(await log.admin.listTopics(), [TOPIC]);
});

Deno.test("MemoryBroker.recreateTopic gives another id and no records, and ends reads of the old topic", async () => {
  const { broker, log, producer } = await opened();
  await producer.send(TOPIC, 0, [record("old")]);
  const before = (await log.admin.describeTopic(TOPIC))?.id;
  const reading = (async () => {
    for await (const _ of log.read(TOPIC, 0, { from: 0n })) broker.recreateTopic(TOPIC);
  })();
  assert.equal(await codeOf(reading), "unknown_topic");
  assert.notEqual((await log.admin.describeTopic(TOPIC))?.id, before);
  assert.deepEqual(values(broker), []);
  assert.equal(broker.appends.length, 1, "the audit keeps what was written");
});

Deno.test("MemoryBroker outlives its connections: a new log finds the records of a closed one", async () => {
  const { broker, log, producer } = await opened();
  await producer.send(TOPIC, 3, [record("kept")]);
  await log.close();
  const again = new MemoryLog(broker);
  assert.equal((await again.admin.offsets(TOPIC))[3]?.end, 1n);
  assert.equal(await again.admin.clusterId(), broker.clusterId);
});
