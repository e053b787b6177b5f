/**
 * `dlq replay`: writes dead letters once more, after a fix.
 *
 * @module
 */
import type { Command } from "commander";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { rowLayoutOf } from "../../sources/formats/formats.ts";
import type { RowOptions } from "../../sources/formats/row_options.ts";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { failureOf, failureText } from "../shared/errors.ts";
import { exitCodeOfAll } from "../shared/exit_code_of.ts";
import { EXIT, type ExitCode, exitCodeOfSignal } from "../shared/exit_codes.ts";
import type { CommonOptions } from "../shared/options.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { addSourceOptions, rowFormatFrom, type SourceFlags } from "../shared/source_options.ts";
import { UsageError } from "../shared/usage_error.ts";
import { dlqCommand } from "../dlq/dlq_command.ts";
import { addFilterOptions, type FilterFlags, letterIdOf, noSuchLetters } from "../dlq/filter_options.ts";
import { type ReplayReport, type ReplayResult, runReplay } from "../dlq/replay_job.ts";
import type { ReplayPlan } from "../dlq/replay_plan.ts";
import { NOT_REPLAYABLE } from "../dlq/replay_rows.ts";
import { accountLines } from "../load/account_text.ts";
import type { LoadProgress } from "../load/load_job.ts";
import { RunCheckpoints } from "../load/run_checkpoints.ts";

interface ReplayOptions extends CommonOptions, SourceFlags, FilterFlags {
  readonly header?: string;
  readonly onlyMissing?: true;
}

/** Adds the verb to `dlq`. */
export function registerReplay(dlq: Command, cli: Cli): void {
  const command = addCommand(dlq, {
    name: "replay",
    summary: "write the rows of dead letters again, after a fix",
    details:
      "Reads the original bytes of the letters with the flags that you give, in the order of their rows, and sends the " +
      "rows that are good now through the whole pipeline. Row numbers and message ids stay. A letter is removed when its " +
      "row is acknowledged; the letter of a row that is refused again stays, with the new reason. Give the flags of the " +
      "load, corrected. Letters that are retired, because their source was loaded from its start since, are not replayed. " +
      "Ends with the account.",
    examples: [
      "dlq replay --reason ambiguous_local_time --ambiguous-time later --format asx-ticks --data-type trades …",
      "dlq replay 17 18 --format csv --data-type trades --exchange BINANCE --currency USDT",
    ],
  }).argument("[id...]", "numbers of the letters (default: all that the flags select)");
  addFilterOptions(addSourceOptions(command))
    .option(
      "--header <line>",
      "header line for csv rows whose letters do not hold one (default: such letters are not replayed)",
    )
    .option(
      "--only-missing",
      "read which rows the topics have, and write only the others: after a restored data folder",
    );
  onRun<ReplayOptions>(command, cli, async (session, { options, operands }) => {
    const format = await rowFormatFrom(session, options);
    const ids = operands.map(letterIdOf);
    const { dataDir } = session.settings;
    await using _lock = await session.lockDataDir("dlq replay");
    using database = StateDatabase.open(dataDir);
    const filter = { ...filterOf(format, options), ids: ids.length === 0 ? undefined : ids };
    checkIds(session, { store: new DeadLetterStore(database), ids, format });
    await using transport = await session.openTransport();
    const { log, registry } = transport;
    using checkpoints = new RunCheckpoints(database, { dataDir, sources: [] });
    const view = new ReplayView(session);
    try {
      const result = await runReplay(session.settings, { log, registry, observe: session.observer }, {
        database,
        filter,
        format,
        header: options.header,
        onlyMissing: options.onlyMissing,
        openIndex: () => checkpoints.openIndex(),
        signal: cli.stop.take("Stopping: what is under way settles first. A second signal ends at once."),
        onPlanned(plan) {
          checkSymbol(plan, format);
          view.start(plan);
        },
        onStarted: (progress) => view.runs.push(progress),
      });
      view.stop();
      return finish(session, { result, named: ids.length > 0 });
    } finally {
      view.stop();
    }
  });
}

function filterOf({ kind }: RowOptions, { reason, source }: ReplayOptions): DeadLetterFilter {
  return { dataType: DATA_TYPE_OF[kind], rule: reason, sourcePart: source };
}

/** Letters that the user names must exist and be of the data type of the flags; else the flags would misread their rows. */
function checkIds(
  session: Session,
  { store, ids, format }: {
    readonly store: DeadLetterStore;
    readonly ids: readonly number[];
    readonly format: RowOptions;
  },
): void {
  const letters = ids.map((id) => store.get(id));
  const absent = ids.filter((_, index) => letters[index] === null);
  if (absent.length > 0) throw noSuchLetters(session, absent);
  const other = letters.find((letter) => letter !== null && letter.dataType !== DATA_TYPE_OF[format.kind]);
  if (other) throw new UsageError(`Letter ${other.id} is of ${other.dataType}.`, `Add --data-type ${other.dataType}.`);
}

