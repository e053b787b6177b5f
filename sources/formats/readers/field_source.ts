/**
 * Where a field reader finds its value, and what it knows besides the cell.
 *
 * @module
 */

/** The place of a field. */
export interface FieldSource {
  /** The slot of the cell. */
  readonly slot: number;
  /** The name for errors: the field of the record, or the source's own name for it. */
  readonly field: string;
}
