/** Checkpoints and dead letters for tests. */
import { NO_OPEN_INSTANT } from "../../records/ids/open_instant.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { target } from "./trades.ts";

/** A v2 checkpoint after this many rows of a source like {@link ArraySource}, all of them acknowledged. */
export function checkpointAt(row: number, changes: Partial<StoredCheckpoint> = {}): StoredCheckpoint {
  const counts = { acked: row, dead_lettered: 0, duplicates_skipped: 0 };
  return {
    source: "array",
    versions: "v2",
    file: null,
    origin: "0123456789abcdef",
    flags: {},
    position: { row, line: row, offset: row * 10, openInstant: NO_OPEN_INSTANT },
    counts: { read: row, ...counts, versions: { v2: counts } },
    finished: null,
    ahead: 20,
    clusterId: "cluster",
    topics: [{
      name: target("v2").topic,
      version: "v2",
      id: "id",
      next: [100n, 0n],
      partitions: 2,
      partitioner: "murmur2",
    }],
    startedAt: 1,
    writtenAt: 1,
    ...changes,
  };
}

/** The dead letter of a row. */
export function letterOf(row: number, bytes = 9): DeadLetter {
  return {
    source: "array",
    dataType: "trades",
    row,
    schemaVersion: null,
    versions: "v2",
    file: "array",
    line: row,
    offset: row * 10,
    length: bytes,
    stage: "receiving",
    rule: "not_a_number",
    reason: "no number",
    bytes: new Uint8Array(bytes),
    messageId: null,
    recordedAt: 0,
  };
}
