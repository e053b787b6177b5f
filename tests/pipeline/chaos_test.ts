/** Any mix of crashes, lost answers, outages, full disks, changes of version and growth: every row once, in order. */
import assert from "node:assert/strict";
import { killActor } from "../../kernel/testing.ts";
import { RowPace } from "../../actors/sources/row_pace.ts";
import { VERSION_FLAGS } from "../../config/version_flag.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { StoredRecord } from "../../transport/log.ts";
import type { SendFault } from "../../transport/memory/log_faults.ts";
import { ArraySource } from "../support/array_source.ts";
import { bad, type Bench, bench, good, TOPIC } from "../support/pipeline_harness.ts";
import { messageId } from "../support/trades.ts";

const SEEDS = 100;
const SOURCES = 3;
const ROWS = 600;
const STEPS = 40;
const V1_TOPIC = `${TOPIC}.v1`;
/** Less than the time for which the end of a partition must stand still. */
const LATE_MS = 150;
const isBad = (row: number) => row % 97 === 0;

const ACTORS = [
  "root/converters/converter",
  `root/producers/${TOPIC}`,
  `root/producers/${V1_TOPIC}`,
  "root/sources/source-1",
  "root/sources/source-2",
  "root/sources/source-3",
  "root/lookup/registry",
  "root/lookup/schema_loader",
  "root/stores/dead_letters",
];

type Random = (below: number) => number;

/** Numbers that look random and only depend on the seed (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function sendFault(random: Random): SendFault {
  switch (random(5)) {
    case 0:
      return { type: "unknown", stored: "yes" };
    case 1:
      return { type: "unknown", stored: "no" };
    case 2:
      return { type: "unknown", stored: "late", afterMs: random(LATE_MS) };
    case 3:
      return { type: "refuse", code: "leader_changed" };
    default:
      return { type: "hang" };
  }
}

/** The disk for dead letters: full for this many attempts. */
interface Disk {
  fullFor: number;
}

/** Causes one fault. */
async function trouble(
  { runtime, log, registry, clock }: Bench,
  disk: Disk,
  random: Random,
): Promise<void> {
  const { broker } = log;
  switch (random(9)) {
    case 0:
    case 1:
    case 2:
      try {
        killActor(runtime.system, ACTORS[random(ACTORS.length)] ?? "");
      } catch (error) {
        // It has ended, waits for its restart, or was never needed.
        if (!(error instanceof RangeError)) throw error;
      }
      return;
    case 3:
    case 4: {
      const armed = broker.faults.next("send", sendFault(random), { skip: random(3) });
      if (armed.fault.type !== "hang") return;
      await clock.advance(random(3_000));
      return armed.release();
    }
    case 5:
      broker.faults.unreachable({ calls: 1 + random(4) });
      return;
    case 6:
      registry.server.faults.unreachable({ calls: 1 + random(3) });
      runtime.setSchemaVersion(VERSION_FLAGS[random(VERSION_FLAGS.length)] ?? "v2");
      return;
    case 7:
      disk.fullFor = random(3);
      return;
    default: {
      const topic = random(2) === 0 ? TOPIC : V1_TOPIC;
      const partitions = broker.topic(topic)?.partitions.length ?? 0;
      if (partitions > 0 && partitions < 36) broker.addPartitions(topic, partitions + 1 + random(3));
    }
  }
}

function sourceOf(at: number): ArraySource {
  const symbols = [`S${at}A`, `S${at}B`, `S${at}C`];
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const row = at * ROWS + index + 1;
    // Neighbours mostly share a key, so that key runs are split, found and sent again in the middle.
    return isBad(row) ? bad(row) : good(row, symbols[Math.floor(row / 7) % symbols.length]);
  });
  return new ArraySource(rows, { id: `source ${at}`, columns: at % 2 === 0 });
}

