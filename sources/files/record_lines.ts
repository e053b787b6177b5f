/**
 * The lines of a batch that have several records, each of which is a row: what the bytes of such a row are.
 *
 * @module
 */
import type { RowPlace } from "../source.ts";

/** A line with several records. */
export interface RecordLine {
  /** The row of its first record in the batch. */
  readonly firstRow: number;
  /** The line is `buffer` from `start` up to `end`. */
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where the buffer's first byte stands in the source. */
  readonly base: number;
  /** The list of its records, within its brackets. */
  readonly listStart: number;
  readonly listEnd: number;
}

/** The lines of one batch, in order. */
export class RecordLines {
  readonly #lines: RecordLine[] = [];

  add(line: RecordLine): void {
    this.#lines.push(line);
  }

  /**
   * The line of a record with that record alone, its bytes as they stand there: read again, it is that one row. Null for a
   * row that is no such record.
   */
  rawOf({ row, offset, length }: RowPlace): Uint8Array | null {
    const line = this.#lineOf(row);
    if (line === null) return null;
    const { buffer, start, end, base, listStart, listEnd } = line;
    const at = offset - base;
    // Of a row after the line's that is a line itself.
    if (at < listStart || at >= listEnd) return null;
    const before = listStart - start, alone = new Uint8Array(before + length + end - listEnd);
    alone.set(buffer.subarray(start, listStart));
    alone.set(buffer.subarray(at, at + length), before);
    alone.set(buffer.subarray(listEnd, end), before + length);
    return alone;
  }

  /** The last line whose first row is not after a row. */
  #lineOf(row: number): RecordLine | null {
    const lines = this.#lines;
    let from = 0, to = lines.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((lines[middle]?.firstRow ?? Infinity) <= row) from = middle + 1;
      else to = middle;
    }
    return lines[from - 1] ?? null;
  }
}
