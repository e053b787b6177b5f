/**
 * The results for people: tables of medians, and of ratios to the peers.
 *
 * @module
 */
import { formatTable } from "../scripts/cli/table.ts";
import { grouped } from "../scripts/cli/progress.ts";
import type { BenchResults, BenchRun } from "./results.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { WORKLOAD_NAMES, type WorkloadName, workloadOf } from "./workloads.ts";

/** Contestants that are `load` itself. */
const OWN = ["kafkajs", "platformatic", "embedded"];

/** What the runs of one contestant in one workload say together. */
export interface Summary {
  readonly workload: WorkloadName;
  readonly contestant: string;
  readonly own: boolean;
  /** Records a second, by the contestant's own clock. */
  readonly rate: Spread | null;
  /** Microseconds of processor time a record, of the whole process. */
  readonly cpuMicros: Spread | null;
  readonly wallSeconds: Spread | null;
  readonly cpuSeconds: Spread | null;
  readonly peakMemoryBytes: Spread | null;
  readonly latencyP99Ms: Spread | null;
  readonly failures: number;
}

/** One summary for each workload and contestant, in the order of the workloads. */
export function summaries({ runs }: Pick<BenchResults, "runs">): Summary[] {
  return WORKLOAD_NAMES.flatMap((workload) => {
    const ofWorkload = Map.groupBy(runs.filter((run) => run.workload === workload), ({ contestant }) => contestant);
    // Not in the order of the first round, which is only the first of several.
    const names = [...ofWorkload.keys()].sort((a, b) => OWN.indexOf(b) - OWN.indexOf(a) || (a < b ? -1 : 1));
    return names.map((contestant) => summaryOf(workload, contestant, ofWorkload.get(contestant) ?? []));
  });
}

function summaryOf(workload: WorkloadName, contestant: string, all: readonly BenchRun[]): Summary {
  const runs = all.filter(({ failure }) => failure === null);
  const spread = (value: (run: BenchRun) => number | null) =>
    spreadOf(runs.map(value).filter((number) => number !== null));
  return {
    workload,
    contestant,
    own: OWN.includes(contestant),
    rate: spread(({ rows, seconds }) => rows / seconds),
    cpuMicros: spread(({ rows, cpuSeconds }) => cpuSeconds === null ? null : cpuSeconds / rows * 1e6),
    wallSeconds: spread(({ wallSeconds }) => wallSeconds),
    cpuSeconds: spread(({ cpuSeconds }) => cpuSeconds),
    peakMemoryBytes: spread(({ peakMemoryBytes }) => peakMemoryBytes),
    latencyP99Ms: spread(({ latencyMs }) => latencyMs?.p99 ?? null),
    failures: all.length - runs.length,
  };
}

/** Everything, as text. */
export function reportText(results: BenchResults): string {
  return [
    headText(results),
    stagesText(results),
    sendsText(results),
    jobsText(results),
    ratiosText(results),
    pacedText(results),
    failuresText(results),
  ].filter((text) => text !== "").join("\n");
}

function headText({ date, commit, modified, machine, parameters, runs }: BenchResults): string {
  const loads = runs.flatMap(({ loadAverage }) => loadAverage);
  const { cpu, cores, memoryBytes, system, deno } = machine;
  const load = loads.length === 0 ? "" : `, load average ${Math.min(...loads)} to ${Math.max(...loads)}`;
  return [
    `${date}, commit ${commit?.slice(0, 12) ?? "unknown"}${modified ? " with changes" : ""}`,
    `${cpu}, ${cores} cores, ${Math.round(memoryBytes / 2 ** 30)} GiB, ${system}, Deno ${deno}${load}`,
    `${grouped(parameters.rows)} rows, ${parameters.rounds} round(s), ${parameters.partitions} partitions, ` +
    `${SERVERS[parameters.servers]}, seed ${parameters.seed}${
      parameters.quick ? ", QUICK: the figures mean little" : ""
    }`,
    ...Object.entries(parameters.peers).map(([name, version]) => `  ${name}: ${version}`),
    "",
  ].join("\n");
}

const SERVERS = {
  stack: "Kafka and registry of its own on the same machine",
  given: "Kafka and registry that ran already",
  embedded: "embedded log and registry",
};

function stagesText({ stages, valueSizes }: BenchResults): string {
  if (stages.length === 0) return "";
  const groups = Map.groupBy(stages, ({ kind, version, stage }) => `${kind} ${version}\t${stage}`);
  const rows = [...groups].map(([name, passes]) => {
    const [what = "", stage = ""] = name.split("\t");
    const rate = spreadOf(passes.map(({ rows, seconds }) => rows / seconds));
    const perCpu = spreadOf(passes.map(({ rows, cpuSeconds }) => cpuSeconds / rows * 1e6));
    return [what, stage, rateText(rate), fixed(perCpu, 2)];
  });
  const sizes = valueSizes.map(({ kind, version, bytes }) => `${kind} ${version} ${bytes.toFixed(1)}`).join(", ");
  return "Stages in this process, without any transport:\n" +
    formatTable([
      { title: "what" },
      { title: "stage" },
      { title: "rows/s (min-max)", align: "right" },
      { title: "CPU µs/row", align: "right" },
    ], rows) + `Bytes of a value: ${sizes}\n`;
}