/** Loads three files while faults occur; with `stopAt`, the runtime is stopped after that many faults. */
async function chaos(seed: number, stopAt: number | null): Promise<void> {
  const random = randomOf(seed);
  const disk: Disk = { fullFor: 0 };
  const sends = { sendRecords: 1 + random(40), sendBytes: 200 + random(6_000), lingerMs: random(4) * random(300) };
  const add = () => {
    if (disk.fullFor-- > 0) throw new Error("disk full");
  };
  await bench(async (all) => {
    const { clock, log, runtime } = all;
    // Some topics take less at once than the producer sends to them.
    const config = { "max.message.bytes": String(700 + random(1_500)) };
    for (const name of seed % 2 === 0 ? [TOPIC, V1_TOPIC] : []) {
      await log.admin.createTopic({ name, partitions: 1 + random(3), config });
    }
    const ended = Promise.all(Array.from({ length: SOURCES }, async (_, at) => {
      const handle = await runtime.addSource(sourceOf(at), {
        pace: new RowPace(20 + random(40), { turnMs: 1_000 }),
      });
      return await handle.done.then(({ type }) => type, () => "cut off" as const);
    }));
    for (let step = 0; step < (stopAt ?? STEPS); step++) {
      await clock.advance(random(2_000));
      await trouble(all, disk, random);
    }
    log.broker.faults.clear();
    const stopped = stopAt === null ? null : runtime.stop();
    await clock.advance(120_000);
    await stopped;
    const ends = await ended;
    // A source that waits for its restart when everything stops cannot drain, and says so.
    if (stopAt !== null && ends.includes("cut off")) return void assertOnce(all);
    if (stopAt === null) assert.deepEqual(ends, Array(SOURCES).fill("completed"));
    else assert.ok(ends.every((end) => end !== "stopped"));
    assertExact(all, stopAt === null);
  }, {
    manual: true,
    random: () => random(1_000) / 1_000,
    sink: { add },
    config: { pipeline: { batchRows: 20, windowRows: 200, ...sends } },
  });
}

/** Asserts that no row is in a topic twice, or after a later one of its key. Gives the number of records by topic. */
function assertOnce({ log }: Bench): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const topic of [TOPIC, V1_TOPIC]) {
    // By the order of writing over all partitions, because a key may move when the topic grows.
    const written = log.broker.appends.filter((append) => append.topic === topic).flatMap(({ records }) => records);
    const ids = written.map((record) => storedMessageId(record) ?? "?");
    assert.equal(new Set(ids).size, ids.length, `no row twice in ${topic}`);
    assertOrdered(written);
    if (ids.length > 0) counts[topic] = ids.length;
  }
  return counts;
}

/** Asserts that log and dead letters match the account: each row once, each key in order. */
function assertExact(bench: Bench, whole: boolean): void {
  const { log, letters, runtime } = bench;
  const { read, acked, dead_lettered, lost, topics } = runtime.account().totals();
  assert.deepEqual([acked + dead_lettered, lost], [read, 0]);
  assert.deepEqual(assertOnce(bench), topics, "as many in the log as were acknowledged");
  const refused = [...new Set(letters.map(({ row }) => row))];
  assert.equal(refused.length, dead_lettered);
  if (!whole) return;
  const numbers = Array.from({ length: SOURCES * ROWS }, (_, at) => at + 1);
  assert.equal(read, numbers.length);
  const ids = log.broker.appends.filter(({ topic }) => topic === TOPIC)
    .flatMap(({ records }) => records.map((record) => storedMessageId(record) ?? "?"));
  assert.deepEqual(ids.toSorted(), numbers.filter((row) => !isBad(row)).map(messageId).toSorted());
  assert.deepEqual(refused.toSorted((a, b) => a - b), numbers.filter(isBad));
}

function assertOrdered(written: readonly StoredRecord[]): void {
  const lastOfKey = new Map<string, string>();
  for (const record of written) {
    const [key, id] = [new TextDecoder().decode(record.key ?? undefined), storedMessageId(record) ?? "?"];
    assert.ok(id > (lastOfKey.get(key) ?? ""), `${id} of ${key} is late`);
    lastOfKey.set(key, id);
  }
}

async function forAllSeeds(run: (seed: number) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    await run(seed).catch((cause) => {
      throw new Error(`With seed ${seed}`, { cause });
    });
  }
}

Deno.test("with any faults during a load, every row is written once and in order", async () => {
  await forAllSeeds((seed) => chaos(seed, null));
});

Deno.test("a load that is stopped at any time during faults has written what it read once and in order", async () => {
  await forAllSeeds((seed) => chaos(seed, 1 + seed % STEPS));
});
