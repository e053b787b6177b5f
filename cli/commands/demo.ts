/**
 * `demo`: the whole pipeline on sample ticks, without any server or network.
 *
 * @module
 */
import type { Command } from "commander";
import { join, relative } from "node:path";
import { settingsFrom } from "../../config/load_settings.ts";
import type { Settings } from "../../config/settings.ts";
import type { RecordKind } from "../../schemas/record_types.ts";
import { readCompanyTable } from "../../sources/formats/company_table.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource } from "../../sources/source.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { openTransport, type Transport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../runtime/transport_options.ts";
import { audit, auditPassed, type AuditReport } from "../audit/audit.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { taskCommand } from "../shared/task_command.ts";
import { CommandFailure } from "../shared/usage_error.ts";
import { wholeNumber } from "../shared/options.ts";
import type { CommonOptions } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { accountLines } from "../load/account_text.ts";
import { type LoadProgress, runLoad } from "../load/load_job.ts";
import { RunCheckpoints } from "../load/run_checkpoints.ts";
import { generateSample, type Sample } from "../sample_data.ts";
import { tailTopic } from "../tail/tail_topic.ts";

interface DemoOptions extends CommonOptions {
  readonly rows: number;
}

/** The name of one kind of the sample, and its topic. */
interface DemoPart {
  readonly kind: RecordKind;
  readonly topic: string;
  readonly sources: readonly RowSource[];
}

const SEED = 20240506;
const SHOWN_RECORDS = 2;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const command = addCommand(program, {
    name: "demo",
    needs: "neither",
    summary: "make sample ticks and run the whole pipeline on the embedded log",
    details: "Needs no server and no network. Each run starts anew in a folder of its own in --data-dir.",
    examples: ["demo", "demo --rows 100000"],
  }).addOption(wholeNumber("--rows <n>", "rows of each sample file", { min: 1, max: 5_000_000 }).default(10_000));
  onRun<DemoOptions>(command, cli, async (session, { options }) => {
    const dataDir = join(session.settings.dataDir, "demo");
    await using _lock = await session.lockDataDir("demo");
    await Deno.remove(dataDir, { recursive: true }).catch(ignoreMissing);
    const dir = join(dataDir, "ticks");
    session.say(`Making sample ticks in ${dir}`);
    const sample = await generateSample({ seed: SEED, dir, rows: options.rows });
    const { schemaVersion } = session.settings;
    const settings = settingsFrom({ dataDir, schemaVersion, embedded: { sync: "normal" } }, { cwd: cli.cwd });
    const parts = await partsOf(session, sample);
    const transport = await openTransport(transportOptionsOf(settings));
    try {
      await load(session, { settings, transport, parts });
      const reports = await auditAll(session, { settings, transport, parts });
      for (const part of parts) await show(session, transport, part);
      if (!reports.every(auditPassed)) throw new CommandFailure("The audit found rows that are not as in the files.");
    } finally {
      await transport.close();
    }
    tryNext(session, { dataDir, sample });
    return EXIT.ok;
  });
}

async function partsOf({ cli: { clock }, catalogue }: Session, sample: Sample): Promise<DemoPart[]> {
  const exchange = catalogue.exchange("ASX");
  const reference = await readCompanyTable(sample.companyInfo);
  const source = (kind: RecordKind, path: string): RowSource =>
    openFileSource({
      path,
      kind,
      format: kind === "reference_data" ? "csv" : "asx-ticks",
      exchange: exchange.code,
      assetClass: "equities",
      currency: "AUD",
      timeZone: exchange.timeZone,
      reference,
      clock,
    });
  return [
    {
      kind: "trade",
      topic: "market.equities.trades.asx",
      sources: sample.trades.map(({ path }) => source("trade", path)),
    },
    {
      kind: "quote",
      topic: "market.equities.quotes.asx",
      sources: sample.quotes.map(({ path }) => source("quote", path)),
    },
    {
      kind: "reference_data",
      topic: "market.equities.reference_data.asx",
      sources: [source("reference_data", sample.companyInfo)],
    },
  ];
}

interface DemoRun {
  readonly settings: Settings;
  readonly transport: Transport;
  readonly parts: readonly DemoPart[];
}

async function load(session: Session, { settings, transport: { log, registry }, parts }: DemoRun): Promise<void> {
  session.say("Loading them: files -> source -> converter -> producer actors -> embedded log");
  using database = StateDatabase.open(settings.dataDir);
  const deadLetters = new DeadLetterStore(database);
  const sources = parts.flatMap(({ sources }) => sources);
  // As in `load`, each record names its row.
  using checkpoints = new RunCheckpoints(database, { dataDir: settings.dataDir, sources });
  const ports = { log, registry, deadLetters, checkpoints, observe: session.observer };
  let running: LoadProgress | null = null;
  const total = sources.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const progress = session.startProgress({
    label: "load",
    unit: "rows",
    read: () => ({
      done: running?.totals().acked ?? 0,
      fraction: running === null || total === 0 ? null : running.bytesRead() / total,
    }),
  });
  const { report, errors } = await runLoad(settings, ports, {
    sources,
    signal: session.cli.stop.take("Stopping: what is under way settles first."),
    onStarted: (started) => running = started,
  }).finally(() => progress.stop());
  for (const line of accountLines(report)) session.say(`  ${line}`);
  if (session.json) session.printJson(report);
  for (const { cause } of errors) throw cause;
}

async function auditAll(session: Session, { settings, transport, parts }: DemoRun): Promise<AuditReport[]> {
  session.say("Auditing them: every row of the files against the topics, by id, value and order");
  const { log, registry } = transport;
  const version = settings.schemaVersion === "v1" ? "v1" : "v2";
  const reports: AuditReport[] = [];
  for (const { sources, topic } of parts) {
    let read = 0;
    const progress = session.startProgress({
      label: "audit",
      unit: "records",
      read: () => ({ done: read, fraction: null }),
    });
    const onProgress = (records: number) => read = records;
    const report = await audit({ topic, version, sources, log, registry, onProgress }).finally(() => progress.stop());
    const { expected, found, missing, twice, out_of_order } = report;
    session.say(
      `  ${topic}: ${grouped(found)} of ${grouped(expected)} found, ${missing} missing, ${twice} twice, ` +
        `${out_of_order} out of order`,
    );
    reports.push(report);
  }
  return reports;
}

async function show(session: Session, transport: Transport, { topic }: DemoPart): Promise<void> {
  if (session.json || session.settings.schemaVersion === "both") return;
  const chunks = tailTopic(transport, {
    topic,
    start: { type: "beginning" },
    key: null,
    limit: SHOWN_RECORDS,
    follow: false,
    signal: new AbortController().signal,
  });
  for await (const chunk of chunks) for (const record of chunk) session.print(JSON.stringify(record));
}

function tryNext(session: Session, { dataDir, sample }: { dataDir: string; sample: Sample }): void {
  const shown = (path: string) => relative(session.cli.cwd, path) || ".";
  const trades = shown(sample.trades[0]?.path ?? "");
  const flags = `--format asx-ticks --data-type trades --exchange ASX --reference ${shown(sample.companyInfo)}`;
  const task = taskCommand();
  session.say("");
  session.say("Three commands to try next:");
  session.say(`  ${task} tail market.equities.trades.asx --limit 5 --data-dir ${shown(dataDir)}`);
  session.say(`  ${task} load ${trades} ${flags} --dry-run --limit 5`);
  session.say(`  ${task} stack up        # a real Kafka and registry, if Java 17 and Maven are here`);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
