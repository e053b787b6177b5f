/**
 * Measures the cost of each stage of a row's way alone, without any transport, on one core. It calls the stages through
 * the same doors as the actors, so it measures the code that runs. **Change only this file when a door changes.**
 *
 * @module
 */
import process from "node:process";
import { encodeRows } from "../actors/encoding/encode_rows.ts";
import { Delivery } from "../actors/delivery/delivery.ts";
import type { RowsAdmitted, Target } from "../actors/messages.ts";
import { systemClock } from "../kernel/clock.ts";
import type { SchemaVersion } from "../schemas/record_types.ts";
import { type CompanyTable, readCompanyTable } from "../sources/formats/company_table.ts";
import { openFileSource } from "../sources/files/file_source.ts";
import { LineReader } from "../sources/files/line_reader.ts";
import { emptyCut } from "../sources/files/row_cut.ts";
import { type RowBatch, rowCount, type RowReader } from "../sources/source.ts";
import type { StageCost, ValueSize } from "./results.ts";

/** What to measure. */
export interface StagesOptions {
  readonly kind: "trade" | "quote";
  readonly version: SchemaVersion;
  readonly files: readonly string[];
  readonly reference: string;
  /** The number of passes; the first one warms up and does not count. */
  readonly passes: number;
}

/** What was measured. */
export interface StagesReport {
  readonly stages: readonly StageCost[];
  readonly valueSize: ValueSize;
}

/** Rows of a batch, as in `load` by default. */
export const BATCH_ROWS = 1_000;

/** Measures the stages of one kind and version. */
export async function measureStages(options: StagesOptions): Promise<StagesReport> {
  const { kind, version, passes } = options;
  const stages: StageCost[] = [];
  let valueBytes = 0;
  for (let pass = 0; pass <= passes; pass++) {
    const lines = await linesAlone(options);
    const { rows, read, encoded, bytes } = await rowsAndRecords(options);
    if (lines.count !== rows) throw new Error(`${lines.count} lines, but ${rows} rows`);
    valueBytes = bytes / rows;
    if (pass === 0) continue;
    const cost = (stage: string, { seconds, cpuSeconds }: Meter) => ({
      pass,
      kind,
      version,
      stage,
      rows,
      seconds,
      cpuSeconds,
    });
    stages.push(
      cost("lines", lines.meter),
      cost("lines + parse + ids", read),
      cost("convert + encode", encoded),
      cost("all", Meter.sum(read, encoded)),
    );
  }
  return { stages, valueSize: { kind, version, bytes: valueBytes } };
}

/** Adds up the time of pieces of work. */
class Meter {
  seconds = 0;
  cpuSeconds = 0;

  static sum(one: Meter, other: Meter): Meter {
    const sum = new Meter();
    sum.seconds = one.seconds + other.seconds;
    sum.cpuSeconds = one.cpuSeconds + other.cpuSeconds;
    return sum;
  }

  /** Starts a piece; the returned function ends it. */
  start(): () => void {
    const [started, used] = [performance.now(), process.cpuUsage()];
    return () => {
      this.seconds += (performance.now() - started) / 1_000;
      const { user, system } = process.cpuUsage(used);
      this.cpuSeconds += (user + system) / 1e6;
    };
  }
}

async function linesAlone({ files }: StagesOptions): Promise<{ meter: Meter; count: number }> {
  const meter = new Meter();
  const cut = emptyCut();
  let count = 0;
  for (const path of files) {
    using file = await Deno.open(path);
    const lines = new LineReader(file);
    const stop = meter.start();
    for (let taken = lines.take(cut); taken !== "end"; taken = lines.take(cut)) {
      if (taken === "row") count++;
      else await lines.fill();
      lines.mark();
    }
    stop();
  }
  return { meter, count };
}

async function rowsAndRecords({ kind, version, files, reference }: StagesOptions) {
  const table = await readCompanyTable(reference);
  const target = targetOf(kind, version);
  const [read, encoded] = [new Meter(), new Meter()];
  let rows = 0, bytes = 0;
  for (const path of files) {
    const reader = await openTicks({ path, kind, table });
    for (let index = 0;; index++) {
      const stopRead = read.start();
      const batch = await reader.next(BATCH_ROWS);
      stopRead();
      if (batch === null) break;
      const message = admitted(batch, { index, target });
      const stopEncoding = encoded.start();
      const records = encodeRows(message, 0, target);
      stopEncoding();
      if (records.length !== rowCount(batch)) throw new Error(`${path} has rows that cannot be records`);
      rows += records.length;
      for (const { value } of records) bytes += value.length;
    }
    await reader.close();
  }
  return { rows, read, encoded, bytes };
}

/** The rows of a tick file, as `load` reads them. */
export async function openTicks(
  { path, kind, table }: {
    readonly path: string;
    readonly kind: StagesOptions["kind"];
    readonly table: CompanyTable;
  },
): Promise<RowReader> {
  return await openFileSource({
    path,
    kind,
    format: "asx-ticks",
    exchange: "ASX",
    assetClass: "equities",
    currency: "AUD",
    timeZone: "Australia/Sydney",
    reference: table,
    clock: systemClock,
  }).open();
}

/** A target whose producer never receives anything. */
function targetOf(kind: "trade" | "quote", version: SchemaVersion): Target {
  const producer = { path: "bench", send: () => Promise.resolve() };
  return { version, topic: "bench", schema: { kind, version, subject: "bench", id: 1 }, producer };
}

function admitted(batch: RowBatch, { index, target }: { index: number; target: Target }): RowsAdmitted {
  const rows = rowCount(batch);
  return {
    type: "rows_admitted",
    place: { stream: { source: "bench" }, run: 0, index },
    epoch: 0,
    targets: [target],
    batch,
    from: { origin: new Uint8Array(8), firstRow: batch.from.row + 1 },
    delivery: new Delivery({ rows, states: [new Uint8Array(rows)], refusals: [] }, () => {}),
  };
}

// Runs as a process of its own, with the V8 flags of `load`: the argument holds the options, the output the report.
if (import.meta.main) console.log(JSON.stringify(await measureStages(JSON.parse(Deno.args[0] ?? "{}"))));
