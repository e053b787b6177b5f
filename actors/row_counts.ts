/**
 * What became of rows, as numbers: of a batch, of everything before a checkpoint, of a whole run.
 *
 * @module
 */
import type { CheckpointCounts } from "../state/checkpoint.ts";
import { ROW } from "./delivery.ts";

/** Rows of one target version. */
export interface VersionCount {
  acked: number;
  dead_lettered: number;
  duplicates_skipped: number;
}

/** How each row of a batch stands for one target. */
export interface TargetStates {
  readonly version: string;
  readonly states: Uint8Array;
}

/**
 * Sums of settled rows. A row is dead-lettered if any target refused it, skipped if every target had it before, else
 * acked: then every target has it.
 */
export class RowCounts {
  acked = 0;
  deadLettered = 0;
  skipped = 0;
  readonly versions = new Map<string, VersionCount>();

  /** Rows that have settled. */
  get settled(): number {
    return this.acked + this.deadLettered + this.skipped;
  }

  /** The sums of a checkpoint, to be counted on from. */
  static of(counts: CheckpointCounts): RowCounts {
    const sums = new RowCounts();
    sums.acked = counts.acked;
    sums.deadLettered = counts.dead_lettered;
    sums.skipped = counts.duplicates_skipped;
    for (const [version, count] of Object.entries(counts.versions)) sums.versions.set(version, { ...count });
    return sums;
  }

  /** Counts a batch whose rows have all settled. */
  static ofBatch(rows: number, targets: readonly TargetStates[]): RowCounts {
    const sums = new RowCounts();
    for (const { version, states } of targets) {
      const count = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
      for (const state of states) {
        if (state === ROW.acknowledged) count.acked += 1;
        else if (state === ROW.skipped) count.duplicates_skipped += 1;
        else count.dead_lettered += 1;
      }
      sums.#addVersion(version, count);
    }
    const [only, ...others] = sums.versions.values();
    if (only !== undefined && others.length === 0) {
      sums.acked = only.acked;
      sums.deadLettered = only.dead_lettered;
      sums.skipped = only.duplicates_skipped;
      return sums;
    }
    for (let index = 0; index < rows; index++) {
      const state = rowState(targets, index);
      if (state === ROW.acknowledged) sums.acked += 1;
      else if (state === ROW.skipped) sums.skipped += 1;
      else sums.deadLettered += 1;
    }
    return sums;
  }

  add(other: RowCounts): void {
    this.acked += other.acked;
    this.deadLettered += other.deadLettered;
    this.skipped += other.skipped;
    for (const [version, count] of other.versions) this.#addVersion(version, count);
  }

  /** A row that a version has refused has not settled after all. */
  takeBack(version: string): void {
    const known = this.versions.get(version);
    if (known !== undefined) known.dead_lettered -= 1;
  }

  /** As a checkpoint stores them. */
  stored(): CheckpointCounts {
    return {
      read: this.settled,
      acked: this.acked,
      dead_lettered: this.deadLettered,
      duplicates_skipped: this.skipped,
      versions: Object.fromEntries([...this.versions].map(([version, count]) => [version, { ...count }])),
    };
  }

  #addVersion(version: string, count: VersionCount): void {
    const known = this.versions.get(version);
    if (known === undefined) {
      this.versions.set(version, { ...count });
      return;
    }
    known.acked += count.acked;
    known.dead_lettered += count.dead_lettered;
    known.duplicates_skipped += count.duplicates_skipped;
  }
}

/** How a settled row stands over all its targets. */
export function rowState(targets: readonly TargetStates[], index: number): number {
  let result: number = ROW.skipped;
  for (const { states } of targets) {
    const state = states[index];
    if (state === ROW.acknowledged) result = ROW.acknowledged;
    else if (state !== ROW.skipped) return ROW.refused;
  }
  return result;
}
