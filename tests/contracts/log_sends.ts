/**
 * Contract cases: the log stores exactly what is sent, in order.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { LogRecord, LogRecordRun } from "../../transport/log.ts";
import type { LogContractCase } from "./log_env.ts";
import {
  bounds,
  bytes,
  endsAt,
  newTopic,
  numbered,
  plain,
  readAll,
  record,
  RECORD_TIME,
  sendOnce,
  store,
  texts,
  withProducer,
} from "./log_helpers.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { recordOfRun } from "../support/record_of_run.ts";
import { within } from "./patience.ts";

/** Sends that succeed, and sends that the log refuses. */
export const sendCases: readonly LogContractCase[] = [
  {
    name: "sends one after the other are stored in order, at contiguous offsets, from the base offset told",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, async (producer) => {
        for (let round = 0; round < 5; round++) {
          const base = await store(producer, topic, { records: numbered(`${round}-`, 10) });
          assert.equal(base, BigInt(round * 10));
        }
      });
      const found = await readAll(env.log, topic, { to: 50n });
      assert.deepEqual(found.map(({ offset }) => offset), Array.from({ length: 50 }, (_, at) => BigInt(at)));
      assert.deepEqual(texts(found), Array.from({ length: 50 }, (_, at) => `${Math.floor(at / 10)}-${at % 10}`));
    },
  },
  {
    name: "keys, values and headers come back with the same bytes: null, empty, binary, repeated",
    async run(env) {
      const topic = await newTopic(env);
      const every = Uint8Array.from({ length: 256 }, (_, at) => at);
      const records: LogRecord[] = [
        record("plain"),
        record("null key", { key: null }),
        record("empty key", { key: new Uint8Array(0) }),
        { key: bytes("null value"), value: null, timestamp: RECORD_TIME },
        { key: bytes("empty value"), value: new Uint8Array(0), timestamp: RECORD_TIME },
        { key: every, value: every.toReversed(), timestamp: RECORD_TIME },
        record("headers", {
          headers: [["message_id", every.subarray(16, 32)], ["again", bytes("1")], ["again", bytes("2")], [
            "größe",
            bytes("µ"),
          ]],
        }),
        record("empty header", { headers: [["empty", new Uint8Array(0)]] }),
      ];
      await withProducer(env.log, (producer) => store(producer, topic, { records }));
      const found = await readAll(env.log, topic, { to: BigInt(records.length) });
      assert.deepEqual(found.map(plain), records.map(plain));
    },
  },
  {
    name: "the origin and row of a record come back as its last header",
    async run(env) {
      const topic = await newTopic(env);
      const origin = Uint8Array.of(0, 255, 1, 2, 3, 4, 5, 6);
      const records = [1, 255, 256, 70_000].map((row) => record("with", { headers: [["a", bytes("1")]], origin, row }));
      await withProducer(env.log, (producer) => store(producer, topic, { records }));
      const found = await readAll(env.log, topic, { to: 4n });
      assert.deepEqual(found.map(({ headers }) => headers.map(([name]) => name)), records.map(() => ["a", "src"]));
      assert.deepEqual(found.map(sourceOf), records.map(({ row }) => ({ origin: "00ff010203040506", row })));
    },
  },
  {
    name: "records in runs are stored as the same records one by one",
    async run(env) {
      const topic = await newTopic(env);
      const values = bytes("not this|a|bb||a longer one than that|nor this");
      const ends = [10, 13, 13, 41],
        indexes = Int32Array.of(0, 1, 5, 70_000),
        origin = Uint8Array.of(8, 7, 6, 5, 4, 3, 2, 1);
      const runs = [null, bytes("key"), bytes("another")].map((key, number): LogRecordRun => ({
        length: ends.length,
        key,
        timestamp: RECORD_TIME + number,
        values,
        start: 9,
        ends: Int32Array.from(ends),
        headers: number === 2 ? null : (at) => at === 1 ? [["message_id", bytes("of this")]] : [],
        source: number === 0 ? null : { origin, firstRow: number * 1_000, indexes },
      }));
      const records = runs.flatMap((run) => Array.from({ length: run.length }, (_, at) => recordOfRun(run, at)));
      const together = { length: records.length, runs, [Symbol.iterator]: () => records[Symbol.iterator]() };
      await withProducer(env.log, async (producer) => {
        assert.equal((await within("the outcome of a send", producer.send(topic, 0, together))).type, "stored");
        await store(producer, topic, { records });
      });
      const found = (await readAll(env.log, topic, { to: 24n })).map(plain);
      assert.deepEqual(found.slice(0, 12), found.slice(12));
    },
  },
  {
    name: "views into a larger buffer are stored as the view, and the buffer may be reused after the outcome",
    async run(env) {
      const topic = await newTopic(env);
      const arena = new Uint8Array(64);
      await withProducer(env.log, async (producer) => {
        for (const letter of ["a", "b", "c"]) {
          arena.fill(bytes(letter)[0] ?? 0);
          const view = record("", { key: arena.subarray(3, 5), value: arena.subarray(10, 14) });
          await store(producer, topic, { records: [view] });
        }
      });
      assert.deepEqual(texts(await readAll(env.log, topic, { to: 3n })), ["aaaa", "bbbb", "cccc"]);
    },
  },
  {
    name: "timestamps are kept to the millisecond, in any order",
    async run(env) {
      const topic = await newTopic(env);
      const times = [RECORD_TIME, 0, 1, RECORD_TIME - 1, RECORD_TIME + 1, 946_684_800_000];
      const records = times.map((timestamp) => record("at", { timestamp }));
      await withProducer(env.log, (producer) => store(producer, topic, { records }));
      assert.deepEqual((await readAll(env.log, topic, { to: 6n })).map(({ timestamp }) => timestamp), times);
    },
  },
  {
    name: "values of 1 byte to 900 kB are stored whole",
    async run(env) {
      const topic = await newTopic(env);
      const values = [1, 2, 127, 128, 1_000, 65_536, 300_000, 900_000].map((length, seed) =>
        Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff)
      );
      await withProducer(env.log, async (producer) => {
        for (const value of values) await store(producer, topic, { records: [record("", { value })] });
      });
      const found = await readAll(env.log, topic, { to: BigInt(values.length) });
      assert.deepEqual(found.map(plain), values.map((value) => plain(record("", { value }))));
    },
  },
  {
    name: "a value larger than the topic takes is refused as message_too_large, and nothing of its batch is stored",
    async run(env) {
      const topic = await newTopic(env);
      const value = new Uint8Array(2_000_000).fill(1);
      const outcome = await sendOnce(env.log, topic, { records: [record("small"), record("", { value })] });
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "message_too_large");
      await withProducer(env.log, async (producer) => {
        assert.equal(await store(producer, topic, { records: [record("after")] }), 0n);
      });
    },
  },
  {
    name: "of sends to several partitions at the same time, one that is refused leaves the others alone",
    async run(env) {
      const topic = await newTopic(env, { partitions: 4, config: { "max.message.bytes": "1000" } });
      // A broker that does not know yet that it leads a new partition leaves its first send in doubt.
      await env.log.admin.offsets(topic);
      const small = (partition: number) => numbered(`${partition}.`, 1 + partition);
      const large = record("", { value: new Uint8Array(5_000).fill(1) });
      await withProducer(env.log, async (producer) => {
        const sends = [0, 1, 2, 3].map((partition) =>
          producer.send(topic, partition, partition === 1 ? [large] : small(partition))
        );
        const told = (await within("the outcomes", Promise.all(sends))).map((outcome) =>
          outcome.type === "stored" ? outcome.baseOffset : `${outcome.type}: ${outcome.error.code}`
        );
        assert.deepEqual(told, [0n, "refused: message_too_large", 0n, 0n]);
      });
      await withProducer(env.log, async (producer) => {
        const next = [0, 1, 2, 3].map((partition) => store(producer, topic, { partition, records: small(partition) }));
        assert.deepEqual(await Promise.all(next), [1n, 0n, 3n, 4n]);
      });
      for (const partition of [0, 1, 2, 3]) {
        const once = small(partition).map(({ value }) => Buffer.from(value ?? []).toString());
        const to = BigInt(partition === 1 ? once.length : 2 * once.length);
        const expected = partition === 1 ? once : [...once, ...once];
        assert.deepEqual(texts(await readAll(env.log, topic, { partition, to })), expected);
      }
    },
  },
  {
    name: "a send of no records is refused as invalid_request",
    async run(env) {
      const topic = await newTopic(env);
      const outcome = await sendOnce(env.log, topic, { records: [] });
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "invalid_request");
      assert.deepEqual(await bounds(env.log, topic), { start: 0n, end: 0n });
    },
  },
  {
    name: "10,000 records in sends of 1,000 are all there, once, in order",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, async (producer) => {
        for (let at = 0; at < 10; at++) await store(producer, topic, { records: numbered(`${at}-`, 1_000) });
      });
      const expected = Array.from({ length: 10_000 }, (_, at) => `${Math.floor(at / 1_000)}-${at % 1_000}`);
      assert.deepEqual(texts(await readAll(env.log, topic, { to: 10_000n })), expected);
    },
  },
  {
    name: "sends to different partitions and topics may overlap; each partition keeps its own order",
    async run(env) {
      const topics = [await newTopic(env, { partitions: 4 }), await newTopic(env, { partitions: 4 })];
      const lanes = topics.flatMap((topic) => [0, 1, 2, 3].map((partition) => ({ topic, partition })));
      await withProducer(env.log, async (producer) => {
        await Promise.all(lanes.map(async ({ topic, partition }) => {
          for (let round = 0; round < 10; round++) {
            const base = await store(producer, topic, { partition, records: numbered(`${partition}.${round}.`, 7) });
            assert.equal(base, BigInt(round * 7));
          }
        }));
      });
      for (const { topic, partition } of lanes) {
        const expected = Array.from({ length: 70 }, (_, at) => `${partition}.${Math.floor(at / 7)}.${at % 7}`);
        assert.deepEqual(texts(await readAll(env.log, topic, { partition, to: 70n })), expected);
      }
    },
  },
  {
    name: "a second producer continues where the first, now closed, has ended",
    async run(env) {
      const topic = await newTopic(env);
      for (const [at, name] of ["first", "second", "third"].entries()) {
        const base = await withProducer(env.log, (producer) => store(producer, topic, { records: [record(name)] }));
        assert.equal(base, BigInt(at));
      }
      assert.deepEqual(texts(await readAll(env.log, topic, { to: 3n })), ["first", "second", "third"]);
    },
  },
  {
    name: "two connections see the same records",
    async run(env) {
      const topic = await newTopic(env);
      const other = await env.connect();
      try {
        await withProducer(env.log, (producer) => store(producer, topic, { records: [record("from one")] }));
        await withProducer(other, (producer) => store(producer, topic, { records: [record("from another")] }));
        await endsAt(env.log, topic, { end: 2n });
        await endsAt(other, topic, { end: 2n });
        const expected = ["from one", "from another"];
        assert.deepEqual(texts(await readAll(env.log, topic)), expected);
        assert.deepEqual(texts(await readAll(other, topic)), expected);
      } finally {
        await other.close();
      }
    },
  },
  {
    name: "close of a producer waits for its unsettled sends, is idempotent, and later sends are refused as closed",
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      const producer = await env.log.createProducer();
      const settled: string[] = [];
      const sends = [0, 1].map((partition) =>
        producer.send(topic, partition, numbered("x", 200)).then(({ type }) => settled.push(type))
      );
      await within("closing", Promise.all([producer.close(), producer.close()]));
      assert.deepEqual(settled, ["stored", "stored"]);
      await Promise.all(sends);
      await producer.close();
      const outcome = await producer.send(topic, 0, [record("late")]);
      assert.equal(outcome.type, "refused");
      assert.equal(outcome.error.code, "closed");
      assert.equal((await readAll(env.log, topic, { to: 200n })).length, 200);
    },
  },
];
