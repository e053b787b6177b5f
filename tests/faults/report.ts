/**
 * Reports the results: a JSON file with the latest row of each scenario, client and version, and the table made from it
 * in docs/reliability.md.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { ResultRow } from "./result.ts";
import type { Scenario } from "./scenario.ts";

/** The surroundings of the measurement. */
export interface Machine {
  readonly cores: number;
  readonly memory_gib: number;
  readonly os: string;
  readonly deno: string;
}

/** Content of the JSON file. */
export interface Results {
  readonly machine: Machine;
  readonly rows: readonly ResultRow[];
}

const RESULTS_FILE = fileURLToPath(import.meta.resolve("./results.json"));
const PAGE = fileURLToPath(import.meta.resolve("../../docs/reliability.md"));
const [BEGIN, END] = ["<!-- results: begin -->", "<!-- results: end -->"];

/** This machine. */
export function thisMachine(): Machine {
  return {
    cores: navigator.hardwareConcurrency,
    memory_gib: Math.round(Deno.systemMemoryInfo().total / 2 ** 30),
    os: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
  };
}

const keyOf = ({ scenario, client, version }: ResultRow) => `${scenario} ${client} ${version}`;

/** The rows with new ones in place of older ones of the same scenario, client and version, in the order of the scenarios. */
export function mergeRows(
  old: readonly ResultRow[],
  fresh: readonly ResultRow[],
  scenarios: readonly Pick<Scenario, "name">[],
): ResultRow[] {
  const rows = new Map([...old, ...fresh].map((row) => [keyOf(row), row]));
  const place = new Map(scenarios.map(({ name }, at) => [name, at]));
  return [...rows.values()].filter(({ scenario }) => place.has(scenario)).sort((a, b) =>
    (place.get(a.scenario) ?? 0) - (place.get(b.scenario) ?? 0) || (keyOf(a) < keyOf(b) ? -1 : 1)
  );
}

/** The rows as a table of Markdown. */
export function resultTable({ machine, rows }: Results): string {
  const { cores, memory_gib, os, deno } = machine;
  const dates = rows.map(({ date }) => date).sort();
  const [first, last] = [dates[0], dates.at(-1)];
  const when = first === last ? first : `${first} to ${last}`;
  const head = [
    "scenario",
    "client",
    "version",
    "read",
    "acked",
    "found",
    "missing",
    "twice",
    "late",
    "recovery",
    "peak",
  ];
  const lines = rows.map((row) => {
    const counts = [row.read, row.acked, row.found, row.missing, row.twice, row.late].map(String);
    const recovery = row.recovery_s === null ? "" : `${row.recovery_s} s`;
    const peak = row.peak_rss_mb === null ? "" : `${row.peak_rss_mb} MB`;
    const verdict = row.problems.length === 0 ? "as expected" : row.problems.map(cell).join("; ");
    const exit = row.exit === null ? "" : String(row.exit);
    return [row.scenario, row.client, row.version, ...counts, recovery, peak, exit, cell(row.note), verdict];
  });
  const table = [[...head, "exit", "note", "verdict"], Array(head.length + 3).fill("---"), ...lines]
    .map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `Measured ${when} on ${cores} cores, ${memory_gib} GiB, ${os}, Deno ${deno}; client, brokers and registry on ` +
    `the same machine.\n\n${table}`;
}

const MAX_CELL = 120;

function cell(text: string): string {
  return text.replaceAll("|", "/").replaceAll("\n", " ").replaceAll("<", "&lt;").slice(0, MAX_CELL);
}

/** The page with a new table between its marks. */
export function withTable(page: string, table: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The page has no marks ${BEGIN} and ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${page.slice(end)}`;
}

/** Puts rows into the JSON file and the page. */
export async function writeResults(rows: readonly ResultRow[], scenarios: readonly Scenario[]): Promise<void> {
  const text = await Deno.readTextFile(RESULTS_FILE).catch(() => null);
  const old: Results | null = text === null ? null : JSON.parse(text);
  const results: Results = { machine: thisMachine(), rows: mergeRows(old?.rows ?? [], rows, scenarios) };
  await Deno.writeTextFile(RESULTS_FILE, `${JSON.stringify(results, null, 2)}\n`);
  await Deno.writeTextFile(PAGE, withTable(await Deno.readTextFile(PAGE), resultTable(results)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE, RESULTS_FILE] }).output();
}
