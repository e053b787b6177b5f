/** Loads that are killed at any moment, again and again: every row is written once and in order, for each version flag. */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { systemClock } from "../actors/kernel/clock.ts";
import { ManualClock } from "../actors/kernel/testing.ts";
import { settingsFrom } from "../config/load_settings.ts";
import type { VersionFlag } from "../config/settings.ts";
import { storedMessageId } from "../records/stored_identity.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { openFileSource } from "../sources/file_source.ts";
import type { RowSource } from "../sources/source.ts";
import { StateDatabase } from "../state/database.ts";
import { DeadLetterStore } from "../state/dead_letters.ts";
import { CheckpointStore } from "../state/checkpoints.ts";
import { MemoryBroker } from "../transport/memory/broker.ts";
import { MemoryRegistry } from "../transport/memory/registry.ts";
import { MortalProcess, type Surroundings } from "./mortal_process.ts";
import { TOPIC } from "./pipeline_bench.ts";

const SEEDS = 24;
const FILES = 3;
const ROWS = 400;
const FLAGS: readonly VersionFlag[] = ["v1", "v2", "both"];
/** Less than the time for which the end of a partition must stand still. */
const LATE_MS = 150;
const STEP_MS = 50;

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

const HEADER = "symbol,timestamp,price,quantity,currency\n";

function sourceOf(path: string, clock: ManualClock): RowSource {
  return openFileSource({
    path,
    format: "csv",
    kind: "trade",
    exchange: "ASX",
    assetClass: "equities",
    companyId: "7",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    clock,
  });
}

/** Loads files while the process is killed or stopped now and then; a file may grow between two runs. */
async function chaos(seed: number, folder: string): Promise<void> {
  const random = randomOf(seed);
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const database = StateDatabase.open(folder);
  const around: Surroundings = { broker, registry: new MemoryRegistry({ clock }), database, dataDir: folder, clock };
  const schemaVersion = FLAGS[seed % FLAGS.length] ?? "v2";
  const pipeline = { batchRows: 5 + random(20), windowRows: 40 + random(100), checkpointRows: 20 + random(300) };
  const settings = settingsFrom({ schemaVersion, pipeline }, { cwd: folder });
  const paths = Array.from({ length: FILES }, (_, at) => join(folder, `${at}.csv`));
  for (const path of paths) Deno.writeTextFileSync(path, HEADER + contentOf(path, random, { from: 0, count: ROWS }));
  try {
    for (let run = 0;; run++) {
      broker.faults.slow({ sendMs: random(LATE_MS) });
      const process = await MortalProcess.start(around, { settings, random: () => random(1_000) / 1_000 });
      const last = run >= 6;
      const ends = Promise.all(paths.map(async (path) => {
        const handle = await process.runtime.addSource(
          sourceOf(path, clock),
          last ? {} : {
            rowsPerSecond: 40 + random(60),
            limitRows: random(4) === 0 ? random(200) : undefined,
          },
        );
        return await handle.done.then(({ type }) => type, () => "cut off" as const);
      }));
      if (last) {
        assert.deepEqual(await whileTimePasses(clock, ends), Array(FILES).fill("completed"));
      } else {
        if (random(3) === 0) broker.faults.next("send", { type: "unknown", stored: "yes" }, { skip: random(8) });
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
      if (random(6) === 0 && count > 0) broker.addPartitions(TOPIC, count + 1);
    }
    for (const [version, topic] of topicsOf(schemaVersion)) await assertExact(version, topic, { around, paths, clock });
    assert.deepEqual(broker.misuses, []);
  } finally {
    database.close();
  }
}

/** Moves the manual clock; between two steps files are read, which takes time of the machine. */
async function passTime(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
    await clock.advance(STEP_MS);
    await systemClock.sleep(0);
  }
}

/** Moves the manual clock until something has happened. */
async function whileTimePasses<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  work.catch(() => {}).finally(() => done = true);
  const stop = AbortSignal.timeout(60_000);
  while (!done) {
    stop.throwIfAborted();
    await passTime(clock, 20 * STEP_MS);
  }
  return await work;
}

function topicsOf(flag: VersionFlag): (readonly [SchemaVersion, string])[] {
  return flag === "both" ? [["v1", TOPIC], ["v2", `${TOPIC}.v2`]] : [[flag, TOPIC]];
}

async function assertExact(
  version: SchemaVersion,
  topic: string,
  { around, paths, clock }: { around: Surroundings; paths: readonly string[]; clock: ManualClock },
): Promise<void> {
  const { broker, database } = around;
  const records = broker.appends.filter((append) => append.topic === topic).flatMap(({ records }) => records);
  const written = records.map((record) => storedMessageId(record) ?? "?");
  const places = new Map(written.map((id, at) => [id, at]));
  const bad = new Set<string>();
  let good = 0;
  for (const path of paths) {
    const source = sourceOf(path, clock);
    const reader = await source.open();
    const lastOfKey = new Map<string, number>();
    for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
      for (const row of batch.rows) {
        if (!row.ok) {
          bad.add(`${source.id} ${row.row}`);
          continue;
        }
        good += 1;
        const place = places.get(row.messageId);
        assert.ok(place !== undefined, `row ${row.row} of ${path} is missing as ${version}`);
        assert.ok(place > (lastOfKey.get(row.record.symbol) ?? -1), `row ${row.row} of ${path} is late as ${version}`);
        lastOfKey.set(row.record.symbol, place);
      }
    }
    await reader.close();
  }
  assert.equal(places.size, written.length, `no row twice as ${version}`);
  assert.equal(written.length, good, `nothing else as ${version}`);
  const letters = [...new DeadLetterStore(database).list({ limit: 10_000 })].map(({ source, row }) =>
    `${source} ${row}`
  );
  assert.deepEqual(letters.toSorted(), [...bad].sort(), "each bad row is one dead letter");
  for (const entry of new CheckpointStore(database).list()) {
    assert.ok(entry.ok && entry.checkpoint.finished !== null && entry.checkpoint.ahead === 0);
    const { read, acked, dead_lettered } = entry.checkpoint.counts;
    assert.equal(acked + dead_lettered, read);
  }
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
