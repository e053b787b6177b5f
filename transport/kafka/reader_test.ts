import assert from "node:assert/strict";
import type { Buffer } from "node:buffer";
import { ManualClock } from "../../kernel/manual_clock.ts";
import type { Log, LogError, LogRecord } from "../log.ts";
import { encodeRecordBatch } from "./_encoded_batch.ts";
import { FakeCluster, type FakeNode } from "./_fake_cluster.ts";
import { crc32c } from "./crc32c.ts";
import { KafkaLog } from "./log.ts";

const RECORDS: readonly LogRecord[] = Array.from({ length: 100 }, (_, value) => ({
  key: null,
  value: new Uint8Array([value]),
  timestamp: 1,
}));
const NOTHING = {};
const THROTTLED = { throttleMs: 500 };

function batchOf(records: readonly LogRecord[]): Buffer {
  return encodeRecordBatch(records, { producerId: 1n, producerEpoch: 0, sequence: 0, compression: "none" });
}

/** The rest of them. */
function batchFrom(offset: number): Buffer {
  const batch = batchOf(RECORDS.slice(offset));
  batch.writeBigInt64BE(BigInt(offset), 0);
  return batch;
}

interface Bench {
  readonly clock: ManualClock;
  readonly cluster: FakeCluster;
  readonly node: FakeNode;
  /** How many records were read in all. */
  read(): Promise<number>;
}

async function bench(fetches: FakeNode["fetches"], body: (bench: Bench) => Promise<void>): Promise<void> {
  const [clock, cluster] = [new ManualClock(), new FakeCluster({ brokers: 2 })];
  const node = cluster.node(1);
  node.fetches = fetches;
  node.logs = [{ start: 0n, highWatermark: 100n, logEnd: 100n }];
  const log: Log = new KafkaLog(cluster, {
    brokers: ["h:1"],
    clientId: "test",
    requestTimeoutMs: 4_000,
    deliveryTimeoutMs: 10_000,
    connectionTimeoutMs: 2_000,
    clock,
  });
  const collect = async () => {
    let records = 0;
    for await (const chunk of log.read("t", 0, { from: 0n, to: 100n })) records += chunk.length;
    return records;
  };
  const read = async () => {
    let done = false;
    const reading = collect().finally(() => done = true);
    reading.catch(() => undefined);
    while (!done) await clock.advance(500);
    return await reading;
  };
  await body({ clock, cluster, node, read });
  await log.close();
  assert.equal(clock.pending, 0);
}

for (const [name, empty] of [["a throttled", THROTTLED], ["an unthrottled", NOTHING]] as const) {
  Deno.test(`readPartition asks again after ${name} answer without records: nothing is passed over`, async () => {
    await bench([empty, empty, { batches: batchOf(RECORDS) }], async ({ read }) => {
      assert.equal(await read(), 100);
    });
  });
}

Deno.test("readPartition gives up a broker that withholds what it says is there, after a while and with what to do", async () => {
  await bench([NOTHING], async ({ clock, node, read }) => {
    const error: LogError = await read().then(() => assert.fail("it ended"), (error) => error);
    assert.equal(error.code, "timed_out");
    assert.match(error.message, /from offset 0 failed: nothing came for 120 s, .* reaches to offset 100 .*quota/);
    assert.ok(clock.monotonic() >= 120_000 && clock.monotonic() < 130_000, `${clock.monotonic()} ms`);
    const fetches = node.asked.filter((key) => key === 1).length;
    assert.ok(fetches > 100 && fetches < 200, `${fetches} fetches: about one a second`);
  });
});

const SIXTY = { batches: batchOf(RECORDS.slice(0, 60)) };

Deno.test("readPartition rejects with end_lost where the newest leader's log ends before what was to be read", async () => {
  await bench([SIXTY, NOTHING], async ({ node, read }) => {
    node.logs = [{ start: 0n, highWatermark: 60n, logEnd: 60n }];
    const error: LogError = await read().then(() => assert.fail("it ended"), (error) => error);
    assert.equal(error.code, "end_lost");
    assert.match(error.message, /t\/0 .* offset 100.* ends at offset 60/);
  });
});

Deno.test("readPartition waits for what the leader has and does not give yet, and gives up after a while", async () => {
  await bench([SIXTY, NOTHING], async ({ clock, node, read }) => {
    node.logs = [{ start: 0n, highWatermark: 60n, logEnd: 100n }];
    const error: LogError = await read().then(() => assert.fail("it ended"), (error) => error);
    assert.equal(error.code, "timed_out");
    assert.match(error.message, /from offset 60 failed: nothing came for 120 s.* offset 60 or .*followers/);
    assert.ok(clock.monotonic() >= 120_000 && clock.monotonic() < 130_000, `${clock.monotonic()} ms`);
  });
  await bench([SIXTY, NOTHING, NOTHING, { batches: batchFrom(60) }], async ({ node, read }) => {
    node.logs = [{ start: 0n, highWatermark: 60n, logEnd: 100n }];
    assert.equal(await read(), 100);
  });
});

Deno.test("readPartition believes no broker that leads no more that the end is lost", async () => {
  await bench([SIXTY, NOTHING, { batches: batchFrom(60) }], async ({ cluster, node, read }) => {
    node.logs = [{ start: 0n, highWatermark: 60n, logEnd: 60n }];
    const other = cluster.node(2);
    other.logs = [{ start: 0n, highWatermark: 100n, logEnd: 100n }];
    other.leaders = [{ leader: 2, leaderEpoch: 1 }];
    other.fetches = [{ batches: batchFrom(60) }];
    assert.equal(await read(), 100);
  });
});

Deno.test("readPartition reads on after a batch that compaction has left without records", async () => {
  const emptied = batchOf(RECORDS.slice(0, 1)).subarray(0, 61);
  emptied.writeInt32BE(61 - 12, 8);
  emptied.writeInt32BE(99, 23); // last offset delta
  emptied.writeInt32BE(0, 57); // records
  emptied.writeUInt32BE(crc32c(emptied.subarray(21)), 17);
  await bench([{ batches: emptied }], async ({ read }) => {
    assert.equal(await read(), 0);
  });
});
