/**
 * Checkpoints for tests.
 *
 * @module
 */
import type { Clock } from "../kernel/clock.ts";
import { systemClock } from "../kernel/clock.ts";
import type { Checkpoint, CheckpointKey } from "./checkpoint.ts";
import type { DeadLetter } from "./dead_letter.ts";

export const KEY: CheckpointKey = { source: "trades:/data/7078.csv", versions: "v2" };

/** A clock that stands still. */
export const STILL: Clock = { ...systemClock, now: () => Date.UTC(2026, 0, 2, 3, 4, 5) };

/** Parts of a sample checkpoint. */
export interface SampleOptions extends Partial<CheckpointKey> {
  /** Rows before the position; 40 bytes each. @default 0 */
  readonly row?: number;
  /** Of the rows, those that are dead letters. @default 0 */
  readonly bad?: number;
}

/** A consistent checkpoint of a source with one topic of two partitions for each version. */
export function sample(
  { source = KEY.source, versions = KEY.versions, row = 0, bad = 0 }: SampleOptions = {},
): Checkpoint {
  const settled = { acked: row - bad, dead_lettered: bad, duplicates_skipped: 0 };
  const each = versions === "both" ? (["v1", "v2"] as const) : [versions];
  return {
    source,
    versions,
    origin: "0123456789abcdef",
    file: null,
    flags: { format: "asx-ticks", symbol: "BHP", companyId: null, currency: "AUD" },
    position: {
      row,
      at: {
        line: row,
        offset: row * 40,
        openInstant: row === 0
          ? { micros: null, counts: [] }
          : { micros: 1_394_406_000_123_000 + row, counts: [["01234567-89ab-8def-8123-456789abcdef", row]] },
      },
    },
    counts: {
      read: row,
      ...settled,
      versions: Object.fromEntries(each.map((version) => [version, settled])),
    },
    finished: null,
    ahead: 50_000,
    clusterId: "cluster-1",
    topics: each.map((version) => ({
      name: `market.equities.trades.asx.${version}`,
      version,
      id: `topic-${version}`,
      next: [2n ** 60n + BigInt(row - bad), 7n],
      partitions: 2,
      partitioner: "murmur2",
    })),
  };
}

/** A dead letter of a row of the sample's source. */
export function letterAt(row: number): DeadLetter {
  return {
    source: KEY.source,
    dataType: "trades",
    row,
    schemaVersion: null,
    versions: "v2",
    file: "7078.csv",
    line: row,
    offset: (row - 1) * 40,
    length: 5,
    stage: "receiving",
    rule: "wrong_column_count",
    reason: "It has 1 column.",
    bytes: Uint8Array.of(0, 255, 34, 10, 13),
    messageId: null,
    recordedAt: 1_700_000_000_123,
  };
}
