import assert from "node:assert/strict";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import type { LogProducer, LogRecord } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { stableEnds, type StableEndsOptions } from "./stable_ends.ts";

const TOPIC = "t";
const SETTLE_MS = 100;
const RECORD: LogRecord = { key: null, value: new Uint8Array([1]), timestamp: 0 };

interface Settling {
  readonly done: boolean;
  readonly ends: Promise<readonly bigint[]>;
}

interface Bench {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly events: RuntimeEvent[];
  /** Resolves when the leader has the records. */
  write(partition: number, records?: number): Promise<void>;
  settle(options?: Pick<Partial<StableEndsOptions>, "partitions" | "signal" | "isOwn">): Settling;
}

async function bench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, deliveryTimeoutMs: 10 });
  await log.admin.createTopic({ name: TOPIC, partitions: 2 });
  const clients: LogProducer[] = [];
  const events: RuntimeEvent[] = [];
  const { signal } = new AbortController();
  const observe = (event: RuntimeEvent) => void events.push(event);
  try {
    await body({
      clock,
      log,
      events,
      async write(partition, records = 1) {
        const before = log.broker.appends.length;
        const client = await log.createProducer();
        clients.push(client);
        client.send(TOPIC, partition, Array.from({ length: records }, () => RECORD));
        while (log.broker.appends.length === before) await Promise.resolve();
      },
      settle(options) {
        let done = false;
        const settling = stableEnds({
          log,
          topic: TOPIC,
          clock,
          settleMs: SETTLE_MS,
          signal,
          observe,
          ...options,
        });
        const ends = settling.then((offsets) => offsets.map(({ end }) => end)).finally(() => done = true);
        return {
          get done() {
            return done;
          },
          ends,
        };
      },
    });
  } finally {
    await clock.advance(10);
    await Promise.all(clients.map((client) => client.close()));
    await log.close();
  }
  assert.equal(clock.pending, 0);
}

/** Writes a record just before each look. */
async function writeBefore(bench: Bench, looks: number, partition: number): Promise<void> {
  for (let look = 0; look < looks; look++) {
    await bench.clock.advance(SETTLE_MS / 2);
    await bench.write(partition);
    await bench.clock.advance(SETTLE_MS / 2);
  }
}

Deno.test("stableEnds() takes one settle time where nothing moves", async () => {
  await bench(async (bench) => {
    await bench.write(1);
    const settling = bench.settle();
    await bench.clock.advance(SETTLE_MS - 1);
    assert.equal(settling.done, false);
    await bench.clock.advance(1);
    assert.deepEqual(await settling.ends, [0n, 1n]);
  });
});

Deno.test("stableEnds() waits until every end has stood still", async () => {
  await bench(async (bench) => {
    const settling = bench.settle();
    await writeBefore(bench, 1, 0);
    await writeBefore(bench, 1, 1);
    assert.equal(settling.done, false);
    await bench.clock.advance(SETTLE_MS);
    assert.deepEqual(await settling.ends, [1n, 1n]);
  });
});

Deno.test("stableEnds() waits longer for a log whose leader is slow to answer", async () => {
  await bench(async (bench) => {
    bench.log.broker.faults.slow({ callMs: 5 * SETTLE_MS });
    const settling = bench.settle();
    await bench.clock.advance(5 * SETTLE_MS);
    bench.log.broker.faults.clear();
    await bench.clock.advance(4 * SETTLE_MS);
    await bench.write(1);
    await bench.clock.advance(SETTLE_MS);
    assert.equal(settling.done, false, "it has just moved");
    await bench.clock.advance(SETTLE_MS);
    assert.deepEqual(await settling.ends, [0n, 1n]);
  });
});

Deno.test("stableEnds() does not mind what happens to partitions that do not matter", async () => {
  await bench(async (bench) => {
    const settling = bench.settle({ partitions: [1] });
    await writeBefore(bench, 1, 0);
    assert.deepEqual(await settling.ends, [0n]);
  });
});

Deno.test("stableEnds() does not take the high watermark for the end while followers are away", async () => {
  await bench(async (bench) => {
    const { clock, log } = bench;
    await bench.write(0);
    const followers = log.broker.freezeFollowers(TOPIC, 0);
    await bench.write(0);
    const settling = bench.settle();
    await clock.advance(3_600_000);
    assert.equal(settling.done, false, "a record of the leader cannot be read yet");
    followers.release();
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual(await settling.ends, [2n, 0n]);
  });
});

Deno.test("stableEnds() sees what comes in behind a send that waited for its followers", async () => {
  await bench(async (bench) => {
    const { clock, log } = bench;
    const followers = log.broker.freezeFollowers(TOPIC, 0);
    await bench.write(0);
    const settling = bench.settle();
    // Just before a look, so that this one finds all that is there readable.
    await clock.advance(5 * SETTLE_MS - 1);
    followers.release();
    await clock.advance(1);
    assert.equal(settling.done, false, "it has not stood still since");
    await bench.write(1);
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual(await settling.ends, [1n, 1n]);
  });
});