function sendsText({ sends }: BenchResults): string {
  if (sends.length === 0) return "";
  const groups = Map.groupBy(
    sends,
    ({ client, partitions, recordsPerSend }) => `${client}\t${partitions}\t${recordsPerSend}`,
  );
  const rows = [...groups].map(([name, rounds]) => [
    ...name.split("\t"),
    rateText(spreadOf(rounds.map(({ records, seconds }) => records / seconds))),
    fixed(spreadOf(rounds.map(({ records, cpuSeconds }) => cpuSeconds / records * 1e6)), 2),
  ]);
  return "Sends alone:\n" + formatTable([
    { title: "client" },
    { title: "partitions", align: "right" },
    { title: "a send", align: "right" },
    { title: "records/s (min-max)", align: "right" },
    { title: "CPU µs/record", align: "right" },
  ], rows);
}

function jobsText(results: BenchResults): string {
  const all = summaries(results);
  if (all.length === 0) return "";
  return "The whole job. Records/s by each contestant's own clock, from the first row read to the last acknowledgement;\n" +
    "wall clock, CPU and memory are the whole process's, from outside. Medians.\n" +
    formatTable(
      [
        { title: "workload" },
        { title: "who" },
        { title: "records/s (min-max)", align: "right" },
        { title: "CPU µs/record", align: "right" },
        { title: "CPU s", align: "right" },
        { title: "wall s", align: "right" },
        { title: "peak MiB", align: "right" },
        { title: "p99 ms", align: "right" },
      ],
      all.map((summary) => [
        summary.workload,
        summary.own ? `load, ${summary.contestant}` : summary.contestant,
        rateText(summary.rate),
        fixed(summary.cpuMicros, 2),
        fixed(summary.cpuSeconds, 1),
        fixed(summary.wallSeconds, 1),
        summary.peakMemoryBytes === null ? "-" : (summary.peakMemoryBytes.median / 2 ** 20).toFixed(0),
        fixed(summary.latencyP99Ms, 0),
      ]),
    );
}

function ratiosText(results: BenchResults): string {
  const all = summaries(results);
  const peers = [...new Set(all.filter(({ own }) => !own).map(({ contestant }) => contestant))];
  if (peers.length === 0) return "";
  const rows = all.filter(({ own }) => own).map((ours) => [
    workloadOf(ours.workload).title,
    ours.contestant,
    ...peers.flatMap((name) => {
      const peer = all.find(({ workload, contestant }) => workload === ours.workload && contestant === name);
      return [ratioText(ours.rate, peer?.rate ?? null), ratioText(peer?.cpuMicros ?? null, ours.cpuMicros)];
    }),
  ]);
  return "Ratios of medians, ours to the peer's: above 1, load writes more records a second (speed), or more of them for a\n" +
    "second of processor time (thrift).\n" +
    formatTable([
      { title: "workload" },
      { title: "client" },
      ...peers.flatMap((name) => [
        { title: `${name}: speed`, align: "right" } as const,
        { title: "thrift", align: "right" } as const,
      ]),
    ], rows);
}

function pacedText({ pacedRuns }: BenchResults): string {
  if (pacedRuns.length === 0) return "";
  return "At half of that rate, from a row read to its acknowledgement:\n" + formatTable(
    [
      { title: "workload" },
      { title: "client" },
      { title: "asked rows/s", align: "right" },
      { title: "got", align: "right" },
      { title: "p50 ms", align: "right" },
      { title: "p99 ms", align: "right" },
    ],
    pacedRuns.map(({ workload, contestant, rowsPerSecond, rows, seconds, latencyMs }) => [
      workload,
      contestant,
      grouped(rowsPerSecond),
      seconds === 0 ? "-" : grouped(Math.round(rows / seconds)),
      String(latencyMs?.p50 ?? "-"),
      String(latencyMs?.p99 ?? "-"),
    ]),
  );
}

function failuresText({ runs, pacedRuns }: BenchResults): string {
  const failed = [...runs, ...pacedRuns].filter(({ failure }) => failure !== null);
  return failed.map((run) => `FAILED: ${runName(run)}: ${run.failure}\n`).join("");
}

/** One line of a run, for whoever waits. */
export function runLine(run: BenchRun): string {
  if (run.failure !== null) return `${runName(run)}: FAILED: ${run.failure}`;
  const cpu = run.cpuSeconds === null ? "" : `, CPU ${run.cpuSeconds.toFixed(1)} s`;
  const rate = grouped(Math.round(run.rows / run.seconds));
  return `${runName(run)}: ${rate} records/s, ${run.seconds.toFixed(1)} s${cpu}, load average ${run.loadAverage[1]}`;
}

function runName({ round, workload, contestant }: BenchRun): string {
  return `round ${round}, ${workload}, ${contestant}`;
}

function rateText(rate: Spread | null): string {
  if (rate === null) return "-";
  const range = rate.count === 1 ? "" : ` (${grouped(Math.round(rate.min))}-${grouped(Math.round(rate.max))})`;
  return `${grouped(Math.round(rate.median))}${range}`;
}

function ratioText(upper: Spread | null, lower: Spread | null): string {
  return upper === null || lower === null || lower.median === 0 ? "-" : (upper.median / lower.median).toFixed(2);
}

function fixed(spread: Spread | null, digits: number): string {
  return spread === null ? "-" : spread.median.toFixed(digits);
}
