import assert from "node:assert/strict";
import type { LogRecord } from "../transport/log.ts";
import { MemoryLog } from "../transport/memory/log.ts";
import { ManualClock } from "./kernel/testing.ts";
import { settledOffsets, type SettledOffsetsOptions } from "./settled_offsets.ts";

const TOPIC = "t";
const SETTLE_MS = 100;
const RECORD: LogRecord = { key: null, value: new Uint8Array([1]), timestamp: 0 };

interface Bench {
  readonly clock: ManualClock;
  write(partition: number): Promise<void>;
  settle(options?: Partial<SettledOffsetsOptions>): Promise<readonly bigint[]>;
}

async function bench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  await log.admin.createTopic({ name: TOPIC, partitions: 2 });
  const client = await log.createProducer();
  const { signal } = new AbortController();
  try {
    await body({
      clock,
      write: async (partition) => void await client.send(TOPIC, partition, [RECORD]),
      settle: async (options) => {
        const offsets = await settledOffsets({ log, topic: TOPIC, clock, settleMs: SETTLE_MS, signal, ...options });
        return offsets.map(({ end }) => end);
      },
    });
  } finally {
    await client.close();
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

Deno.test("settledOffsets() waits until every end has stood still", async () => {
  await bench(async (bench) => {
    const settling = bench.settle();
    await writeBefore(bench, 1, 0);
    await writeBefore(bench, 1, 1);
    await bench.clock.advance(SETTLE_MS);
    assert.deepEqual(await settling, [1n, 1n]);
  });
});

Deno.test("settledOffsets() of one partition does not mind what happens to the others", async () => {
  await bench(async (bench) => {
    const settling = bench.settle({ partition: 1 });
    await writeBefore(bench, 1, 0);
    assert.deepEqual(await settling, [1n, 0n]);
  });
});

Deno.test("settledOffsets() does not wait for ever for an end that others move", async () => {
  await bench(async (bench) => {
    let done = false;
    const settling = bench.settle().finally(() => done = true);
    for (let look = 0; !done; look++) {
      assert.ok(look < 1_000, "it waits for ever");
      await writeBefore(bench, 1, 0);
    }
    assert.equal((await settling).length, 2);
  });
});

Deno.test("settledOffsets() ends when its signal says so", async () => {
  await bench(async ({ settle }) => {
    const abort = new AbortController();
    const settling = settle({ signal: abort.signal });
    abort.abort(new Error("stopped"));
    await assert.rejects(settling, /stopped/);
  });
});
