/**
 * Rows that were taken without their line end, and may have grown since.
 *
 * @module
 */
import type { FilePosition, HalfRow } from "./file_position.ts";

/** The half row that is the last one before a position; null if that one had its line end. */
export function halfRowBefore({ at: { unended, offset } }: FilePosition): HalfRow | null {
  if (unended === undefined) return null;
  return { row: unended.row + 1, offset: unended.at.offset, bytes: offset - unended.at.offset };
}

/** All half rows that are known at a position: of one row there may be several, each longer than the one before. */
export function halfRowsAt(position: FilePosition): readonly HalfRow[] {
  const before = halfRowBefore(position), { halves = [] } = position.at;
  return before === null ? halves : [before, ...halves];
}

/** Whether all of a half row is before an offset: what is stored there tells what became of it. */
export function isPast(offset: number, half: HalfRow): boolean {
  return offset >= half.offset + half.bytes;
}

/** A position at which a half row may have been sent, unless it is past that. */
export function withHalf({ row, at }: FilePosition, half: HalfRow): FilePosition {
  if (isPast(at.offset, half)) return { row, at };
  return { row, at: { ...at, halves: [...(at.halves ?? []).filter((one) => !isSame(one, half)), half] } };
}

export function isSame(one: HalfRow, other: HalfRow): boolean {
  return one.offset === other.offset && one.bytes === other.bytes;
}
