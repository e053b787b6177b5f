/**
 * `load`: reads files of rows and writes them to their topics.
 *
 * @module
 */
import { join } from "node:path";
import { type Command, Option } from "commander";
import type { Settings } from "../../config/settings.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import type { MovedRows } from "../../runtime/resuming/indexed_rows.ts";
import { SHARED_IDS_FILE } from "../load/shared_ids.ts";
import { shareWindow } from "../../config/share_window.ts";
import type { RowSource } from "../../sources/source.ts";
import { StateDatabase } from "../../state/database.ts";
import type { StoredDeadLetter } from "../../state/dead_letter.ts";
import { type DeadLetterState, DeadLetterStore } from "../../state/dead_letters.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { exitCodeOfAll } from "../shared/exit_code_of.ts";
import { EXIT, type ExitCode, exitCodeOfSignal } from "../shared/exit_codes.ts";
import { failureOf, failureText } from "../shared/errors.ts";
import { type CommonOptions, wholeNumber } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { UsageError } from "../shared/usage_error.ts";
import { addFileOptions, addSourceOptions, type SourceFlags, sourcesOf } from "../shared/source_options.ts";
import { dlqCommand } from "../dlq/dlq_command.ts";
import { accountLines } from "../load/account_text.ts";
import { type DeadLetterLimit, deadLetterLimitOf, overLimit } from "../load/dead_letter_limit.ts";
import { dryRun } from "../load/dry_run.ts";
import { follow } from "../load/follow_command.ts";
import { descriptorLimit, descriptorsNeeded, limitWarning } from "../load/open_files_limit.ts";
import { LoadObserver } from "../load/load_observer.ts";
import { lockedLog } from "../load/locked_log.ts";
import { RunCheckpoints } from "../load/run_checkpoints.ts";
import { isInOrder, type LoadProgress, runLoad } from "../load/load_job.ts";
import { emptyResult, type LoadResult } from "../load/load_report.ts";
import { MAX_SHARDS, type Shard, shardIn, shardKeyOf, shardOf } from "../load/shard.ts";
import { lockFor, shardReport, type Share, shareOf } from "../load/shared_load.ts";

/** What the other ways to load are for. */
const FOLLOW_ALONE = "Load what is there with the other flag first, and follow it then.";
const FOLLOW_SHARED = "Give each process files of its own to follow, with a --data-dir of its own.";

