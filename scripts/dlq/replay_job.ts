/**
 * A replay: letters in, account out. It goes through the whole pipeline, as a load does.
 *
 * @module
 */
import { type Clock, systemClock } from "../../actors/kernel/clock.ts";
import type { Settings } from "../../config/settings.ts";
import type { RuntimePorts } from "../../runtime.ts";
import { openDeadLetterSource } from "../../sources/dead_letter_source.ts";
import type { RowFormatOptions } from "../../sources/row_format.ts";
import type { RowSource } from "../../sources/source.ts";
import type { StateDatabase } from "../../state/database.ts";
import { type DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import { type LoadProgress, type LoadReport, type LoadResult, runLoad } from "../load/load_job.ts";
import { sumReports } from "../load/sum_reports.ts";
import { LetterLedger, replayIdOf } from "./letter_ledger.ts";
import { planReplay, type ReplayPass, type ReplayPlan, settingsOfPass } from "./replay_plan.ts";
import { judgedRows } from "./replay_rows.ts";

/** What is to be replayed, and how. */
export interface ReplayJobOptions {
  readonly database: StateDatabase;
  /** The letters; those of the same rows go with them. */
  readonly filter: DeadLetterFilter;
  /** What the rows are. */
  readonly format: RowFormatOptions;
  /** Header of csv rows. @default the first line of their file */
  readonly header?: string | undefined;
  /** Aborted: stop reading, let what is under way settle. */
  readonly signal: AbortSignal;
  /** Called when the letters have been looked at, before anything is sent. */
  readonly onPlanned?: (plan: ReplayPlan) => void;
  /** Called for each run of the pipeline, when its tree is up. */
  readonly onStarted?: (progress: LoadProgress) => void;
}

/** The account as `dlq replay --json` prints it. The first part counts rows. */
export interface ReplayReport extends Omit<LoadReport, "command" | "resumed_from"> {
  readonly command: "dlq replay";
  /** Letters that were asked for, with those of the same rows: the sum of the next four. */
  readonly letters: number;
  /** Letters whose rows are delivered; they are removed. */
  readonly replayed: number;
  /** Letters whose rows were refused again; they have the new reason. */
  readonly still_refused: number;
  /** Letters that cannot be replayed, or not now. */
  readonly not_replayable: number;
  /** Letters that an end before the end has left as they were. */
  readonly not_reached: number;
  readonly not_replayable_reasons: Readonly<Record<string, number>>;
}

/** The report together with the errors themselves, for messages. */
export interface ReplayResult {
  readonly report: ReplayReport;
  readonly errors: LoadResult["errors"];
}

/** Rows are in the topics whose letters could not be removed: another replay writes them a second time. */
export class LettersNotRemovedError extends Error {
  override readonly name = "LettersNotRemovedError";
  constructor(readonly rows: number, options: ErrorOptions) {
    super(
      `The dead letters of ${rows} rows that are delivered could not be removed, so that another replay would write ` +
        `them a second time, with the same ids: ${options.cause instanceof Error ? options.cause.message : ""}`,
      options,
    );
  }
}

/**
 * Replays letters. Rejects only if the tree cannot be started or the letters cannot be read or removed.
 *
 * @throws {StateFileError}
 * @throws {SourceError} If the symbol of a tick file is not known.
 * @throws {LettersNotRemovedError}
 */
export async function runReplay(
  settings: Settings,
  ports: Omit<RuntimePorts, "deadLetters">,
  options: ReplayJobOptions,
): Promise<ReplayResult> {
  const { database, filter } = options;
  const store = new DeadLetterStore(database);
  const plan = planReplay(store, { filter, flag: settings.schemaVersion });
  options.onPlanned?.(plan);
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const results: LoadResult[] = [];
  let replayed = 0, stillRefused = 0;
  for (const pass of plan.passes) {
    if (signal.aborted) break;
    const ledger = new LetterLedger({
      database,
      store,
      versions: pass.versions,
      onFailure: (cause) => failed.abort(cause),
    });
    const sources = new Map(pass.origins.map((origin) => {
      const source = replaySource(store, { plan, pass, origin, options, clock: ports.clock ?? systemClock });
      return [source, origin];
    }));
    results.push(
      await runLoad(settingsOfPass(settings, pass), { ...ports, deadLetters: ledger }, {
        sources: [...sources.keys()],
        // Letters that stay bad are nothing new, and harm nobody.
        tooManyDeadLetters: () => null,
        optionsOf: (source) => {
          const origin = sources.get(source);
          return origin === undefined ? {} : { onReceipt: (row) => ledger.acknowledge(origin, row) };
        },
        signal,
        ...(options.onStarted === undefined ? {} : { onStarted: options.onStarted }),
      }),
    );
    replayed += ledger.replayed;
    stillRefused += ledger.stillRefused;
    if (ledger.unremoved > 0) throw new LettersNotRemovedError(ledger.unremoved, { cause: failed.signal.reason });
  }
  const notReplayable = [...plan.notReplayable.values()].reduce((sum, letters) => sum + letters, 0);
  const report: ReplayReport = {
    ...sumReports(results.map(({ report }) => report)),
    command: "dlq replay",
    schema_version: settings.schemaVersion,
    interrupted: options.signal.aborted,
    letters: plan.letters,
    replayed,
    still_refused: stillRefused,
    not_replayable: notReplayable,
    not_reached: plan.letters - replayed - stillRefused - notReplayable,
    not_replayable_reasons: Object.fromEntries(plan.notReplayable),
  };
  return { report, errors: results.flatMap(({ errors }) => errors) };
}

function replaySource(
  store: DeadLetterStore,
  { plan, pass, origin, options, clock }: {
    readonly plan: ReplayPlan;
    readonly pass: ReplayPass;
    readonly origin: ReplayPass["origins"][number];
    readonly options: ReplayJobOptions;
    readonly clock: Clock;
  },
): RowSource {
  const { filter, format, header } = options;
  return openDeadLetterSource({
    ...format,
    id: replayIdOf(origin),
    path: origin.file,
    header,
    clock,
    rowsAfter: (after, limit) => {
      return judgedRows(store, { origin, filter, versions: plan.versions, after })
        .flatMap(({ replayed }) => replayed?.versions.join() === pass.versions.join() ? [replayed.place] : [])
        .take(limit).toArray();
    },
  });
}
