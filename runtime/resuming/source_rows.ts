/**
 * The rows of a source, read for what they say and not to be sent.
 *
 * @module
 */
import { type SoughtRow, soughtRows } from "../../actors/delivery/already_written.ts";
import type { RowSource, SourcePosition } from "../../sources/source.ts";

const BATCH_ROWS = 1_000;

/** Visits a maximum of so many rows from a position on. @throws {SourceError} */
export async function forEachRow(
  source: RowSource,
  { from, rows = Infinity, signal }: {
    readonly from?: SourcePosition;
    readonly rows?: number;
    readonly signal: AbortSignal;
  },
  visit: (row: SoughtRow) => void,
): Promise<void> {
  const reader = await (source.openAsItIs?.(from) ?? source.open(from));
  try {
    for (let left = rows; left > 0;) {
      signal.throwIfAborted();
      const batch = await reader.next(Math.min(BATCH_ROWS, left));
      if (batch === null) break;
      for (const row of soughtRows(batch, batch.from.row + 1)) {
        left -= 1;
        visit(row);
      }
    }
  } finally {
    await reader.close();
  }
}
