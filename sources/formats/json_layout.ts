/**
 * Which values of a JSON row have slots.
 *
 * @module
 */

/** A step into a JSON value: the key of an object, or the index of an array. */
export type PathStep = string | number;

/** The steps from a row to one of its values. */
export type JsonPath = readonly PathStep[];

/** The places of the values that a `JsonCells` finds. */
export interface JsonLayout {
  /** The path of each slot. Paths below {@link each} begin with it, and the index of the element is left out. */
  readonly paths: readonly JsonPath[];
  /** The array whose elements are records. @default the row is one record */
  readonly each?: JsonPath | undefined;
  /** Values that are passed over, with all that is in them. @default none */
  readonly ignored?: readonly JsonPath[];
  /** Objects whose other keys are listed, though no path leads into them. @default only those on the way of a path */
  readonly listed?: readonly JsonPath[];
  /** Objects on the way of a path whose other keys are passed over; `[]` is the row itself. @default they are listed */
  readonly open?: readonly JsonPath[];
}
