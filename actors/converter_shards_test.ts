/** The converter with shards: they encode in whatever order, and it hands over in the order of the batches. */
import assert from "node:assert/strict";
import type { EventColumns } from "../records/event_columns.ts";
import type { RowBatch } from "../sources/source.ts";
import { target } from "../tests/trades.ts";
import { startAlone } from "./_support.ts";
import { converterActor, type ConverterOptions } from "./converter.ts";
import { type DeliveryRecord, OutOfSequenceError, ROW } from "./delivery.ts";
import { encodeRows } from "./encode_rows.ts";
import { admittedOf, batchOf, plain, TRADES, TRADES_AND_BAD, TRADES_TOO_FINE } from "../tests/event_batches.ts";
import { encodeJob } from "./encoding/encode_job.ts";
import { type Probe, probe } from "./kernel/testing.ts";
import type { ActorRef } from "./kernel/types.ts";
import type { EncoderShardMessage, ProducerMessage, RowsAdmitted, Target } from "./messages.ts";

const trades = await batchOf("trade", TRADES);
const tradesAndBad = await batchOf("trade", TRADES_AND_BAD);
const tradesTooFine = await batchOf("trade", TRADES_TOO_FINE);

interface Sent {
  readonly message: RowsAdmitted;
  readonly record: DeliveryRecord;
  readonly causes: unknown[];
}

/** A converter whose shards and producer are played by the test. */
async function bench({ shardCount = 2, ...options }: ConverterOptions & { readonly shardCount?: number } = {}) {
  const shards = Array.from({ length: shardCount }, () => probe<EncoderShardMessage>());
  const actor = await startAlone(converterActor({ ...options, shards: shards.map(({ ref }) => ref) }));
  const producer = probe<ProducerMessage>();
  const stream = { source: "file" };
  let index = 0;
  return {
    actor,
    shards,
    producer,
    target: (version: "v1" | "v2") => target(version, producer.ref),
    /** Sends a batch; false if there is no room for it yet. */
    send: async (
      batch: RowBatch = trades,
      targets: readonly Target[] = [target("v2", producer.ref)],
    ): Promise<Sent> => {
      const sent = admittedOf(batch, targets, { stream, index: index++ });
      await actor.ref.send(sent.message);
      await actor.idle();
      return sent;
    },
    places: () => producer.received.map(({ place }) => place.index),
    jobs: () => shards.map(({ received }) => received.length),
    /** Encodes the job of a shard, by its place. */
    answer: async (shard: number, job: number) => {
      const asked = at(shards, shard).received[job] ?? assert.fail(`shard ${shard} has no job ${job}`);
      asked.reply.reply(encodeJob(asked.job));
      await actor.idle();
    },
    fail: async (shard: number, job: number) => {
      at(shards, shard).received[job]?.reply.fail(new Error("the shard died"));
      await actor.idle();
    },
    [Symbol.asyncDispose]: () => actor[Symbol.asyncDispose](),
  };
}

/** What the kernel has noted as the cause of a crash. */
function whyOf(failure: unknown): string {
  return failure instanceof Error ? String(failure.cause) : "no error";
}

function at<Message>(probes: readonly Probe<Message>[], index: number): Probe<Message> {
  return probes[index] ?? assert.fail(`no probe ${index}`);
}

Deno.test("the converter hands over what its shards encode in the order in which the batches came", async () => {
  await using all = await bench();
  for (let batch = 0; batch < 4; batch++) await all.send();
  assert.deepEqual(all.jobs(), [2, 2], "to the shard that has least to do");
  await all.answer(1, 0);
  await all.answer(1, 1);
  assert.deepEqual(all.places(), [], "the first batch is not encoded yet");
  await all.answer(0, 0);
  assert.deepEqual(all.places(), [0, 1]);
  await all.answer(0, 1);
  assert.deepEqual(all.places(), [0, 1, 2, 3]);
});

Deno.test("the converter's records from a shard are those that it would make itself", async () => {
  await using all = await bench();
  for (const [job, version] of (["v1", "v2"] as const).entries()) {
    const { message, record, causes } = await all.send(tradesAndBad, [all.target(version)]);
    const expected = admittedOf(tradesAndBad, message.targets);
    const records = encodeRows(expected.message, 0, all.target(version));
    await all.answer(0, job);
    const sent = all.producer.received.at(-1) ?? assert.fail("nothing was sent");
    assert.deepEqual(plain(sent.records), plain(records));
    assert.deepEqual(record.refusals, expected.record.refusals);
    sent.part.acknowledge(sent.records.indexes, 0, 0n);
    assert.deepEqual(causes, [undefined]);
  }
});

Deno.test("the converter takes no more batches than its shards can have, and goes on as they are handed over", async () => {
  await using all = await bench({ shardCount: 1, capacity: 1 });
  for (let batch = 0; batch < 3; batch++) await all.send();
  assert.deepEqual(all.jobs(), [2], "one that is encoded, one that waits; the third is in the mailbox");
  assert.equal(all.actor.ref.trySend(admittedOf(trades, []).message), false, "back-pressure");
  await all.answer(0, 0);
  assert.deepEqual(all.jobs(), [3]);
});

Deno.test("the converter waits for a producer without room, and its shards go on meanwhile", async () => {
  await using all = await bench();
  const { promise, resolve } = Promise.withResolvers<void>();
  const full: ActorRef<ProducerMessage> = { path: "full", trySend: () => false, send: () => promise };
  await all.send(trades, [target("v2", full)]);
  await all.send();
  assert.deepEqual(all.jobs(), [1, 1]);
  await all.answer(0, 0);
  await all.answer(1, 0);
  assert.deepEqual(all.places(), [], "nothing overtakes the batch that waits for room");
  resolve();
  await all.actor.idle();
  assert.deepEqual(all.places(), [1]);
});

