/**
 * Contract cases: reading.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { StoredRecord } from "../../transport/log.ts";
import type { LogContractCase } from "./log_env.ts";
import {
  bounds,
  bytes,
  drain,
  endsAt,
  fault,
  newTopic,
  numbered,
  readAll,
  record,
  RECORD_TIME,
  rejectsWith,
  store,
  texts,
  withProducer,
} from "./log_helpers.ts";
import { eventually, within } from "./patience.ts";

/** Reads from and to offsets, and reads that follow the writer. */
export const readCases: readonly LogContractCase[] = [
  {
    name: "read gives exactly the offsets from `from` up to but without `to`",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, async (producer) => {
        for (let at = 0; at < 4; at++) await store(producer, topic, { records: numbered(`${at}`, 5) });
      });
      await endsAt(env.log, topic, { end: 20n });
      for (const [from, to] of [[0n, 20n], [0n, 1n], [3n, 12n], [7n, 8n], [19n, 20n]] as const) {
        const offsets = (await readAll(env.log, topic, { from, to })).map(({ offset }) => offset);
        assert.deepEqual(offsets, Array.from({ length: Number(to - from) }, (_, at) => from + BigInt(at)));
      }
    },
  },
  {
    name: "read of an empty range ends at once: an empty partition, from the end, `to` not above `from`",
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      await withProducer(env.log, (producer) => store(producer, topic, { partition: 1, records: numbered("x", 5) }));
      await endsAt(env.log, topic, { partition: 1, end: 5n });
      assert.deepEqual(await readAll(env.log, topic, { from: 0n, to: 0n }), []);
      assert.deepEqual(await readAll(env.log, topic, { partition: 1, from: 5n, to: 5n }), []);
      assert.deepEqual(await readAll(env.log, topic, { partition: 1, from: 3n, to: 2n }), []);
    },
  },
  {
    name: "read from before the start or past the end rejects with offset_out_of_range",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 3) }));
      await endsAt(env.log, topic, { end: 3n });
      await rejectsWith(drain(env.log.read(topic, 0, { from: 4n, to: 9n })), "offset_out_of_range");
      await rejectsWith(drain(env.log.read(topic, 0, { from: 4n })), "offset_out_of_range");
      await rejectsWith(drain(env.log.read(topic, 0, { from: -1n, to: 3n })), "offset_out_of_range");
    },
  },
  {
    name: "read in chunks keeps order over many records and large values",
    async run(env) {
      const topic = await newTopic(env);
      const value = new Uint8Array(300_000).fill(7);
      await withProducer(env.log, async (producer) => {
        await store(producer, topic, { records: numbered("a", 3_000) });
        for (let at = 0; at < 12; at++) await store(producer, topic, { records: [record("", { value })] });
        await store(producer, topic, { records: numbered("b", 3_000) });
      });
      const found = await readAll(env.log, topic, { to: 6_012n });
      assert.deepEqual(found.map(({ offset }) => offset), Array.from({ length: 6_012 }, (_, at) => BigInt(at)));
      assert.ok(found.slice(3_000, 3_012).every((each) => each.value?.length === 300_000));
    },
  },
  {
    name: "read up to an offset past the end of the log gives what is there, then rejects with end_lost",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 3) }));
      await endsAt(env.log, topic, { end: 3n });
      const found: StoredRecord[] = [];
      const reading = (async () => {
        for await (const chunk of env.log.read(topic, 0, { from: 1n, to: 4n })) found.push(...chunk);
      })();
      await rejectsWith(reading, "end_lost");
      assert.deepEqual(texts(found), ["x1", "x2"]);
      await rejectsWith(drain(env.log.read(topic, 0, { from: 3n, to: 4n })), "end_lost");
    },
  },
  {
    name: "a read that is under way rejects with end_lost when its partition loses its end",
    requires: ["loseEnd"],
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 2_000) }));
      const reading = env.log.read(topic, 0, { from: 0n, to: 2_000n })[Symbol.asyncIterator]();
      const first = await reading.next();
      assert.ok(!first.done && first.value.length < 1_500);
      await fault(env, "loseEnd")(topic, 0, 1_500n);
      await rejectsWith(drain({ [Symbol.asyncIterator]: () => reading }), "end_lost");
      assert.equal((await readAll(env.log, topic, { to: 1_500n })).length, 1_500);
    },
  },
  {
    name: "read without `to` follows the writer, and an abort ends it without an error",
    async run(env) {
      const topic = await newTopic(env);
      const stop = new AbortController();
      const found: StoredRecord[] = [];
      const following = (async () => {
        for await (const chunk of env.log.read(topic, 0, { from: 0n, signal: stop.signal })) found.push(...chunk);
      })();
      await withProducer(env.log, async (producer) => {
        for (let round = 1; round <= 5; round++) {
          await store(producer, topic, { records: numbered(`${round}-`, 20) });
          await eventually(`${round * 20} records`, () => Promise.resolve(found.length === round * 20 ? true : null));
        }
      });
      stop.abort();
      await within("the end of the aborted read", following);
      assert.deepEqual(found.map(({ offset }) => offset), Array.from({ length: 100 }, (_, at) => BigInt(at)));
    },
  },
  {
    name: "read with a signal that is aborted before gives nothing",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: [record("x")] }));
      await within("the end", drain(env.log.read(topic, 0, { from: 0n, signal: AbortSignal.abort() })));
    },
  },
  {
    name: "read while the same partition is written sees every record once, in order",
    async run(env) {
      const topic = await newTopic(env);
      const stop = new AbortController();
      const offsets: bigint[] = [];
      const reading = (async () => {
        for await (const chunk of env.log.read(topic, 0, { from: 0n, signal: stop.signal })) {
          offsets.push(...chunk.map(({ offset }) => offset));
          if (offsets.length >= 2_000) stop.abort();
        }
      })();
      await withProducer(env.log, async (producer) => {
        for (let at = 0; at < 40; at++) await store(producer, topic, { records: numbered(`${at}-`, 50) });
      });
      await within("all records", reading);
      assert.deepEqual(offsets, Array.from({ length: 2_000 }, (_, at) => BigInt(at)));
    },
  },
  {
    name: "several reads of one partition at a time do not disturb each other",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 500) }));
      const reads = [0n, 100n, 499n].map((from) => readAll(env.log, topic, { from, to: 500n }));
      assert.deepEqual((await Promise.all(reads)).map(({ length }) => length), [500, 400, 1]);
    },
  },
  {
    name: "a reader that stops early leaves nothing behind: its log closes",
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 100) }));
      const other = await env.connect();
      for await (const chunk of other.read(topic, 0, { from: 0n })) {
        assert.ok(chunk.length > 0);
        break;
      }
      await within("closing", other.close());
    },
  },
  {
    name: "offsetForTime is the first offset at or after a time, in offset order, and the end if there is none",
    async run(env) {
      const topic = await newTopic(env, { partitions: 2 });
      const at = (later: number) => record("at", { timestamp: RECORD_TIME + later });
      await withProducer(env.log, async (producer) => {
        await store(producer, topic, { records: [at(0), at(10), at(5)] });
        await store(producer, topic, { records: [at(20), at(20)] });
        await store(producer, topic, { records: [at(15), at(30)] });
      });
      await endsAt(env.log, topic, { end: 7n });
      const expected = [[-1_000, 0n], [0, 0n], [1, 1n], [6, 1n], [11, 3n], [20, 3n], [21, 6n], [30, 6n], [
        31,
        7n,
      ]] as const;
      for (const [later, offset] of expected) {
        assert.equal(await env.log.offsetForTime(topic, 0, RECORD_TIME + later), offset, `${later} ms later`);
      }
      assert.equal(await env.log.offsetForTime(topic, 1, 0), 0n);
    },
  },
  {
    name: "after retention the partition starts later: earlier offsets are out of range, later ones keep their numbers",
    requires: ["trim"],
    async run(env) {
      const topic = await newTopic(env);
      await withProducer(env.log, (producer) => store(producer, topic, { records: numbered("x", 10) }));
      await endsAt(env.log, topic, { end: 10n });
      await fault(env, "trim")(topic, 0, 4n);
      await eventually("the start moves", async () => (await bounds(env.log, topic)).start === 4n ? true : null);
      assert.equal((await bounds(env.log, topic)).end, 10n);
      await rejectsWith(drain(env.log.read(topic, 0, { from: 3n, to: 10n })), "offset_out_of_range");
      assert.deepEqual(texts(await readAll(env.log, topic)), ["x4", "x5", "x6", "x7", "x8", "x9"]);
    },
  },
  {
    name: "read ends at `to` over the holes of a compacted topic, also when the records just before it are gone",
    requires: ["compact"],
    async run(env) {
      const topic = await newTopic(env, { config: { "cleanup.policy": "compact" } });
      const keyed = (key: string, value: string) => record(value, { key: bytes(key) });
      await withProducer(env.log, (producer) =>
        store(producer, topic, {
          records: [keyed("a", "a1"), keyed("b", "b1"), keyed("a", "a2"), keyed("c", "c1"), keyed("c", "c2")],
        }));
      await endsAt(env.log, topic, { end: 5n });
      await fault(env, "compact")(topic);
      assert.deepEqual(texts(await readAll(env.log, topic, { from: 0n, to: 4n })), ["b1", "a2"]);
      assert.deepEqual(texts(await readAll(env.log, topic, { from: 0n, to: 5n })), ["b1", "a2", "c2"]);
      assert.deepEqual(texts(await readAll(env.log, topic, { from: 3n, to: 4n })), []);
    },
  },
];
