/**
 * The results for people: tables of medians, of ratios and of growth.
 *
 * @module
 */
import { formatTable } from "../cli/shared/table.ts";
import { grouped } from "../cli/shared/progress.ts";
import { doorsText } from "./doors/doors_report.ts";
import { GROWTH_SERIES, GROWTH_TITLES } from "./growth_points.ts";
import { peerRatiosText, workloadRatiosText } from "./ratios.ts";
import { fixed, mebibytes, rangeText, rateText, ratioText } from "./report_cells.ts";
import type { BenchResults, BenchRun, DoorRun, FollowRun, GrowthRun } from "./results.ts";
import { spreadOf } from "./statistics.ts";
import { growthSummaries, type GrowthSummary, summaries } from "./summaries.ts";

/** The whole report as text. */
export function reportText(results: BenchResults): string {
  return [
    headText(results),
    stagesText(results),
    sendsText(results),
    jobsText(results),
    peerRatiosText(results),
    workloadRatiosText(results),
    pacedText(results),
    growthText(results),
    followText(results),
    doorsText(results),
    failuresText(results),
  ].filter((text) => text !== "").join("\n");
}

function headText({ date, commit, modified, machine, parameters, ...results }: BenchResults): string {
  const { runs, growth, follow, doors } = results;
  const loads = [...runs, ...growth, ...follow, ...doors].flatMap(({ loadAverage }) => loadAverage);
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
        mebibytes(summary.peakMemoryBytes),
        fixed(summary.latencyP99Ms, 0),
      ]),
    );
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

function growthText(results: BenchResults): string {
  const all = growthSummaries(results);
  if (all.length === 0) return "";
  const first = (of: GrowthSummary) =>
    all.find(({ series, contestant }) => series === of.series && contestant === of.contestant) ?? of;
  const kinds = GROWTH_SERIES.map((series) => `  ${series}: ${GROWTH_TITLES[series]}\n`).join("");
  return "How cost grows with one thing at a time, load alone; the ratio is that of its CPU µs a record to the first line's.\n" +
    kinds +
    formatTable(
      [
        { title: "series" },
        { title: "client" },
        { title: "at", align: "right" },
        { title: "records/s (min-max)", align: "right" },
        { title: "CPU µs/record", align: "right" },
        { title: "ratio", align: "right" },
        { title: "peak MiB", align: "right" },
        { title: "p99 ms", align: "right" },
      ],
      all.map((summary) => [
        summary.series,
        summary.contestant,
        grouped(summary.at),
        rateText(summary.rate),
        fixed(summary.cpuMicros, 2),
        ratioText(summary.cpuMicros, first(summary).cpuMicros),
        mebibytes(summary.peakMemoryBytes),
        fixed(summary.latencyP99Ms, 0),
      ]),
    );
}

function followText({ follow }: BenchResults): string {
  const counted = follow.filter(({ failure }) => failure === null);
  if (counted.length === 0) return "";
  const groups = Map.groupBy(counted, ({ contestant, rowsPerSecond }) => `${contestant}\t${grouped(rowsPerSecond)}`);
  const rows = [...groups].map(([name, runs]) => {
    const spread = (of: (run: FollowRun) => number | null | undefined) =>
      rangeText(spreadOf(runs.map(of).filter((value) => typeof value === "number")));
    return [
      ...name.split("\t"),
      spread(({ appendedMs }) => appendedMs?.p50),
      spread(({ appendedMs }) => appendedMs?.p99),
      spread(({ appendedMs }) => appendedMs?.p999),
      spread(({ appendedMs }) => appendedMs?.max),
      spread(({ latencyMs }) => latencyMs?.p99),
      spread(({ cpuSeconds, wallSeconds }) => cpuSeconds === null ? null : 100 * cpuSeconds / wallSeconds),
      mebibytes(spreadOf(runs.map(({ peakMemoryBytes }) => peakMemoryBytes).filter((bytes) => bytes !== null))),
    ];
  });
  return "A file that is followed: milliseconds from the append of a line to its record at another consumer, and from the line\n" +
    "read to its acknowledgement. Medians of the rounds (min-max).\n" +
    formatTable([
      { title: "client" },
      { title: "rows/s", align: "right" },
      { title: "p50", align: "right" },
      { title: "p99", align: "right" },
      { title: "p99.9", align: "right" },
      { title: "max", align: "right" },
      { title: "read to ack p99", align: "right" },
      { title: "CPU %", align: "right" },
      { title: "peak MiB", align: "right" },
    ], rows);
}

function failuresText({ runs, pacedRuns, growth, follow, doors }: BenchResults): string {
  const failed = [...runs, ...pacedRuns, ...growth, ...follow, ...doors].filter(({ failure }) => failure !== null);
  return failed.map((run) => `FAILED: ${runName(run)}: ${run.failure}\n`).join("");
}

/** One line about a run, for the waiting user. */
export function runLine(run: BenchRun | GrowthRun | FollowRun | DoorRun): string {
  if (run.failure !== null) return `${runName(run)}: FAILED: ${run.failure}`;
  if ("appendedMs" in run) {
    const { p50, p99 } = run.appendedMs ?? {};
    return `${runName(run)}: p50 ${p50} ms, p99 ${p99} ms, load average ${run.loadAverage[1]}`;
  }
  const cpu = run.cpuSeconds === null ? "" : `, CPU ${run.cpuSeconds.toFixed(1)} s`;
  const rate = grouped(Math.round(run.rows / run.seconds));
  return `${runName(run)}: ${rate} records/s, ${run.seconds.toFixed(1)} s${cpu}, load average ${run.loadAverage[1]}`;
}

function runName(run: BenchRun | GrowthRun | FollowRun | DoorRun): string {
  const what = "door" in run
    ? run.door
    : "series" in run
    ? `${run.at} ${run.series}`
    : "appendedMs" in run
    ? `follow at ${grouped(run.rowsPerSecond)} rows/s`
    : run.workload;
  return `round ${run.round}, ${what}, ${run.contestant}`;
}
