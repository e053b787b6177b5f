/**
 * Scenarios in which one topic is in trouble while another one works: trades and quotes, loaded in this process.
 *
 * @module
 */
import { join } from "node:path";
import { Bench, type BenchNeeds } from "./fault_harness.ts";
import { type EndedJob, loadHere, type RunningJob } from "./in_process.ts";
import { prepareQuotes } from "./input.ts";
import { type ResultRow, sumAudits, unless } from "./result.ts";
import type { Scenario, ScenarioOptions, ScenarioSet } from "./scenario.ts";
import { audit } from "../../cli/audit/audit.ts";

/** A scenario with a topic in trouble. */
export interface TopicsScenario extends Omit<BenchNeeds, "rows"> {
  readonly name: string;
  readonly what: string;
  readonly covers: readonly string[];
  readonly set: ScenarioSet;
  /** @default 40,000 */
  readonly rows?: number;
  /** Before the load starts. */
  readonly before?: (bench: Bench) => Promise<void>;
  /** The fault while the load runs; the trades' topic is the one in trouble. */
  readonly during?: (bench: Bench, job: RunningJob) => Promise<void>;
  /** Runs afterwards, e.g. to undo what would hinder the audit. */
  readonly after?: (bench: Bench) => Promise<void>;
  /** Text that the trades' error must contain. */
  readonly error: (bench: Bench) => readonly RegExp[];
  /** True if records that were acknowledged before the trouble are still in the topic. */
  readonly topicKept: boolean;
}

const ROWS = 40_000;
/** Rows of trades and quotes together. */
const ROWS_PER_SECOND = 5_000;

/** Makes a scenario from it: the quotes must be complete, and the trades must end with one clear error. */
export function topicsScenario(spec: TopicsScenario): Scenario {
  const { name, what, covers, set } = spec;
  return { name, what, covers, set, versions: ["v2"], run: (options) => runTopicsScenario(spec, options) };
}

async function runTopicsScenario(spec: TopicsScenario, options: ScenarioOptions): Promise<ResultRow> {
  const rows = spec.rows ?? ROWS;
  await using bench = await Bench.open({ ...spec, rows, symbols: 1 }, options);
  const quotes = await prepareQuotes(join(bench.dir, "quotes"), rows);
  await spec.before?.(bench);
  const { during } = spec;
  let ackedBefore = 0;
  const ended = await loadHere(bench.checkedSettings, {
    sources: [...bench.input.sources(), quotes.source()],
    rowsPerSecond: ROWS_PER_SECOND,
    async during(job) {
      await during?.(bench, job);
      ackedBefore = job.totals().topics[bench.topic("v2")] ?? 0;
    },
  });
  await spec.after?.(bench);
  const { log, registry } = bench.transport;
  const ofQuotes = sumAudits([
    await audit({ topic: bench.topic("v2", "quotes"), version: "v2", sources: [quotes.source()], log, registry }),
  ]);
  const judged = await bench.judge([quotes.judged], "quotes");
  const { topics } = ended.result.report;
  const { twice, late, found } = ofQuotes;
  const acked = topics[bench.topic("v2", "quotes")] ?? 0;
  return {
    scenario: spec.name,
    client: options.client,
    version: "v2",
    read: quotes.rows,
    acked,
    dead_lettered: 0,
    found,
    missing: ofQuotes.missing,
    twice,
    late,
    recovery_s: null,
    peak_rss_mb: null,
    seconds: bench.seconds,
    exit: null,
    note: "the counts are those of the quotes",
    problems: [
      ...ofQuotes.problems,
      ...judged,
      ...unless(ackedBefore < rows, "the trouble came when all trades were written"),
      ...unless(acked === found, `${acked} quotes acknowledged, ${found} found`),
      ...unless(found === quotes.rows, `${found} of ${quotes.rows} quotes found`),
      ...unless(
        ofQuotes.missing + twice + late === 0,
        `quotes: ${ofQuotes.missing} missing, ${twice} twice, ${late} late`,
      ),
      ...errorProblems(spec.error(bench), ended),
      ...await keptProblems(bench, { kept: spec.topicKept, acked: topics[bench.topic("v2")] ?? 0 }),
    ],
    date: new Date().toISOString().slice(0, 10),
  };
}

function errorProblems(patterns: readonly RegExp[], { result: { errors } }: EndedJob): readonly string[] {
  const [error, ...others] = errors;
  if (error === undefined) return ["the trades ended without an error"];
  const text = messagesOf(error.cause);
  return [
    ...unless(others.length === 0, `${others.length} errors more than one`),
    ...patterns.flatMap((pattern) => unless(pattern.test(text), `the error does not say ${pattern}: ${text}`)),
  ];
}

/** The message with those of its causes. */
function messagesOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause === undefined ? cause.message : `${cause.message}: ${messagesOf(cause.cause)}`;
}

/** Asserts that the acknowledged records are there, once and in order. */
async function keptProblems(
  bench: Bench,
  { kept, acked }: { readonly kept: boolean; readonly acked: number },
): Promise<readonly string[]> {
  if (!kept) return [];
  const { admin } = bench.transport.log;
  if (await admin.describeTopic(bench.topic("v2")) === null) {
    return unless(acked === 0, `${acked} rows without a topic`);
  }
  const { found, twice, late } = sumAudits(await bench.audit());
  return unless(
    found === acked && twice + late === 0,
    `trades: ${acked} acknowledged, ${found} found, ${twice} twice, ${late} late`,
  );
}
