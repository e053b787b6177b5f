/**
 * `deno task bench:compare A.json B.json`: two results side by side, with the ratio of the second to the first.
 *
 * @module
 */
import { resolve } from "node:path";
import { grouped } from "../cli/shared/progress.ts";
import { formatTable } from "../cli/shared/table.ts";
import { type BenchResults, readResults, ResultsFileError } from "./results.ts";
import { medianOf, type Spread } from "./statistics.ts";
import { type Figures, growthSummaries, summaries } from "./summaries.ts";

/** The text that shows both results, and names the machines or parameters that differ. */
export function compareText(first: BenchResults, second: BenchResults): string {
  return [
    `A: ${title(first)}\nB: ${title(second)}\n`,
    differences(first, second).map((line) => `Not the same, ${line}\n`).join(""),
    jobsText(first, second),
    growthText(first, second),
    stagesText(first, second),
  ].filter((text) => text !== "").join("\n");
}

function title({ date, commit, modified }: BenchResults): string {
  return `${date}, commit ${commit?.slice(0, 12) ?? "unknown"}${modified ? " with changes" : ""}`;
}

/** Reasons why the two are not directly comparable. */
function differences(first: BenchResults, second: BenchResults): string[] {
  const facts = ({ machine, parameters, runs, growth }: BenchResults) => ({
    "processor": machine.cpu,
    "cores": machine.cores,
    "Deno": machine.deno,
    "rows": parameters.rows,
    "seed": parameters.seed,
    "servers": parameters.servers,
    [LOAD]: Math.max(0, ...[...runs, ...growth].flatMap(({ loadAverage }) => loadAverage)),
  });
  const others = new Map<string, string | number>(Object.entries(facts(second)));
  const peers = Object.entries(first.parameters.peers).flatMap(([name, version]) => {
    const other = second.parameters.peers[name];
    return other === undefined || other === version ? [] : [`${name}: ${version}; and ${other}`];
  });
  const alone = Object.entries(facts(first)).flatMap(([name, value]) => {
    const other = others.get(name);
    const alike = name === LOAD ? Math.abs(Number(value) - Number(other)) < 1 : value === other;
    return alike ? [] : [`${name}: ${value} and ${other}`];
  });
  return [...alone, ...peers];
}

const LOAD = "highest load average";

function jobsText(first: BenchResults, second: BenchResults): string {
  const named = (results: BenchResults) =>
    new Map(summaries(results).map((summary) => [`${summary.workload}\t${summary.contestant}`, summary]));
  return figuresText("The whole job, medians:", ["workload", "who"], [named(first), named(second)]);
}

function growthText(first: BenchResults, second: BenchResults): string {
  const named = (results: BenchResults) =>
    new Map(
      growthSummaries(results).map((summary) => {
        const { series, at, contestant } = summary;
        return [`${at} ${series}\t${contestant}`, summary];
      }),
    );
  return figuresText("How cost grows, medians:", ["at", "client"], [named(first), named(second)]);
}

/** Figures by name; tabs separate the parts of a name, which are columns. */
type NamedFigures = ReadonlyMap<string, Figures>;

function figuresText(
  title: string,
  names: readonly string[],
  [first, second]: readonly [NamedFigures, NamedFigures],
): string {
  const rows = [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const [one, other] = [first.get(name), second.get(name)];
    return [
      ...name.split("\t"),
      ...pair(one?.rate, other?.rate, (value) => grouped(Math.round(value))),
      ...pair(one?.cpuMicros, other?.cpuMicros, (value) => value.toFixed(2)),
      ...pair(one?.peakMemoryBytes, other?.peakMemoryBytes, (bytes) => (bytes / 2 ** 20).toFixed(0)),
    ];
  });
  if (rows.length === 0) return "";
  return `${title}\n` + formatTable([
    ...names.map((name) => ({ title: name })),
    ...columns("records/s"),
    ...columns("CPU µs/record"),
    ...columns("peak MiB"),
  ], rows);
}

function stagesText(first: BenchResults, second: BenchResults): string {
  const medians = ({ stages }: BenchResults) =>
    new Map(
      [...Map.groupBy(stages, ({ kind, version, stage }) => `${kind} ${version}\t${stage}`)].map(([key, passes]) => [
        key,
        {
          rate: single(medianOf(passes.map(({ rows, seconds }) => rows / seconds))),
          cpu: single(medianOf(passes.map(({ rows, cpuSeconds }) => cpuSeconds / rows * 1e6))),
        },
      ]),
    );
  const [one, other] = [medians(first), medians(second)];
  const rows = [...new Set([...one.keys(), ...other.keys()])].map((key) => [
    ...key.split("\t"),
    ...pair(one.get(key)?.rate, other.get(key)?.rate, (value) => grouped(Math.round(value))),
    ...pair(one.get(key)?.cpu, other.get(key)?.cpu, (value) => value.toFixed(2)),
  ]);
  if (rows.length === 0) return "";
  return "Stages, medians:\n" +
    formatTable([{ title: "what" }, { title: "stage" }, ...columns("rows/s"), ...columns("CPU µs/row")], rows);
}

function single(median: number): Pick<Spread, "median"> {
  return { median };
}

function columns(name: string) {
  return [
    { title: `A ${name}`, align: "right" },
    { title: "B", align: "right" },
    { title: "B/A", align: "right" },
  ] as const;
}

type Median = Pick<Spread, "median"> | null | undefined;

function pair(one: Median, other: Median, show: (value: number) => string): string[] {
  const ratio = one && other && one.median > 0 ? (other.median / one.median).toFixed(2) : "-";
  return [one ? show(one.median) : "-", other ? show(other.median) : "-", ratio];
}

const USAGE = "usage: deno task bench:compare A.json B.json";

async function main([first, second, ...more]: readonly string[]): Promise<number> {
  if (first === "--help" || first === "-h") {
    console.log(USAGE);
    return 0;
  }
  if (first === undefined || second === undefined || more.length > 0) {
    console.error(USAGE);
    return 2;
  }
  const folder = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  try {
    const [one, other] = [await readResults(resolve(folder, first)), await readResults(resolve(folder, second))];
    console.log(compareText(one, other).trimEnd());
    return 0;
  } catch (error) {
    if (!(error instanceof ResultsFileError)) throw error;
    console.error(`error: ${error.message}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
