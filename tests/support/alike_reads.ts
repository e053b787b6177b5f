/**
 * For tests: reads files with rows that are parsed at once, or without.
 *
 * @module
 */
import { type FileSourceOptions, openFileSource } from "../../sources/files/file_source.ts";
import { EventRows } from "../../sources/formats/event_rows.ts";
import { badRows, type RowBatch, rowCount } from "../../sources/source.ts";

const NOW = Date.UTC(2026, 0, 1);
const PATCHED = EventRows.prototype.addAlike;

/** What a test reads of a file, by the kind of way: at once, or one by one. */
export interface AlikeRead {
  readonly batches: readonly unknown[];
  /** Rows that were made at once. */
  readonly alike: number;
}

/** Runs some work without rows at once, or counts them. */
async function counting<T>(atOnce: boolean, work: () => Promise<T>): Promise<{ result: T; alike: number }> {
  let alike = 0;
  EventRows.prototype.addAlike = function (run) {
    const taken = atOnce ? PATCHED.call(this, run) : null;
    alike += taken?.starts.length ?? 0;
    return taken;
  };
  try {
    return { result: await work(), alike };
  } finally {
    EventRows.prototype.addAlike = PATCHED;
  }
}

/** A batch as plain data: its columns, its rows with their bytes, and where the next one begins. */
function plain(batch: RowBatch): unknown {
  const count = rowCount(batch), { events } = batch;
  return {
    rows: batch.rows.slice(0, count),
    bad: [...badRows(batch)],
    next: batch.next,
    texts: events === undefined ? null : Array.from({ length: count }, (_, row) => events.record(row)),
    raw: batch.rows.map((row) => batch.raw(row).toHex()),
  };
}

/** What {@link readAlike} reads. */
export type AlikeOptions = Omit<FileSourceOptions, "path" | "clock">;

/** Reads a file in batches of some sizes; resumes with another reader after some of them. */
export async function readAlike(
  path: string,
  options: AlikeOptions,
  sizes: readonly number[],
  atOnce: boolean,
): Promise<AlikeRead> {
  const { result: batches, alike } = await counting(atOnce, async () => {
    const found: unknown[] = [];
    const source = openFileSource({ ...options, path, clock: { now: () => NOW } as FileSourceOptions["clock"] });
    let reader = await source.open();
    try {
      for (let turn = 0;; turn++) {
        const batch = await reader.next(sizes[turn % sizes.length] ?? 100);
        if (batch === null) return found;
        found.push(plain(batch));
        if (turn % 3 !== 2) continue;
        await reader.close();
        reader = await source.open(batch.next);
      }
    } finally {
      await reader.close();
    }
  });
  return { batches, alike };
}
