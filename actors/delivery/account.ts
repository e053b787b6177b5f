/**
 * The account of a source or of a whole run: what was read, what was acknowledged, what was dead-lettered. It is counted
 * from settled batches, never from sends.
 *
 * @module
 */
import { versionsUnder } from "../../config/version_flag.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { type RowBatch, rowCount, tradeDateOf } from "../../sources/source.ts";
import type { SettledCounts } from "../../state/checkpoint.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { type Refusal, ROW } from "./delivery.ts";
import { LatencyHistogram } from "./latency_histogram.ts";
import { RowCounts, rowState } from "./row_counts.ts";
import type { ReusedId } from "./already_written.ts";

/** A settled batch. */
export interface BatchOutcome {
  readonly batch: RowBatch;
  readonly targets: readonly {
    readonly topic: string;
    readonly version: SchemaVersion;
    readonly states: Uint8Array;
  }[];
  readonly refusals: readonly Refusal[];
  /** Monotonic times of reading and of settling, in milliseconds. */
  readonly readAt: number;
  readonly settledAt: number;
}

/**
 * Plain numbers of an account, as `load --json` prints them. A row counts as acked when every target has it, as skipped if
 * every target had it before the load began.
 */
export interface AccountTotals extends SettledCounts {
  /** Rows read so far. */
  readonly read: number;
  /** Of the rows read: those whose id a topic had only with other content, and which are written. */
  readonly id_reused: number;
  /** Rows that were read when their source was stopped, and have not settled: a later run reads them again. */
  readonly not_settled: number;
  /** Rows read that are neither acknowledged nor accounted for otherwise. */
  readonly lost: number;
  /** Settled rows by schema version: `v1`, `v2`. */
  readonly versions: Readonly<Record<string, SettledCounts>>;
  /** Milliseconds from the reading of a row to its settling: median and 99th percentile. */
  readonly latency_ms: { readonly p50: number; readonly p99: number };
  /** Acknowledged records by topic. */
  readonly topics: Readonly<Record<string, number>>;
  /** Acknowledged rows by trade date. */
  readonly days: Readonly<Record<string, number>>;
  /** Dead-lettered rows by the code of the rule that they break. */
  readonly dead_letter_reasons: Readonly<Record<string, number>>;
}

/** Counts what becomes of rows. A program reads it; the runtime counts. */
export class Account {
  #read = 0;
  #notSettled = 0;
  #idReused = 0;
  #firstReused: ReusedId | null = null;
  readonly #counts = new RowCounts();
  readonly #topics = new Map<string, number>();
  readonly #days = new Map<string, number>();
  readonly #reasons = new Map<string, number>();
  readonly #latency = new LatencyHistogram();
  #openedAt = Infinity;
  #lastSettledAt = -Infinity;

  /** Monotonic time at which the first source was opened; Infinity before. */
  get openedAt(): number {
    return this.#openedAt;
  }

