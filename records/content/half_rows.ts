/**
 * Rows that were taken without their line end, and may have grown since.
 *
 * @module
 */
/** What a later run has to know of such a row. */
export interface HalfRow {
  readonly row: number;
  /** Its first byte. */
  readonly offset: number;
  /** How many of its bytes were there. */
  readonly bytes: number;
}

/** The part of a position in a source that concerns half rows. */
interface Place {
  readonly offset: number;
  readonly unended?: { readonly row: number; readonly offset: number } | undefined;
  readonly halves?: readonly HalfRow[] | undefined;
}

/** The last row before a position if it is a half row; null if it had its line end. */
export function halfRowBefore({ unended, offset }: Place): HalfRow | null {
  return unended === undefined
    ? null
    : { row: unended.row + 1, offset: unended.offset, bytes: offset - unended.offset };
}

/** All known half rows at a position. One row may have several, each longer than the one before. */
export function halfRowsAt(position: Place): readonly HalfRow[] {
  const before = halfRowBefore(position), { halves = [] } = position;
  return before === null ? halves : [before, ...halves];
}

/** Whether all of a half row is before a position, whose stored state then tells what became of it. */
export function isPast({ offset }: Pick<Place, "offset">, half: HalfRow): boolean {
  return offset >= half.offset + half.bytes;
}

/** A position at which a half row may have been sent. */
export function withHalf<P extends Place>(position: P, half: HalfRow): P {
  return { ...position, halves: [...(position.halves ?? []).filter((one) => !isSame(one, half)), half] };
}

export function isSame(one: HalfRow, other: HalfRow): boolean {
  return one.offset === other.offset && one.bytes === other.bytes;
}