Deno.test("the converter encodes here what its shards cannot, when its turn comes", async () => {
  await using all = await bench();
  await all.send();
  const fine = await all.send(tradesTooFine, [all.target("v1")]);
  const objects = await all.send({ ...trades, rows: trades.rows });
  assert.deepEqual(all.jobs(), [1, 0]);
  assert.deepEqual([all.places(), fine.record.refusals], [[], []]);
  await all.answer(0, 0);
  assert.deepEqual(all.places(), [0, 1, 2]);
  assert.deepEqual(fine.record.refusals.map(({ index, rule }) => [index, rule]), [[5, "lossy"]]);
  assert.equal(objects.message.delivery.settled, true);
});

Deno.test("the converter hands over both versions of a batch, one by a shard and one by itself", async () => {
  await using all = await bench();
  const [v1, v2] = [probe<ProducerMessage>(), probe<ProducerMessage>()];
  const { message } = await all.send(tradesTooFine, [target("v1", v1.ref), target("v2", v2.ref)]);
  await all.answer(0, 0);
  assert.deepEqual([v1, v2].map(({ received }) => received.map(({ records }) => records.length)), [[5], [6]]);
  assert.equal(new Set([v1, v2].flatMap(({ received }) => received.map(({ timestamp }) => timestamp))).size, 1);
  assert.equal(message.delivery.settled, true);
});

Deno.test("the converter gives back a batch whose shard has died, and hands over the others", async () => {
  await using all = await bench();
  const [first, second, third] = [await all.send(), await all.send(), await all.send()];
  await all.answer(0, 1);
  await all.answer(1, 0);
  await all.fail(0, 0);
  assert.equal(String(first.causes[0]), "Error: the shard died");
  assert.deepEqual([...first.record.states[0] ?? []], Array(5).fill(ROW.pending));
  assert.deepEqual(all.places(), [1, 2], "which the producer refuses, as the first is missing");
  assert.deepEqual([second.causes, third.causes, all.actor.alive], [[], [], true]);
});

Deno.test("the converter that reads back fails on what a shard has encoded wrongly", async () => {
  for (const verify of [true, false]) {
    await using all = await bench({ verify });
    const { causes } = await all.send();
    const asked = all.shards[0]?.received[0] ?? assert.fail("a job");
    const values = encodeJob(asked.job);
    values.values[40] = (values.values[40] ?? 0) ^ 1;
    asked.reply.reply(values);
    await all.actor.idle();
    assert.equal(causes.length, verify ? 1 : 0);
    assert.equal(all.places().length, verify ? 0 : 1);
  }
});

Deno.test("the converter that fails blames only the batch in hand, and nobody goes on for the others", async () => {
  await using all = await bench();
  const poison = { ...trades, rows: [new Proxy(trades.rows[0] ?? {}, { get: () => assert.fail("a bug") })] };
  const sent = [await all.send(), await all.send(poison as unknown as RowBatch), await all.send()];
  await all.answer(0, 0);
  assert.deepEqual(all.places(), [0]);
  const [, crashed, waited] = sent.map(({ causes }) => causes[0]);
  assert.match(whyOf(crashed), /a bug/);
  assert.ok(waited instanceof OutOfSequenceError);
  assert.equal(all.shards[1]?.received[0]?.reply.settled, true);
  assert.equal(all.actor.alive, true);
  await all.actor.clock.advance(10);
  await all.send();
  await all.answer(0, 1);
  assert.deepEqual(all.places(), [0, 3]);
});

Deno.test("the converter that fails on a batch which it takes does not blame the one before", async () => {
  await using all = await bench();
  const first = await all.send();
  const events: EventColumns = Object.create(trades.events ?? null, { kind: { get: () => assert.fail("a bug") } });
  const { causes } = await all.send({ ...trades, events });
  assert.match(whyOf(causes[0]), /a bug/);
  assert.ok(first.causes[0] instanceof OutOfSequenceError);
});

Deno.test("the converter that is killed gives every batch back once, and hears no more of them", async () => {
  await using all = await bench();
  const sent = [await all.send(), await all.send()];
  const answers = all.shards.flatMap(({ received }) => received);
  all.actor.killNow();
  await all.actor.idle();
  for (const { reply, job } of answers) reply.reply(encodeJob(job));
  await all.actor.clock.advance(10);
  assert.deepEqual(sent.map(({ causes }) => causes.length), [1, 1]);
  assert.deepEqual(all.places(), []);
});

Deno.test("the converter that is stopped hands over first what is under way", async () => {
  const all = await bench();
  const sent = [await all.send(), await all.send(), await all.send()];
  const stopped = all.actor.system.stop();
  await all.answer(1, 0);
  await all.answer(0, 0);
  await all.answer(0, 1);
  await stopped;
  assert.equal(all.actor.clock.pending, 0);
  assert.deepEqual(all.places(), [0, 1, 2]);
  assert.ok(sent.every(({ message }) => message.delivery.settled));
});

Deno.test("the converter gives back a batch that no shard takes any more", async () => {
  const gone: ActorRef<EncoderShardMessage> = {
    path: "gone",
    trySend: () => true,
    send: ({ reply }) => Promise.resolve(reply.fail(new Error("ended for good"))),
  };
  await using actor = await startAlone(converterActor({ shards: [gone] }));
  const { message, causes } = admittedOf(trades, [target("v2")]);
  await actor.ref.send(message);
  await actor.idle();
  assert.deepEqual(causes.map(String), ["Error: ended for good"]);
});