interface LoadOptions extends CommonOptions, SourceFlags {
  readonly filesInFlight?: number;
  readonly dryRun?: true;
  readonly follow?: true;
  readonly limit?: number;
  readonly rate?: number;
  readonly maxDeadLetters?: DeadLetterLimit;
  readonly restart?: true;
  readonly onlyMissing?: true;
  readonly overlap?: Overlap;
  readonly moved?: Exclude<MovedRows, "refuse">;
  readonly verify?: true;
  readonly shard?: Shard;
  readonly shards?: number;
}

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const command = addCommand(program, {
    name: "load",
    summary: "write files of rows to their topics",
    details:
      "Rows that cannot be a record are kept as dead letters in --data-dir, with file, line, byte offset, rule " +
      "and original bytes; the load continues with the other rows and ends with exit code 4. Prices of futures and options " +
      "may be negative, other prices and quantities may not. Files that end in .gz, .zst or .zip are decompressed, and .parquet is read as JSON lines. The load ends " +
      "with its account. The same command resumes an interrupted load; it does not load a file again that was loaded to " +
      "its end.",
    examples: [
      "load trades/7078.csv --reference company_info.csv --format asx-ticks --data-type trades --exchange ASX",
      "load trades/ --format csv --data-type trades --exchange BINANCE --currency USDT --time-unit ms --id-scope symbol --dry-run",
    ],
  }).argument("<file...>", "files (.gz and .zst too), folders or patterns; - is standard input");
  addFileOptions(addSourceOptions(command))
    .addOption(wholeNumber("--files-in-flight <n>", "files that are read at the same time", { min: 1, max: 256 }))
    .option("--dry-run", "write nothing; show row, record and bytes side by side")
    .addOption(
      new Option(
        "--follow",
        "read on while the files grow, until a signal comes: also what is added to folders, and what comes after a rotation",
      ).conflicts(["dryRun", "limit", "restart", "onlyMissing", "moved", "takeLastLine"]),
    )
    .addOption(wholeNumber("--limit <n>", "stop after this many rows", { min: 1 }))
    .addOption(
      new Option(
        "--restart",
        "load each file from its start, and write rows again that the topics have, with the same ids",
      )
        .conflicts("onlyMissing"),
    )
    .option("--only-missing", "read which rows the topics have, and write only the others")
    .addOption(
      new Option(
        "--overlap <write|skip>",
        "rows that several files have: write them for each file, or once, after reading what the topics have",
      ).choices(["write", "skip"]).default("write").conflicts(["restart", "onlyMissing"]),
    )
    .addOption(
      new Option(
        "--moved <take|write>",
        "with --only-missing, for rows that the topics have under another of the files, which no longer has them: take " +
          "them as moved and do not write them, or write them as other rows (default: stop)",
      ).choices(["take", "write"]),
    )
    .addOption(
      new Option(
        "--shard <i/n>",
        "load only this process's share of the files, which all processes are given: I counts from 0; by symbol where a " +
          "file is of one symbol, else by file name",
      ).argParser(shardIn).conflicts("shards"),
    )
    .addOption(
      wholeNumber("--shards <n>", "as --shard, with I from JOB_COMPLETION_INDEX (an Indexed Job of Kubernetes)", {
        min: 1,
        max: MAX_SHARDS,
      }),
    )
    .option("--verify", "decode each encoded record and compare it with its row")
    .addOption(wholeNumber("--rate <n>", "maximum rows a second, of all files together", { min: 1 }))
    .addOption(
      new Option(
        "--max-dead-letters <n|n%>",
        "maximum dead letters of each file, those of earlier runs included: the load stops before the row that would be " +
          "one more; a share counts from 1,000 rows on (default: stop when the first 1,000 rows are all bad)",
      ).argParser(deadLetterLimitOf),
    );
  onRun<LoadOptions>(command, cli, async (session, { options, operands }) => {
    const shard = shardOf(options, cli.environment);
    if (options.follow) {
      if (shard !== null) throw new UsageError("--follow does not go with --shard or --shards.", FOLLOW_SHARED);
      if (options.overlap === "skip") throw new UsageError("--follow does not go with --overlap skip.", FOLLOW_ALONE);
      return await follow(session, { options, operands });
    }
    const all = await sourcesOf(session, { flags: options, paths: operands });
    const share = shard === null ? null : shareOf(session, { shard, all, overlap: options.overlap });
    const sources = share?.own ?? all;
    if (options.onlyMissing) requireFiles(sources, "--only-missing");
    if (options.moved !== undefined && !options.onlyMissing) {
      throw new UsageError("--moved needs --only-missing.", "Add --only-missing, or leave --moved out.");
    }
    if (options.overlap === "skip") requireFiles(sources, "--overlap skip");
    if (options.dryRun) {
      await dryRun(session, { sources, limit: options.limit ?? Infinity });
      return EXIT.ok;
    }
    if (sources.length === 0) {
      return finish(session, emptyResult(session.settings, options), { ...NOTHING_LEFT, share });
    }
    await warnOfFewDescriptors(session, { sources, options });
    await using lock = await lockFor(session, shard);
    const { dataDir } = session.settings;
    using database = StateDatabase.open(dataDir, { inspect: true });
    using checkpoints = new RunCheckpoints(database, { dataDir, sources: all });
    await using transport = await session.openTransport();
    let running: LoadProgress | null = null;
    const total = sources.reduce<number | null>(
      (sum, { bytes }) => sum === null || bytes === null ? null : sum + bytes,
      0,
    );
    const progress = session.startProgress({
      label: "load",
      unit: "rows",
      read: () => {
        if (running === null) return { done: 0, fraction: null };
        const { acked, dead_lettered, duplicates_skipped } = running.totals();
        return {
          done: acked + dead_lettered + duplicates_skipped,
          fraction: total === null || total === 0 || options.limit !== undefined ? null : running.bytesRead() / total,
          ...(dead_lettered === 0 ? {} : { note: `${dead_lettered} dead-lettered` }),
        };
      },
    });
    const forget = cli.stop.onForcedEnd(() => {
      progress.stop();
      if (running !== null) cli.screen.line(`Ended at once: ${JSON.stringify(running.totals())}`);
    });
    try {
      const { registry } = transport;
      const log = lockedLog(transport.log, () => lock.isHeld());
      const deadLetters = new DeadLetterStore(database);
      const { maxDeadLetters, restart, onlyMissing, overlap, moved } = options;
      const settings = loadSettings(session.settings, { sources, options });
      const events = new LoadObserver(session, { sources, shard, logFormat: options.logFormat });
      const { observe } = events;
      const result = await runLoad(settings, { log, registry, deadLetters, checkpoints, observe }, {
        sources,
        overlap,
        moved,
        sharedIds: { file: join(dataDir, SHARED_IDS_FILE) },
        orderKeyOf: shard === null ? undefined : shardKeyOf,
        start: restart ? "restart" : onlyMissing ? "only_missing" : "resume",
        limitRows: options.limit,
        rowsPerSecond: options.rate,
        tooManyDeadLetters: maxDeadLetters && ((rows) => overLimit(rows, maxDeadLetters)),
        signal: cli.stop.take("Stopping: what is under way settles first. A second signal ends at once."),
        onStarted: (started) => running = started,
      });
      progress.stop();
      const count = (state: DeadLetterState) => countLetters(deadLetters, { state, sources, settings, result });
      const { schemaVersion: versions } = settings;
      const ids = new Map(sources.map(({ name, id }) => [name, id]));
      return finish(session, result, {
        open: count("open"),
        retired: events.hasRetired ? count("retired") : 0,
        withoutRows: events.withoutRows,
        example: () => firstLetter(deadLetters, { sources, settings }),
        openOf: (name) => deadLetters.count({ source: ids.get(name), versions, state: "open" }),
        share,
      });
    } finally {
      progress.stop();
      forget();
    }
  });
}

