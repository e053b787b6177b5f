/**
 * What a load reports: the account, in the form that `load --json` prints.
 *
 * @module
 */
import { Account, type AccountTotals } from "../../actors/delivery/account.ts";
import type { Settings } from "../../config/settings.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import type { RowSource } from "../../sources/source.ts";
import type { ReusedExample } from "./reused_example.ts";

/** The part of an account that describes the run. */
export interface CountedReport extends AccountTotals {
  /** From the first source opened to the last acknowledgement. */
  readonly seconds: number;
  /** Before the first source was opened: registry, topics, connections. */
  readonly startup_seconds: number;
  readonly records_per_second: number;
}

/** The account as `load --json` prints it. */
export interface LoadReport extends CountedReport {
  readonly command: "load";
  readonly schema_version: string;
  /** Files that earlier runs have loaded partly or wholly, with the rows that those runs settled; null if there are none. */
  readonly resumed_from: readonly ResumedSource[] | null;
  /** Among the rows read, ids that more than one source has; null if there was one source, or if they were not counted. */
  readonly shared_ids: number | null;
  /** What became of rows that several files have. */
  readonly overlap: Overlap;
  /** One of the rows whose id a topic had only with other content; null if there is none. */
  readonly id_reused_example: ReusedExample | null;
  /** True if a signal ended the load before the ends of its sources. */
  readonly interrupted: boolean;
  /** Files with bytes after their last line end, which were not read. */
  readonly held_back: readonly HeldBackLine[];
  /** Sources that did not come to their end. */
  readonly stopped: readonly { readonly source: string; readonly error: string }[];
}

/** The end of a file that may be the half of a row. */
export interface HeldBackLine {
  readonly source: string;
  readonly line: number;
  readonly bytes: number;
  /** True if its quoted field does not end; otherwise its line end is missing. */
  readonly open_quote: boolean;
}

/** A file that was not loaded from its start. */
export interface ResumedSource {
  readonly source: string;
  /** Rows that earlier runs settled; they are not part of this account. */
  readonly row: number;
  readonly offset: number;
  /** Rows after those that were found in the topics; they are part of this account. */
  readonly found: number;
  /** True if there was nothing left to do. */
  readonly already_loaded: boolean;
  /** What became of the rows of earlier runs. */
  readonly acked: number;
  readonly dead_lettered: number;
  readonly duplicates_skipped: number;
}

/** The report together with its data, for sums and messages. */
export interface LoadResult {
  readonly account: Account;
  readonly report: LoadReport;
  readonly errors: readonly { readonly source: RowSource; readonly cause: unknown }[];
}

/** What becomes of rows that several files have. */
interface Overlapping {
  /** @default "write" */
  readonly overlap?: Overlap | undefined;
}

/** The result of a load without sources, which needs no servers. */
export function emptyResult(settings: Settings, options: Overlapping): LoadResult {
  return { account: new Account(), report: emptyReport(settings, options), errors: [] };
}

/** The report of a load that has read nothing. */
export function emptyReport(settings: Settings, { overlap }: Overlapping): LoadReport {
  return {
    command: "load",
    schema_version: settings.schemaVersion,
    ...countedReport(new Account(), 0),
    shared_ids: null,
    overlap: overlap ?? "write",
    id_reused_example: null,
    resumed_from: null,
    interrupted: false,
    held_back: [],
    stopped: [],
  };
}

/** The account of a run in figures. @param startedAt monotonic time, in milliseconds */
export function countedReport(account: Account, startedAt: number): CountedReport {
  const totals = account.totals();
  const seconds = account.durationMs / 1000;
  const opened = account.openedAt === Infinity ? startedAt : account.openedAt;
  return {
    ...totals,
    seconds: round(seconds),
    startup_seconds: round((opened - startedAt) / 1000),
    records_per_second: seconds > 0 ? Math.round(totals.acked / seconds) : 0,
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
