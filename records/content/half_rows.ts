/**
 * Rows that were taken without their line end, and may have gone on since.
 *
 * @module
 */
/** Such a row, as far as a later run has to know it. */
export interface HalfRow {
  readonly row: number;
  /** Its first byte. */
  readonly offset: number;
  /** How many bytes of it were there. */
  readonly bytes: number;
}

/** A place in a source, as far as half rows are concerned. */
interface Place {
  readonly offset: number;
  readonly unended?: { readonly row: number; readonly offset: number } | undefined;
  readonly halves?: readonly HalfRow[] | undefined;
}

/** The half row that is the last one before a position; null if that one had its line end. */
export function halfRowBefore({ unended, offset }: Place): HalfRow | null {
  return unended === undefined
    ? null
    : { row: unended.row + 1, offset: unended.offset, bytes: offset - unended.offset };
}

/** All half rows that are known at a position: of one row there may be several, each longer than the one before. */
export function halfRowsAt(position: Place): readonly HalfRow[] {
  const before = halfRowBefore(position), { halves = [] } = position;
  return before === null ? halves : [before, ...halves];
}

/** Whether all of a half row is before a position: what is stored there tells what became of it. */
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
