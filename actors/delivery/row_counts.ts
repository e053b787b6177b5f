/**
 * What became of rows, as numbers: of a batch, of everything before a checkpoint, of a whole run.
 *
 * @module
 */
import type { CheckpointCounts } from "../../state/checkpoint.ts";
import { ROW } from "./delivery.ts";

/** Settled rows, by what became of them. */
export interface VersionCount {
  /** Rows that every target has. */
  acked: number;
  /** Rows that at least one target refused. */
  dead_lettered: number;
  /** Rows that every target had before the load began. */
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
export class RowCounts implements VersionCount {
  /** Rows that every target has. */
  acked = 0;
  /** Rows that a target refused. */
  dead_lettered = 0;
  /** Rows that every target had before. */
  duplicates_skipped = 0;
  /** The same sums by schema version. */
  readonly versions: Map<string, VersionCount> = new Map();

  /** Rows that have settled. */
  get settled(): number {
    return this.acked + this.dead_lettered + this.duplicates_skipped;
  }

  /** The sums of a checkpoint, to continue counting from. */
  static of(counts: CheckpointCounts): RowCounts {
    const sums = new RowCounts();
    addTo(sums, counts);
    for (const [version, count] of Object.entries(counts.versions)) addTo(sums.#version(version), count);
    return sums;
  }

  /** Counts a batch whose rows have all settled. */
  static ofBatch(rows: number, targets: readonly TargetStates[]): RowCounts {
    const sums = new RowCounts();
    for (const { version, states } of targets) {
      const count = sums.#version(version);
      // An iterator would make an object for each row.
      for (let index = 0; index < states.length; index++) countRow(count, states[index]);
    }
    const [only, ...others] = sums.versions.values();
    if (only !== undefined && others.length === 0) addTo(sums, only);
    else for (let index = 0; index < rows; index++) countRow(sums, rowState(targets, index));
    return sums;
  }

  add(other: RowCounts): void {
    addTo(this, other);
    for (const [version, count] of other.versions) addTo(this.#version(version), count);
  }

  /** A row that a version has refused has not settled after all. */
  takeBack(version: string): void {
    const known = this.versions.get(version);
    if (known !== undefined) known.dead_lettered -= 1;
  }

  /** As a checkpoint stores them. */
  stored(): CheckpointCounts {
    const { settled: read, acked, dead_lettered, duplicates_skipped } = this;
    const versions = Object.fromEntries([...this.versions].map(([version, count]) => [version, { ...count }]));
    return { read, acked, dead_lettered, duplicates_skipped, versions };
  }

  #version(version: string): VersionCount {
    const known = this.versions.get(version) ?? { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
    this.versions.set(version, known);
    return known;
  }
}

function countRow(count: VersionCount, state: number | undefined): void {
  if (state === ROW.acknowledged) count.acked += 1;
  else if (state === ROW.skipped) count.duplicates_skipped += 1;
  else count.dead_lettered += 1;
}

function addTo(sum: VersionCount, count: Readonly<VersionCount>): void {
  sum.acked += count.acked;
  sum.dead_lettered += count.dead_lettered;
  sum.duplicates_skipped += count.duplicates_skipped;
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
