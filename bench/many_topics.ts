/**
 * Loads tick files into several topics, in one process. The command `load` writes the rows of one exchange, so this
 * program deals the files out to several exchanges; otherwise it works like `load`.
 *
 * @module
 */
import { systemClock } from "../kernel/clock.ts";
import { settingsFrom } from "../config/load_settings.ts";
import type { Settings, SettingsInput } from "../config/settings.ts";
import { shareWindow } from "../config/share_window.ts";
import { runLoad } from "../cli/load/load_job.ts";
import type { LoadReport } from "../cli/load/load_report.ts";
import { RunCheckpoints } from "../cli/load/run_checkpoints.ts";
import { readCompanyTable } from "../sources/formats/company_table.ts";
import { openFileSource } from "../sources/files/file_source.ts";
import { StateDatabase } from "../state/database.ts";
import { DeadLetterStore } from "../state/dead_letters.ts";
import { lockDataDir } from "../state/lock.ts";
import { openTransport } from "../transport/open.ts";
import { transportOptionsOf } from "../runtime/transport_options.ts";
import { exchangesOf } from "./growth_points.ts";

/** What to load. */
export interface ManyTopicsOptions {
  /** Files without exchanges; this program makes up the exchanges. */
  readonly settings: SettingsInput;
  readonly files: readonly string[];
  readonly reference: string;
  readonly topics: number;
  /** The partitions of each topic. */
  readonly partitions: number;
}

/** Loads the files. */
export async function loadManyTopics(options: ManyTopicsOptions): Promise<LoadReport> {
  const { files, reference, topics } = options;
  const exchanges = exchangesOf(topics);
  const settings = settingsOf(options, exchanges);
  const table = await readCompanyTable(reference);
  const sources = files.map((path, at) =>
    openFileSource({
      path,
      kind: "trade",
      format: "asx-ticks",
      exchange: exchanges[at % topics]?.toUpperCase() ?? "",
      assetClass: "equities",
      currency: "AUD",
      timeZone: "Australia/Sydney",
      reference: table,
      clock: systemClock,
    })
  );
  await using _lock = await lockDataDir(settings.dataDir, { command: "load" });
  using database = StateDatabase.open(settings.dataDir, { inspect: true });
  using checkpoints = new RunCheckpoints(database, { dataDir: settings.dataDir, sources });
  const { log, registry, close } = await openTransport(transportOptionsOf(settings));
  try {
    const ports = { log, registry, checkpoints, deadLetters: new DeadLetterStore(database) };
    const { report, errors: [error] } = await runLoad(settings, ports, {
      sources,
      signal: new AbortController().signal,
    });
    if (error !== undefined) throw error.cause;
    return report;
  } finally {
    await close();
  }
}

function settingsOf({ settings, files, partitions }: ManyTopicsOptions, exchanges: readonly string[]): Settings {
  const exchange = { assetClasses: ["equities" as const], partitions, currency: "AUD", timeZone: "Australia/Sydney" };
  const given = settingsFrom({
    ...settings,
    exchanges: Object.fromEntries(exchanges.map((code) => [code, exchange])),
  }, { cwd: Deno.cwd() });
  const { pipeline } = given;
  return { ...given, pipeline: shareWindow(pipeline, Math.min(pipeline.filesInFlight, files.length)) };
}

// Runs as a process of its own, like `load`: the argument holds the options, the output the account.
if (import.meta.main) console.log(JSON.stringify(await loadManyTopics(JSON.parse(Deno.args[0] ?? "{}"))));