async function warnOfFewDescriptors(
  session: Session,
  about: { readonly sources: readonly RowSource[]; readonly options: LoadOptions },
): Promise<void> {
  const { pipeline: { filesInFlight }, brokers } = loadSettings(session.settings, about);
  const needed = descriptorsNeeded({
    files: Math.min(filesInFlight, about.sources.length),
    brokers: brokers?.length ?? 0,
  });
  const warning = limitWarning(needed, await descriptorLimit());
  if (warning !== null) session.say(`warning: ${warning}`);
}

/** The settings with the values of the flags. Files that are read at the same time share the window. */
function loadSettings(
  settings: Settings,
  { sources, options }: { readonly sources: readonly RowSource[]; readonly options: LoadOptions },
): Settings {
  const { filesInFlight = settings.pipeline.filesInFlight, limit } = options;
  // With a limit, or if the order of the files counts, they are read one after the other.
  const isOne = limit !== undefined || isInOrder(sources, settings);
  const files = isOne ? 1 : Math.min(filesInFlight, sources.length);
  const verify = options.verify ?? settings.pipeline.verify;
  return { ...settings, pipeline: shareWindow({ ...settings.pipeline, filesInFlight, verify }, files) };
}

/** A stream has no checkpoint, so the whole stream would be written again. @throws {UsageError} */
function requireFiles(sources: readonly RowSource[], flag: string): void {
  const stream = sources.find(({ file }) => !file);
  if (stream === undefined) return;
  throw new UsageError(
    `${flag} takes files, and ${stream.name} is a stream`,
    "Write it to a file and load that.",
  );
}

