/**
 * Which values of a JSON row have slots.
 *
 * @module
 */

/** A step into a JSON value: the key of an object, or the index of an array. */
export type PathStep = string | number;

/** The steps from a row to one of its values. */
export type JsonPath = readonly PathStep[];

/** The places of the values that a {@link JsonCells} finds. */
export interface JsonLayout {
  /** The path of each slot: slot `i` is that of `paths[i]`. Paths below {@link each} begin with it, without an index. */
  readonly paths: readonly JsonPath[];
  /** The array whose elements are records. @default the row is one record */
  readonly each?: JsonPath | undefined;
  /** Paths of values that are passed over, with all that is in them. @default none */
  readonly ignored?: readonly JsonPath[];
  /** Paths of objects whose other keys are passed over; `[]` is the row itself. @default other keys are listed */
  readonly open?: readonly JsonPath[];
}
