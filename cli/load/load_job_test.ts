import assert from "node:assert/strict";
import { settingsFrom } from "../../config/load_settings.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { StateDatabase } from "../../state/database.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { generateSample } from "../sample_data.ts";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { ManualClock } from "../../kernel/manual_clock.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { WrittenIds } from "../../state/written_ids.ts";
import { whileTimePasses } from "../../tests/support/resume_harness.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { type LoadJobOptions, runLoad } from "./load_job.ts";
import type { LoadReport } from "./load_report.ts";

interface Scene {
  load(options?: Pick<LoadJobOptions, "limitRows" | "rowsPerSecond">): Promise<LoadReport>;
}

/** Two files of 60 rows each. */
async function scene(body: (scene: Scene) => Promise<void>, clock: Clock = systemClock): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const { trades } = await generateSample({ seed: 5, dir: folder, rows: 60, symbols: 2, kinds: ["trades"] });
    using database = StateDatabase.open(folder);
    const log = new MemoryLog();
    const ports = {
      log,
      registry: new MemoryRegistry(),
      deadLetters: { add: () => {} },
      checkpoints: { store: new CheckpointStore(database), openIndex: () => new WrittenIds(folder) },
      clock,
    };
    const sources = () =>
      trades.map(({ path, symbol }) =>
        openFileSource({
          path,
          format: "asx-ticks",
          kind: "trade",
          exchange: "ASX",
          assetClass: "equities",
          symbol,
          currency: "AUD",
          timeZone: "Australia/Sydney",
          clock: systemClock,
        })
      );
    const settings = settingsFrom({}, { cwd: folder });
    const { signal } = new AbortController();
    const load: Scene["load"] = async (options) =>
      (await runLoad(settings, ports, { ...options, sources: sources(), signal })).report;
    await body({ load });
    await log.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("runLoad() reports where files were resumed: rows of earlier runs are not part of its account", async () => {
  await scene(async ({ load }) => {
    const first = await load({ limitRows: 80 });
    assert.deepEqual([first.read, first.resumed_from], [80, null]);
    const second = await load();
    assert.equal(second.read, 40);
    assert.partialDeepStrictEqual([...second.resumed_from ?? []].sort((one, other) => other.row - one.row), [
      { row: 60, found: 0, already_loaded: true },
      { row: 20, found: 0, already_loaded: false },
    ]);
    const third = await load();
    assert.deepEqual([third.read, third.resumed_from?.map(({ row, already_loaded }) => [row, already_loaded])], [
      0,
      [[60, true], [60, true]],
    ]);
  });
});

Deno.test("runLoad() holds all files together to a rate", async () => {
  const clock = new ManualClock();
  await scene(async ({ load }) => {
    const { acked, seconds } = await whileTimePasses(clock, load({ rowsPerSecond: 2 }));
    assert.equal(acked, 120);
    // The first row is read at once, each of the others half a second after the one before.
    assert.ok(seconds >= 119 / 2 - 0.001, `${seconds} s`);
  }, clock);
});

Deno.test("runLoad() loads files of reference data in their order, and none after one that has failed", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using database = StateDatabase.open(folder);
    const log = new MemoryLog();
    const store = new CheckpointStore(database);
    const checkpoints = { store, openIndex: () => new WrittenIds(folder) };
    const ports = { log, registry: new MemoryRegistry(), deadLetters: { add: () => {} }, checkpoints };
    const sources = ["a", "b", "c"].map((name, at) => {
      const path = `${folder}/${name}.csv`;
      // The first file takes longest.
      const rows = Array.from({ length: 3_000 - at * 1_400 }, (_, key) => `${key},S${key},${name}\n`).join("");
      Deno.writeTextFileSync(path, `company_id,symbol,company_name\n${rows}`);
      const form = { format: "csv", kind: "reference_data", exchange: "ASX", assetClass: "equities" } as const;
      return openFileSource({ path, ...form, currency: "AUD", timeZone: "Australia/Sydney", clock: systemClock });
    });
    const settings = settingsFrom({ pipeline: { filesInFlight: 3, batchRows: 100 } }, { cwd: folder });
    const load = () => runLoad(settings, ports, { sources, signal: new AbortController().signal });
    const { path: second = "" } = sources[1]?.file || {};
    Deno.renameSync(second, `${second}.away`);
    const failed = await load();
    assert.deepEqual(failed.errors.map(({ cause }) => cause instanceof Error ? cause.name : ""), [
      "SourceError",
      "NotBegunError",
    ]);
    assert.equal(failed.report.acked, 3_000);
    Deno.renameSync(`${second}.away`, second);
    assert.deepEqual((await load()).errors, []);
    const origins = new Map(
      store.list().flatMap((entry) => entry.ok ? [[entry.checkpoint.origin, entry.checkpoint.source]] : []),
    );
    const written: string[] = [];
    for await (const records of log.read("market.equities.reference_data.asx", 0, { from: 0n, to: 4_800n })) {
      for (const record of records) written.push(origins.get(sourceOf(record)?.origin ?? "")?.slice(-5, -4) ?? "?");
    }
    assert.equal(written.join("").replace(/(.)\1*/g, "$1"), "abc");
    await log.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