/** What a load reports besides its account. */
interface AboutLoad {
  /** Letters of its sources that stand for a missing row, of this run or an earlier one. */
  readonly open: number;
  /** Letters of earlier loads, if this load has retired some. */
  readonly retired: number;
  /** Sources that had no row for this run. */
  readonly withoutRows: readonly string[];
  /** One of the open letters; undefined if none belongs to a file. */
  readonly example: () => StoredDeadLetter | undefined;
  /** Open letters of one source, by its name for people. */
  readonly openOf: (name: string) => number;
  /** Null if the load is not shared. */
  readonly share: Share | null;
}

const NOTHING_LEFT: Omit<AboutLoad, "share"> = {
  open: 0,
  retired: 0,
  withoutRows: [],
  example: () => undefined,
  openOf: () => 0,
};

/**
 * Letters of the sources of a load, and of the files that had their names before. For a stream only those of this run
 * count: the stream before it was another one.
 */
function countLetters(
  store: DeadLetterStore,
  { state, sources, settings, result: { report } }: {
    readonly state: DeadLetterState;
    readonly sources: readonly RowSource[];
    readonly settings: Settings;
    readonly result: LoadResult;
  },
): number {
  const { schemaVersion: versions } = settings;
  return sources.reduce((sum, { id: source, file }) => {
    return sum + (file ? store.count({ named: source, versions, state }) : state === "open" ? report.dead_lettered : 0);
  }, 0);
}

/** The first open letter of the first source that has one. */
function firstLetter(
  store: DeadLetterStore,
  { sources, settings: { schemaVersion: versions } }: { sources: readonly RowSource[]; settings: Settings },
): StoredDeadLetter | undefined {
  for (const { id: named } of sources) {
    const [letter] = store.list({ named, versions, state: "open", limit: 1 });
    if (letter !== undefined) return letter;
  }
  return undefined;
}

function finish(session: Session, result: LoadResult, about: AboutLoad): ExitCode {
  const { open, retired, openOf } = about;
  const { report, errors } = result;
  for (const line of accountLines(report, openOf)) session.say(line);
  for (const { source, cause } of errors) {
    const failure = failureOf(cause);
    if ("message" in failure) {
      const { message } = failure;
      const named = message.includes(source.name) ? message : `${source.name}: ${message}`;
      session.cli.screen.line(failureText({ ...failure, message: named }));
    }
  }
  const told = new Set([...report.resumed_from ?? [], ...report.held_back].map(({ source }) => source));
  for (const name of about.withoutRows) if (!told.has(name)) session.say(`${name}: has no rows.`);
  if (open > 0) {
    const are = open === 1 ? "1 dead letter of these sources is" : `${grouped(open)} dead letters of these sources are`;
    const letter = about.example();
    if (letter !== undefined) session.say(`  ${letter.file}, line ${letter.line}: ${letter.reason}`);
    session.say(`${are} open: ${dlqCommand(session, "list")} shows them; dlq replay or dlq drop settles them.`);
  }
  if (retired > 0) {
    const are = retired === 1
      ? "1 dead letter of an earlier load is"
      : `${grouped(retired)} dead letters of earlier loads are`;
    session.say(`${are} retired: ${dlqCommand(session, "list --state retired")} shows them.`);
  }
  if (session.json) {
    session.printJson({
      ...report,
      dead_letters_open: open,
      dead_letters_retired: retired,
      shard: shardReport(about.share),
    });
  }
  return exitCodeOfLoad(session, { result, open });
}

function exitCodeOfLoad(
  { cli: { stop } }: Session,
  { result: { report, errors }, open }: { readonly result: LoadResult; readonly open: number },
): ExitCode {
  const { lost, interrupted, held_back } = report;
  if (interrupted && stop.received !== null) return exitCodeOfSignal(stop.received);
  if (errors.length > 0) return exitCodeOfAll(errors.map(({ cause }) => cause));
  if (lost > 0 || held_back.length > 0) return EXIT.failed;
  return open > 0 ? EXIT.deadLettered : EXIT.ok;
}
