/**
 * Measures the cost of a row from a file's bytes to Avro bytes, stage by stage, at its best, and the memory that a
 * parsed row keeps:
 *
 *     deno run --allow-read --allow-write --allow-sys=loadavg --v8-flags=--max-semi-space-size=16,--expose-gc bench/record_path.ts [rounds] [file]
 *
 * The file holds ASX trades and is named by its company number; without a file, the program makes sample ticks. The best
 * round of each stage counts, because other programs can only slow a round down. CPU time is that of all threads,
 * including the garbage collector's.
 *
 * @module
 */
import { basename, join } from "node:path";
import process from "node:process";
import { generateSample } from "../cli/sample_data.ts";
import { readCompanyTable } from "../sources/formats/company_table.ts";
import { type RowBatch, rowCount } from "../sources/source.ts";
import type { StageCost } from "./results.ts";
import { BATCH_ROWS, measureStages, openTicks } from "./stages.ts";

const ROWS = 100_000;

/** A file of trades, and a table that has its company. */
interface Ticks {
  readonly path: string;
  readonly reference: string;
}

async function sampleTicks(dir: string): Promise<Ticks> {
  const { trades: [file], companyInfo } = await generateSample({ seed: 1, dir, rows: ROWS, symbols: 1 });
  return { path: file?.path ?? "", reference: companyInfo };
}

async function givenTicks(dir: string, path: string): Promise<Ticks> {
  const reference = join(dir, "company_info.csv");
  await Deno.writeTextFile(reference, `company_id,symbol\n${basename(path, ".csv")},BHP\n`);
  return { path, reference };
}

/** The memory that one row of parsed batches keeps. */
async function heapPerRow({ path, reference }: Ticks): Promise<string> {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") return "unknown: run with --v8-flags=--expose-gc";
  const reader = await openTicks({ path, kind: "trade", table: await readCompanyTable(reference) });
  const kept: RowBatch[] = [];
  gc();
  const before = process.memoryUsage();
  for (let batch = await reader.next(BATCH_ROWS); batch !== null; batch = await reader.next(BATCH_ROWS)) {
    kept.push(batch);
  }
  gc();
  const after = process.memoryUsage();
  await reader.close();
  const rows = kept.reduce((sum, batch) => sum + rowCount(batch), 0);
  const heap = (after.heapUsed - before.heapUsed) / rows;
  const outside = (after.external + after.arrayBuffers - before.external - before.arrayBuffers) / rows;
  return `${heap.toFixed(0)} bytes of heap, ${outside.toFixed(0)} bytes outside it`;
}

function bestOf(costs: readonly StageCost[]): string {
  const best = (value: (cost: StageCost) => number) => Math.min(...costs.map((cost) => value(cost) / cost.rows));
  const [wall, cpu] = [best(({ seconds }) => seconds), best(({ cpuSeconds }) => cpuSeconds)];
  const rate = Math.round(1 / wall).toLocaleString("en");
  return `${rate} rows/s, ${(wall * 1e6).toFixed(3)} µs a row, ${(cpu * 1e6).toFixed(3)} µs of CPU`;
}

const [rounds = "10", given] = Deno.args;
const dir = await Deno.makeTempDir();
try {
  const ticks = given === undefined ? await sampleTicks(dir) : await givenTicks(dir, given);
  const { path, reference } = ticks;
  console.log(`${path}, ${rounds} rounds, load ${Deno.loadavg()[0]?.toFixed(1)}`);
  for (const version of ["v2", "v1"] as const) {
    const { stages } = await measureStages({
      kind: "trade",
      version,
      files: [path],
      reference,
      passes: Number(rounds),
    });
    for (const [stage, costs] of Map.groupBy(stages, ({ stage }) => stage)) {
      console.log(`${version}, ${stage}: ${bestOf(costs)}`);
    }
  }
  console.log(`a parsed row: ${await heapPerRow(ticks)}`);
} finally {
  await Deno.remove(dir, { recursive: true });
}
