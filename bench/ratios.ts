/**
 * Ratios from the runs of one bench: of our figures to the peers', and between our workloads.
 *
 * @module
 */
import { type Column, formatTable } from "../cli/shared/table.ts";
import { ratioText } from "./report_cells.ts";
import type { BenchResults } from "./results.ts";
import { type Figures, summaries } from "./summaries.ts";
import { workloadOf } from "./workloads.ts";

/** The workload with which our other workloads are compared. */
const BASE = "trades";

/** Our figures divided by each peer's. */
export function peerRatiosText(results: Pick<BenchResults, "runs">): string {
  const all = summaries(results);
  const peers = [...new Set(all.filter(({ own }) => !own).map(({ contestant }) => contestant))];
  if (peers.length === 0) return "";
  const rows = all.filter(({ own }) => own).map((ours) => [
    workloadOf(ours.workload).title,
    ours.contestant,
    ...peers.flatMap((name) =>
      ratios(ours, all.find(({ workload, contestant }) => workload === ours.workload && contestant === name))
    ),
  ]);
  return "Ratios of medians, ours to the peer's: above 1, load writes more records a second (speed), or more of them for a\n" +
    "second of processor time (thrift).\n" +
    formatTable([{ title: "workload" }, { title: "client" }, ...peers.flatMap(ratioColumns)], rows);
}

/** Each of our workloads divided by {@link BASE}, by client. */
export function workloadRatiosText(results: Pick<BenchResults, "runs">): string {
  const own = summaries(results).filter(({ own }) => own);
  const others = [...new Set(own.map(({ workload }) => workload))].filter((workload) => workload !== BASE);
  const bases = own.filter(({ workload }) => workload === BASE);
  if (bases.length === 0 || others.length === 0) return "";
  const rows = bases.map((base) => [
    base.contestant,
    ...others.flatMap((name) => {
      const other = own.find(({ workload, contestant }) => workload === name && contestant === base.contestant);
      return other === undefined ? ["-", "-"] : ratios(other, base);
    }),
  ]);
  return `Between workloads of ours, each to ${BASE} of the same client, in the same terms.\n` +
    formatTable([{ title: "client" }, ...others.flatMap(ratioColumns)], rows);
}

/** The ratios of speed and of cost. */
function ratios(one: Figures, other: Figures | undefined): [speed: string, thrift: string] {
  return [ratioText(one.rate, other?.rate ?? null), ratioText(other?.cpuMicros ?? null, one.cpuMicros)];
}

function ratioColumns(name: string): readonly Column[] {
  return [{ title: `${name}: speed`, align: "right" }, { title: "thrift", align: "right" }];
}
