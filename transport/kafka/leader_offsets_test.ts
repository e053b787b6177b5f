import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/manual_clock.ts";
import type { LeaderOffsets, Log } from "../log.ts";
import { FakeCluster } from "./_fake_cluster.ts";
import { KafkaLog } from "./log.ts";

const REQUEST_TIMEOUT_MS = 4_000;
const OFFSET_FOR_LEADER_EPOCH = 23;
const METADATA = 3;

interface Bench {
  readonly clock: ManualClock;
  readonly cluster: FakeCluster;
  readonly log: Log;
  /** The offsets, with as much time as they need. */
  ask(partitions?: readonly number[]): Promise<readonly LeaderOffsets[]>;
}

async function bench(
  options: ConstructorParameters<typeof FakeCluster>[0],
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  const [clock, cluster] = [new ManualClock(), new FakeCluster(options)];
  const log = new KafkaLog(cluster, {
    brokers: ["h:1"],
    clientId: "test",
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    deliveryTimeoutMs: 10_000,
    connectionTimeoutMs: 2_000,
    clock,
  });
  const ask = async (partitions?: readonly number[]) => {
    let done = false;
    const asking = log.admin.leaderOffsets("t", partitions).finally(() => done = true);
    asking.catch(() => undefined);
    for (let waited = 0; !done; waited += 50) {
      assert.ok(waited < 2 * REQUEST_TIMEOUT_MS, "it ends in time");
      await clock.advance(50);
    }
    return await asking;
  };
  await body({ clock, cluster, log, ask });
  await log.close();
  assert.equal(clock.pending, 0);
}

Deno.test("leaderOffsets tells the log's end beside the high watermark, from each partition's leader", async () => {
  await bench({ partitions: 3 }, async ({ cluster, ask }) => {
    for (const node of cluster.nodes) node.leaders = [1, 2, 3].map((leader) => ({ leader, leaderEpoch: 4 }));
    for (const at of [0, 1, 2]) {
      cluster.node(at + 1).logs[at] = { start: BigInt(at), highWatermark: 10n, logEnd: BigInt(10 + at) };
    }
    const expected = [0n, 1n, 2n].map((at) => (
      { partition: Number(at), leaderEpoch: 4, start: at, end: 10n, logEnd: 10n + at }
    ));
    assert.deepEqual(await ask(), expected);
    assert.deepEqual(await ask([2]), expected.slice(2));
    await assert.rejects(ask([3]), { code: "unknown_partition" });
  });
});

Deno.test("leaderOffsets goes by the newest election that any broker tells of, not by what a stale leader says", async () => {
  await bench({}, async ({ cluster, ask }) => {
    // Broker 1 was cut off and takes itself for the leader; what was acknowledged since is with broker 2.
    cluster.node(1).logs[0] = { start: 0n, highWatermark: 10n, logEnd: 10n };
    for (const number of [2, 3]) cluster.node(number).leaders = [{ leader: 2, leaderEpoch: 1 }];
    cluster.node(2).logs[0] = { start: 0n, highWatermark: 10n, logEnd: 25n };
    assert.deepEqual(await ask(), [{ partition: 0, leaderEpoch: 1, start: 0n, end: 10n, logEnd: 25n }]);
  });
});

Deno.test("leaderOffsets remembers an election whose witnesses are out of reach, and asks no leader from before", async () => {
  await bench({}, async ({ cluster, ask }) => {
    for (const number of [2, 3]) cluster.node(number).leaders = [{ leader: 2, leaderEpoch: 1 }];
    assert.equal((await ask())[0]?.leaderEpoch, 1);
    for (const number of [2, 3]) cluster.node(number).state = "down";
    await assert.rejects(ask(), { code: "unreachable" });
  });
});

Deno.test("leaderOffsets takes no answer of a leader that knows of a later election than the client", async () => {
  await bench({ brokers: 1 }, async ({ cluster, clock, log }) => {
    const node = cluster.node(1);
    // Its metadata is older than itself for a while.
    const { leaders } = node;
    assert.ok(leaders);
    let asked = 0;
    Object.defineProperty(node, "leaders", {
      get: () => [{ leader: 1, leaderEpoch: asked++ === 0 ? 0 : 1 }],
    });
    node.logs[0] = { start: 0n, highWatermark: 3n, logEnd: 3n };
    const asking = log.admin.leaderOffsets("t");
    for (let waited = 0; waited < 1_000; waited += 50) await clock.advance(50);
    assert.equal((await asking)[0]?.leaderEpoch, 1);
    assert.ok(node.asked.filter((key) => key === METADATA).length > 1, "it asks again with new metadata");
  });
});

