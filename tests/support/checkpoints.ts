/** Checkpoints and dead letters for tests. */
import type { FilePlace, FilePosition } from "../../records/content/file_position.ts";
import type { StoredCheckpoint } from "../../state/checkpoint.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import { positionAt, target } from "./trades.ts";

/** A v2 checkpoint after this many rows of a source like {@link ArraySource}, all of them acknowledged. */
export function checkpointAt(row: number, changes: Partial<StoredCheckpoint> = {}): StoredCheckpoint {
  const counts = { acked: row, dead_lettered: 0, duplicates_skipped: 0 };
  return {
    source: "array",
    versions: "v2",
    file: null,
    origin: "0123456789abcdef",
    flags: {},
    position: positionAt(row),
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

/** A position of a file, with something else beside its row. */
export function placed({ row, at }: FilePosition, changes: Partial<FilePlace>): FilePosition {
  return { row, at: { ...at, ...changes } };
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