Deno.test("stableEnds() follows the new leader when the old one is lost with records of its own", async () => {
  await bench(async (bench) => {
    const { clock, log } = bench;
    await bench.write(0);
    log.broker.freezeFollowers(TOPIC, 0);
    await bench.write(0);
    const settling = bench.settle();
    await clock.advance(5 * SETTLE_MS - 1);
    log.broker.electFollower(TOPIC, 0);
    await clock.advance(1);
    assert.equal(settling.done, false, "the new leader has just begun");
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual(await settling.ends, [1n, 0n]);
  });
});

Deno.test("stableEnds() does not take an election for a log that stands still", async () => {
  await bench(async (bench) => {
    await bench.write(0);
    const settling = bench.settle();
    await bench.clock.advance(SETTLE_MS - 1);
    bench.log.broker.electFollower(TOPIC, 0);
    await bench.clock.advance(1);
    assert.equal(settling.done, false);
    await bench.clock.advance(SETTLE_MS);
    assert.deepEqual(await settling.ends, [1n, 0n]);
  });
});

Deno.test("stableEnds() does not wait for ever for an end that others move, if followers keep up", async () => {
  await bench(async (bench) => {
    const settling = bench.settle();
    let looks = 0;
    for (; !settling.done; looks++) {
      assert.ok(looks < 1_000, "it waits for ever");
      await writeBefore(bench, 1, 0);
    }
    assert.deepEqual(await settling.ends, [BigInt(looks), 0n]);
  });
});

Deno.test("stableEnds() waits for followers however long others move the end", async () => {
  await bench(async (bench) => {
    const followers = bench.log.broker.freezeFollowers(TOPIC, 1);
    await bench.write(1);
    const settling = bench.settle();
    await writeBefore(bench, 200, 0);
    assert.equal(settling.done, false);
    followers.release();
    await bench.clock.advance(2 * SETTLE_MS);
    assert.deepEqual(await settling.ends, [200n, 1n]);
  });
});

Deno.test("stableEnds() tells of a wait for followers after a while, and then now and then", async () => {
  await bench(async ({ clock, log, write, settle, events }) => {
    const followers = log.broker.freezeFollowers(TOPIC, 1);
    await write(1, 3);
    const settling = settle();
    await clock.advance(2_900);
    assert.equal(events.length, 0);
    await clock.advance(3_600_000 - 2_900);
    assert.deepEqual(events[0], {
      type: "replication_awaited",
      stage: "sending",
      topic: TOPIC,
      partitions: [{ partition: 1, records: 3 }],
      waitedMs: 3_000,
    });
    const waits = events.map((event) => event.type === "replication_awaited" ? event.waitedMs : 0);
    assert.deepEqual(waits.slice(0, 6), [3_000, 6_000, 12_000, 24_000, 48_000, 96_000]);
    assert.deepEqual(waits.slice(6, 8), [156_000, 216_000]);
    assert.ok(waits.length > 60, `${waits.length} times in an hour`);
    followers.release();
    await clock.advance(2 * SETTLE_MS);
    await settling.ends;
  });
});

Deno.test("stableEnds() ends when its signal says so, also while it waits for followers", async () => {
  await bench(async ({ clock, log, write, settle }) => {
    log.broker.freezeFollowers(TOPIC, 0);
    await write(0);
    const abort = new AbortController();
    const settling = settle({ signal: abort.signal });
    await clock.advance(60_000);
    abort.abort(new Error("stopped"));
    await assert.rejects(settling.ends, /stopped/);
  });
});

Deno.test("stableEnds() reads what others write all the time, and believes the end once none of it is its own", async () => {
  await bench(async (bench) => {
    // The second record is a request of the old client that was on its way.
    const settling = bench.settle({ isOwn: (_, { offset }) => offset === 1n });
    await writeBefore(bench, 4, 0);
    assert.equal(settling.done, false, "one of its own was among them");
    await writeBefore(bench, 1, 0);
    assert.deepEqual(await settling.ends, [5n, 0n]);
    const others = bench.settle({ isOwn: () => false });
    await writeBefore(bench, 2, 0);
    assert.equal(others.done, false, "what has come in since cannot be read yet");
    await writeBefore(bench, 1, 0);
    assert.deepEqual(await others.ends, [8n, 0n]);
  });
});

Deno.test("stableEnds() reads nothing before the followers have it, whatever others write", async () => {
  await bench(async (bench) => {
    const followers = bench.log.broker.freezeFollowers(TOPIC, 1);
    await bench.write(1);
    const settling = bench.settle({ isOwn: () => false });
    await writeBefore(bench, 20, 0);
    assert.equal(settling.done, false);
    followers.release();
    await writeBefore(bench, 2, 0);
    assert.equal(settling.done, false, "behind it the next request of the old client may come in");
    await writeBefore(bench, 1, 0);
    assert.deepEqual(await settling.ends, [23n, 1n]);
  });
});
