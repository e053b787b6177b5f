/**
 * What a row costs from a file's bytes to Avro bytes, without actors and transport, stage by stage:
 *
 *     deno run --allow-read --allow-write --allow-sys=loadavg --v8-flags=--max-semi-space-size=16,--expose-gc bench/record_path.ts [rounds] [file]
 *
 * The file is one of ASX trades, named by its company number; without one, sample ticks are made. All stages run in turn,
 * round after round, and the best round of each counts: other programs can only make a round slower. CPU time is that of
 * all threads, the garbage collector's among them.
 *
 * @module
 */
import { join } from "node:path";
import process from "node:process";
import { Delivery } from "../actors/delivery.ts";
import { encodeRows } from "../actors/encode_rows.ts";
import type { RowsAdmitted, Target } from "../actors/messages.ts";
import { systemClock } from "../actors/kernel/clock.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { generateSample } from "../scripts/sample_data.ts";
import { openFileSource } from "../sources/file_source.ts";
import { LineReader } from "../sources/line_reader.ts";
import { type RowBatch, rowCount } from "../sources/source.ts";

const ROWS = 100_000;
const BATCH_ROWS = 2000;

const [rounds = "10", given] = Deno.args;
const dir = given === undefined ? await Deno.makeTempDir() : null;
const path = given ?? await samplePath(dir ?? "");

async function samplePath(folder: string): Promise<string> {
  const { trades } = await generateSample({ seed: 1, dir: join(folder, "sample"), rows: ROWS, symbols: 1 });
  return trades[0]?.path ?? "";
}

function openSource() {
  return openFileSource({
    path,
    format: "asx-ticks",
    kind: "trade",
    exchange: "ASX",
    assetClass: "equities",
    symbol: "BHP",
    companyId: "7078",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    clock: systemClock,
  });
}

/** Each batch of the file, one after the other. */
async function* batches(): AsyncGenerator<RowBatch> {
  const reader = await openSource().open();
  for (let batch = await reader.next(BATCH_ROWS); batch !== null; batch = await reader.next(BATCH_ROWS)) yield batch;
  await reader.close();
}

/** Bytes of the encoded values, so that nobody can leave the work out. */
function encode(batch: RowBatch, version: SchemaVersion): number {
  const states = [new Uint8Array(rowCount(batch))];
  const delivery = new Delivery({ rows: rowCount(batch), states, refusals: [] }, () => {});
  const schema = { kind: batch.kind, version, subject: "", id: 1 };
  // The encoder asks for nothing but these.
  const target = { version, topic: "", schema } as Target;
  const message = { batch, delivery } as RowsAdmitted;
  let bytes = 0;
  for (const { value } of encodeRows(message, 0, target)) bytes += value.length;
  return bytes;
}

async function takeLines(): Promise<number> {
  using file = await Deno.open(path);
  const lines = new LineReader(file);
  const cut = { start: 0, end: 0, length: 0, lines: 0, tooLong: false };
  let rows = 0;
  for (let taken = lines.take(cut); taken !== "end"; taken = lines.take(cut)) {
    if (taken === "more") {
      lines.mark();
      await lines.fill();
    } else rows += 1;
  }
  return rows;
}

async function parseRows(): Promise<number> {
  let rows = 0;
  for await (const batch of batches()) rows += rowCount(batch);
  return rows;
}

function encodeParsed(parsed: readonly RowBatch[], version: SchemaVersion): number {
  let rows = 0;
  for (const batch of parsed) if (encode(batch, version) > 0) rows += rowCount(batch);
  return rows;
}

async function wholePath(version: SchemaVersion): Promise<number> {
  let rows = 0;
  for await (const batch of batches()) if (encode(batch, version) > 0) rows += rowCount(batch);
  return rows;
}

/** What one row of parsed batches keeps in memory. */
async function heapPerRow(): Promise<string> {
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc !== "function") return "unknown: run with --v8-flags=--expose-gc";
  const kept: RowBatch[] = [];
  gc();
  const before = process.memoryUsage();
  for await (const batch of batches()) kept.push(batch);
  gc();
  const after = process.memoryUsage();
  const rows = kept.reduce((sum, batch) => sum + rowCount(batch), 0);
  const heap = (after.heapUsed - before.heapUsed) / rows;
  const outside = (after.external + after.arrayBuffers - before.external - before.arrayBuffers) / rows;
  return `${heap.toFixed(0)} bytes of heap, ${outside.toFixed(0)} bytes outside it`;
}

const some: RowBatch[] = [];
for await (const batch of batches()) if (some.length < 10) some.push(batch);

const STAGES: Readonly<Record<string, () => number | Promise<number>>> = {
  "lines": takeLines,
  "lines, parse, id": parseRows,
  "encode v2": () => encodeParsed(some, "v2"),
  "encode v1": () => encodeParsed(some, "v1"),
  "whole path v2": () => wholePath("v2"),
  "whole path v1": () => wholePath("v1"),
};

interface Cost {
  readonly wall: number;
  readonly cpu: number;
}
const best = new Map<string, Cost>();
for (let round = 0; round < Number(rounds); round++) {
  for (const [name, run] of Object.entries(STAGES)) {
    const cpuStart = process.cpuUsage(), start = performance.now();
    const rows = await run();
    const wall = (performance.now() - start) * 1000 / rows;
    const { user, system } = process.cpuUsage(cpuStart);
    const known = best.get(name) ?? { wall: Infinity, cpu: Infinity };
    best.set(name, { wall: Math.min(known.wall, wall), cpu: Math.min(known.cpu, (user + system) / rows) });
  }
}
const load = Deno.loadavg()[0]?.toFixed(1);
console.log(`${path}, ${rounds} rounds, load ${load}`);
for (const [name, { wall, cpu }] of best) {
  const rate = Math.round(1e6 / wall).toLocaleString("en");
  console.log(`${name}: ${rate} rows/s, ${wall.toFixed(3)} µs a row, ${cpu.toFixed(3)} µs of CPU`);
}
console.log(`a parsed row: ${await heapPerRow()}`);
if (dir !== null) await Deno.remove(dir, { recursive: true });