Deno.test("leaderOffsets waits while a partition has no leader", async () => {
  await bench({}, async ({ cluster, clock, log }) => {
    for (const node of cluster.nodes) node.leaders = [{ leader: -1, leaderEpoch: 5 }];
    let done = false;
    const asking = log.admin.leaderOffsets("t").finally(() => done = true);
    await clock.advance(1_000);
    assert.equal(done, false);
    for (const node of cluster.nodes) node.leaders = [{ leader: 3, leaderEpoch: 6 }];
    cluster.node(3).logs[0] = { start: 0n, highWatermark: 1n, logEnd: 2n };
    for (let waited = 0; waited < 2_000; waited += 50) await clock.advance(50);
    assert.deepEqual(await asking, [{ partition: 0, leaderEpoch: 6, start: 0n, end: 1n, logEnd: 2n }]);
  });
});

Deno.test("leaderOffsets waits a second for a broker that hangs, once, and is told by the others", async () => {
  await bench({}, async ({ cluster, clock, log, ask }) => {
    await ask();
    cluster.node(3).state = "silent";
    let done = false;
    const first = log.admin.leaderOffsets("t").finally(() => done = true);
    await clock.advance(950);
    assert.equal(done, false);
    await clock.advance(50);
    assert.equal((await first).length, 1);
    await log.admin.leaderOffsets("t");
    const asked = cluster.node(3).asked.length;
    await log.admin.leaderOffsets("t");
    assert.equal(cluster.node(3).asked.length, asked, "it is not asked again before it has answered");
  });
});

Deno.test("leaderOffsets asks the seeds again when none of the brokers that it knows answers", async () => {
  await bench({}, async ({ cluster, ask }) => {
    // The only broker that tells where the others are is the seed, which is itself not among them.
    for (const node of cluster.nodes) node.leaders = [{ leader: 2, leaderEpoch: 0 }];
    cluster.listed = [2];
    assert.equal((await ask()).length, 1);
    cluster.node(2).state = "down";
    for (const node of cluster.nodes) node.leaders = [{ leader: 3, leaderEpoch: 1 }];
    cluster.listed = [3];
    assert.equal((await ask())[0]?.leaderEpoch, 1);
  });
});

Deno.test("leaderOffsets is timed_out while the leader hangs, and unreachable while no broker can be reached", async () => {
  await bench({}, async ({ cluster, ask }) => {
    await ask();
    cluster.node(1).state = "silent";
    await assert.rejects(ask(), { code: "timed_out" });
    for (const node of cluster.nodes) node.state = "down";
    await assert.rejects(ask(), { code: "unreachable" });
  });
});

Deno.test("leaderOffsets is unknown_topic if no broker knows the topic, and not if only some do not know it yet", async () => {
  await bench({}, async ({ cluster, ask }) => {
    cluster.node(1).leaders = null;
    for (const number of [2, 3]) cluster.node(number).leaders = [{ leader: 2, leaderEpoch: 0 }];
    assert.equal((await ask()).length, 1);
    for (const node of cluster.nodes) node.leaders = null;
    await assert.rejects(ask(), { code: "unknown_topic" });
  });
});

Deno.test("leaderOffsets is leader_changed while the brokers do not agree which topic it is", async () => {
  await bench({}, async ({ cluster, ask }) => {
    await ask();
    cluster.node(3).topicId = 8;
    await assert.rejects(ask(), { code: "leader_changed", message: /do not agree yet which topic/ });
    for (const node of cluster.nodes) node.topicId = 8;
    for (const node of cluster.nodes) node.leaders = [{ leader: 1, leaderEpoch: 0 }];
    assert.equal((await ask())[0]?.leaderEpoch, 0, "epochs of the new topic begin anew");
  });
});

Deno.test("KafkaLog says what is missing in a broker that cannot tell the end of its log", async () => {
  await bench({ brokers: 1 }, async ({ cluster, ask }) => {
    cluster.node(1).versions.set(OFFSET_FOR_LEADER_EPOCH, 2);
    await assert.rejects(ask(), { code: "client", message: /OffsetForLeaderEpoch requests of versions 0 to 2/ });
  });
  await bench({ brokers: 1 }, async ({ cluster, ask }) => {
    cluster.node(1).leaders = [{ leader: 1, leaderEpoch: -1 }];
    await assert.rejects(ask(), { code: "client", message: /no leader epoch of partition 0/ });
  });
});
