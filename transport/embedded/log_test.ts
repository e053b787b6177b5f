import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers";
import { systemClock } from "../../kernel/clock.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { type Log, LogError, type LogErrorCode, type LogRecord } from "../log.ts";
import { LOG_FILE, openEmbeddedLog } from "./log.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

const TOPIC = "market.equities.trades.asx";

function records(count: number, bytes = 10): LogRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    key: new TextEncoder().encode("BHP"),
    value: new Uint8Array(bytes).fill(at),
    timestamp: 1_767_323_045_678 + at,
  }));
}

async function store(log: Log, { partition = 0, batch }: { partition?: number; batch: LogRecord[] }): Promise<void> {
  const producer = await log.createProducer();
  assert.equal((await producer.send(TOPIC, partition, batch)).type, "stored");
  await producer.close();
}

async function codeOf(promise: Promise<unknown>): Promise<LogErrorCode> {
  const error = await promise.then(() => assert.fail("it must reject"), (cause: unknown) => cause);
  assert.ok(error instanceof LogError, String(error));
  return error.code;
}

async function drain(log: Log, from = 0n, to?: bigint): Promise<number> {
  let count = 0;
  for await (const chunk of log.read(TOPIC, 0, { from, ...(to === undefined ? {} : { to }) })) count += chunk.length;
  return count;
}

Deno.test("openEmbeddedLog finds everything again: topics with ids and configuration, offsets, records, cluster id", () =>
  inFolder(async (dataDir) => {
    const first = openEmbeddedLog({ dataDir, clock: systemClock });
    await first.admin.createTopic({ name: TOPIC, partitions: 3, config: { "cleanup.policy": "compact" } });
    await store(first, { partition: 2, batch: records(120) });
    const before = [
      await first.admin.describeTopic(TOPIC),
      await first.admin.offsets(TOPIC),
      await first.admin.clusterId(),
    ];
    await first.close();
    const second = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    const after = [
      await second.admin.describeTopic(TOPIC),
      await second.admin.offsets(TOPIC),
      await second.admin.clusterId(),
    ];
    assert.deepEqual(after, before);
    await store(second, { partition: 2, batch: records(1) });
    assert.equal((await second.admin.offsets(TOPIC))[2]?.end, 121n);
    await second.close();
  }));

Deno.test("openEmbeddedLog for reading reads beside the writer and refuses to write as unauthorized", () =>
  inFolder(async (dataDir) => {
    const writer = openEmbeddedLog({ dataDir, clock: systemClock });
    await writer.admin.createTopic({ name: TOPIC, partitions: 1 });
    const reader = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true });
    await store(writer, { batch: records(5) });
    assert.equal(await drain(reader, 0n, 5n), 5);
    assert.equal(await codeOf(reader.createProducer()), "unauthorized");
    assert.equal(await codeOf(reader.admin.createTopic({ name: "another", partitions: 1 })), "unauthorized");
    assert.equal(await codeOf(reader.admin.deleteTopic(TOPIC)), "unauthorized");
    assert.deepEqual(await writer.admin.listTopics(), [TOPIC]);
    await reader.close();
    await writer.close();
  }));

Deno.test("EmbeddedLog.read that follows looks again once per interval of the clock", () =>
  inFolder(async (dataDir) => {
    const clock = new ManualClock();
    const log = openEmbeddedLog({ dataDir, clock, pollMs: 40 });
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    const reading = log.read(TOPIC, 0, { from: 0n })[Symbol.asyncIterator]();
    let arrived = 0;
    const next = reading.next().then(({ value }) => arrived = value.length);
    while (clock.pending === 0) await clock.runUntilIdle();
    await store(log, { batch: records(3) });
    await clock.advance(39);
    assert.equal(arrived, 0);
    await clock.advance(1);
    await next;
    assert.equal(arrived, 3);
    await log.close();
    assert.equal(clock.pending, 0);
  }));

Deno.test("EmbeddedLog.read that waits ends with unknown_topic when its topic is deleted, also if it is made again", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, pollMs: 1 });
    for (const again of [false, true]) {
      await log.admin.createTopic({ name: TOPIC, partitions: 1 });
      await store(log, { batch: records(3) });
      const reading = codeOf(drain(log));
      await log.admin.deleteTopic(TOPIC);
      if (again) await log.admin.createTopic({ name: TOPIC, partitions: 1 });
      assert.equal(await reading, "unknown_topic");
    }
    await log.close();
  }));

Deno.test("EmbeddedLog.deleteTopic takes the topic's records and no others", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock });
    for (const name of ["before", TOPIC, "after"]) {
      await log.admin.createTopic({ name, partitions: 2 });
      const producer = await log.createProducer();
      for (const partition of [0, 1]) await producer.send(name, partition, records(60));
    }
    await log.admin.deleteTopic(TOPIC);
    for (const name of ["before", "after"]) {
      assert.deepEqual((await log.admin.offsets(name)).map(({ end }) => end), [60n, 60n]);
    }
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    assert.equal((await log.admin.offsets(TOPIC))[0]?.end, 0n);
    assert.equal(await log.offsetForTime(TOPIC, 0, 0), 0n);
    await log.close();
    const database = new DatabaseSync(join(dataDir, LOG_FILE), { readOnly: true });
    assert.equal(database.prepare("SELECT count(*) AS count FROM records").get()?.count, 240);
    assert.equal(database.prepare("SELECT count(*) AS count FROM sends").get()?.count, 4);
    database.close();
  }));

