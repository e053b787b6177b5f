/** Loads that are killed again and again at any moment: every row is written once and in order, for each version flag. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import type { ManualClock } from "../../kernel/testing.ts";
import { RowPace } from "../../actors/sources/row_pace.ts";
import { VERSION_FLAGS } from "../../config/version_flag.ts";
import type { MemoryBroker } from "../../transport/memory/broker.ts";
import { MortalProcess } from "../support/mortal_process.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { assertWhole, HEADER, passTime, resumeBench, whileTimePasses } from "../support/resume_harness.ts";

const SEEDS = 32;
const FILES = 3;
const ROWS = 400;
/** Less than the time for which the end of a partition must stand still. */
const LATE_MS = 150;

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

/** Rows of three symbols; many are equal, also within one instant, and some are bad. */
function contentOf(file: string, random: Random, { from, count }: { from: number; count: number }): string {
  const lines: string[] = [];
  let second = from;
  for (let row = from; row < from + count; row++) {
    if (random(3) === 0) second += 1;
    const time = new Date(Date.UTC(2024, 4, 6, 0, 0, second)).toISOString();
    const price = random(29) === 0 ? "none" : `4${random(2)}.5`;
    lines.push(`${basename(file)}-${random(3)},${time},${price},${1 + random(2)},AUD`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Lasts for a while; it may begin before the process is killed and end after the next one has begun. */
function freezeFollowers(
  broker: MemoryBroker,
  { clock, random }: { readonly clock: ManualClock; readonly random: Random },
): void {
  clock.schedule(random(6_000), () => {
    const { partitions } = broker.topic(TOPIC) ?? { partitions: [] };
    const frozen = partitions.map((_, at) => broker.freezeFollowers(TOPIC, at));
    clock.schedule(random(8_000), () => frozen.forEach((followers) => followers.release()));
  });
}

/** Loads files and sometimes kills or stops the process; a file may grow between two runs. */
async function chaos(seed: number, folder: string): Promise<void> {
  const random = randomOf(seed);
  using bench = resumeBench(folder, {
    schemaVersion: VERSION_FLAGS[seed % VERSION_FLAGS.length] ?? "v2",
    pipeline: { batchRows: 5 + random(20), windowRows: 40 + random(100), checkpointRows: 20 + random(300) },
  });
  const { broker, clock, settings, around } = bench;
  const paths = Array.from({ length: FILES }, (_, at) => join(folder, `${at}.csv`));
  for (const path of paths) Deno.writeTextFileSync(path, HEADER + contentOf(path, random, { from: 0, count: ROWS }));
  for (let run = 0;; run++) {
    broker.faults.slow({ sendMs: random(LATE_MS) });
    const process = await MortalProcess.start(around, { settings, random: () => random(1_000) / 1_000 });
    const last = run >= 6;
    const ends = Promise.all(paths.map(async (path) => {
      const handle = await process.runtime.addSource(
        bench.sourceOf(path),
        last ? {} : {
          pace: new RowPace(40 + random(60), { turnMs: 1_000 }),
          limitRows: random(4) === 0 ? random(200) : undefined,
        },
      );
      return await handle.done.then(({ type }) => type, () => "cut off" as const);
    }));
    if (last) {
      assert.deepEqual(await whileTimePasses(clock, ends), Array(FILES).fill("completed"));
    } else {
      if (random(3) === 0) broker.faults.next("send", { type: "unknown", stored: "yes" }, { skip: random(8) });
      if (random(2) === 0) freezeFollowers(broker, { clock, random });
      await passTime(clock, random(6_000));
      if (random(4) > 0) process.kill();
    }
    await whileTimePasses(clock, process.remove());
    if (last) break;
    const grows = paths[random(FILES)] ?? "";
    if (random(3) === 0) {
      Deno.writeTextFileSync(grows, contentOf(grows, random, { from: 5_000 * (run + 1), count: 30 }), {
        append: true,
      });
    }
    const count = broker.topic(TOPIC)?.partitions.length ?? 0;
    if (random(3) === 0 && count > 0) broker.addPartitions(TOPIC, count + 1);
  }
  await assertWhole(bench, paths);
}

Deno.test("however often a load is killed or stopped, every row is written once, in order, and accounted for", async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const folder = await Deno.makeTempDir();
    try {
      await chaos(seed, folder);
    } catch (cause) {
      throw new Error(`With seed ${seed}`, { cause });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});