/** A single symbol for the tick files of several companies would write wrong records, which cannot be undone. */
function checkSymbol({ passes }: ReplayPlan, { format, kind, symbol }: RowOptions): void {
  const { isOfOneSymbol } = rowLayoutOf(format, kind);
  const files = new Set(passes.flatMap(({ origins }) => origins.map(({ file }) => file)));
  if (symbol === undefined || !isOfOneSymbol || files.size < 2) return;
  throw new UsageError(
    `--symbol is for one tick file, and these letters are of ${files.size}: ${[...files].slice(0, 3).join(", ")} …`,
    "Choose one with --source, or give --reference in place of --symbol.",
  );
}

/** Shows progress while a replay runs, and the account so far if the user forces the end. */
class ReplayView {
  readonly runs: LoadProgress[] = [];
  readonly #session: Session;
  #stop = () => {};

  constructor(session: Session) {
    this.#session = session;
  }

  start({ letters, rows, passes }: ReplayPlan): void {
    const { cli } = this.#session;
    const files = new Set(passes.flatMap(({ origins }) => origins.map(({ file }) => file)));
    const count = (number: number, what: string) => `${grouped(number)} ${what}${number === 1 ? "" : "s"}`;
    this.#session.say(
      `${count(letters, "letter")}: ${count(rows, "row")} of ${count(files.size, "file")} to be replayed.`,
    );
    const progress = this.#session.startProgress({
      label: "dlq replay",
      unit: "rows",
      read: () => {
        const { acked, dead_lettered } = this.#totals();
        const done = acked + dead_lettered;
        return {
          done,
          fraction: rows === 0 ? null : done / rows,
          ...(dead_lettered === 0 ? {} : { note: `${dead_lettered} refused again` }),
        };
      },
    });
    const forget = cli.stop.onForcedEnd(() => {
      progress.stop();
      cli.screen.line(`Ended at once: ${JSON.stringify(this.#totals())}`);
    });
    this.#stop = () => {
      progress.stop();
      forget();
    };
  }

  /** Idempotent. */
  stop(): void {
    this.#stop();
  }

  #totals(): { readonly acked: number; readonly dead_lettered: number } {
    const totals = this.runs.map((run) => run.totals());
    return {
      acked: totals.reduce((sum, { acked }) => sum + acked, 0),
      dead_lettered: totals.reduce((sum, { dead_lettered }) => sum + dead_lettered, 0),
    };
  }
}

function finish(
  session: Session,
  { result: { report, errors }, named }: { readonly result: ReplayResult; readonly named: boolean },
): ExitCode {
  const { received } = session.cli.stop;
  if (report.letters === 0) session.say("There are no such dead letters.");
  else for (const line of [...accountLines(report), ...letterCounts(report)]) session.say(line);
  for (const { source, cause } of errors) {
    const failure = failureOf(cause);
    if ("message" in failure) {
      session.cli.screen.line(failureText({ ...failure, message: `${source.name}: ${failure.message}` }));
    }
  }
  const left = report.letters - report.replayed - report.found_in_topic;
  if (left > 0) session.say(`${grouped(left)} of these letters are left: ${dlqCommand(session, "list")} shows them.`);
  if (session.json) session.printJson(report);
  if (report.not_reached > 0 && report.interrupted && received !== null) return exitCodeOfSignal(received);
  if (errors.length > 0) return exitCodeOfAll(errors.map(({ cause }) => cause));
  if (report.lost > 0) return EXIT.failed;
  // Retired letters stand for no missing row, so they count only if the user named them.
  const retired = named ? 0 : report.not_replayable_reasons.retired ?? 0;
  return report.still_refused + report.not_replayable - retired > 0 ? EXIT.deadLettered : EXIT.ok;
}

function letterCounts(report: ReplayReport): string[] {
  const { letters, replayed, found_in_topic, still_refused, not_replayable, not_reached } = report;
  const reasons = new Map(Object.entries(report.not_replayable_reasons));
  return [
    `${grouped(letters)} letters = ${grouped(replayed)} replayed + ${grouped(still_refused)} refused again + ` +
    `${grouped(not_replayable)} not replayable` +
    `${found_in_topic === 0 ? "" : ` + ${grouped(found_in_topic)} there already`}${
      not_reached === 0 ? "" : ` + ${grouped(not_reached)} not reached`
    }`,
    ...Object.entries(NOT_REPLAYABLE).flatMap(([code, meaning]) => {
      const count = reasons.get(code);
      return count === undefined ? [] : [`  not replayable, ${code}: ${grouped(count)}; ${meaning}`];
    }),
  ];
}