Deno.test("EmbeddedLog.read keeps a chunk to about a megabyte and a thousand records", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    for (let at = 0; at < 6; at++) await store(log, { batch: records(3, 300_000) });
    await store(log, { batch: records(2_500) });
    const chunks: number[] = [];
    for await (const chunk of log.read(TOPIC, 0, { from: 0n, to: 2_518n })) chunks.push(chunk.length);
    assert.deepEqual(chunks.slice(0, 4), [4, 4, 4, 4]);
    assert.ok(chunks.every((length) => length <= 1_000), chunks.join());
    assert.equal(chunks.reduce((sum, length) => sum + length, 0), 2_518);
    await log.close();
  }));

Deno.test("EmbeddedLog leaves the event loop a turn between sends, and between the chunks of a read", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    await log.admin.createTopic({ name: TOPIC, partitions: 20 });
    const producer = await log.createProducer();
    let turns = 0;
    let counting = true;
    const count = () => {
      turns += 1;
      if (counting) setImmediate(count);
    };
    setImmediate(count);
    await Promise.all(Array.from({ length: 20 }, (_, partition) => producer.send(TOPIC, partition, records(500))));
    assert.ok(turns >= 20, `${turns} turns during 20 sends`);
    for (let at = 0; at < 10; at++) await producer.send(TOPIC, 0, records(1_000));
    turns = 0;
    assert.equal(await drain(log, 0n, 10_500n), 10_500);
    assert.ok(turns >= 10, `${turns} turns during 11 chunks`);
    counting = false;
    await log.close();
  }));

Deno.test("EmbeddedLog takes batches as large as the topic says", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock });
    await log.admin.createTopic({ name: TOPIC, partitions: 1, config: { "max.message.bytes": "5000" } });
    const producer = await log.createProducer();
    const outcome = await producer.send(TOPIC, 0, records(3, 2_000));
    assert.ok(outcome.type === "refused" && outcome.error.code === "message_too_large");
    assert.ok(outcome.error.message.includes("5000"), outcome.error.message);
    await store(log, { batch: records(2, 2_000) });
    await log.close();
  }));

Deno.test("EmbeddedLog.createTopic says so when the file has no room for more partitions", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    for (let at = 0; at < 104; at++) await log.admin.createTopic({ name: `topic-${at}`, partitions: 10_000 });
    assert.equal(await codeOf(log.admin.createTopic({ name: "over", partitions: 10_000 })), "invalid_request");
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    await store(log, { batch: records(60) });
    assert.equal(await drain(log, 0n, 60n), 60);
    await log.close();
  }));

Deno.test("EmbeddedLog.read says damaged when a record is missing, and never passes over it", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock });
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    await store(log, { batch: records(10) });
    const database = new DatabaseSync(join(dataDir, LOG_FILE));
    database.exec("DELETE FROM records WHERE id = 4");
    database.close();
    const error = await drain(log, 0n, 10n).then(() => null, (cause: unknown) => cause);
    assert.ok(error instanceof LogError && error.code === "client", String(error));
    assert.ok(error.cause instanceof StorageError && error.cause.code === "corrupt");
    assert.equal(await codeOf(drain(log, 4n, 5n)), "client");
    assert.equal(await drain(log, 5n, 10n), 5);
    await log.close();
  }));

/** Opens and uses a log with a damaged file: every failure must be a typed one. */
async function survives(dataDir: string): Promise<"whole" | "typed"> {
  let log: Log | null = null;
  try {
    log = openEmbeddedLog({ dataDir, clock: systemClock, readOnly: true });
    const end = (await log.admin.offsets(TOPIC))[0]?.end ?? 0n;
    await log.offsetForTime(TOPIC, 0, 1_767_323_045_700);
    return await drain(log, 0n, end) === 5_000 ? "whole" : "typed";
  } catch (error) {
    assert.ok(error instanceof StorageError || error instanceof LogError, String(error));
    return "typed";
  } finally {
    await log?.close();
  }
}

Deno.test("openEmbeddedLog and its calls answer a truncated or damaged file with typed errors", () =>
  inFolder(async (dataDir) => {
    const log = openEmbeddedLog({ dataDir, clock: systemClock, sync: "normal" });
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    for (let at = 0; at < 5; at++) await store(log, { batch: records(1_000) });
    await log.close();
    assert.equal(await survives(dataDir), "whole");
    const file = join(dataDir, LOG_FILE);
    const whole = await Deno.readFile(file);
    const outcomes = new Map<string, number>();
    const tried = async (content: Uint8Array) => {
      await Deno.writeFile(file, content);
      const outcome = await survives(dataDir);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    };
    for (let step = 0; step < 20; step++) await tried(whole.subarray(0, Math.floor(whole.length * step / 20)));
    assert.equal(outcomes.get("whole") ?? 0, 0, "a truncated file never passes for a whole one");
    for (let page = 1; page < whole.length / 4096; page++) {
      const damaged = whole.slice();
      damaged.fill(0xa5, page * 4096, (page + 1) * 4096);
      await tried(damaged);
    }
    assert.ok((outcomes.get("typed") ?? 0) > 20);
  }));
