/** Loads that die far past their checkpoint: the next run must compare thousands of rows, not only the first ones. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { RowPace } from "../../actors/sources/row_pace.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { StateDatabase } from "../../state/database.ts";
import { MortalProcess } from "../support/mortal_process.ts";
import { assertNumbersOnce } from "../support/numbered_rows.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { type ResumeBench, resumeBench, timeUntil, whileTimePasses } from "../support/resume_harness.ts";

const ROWS = 4_000;
const HEADER = "company_id,symbol,timestamp,price,quantity,currency\n";

async function withFile(body: (bench: ResumeBench, path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "rows.csv");
    const start = Date.UTC(2024, 4, 6);
    const lines = Array.from({ length: ROWS }, (_, at) => {
      return `${at + 1},S${at % 3},${new Date(start + at * 1_000).toISOString()},4.5,${1 + at % 7},AUD\n`;
    });
    await Deno.writeTextFile(path, HEADER + lines.join(""));
    using bench = resumeBench(folder, { pipeline: { batchRows: 100, windowRows: ROWS, checkpointRows: 50_000 } });
    await body(bench, path, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const stored = ({ broker }: ResumeBench) => broker.appends.reduce((sum, { records }) => sum + records.length, 0);
const numbers = new Set(Array.from({ length: ROWS }, (_, at) => at + 1));

/** Runs a load to its end. */
async function whole(bench: ResumeBench, path: string): Promise<void> {
  const process = await MortalProcess.start(bench.around, { settings: bench.settings, random: () => 0.5 });
  const { done } = await process.runtime.addSource(bench.sourceOf(path));
  assert.deepEqual(await whileTimePasses(bench.clock, done), { type: "completed" });
  await whileTimePasses(bench.clock, process.remove());
}

Deno.test("a load that died more than 1,000 rows past its checkpoint writes none of them again", async () => {
  await withFile(async (bench, path) => {
    const process = await MortalProcess.start(bench.around, { settings: bench.settings, random: () => 0.5 });
    const { done } = await process.runtime.addSource(bench.sourceOf(path), { pace: new RowPace(1_000) });
    done.catch(() => undefined);
    await timeUntil(bench.clock, () => stored(bench) > 3_000);
    process.kill();
    await whileTimePasses(bench.clock, process.remove());
    await whole(bench, path);
    assertNumbersOnce(bench.broker, { version: "v2", topic: TOPIC, numbers });
  });
});

Deno.test("an --only-missing load that died is resumed by reading the whole topic", async () => {
  await withFile(async (bench, path, folder) => {
    await whole(bench, path);
    // Another data folder, without any record of that load.
    const other = join(folder, "other");
    await Deno.mkdir(other);
    const database = StateDatabase.open(other);
    try {
      const around = { ...bench.around, database, dataDir: other };
      const process = await MortalProcess.start(around, { settings: bench.settings, random: () => 0.5 });
      const { done } = await process.runtime.addSource(bench.sourceOf(path), {
        start: "only_missing",
        pace: new RowPace(100),
      });
      done.catch(() => undefined);
      const checkpoints = new CheckpointStore(database);
      const started = () => checkpoints.list().some((entry) => entry.ok && entry.checkpoint.counts.read > 500);
      await timeUntil(bench.clock, started);
      process.kill();
      await whileTimePasses(bench.clock, process.remove());
      await whole({ ...bench, around }, path);
    } finally {
      database.close();
    }
    assertNumbersOnce(bench.broker, { version: "v2", topic: TOPIC, numbers });
  });
});
