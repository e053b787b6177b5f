import assert from "node:assert/strict";
import { settingsFrom } from "../../config/load_settings.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { StateDatabase } from "../../state/database.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { generateSample } from "../sample_data.ts";
import { join } from "node:path";
import { systemClock } from "../../actors/kernel/clock.ts";
import { openFileSource } from "../../sources/file_source.ts";
import { WrittenIds } from "../../state/written_ids.ts";
import { runLoad } from "./load_job.ts";

Deno.test("runLoad() reports where files were gone on with: rows of earlier runs are not part of its account", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await generateSample({ seed: 5, dir: folder, rows: 60, symbols: 2, kinds: ["trades"] });
    const names = [...Deno.readDirSync(join(folder, "trades"))].map(({ name }) => name).sort();
    const sources = () =>
      names.map((name) =>
        openFileSource({
          path: join(folder, "trades", name),
          format: "asx-ticks",
          kind: "trade",
          exchange: "ASX",
          assetClass: "equities",
          symbol: name.slice(0, -".csv".length),
          currency: "AUD",
          timeZone: "Australia/Sydney",
          clock: systemClock,
        })
      );
    using database = StateDatabase.open(folder);
    const log = new MemoryLog();
    const ports = {
      log,
      registry: new MemoryRegistry(),
      deadLetters: { add: () => {} },
      checkpoints: { store: new CheckpointStore(database), openIndex: () => new WrittenIds(folder) },
    };
    const settings = settingsFrom({}, { cwd: folder });
    const load = async (limitRows?: number) => {
      const { signal } = new AbortController();
      return (await runLoad(settings, ports, { sources: sources(), limitRows, signal })).report;
    };
    const first = await load(80);
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
    await log.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