  /** Milliseconds from the first source opened to the last row settled. */
  get durationMs(): number {
    return Math.max(0, this.#lastSettledAt - this.#openedAt);
  }

  /** @internal */
  countOpened(now: number): void {
    this.#openedAt = Math.min(this.#openedAt, now);
  }

  /** Rows read so far. */
  get read(): number {
    return this.#read;
  }

  /** Rows that at least one target refused. */
  get deadLettered(): number {
    return this.#counts.dead_lettered;
  }

  /** Rows that are acknowledged, dead-lettered or skipped as duplicates. */
  get settled(): number {
    return this.#counts.settled;
  }

  /** @internal */
  countRead(rows: number): void {
    this.#read += rows;
  }

  /**
   * Counts rows that are written though a topic has their id, and keeps the first one as an example.
   * @internal
   */
  countIdReused(rows: number, first: ReusedId | null): void {
    this.#idReused += rows;
    this.#firstReused ??= first;
  }

  /**
   * One of the rows whose id a topic had with other content only; null if there is none.
   * @internal
   */
  get firstReused(): ReusedId | null {
    return this.#firstReused;
  }

  /**
   * Counts a settled batch; @returns its rows as numbers.
   * @internal
   */
  countSettled(outcome: BatchOutcome): RowCounts {
    const { batch, targets } = outcome;
    const rows = rowCount(batch);
    const counts = RowCounts.ofBatch(rows, targets);
    this.#counts.add(counts);
    for (const { topic, version } of targets) {
      const acked = counts.versions.get(version)?.acked ?? 0;
      if (acked > 0) add(this.#topics, topic, acked);
    }
    // Consecutive rows mostly are of one day.
    let day = "", ofDay = 0;
    for (let index = 0; index < rows; index++) {
      if (counts.acked < rows && rowState(targets, index) !== ROW.acknowledged) continue;
      const date = tradeDateOf(batch, index);
      if (date !== day) {
        if (day !== "") add(this.#days, day, ofDay);
        day = date;
        ofDay = 0;
      }
      ofDay += 1;
    }
    if (day !== "") add(this.#days, day, ofDay);
    const counted = new Set<number>();
    for (const refusal of outcome.refusals) {
      if (counted.has(refusal.index)) continue;
      counted.add(refusal.index);
      add(this.#reasons, refusal.rule, 1);
    }
    this.#lastSettledAt = Math.max(this.#lastSettledAt, outcome.settledAt);
    this.#latency.record(outcome.settledAt - outcome.readAt, rows);
    return counts;
  }

  /**
   * These letters are not on disk, and will not be: their rows have not settled after all.
   * @internal
   */
  takeBack(letters: readonly DeadLetter[]): void {
    const rows = new Map<number, DeadLetter>();
    for (const letter of letters) {
      if (!rows.has(letter.row)) rows.set(letter.row, letter);
      const { schemaVersion, versions } = letter;
      const refusedBy = schemaVersion !== null ? [schemaVersion] : versions === null ? [] : versionsUnder(versions);
      for (const version of refusedBy) this.#counts.takeBack(version);
    }
    this.#counts.dead_lettered -= rows.size;
    for (const { rule } of rows.values()) {
      add(this.#reasons, rule, -1);
      if (this.#reasons.get(rule) === 0) this.#reasons.delete(rule);
    }
  }

  /**
   * The source has ended: rows that have not settled by now are left to a later run.
   * @internal
   */
  leaveUnsettled(): void {
    this.#notSettled = this.#read - this.settled;
  }

  /** Adds another account, for the sum over sources. */
  merge(other: Account): void {
    this.#read += other.#read;
    this.#notSettled += other.#notSettled;
    this.#idReused += other.#idReused;
    this.#firstReused ??= other.#firstReused;
    this.#counts.add(other.#counts);
    for (const [topic, count] of other.#topics) add(this.#topics, topic, count);
    for (const [day, count] of other.#days) add(this.#days, day, count);
    for (const [reason, count] of other.#reasons) add(this.#reasons, reason, count);
    this.#latency.merge(other.#latency);
    this.#openedAt = Math.min(this.#openedAt, other.#openedAt);
    this.#lastSettledAt = Math.max(this.#lastSettledAt, other.#lastSettledAt);
  }

  /** All counts as they stand now. */
  totals(): AccountTotals {
    const { versions, ...counts } = this.#counts.stored();
    return {
      ...counts,
      read: this.#read,
      id_reused: this.#idReused,
      not_settled: this.#notSettled,
      lost: this.#read - this.#counts.settled - this.#notSettled,
      versions,
      latency_ms: { p50: this.#latency.quantile(0.5), p99: this.#latency.quantile(0.99) },
      topics: sorted(this.#topics),
      days: sorted(this.#days),
      dead_letter_reasons: sorted(this.#reasons),
    };
  }
}

function add(map: Map<string, number>, key: string, count: number): void {
  map.set(key, (map.get(key) ?? 0) + count);
}

function sorted(map: Map<string, number>): Record<string, number> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
