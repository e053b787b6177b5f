/**
 * In which order files were written that had one name after the other.
 *
 * @module
 */
import { basename } from "node:path";

/** A file that was rotated. */
export interface Rotated {
  readonly path: string;
  /** In milliseconds. */
  readonly modifiedAt: number;
}

/**
 * Compares two files: the older one comes first. Where both were written to in one millisecond, or the file system knows whole
 * seconds only, the higher number is the older file's, as logrotate numbers them: `app.csv.2`, or `app.2.csv`.
 */
export function byAge(one: Rotated, other: Rotated): number {
  return one.modifiedAt - other.modifiedAt || numberOf(other.path) - numberOf(one.path);
}

/** 0 if the name has none. A date has more digits. */
function numberOf(path: string): number {
  return Number(/[.-](\d{1,4})(?:\.[A-Za-z]\w*)*$/.exec(basename(path))?.[1] ?? 0);
}
