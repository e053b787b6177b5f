/**
 * What the marks within the numbers of a column are, as far as their places tell: before decimals, or between thousands.
 *
 * @module
 */
import { UNDECIDED } from "../../sources/formats/mapping/undecided.ts";

/** What a mapping says of the marks; `"?"` where only a person can tell. */
export interface NumberMarks {
  readonly mark?: string;
  readonly grouping?: string;
}

const SPACES = /[ \u00a0\u202f]/g, APOSTROPHES = /['\u2019]/g;

const IN_THREES = /^-?[1-9]\d{0,2}(?:'\d{3})+(?:[.,]\d*)?$/;

/**
 * The marks of a column's numbers; null where each is digits with at most one dot.
 *
 * @example
 * ```ts
 * marksOf(["1,234,567", "1,200"]); // { grouping: "," }: a number has one mark of decimals at most
 * marksOf(["1,200", "45,000"]); // { grouping: "?" }: thousands, or three decimals each
 * marksOf(["45,67", "100"]); // { mark: "?" }
 * ```
 */
export function marksOf(values: readonly string[]): NumberMarks | null {
  for (const [grouping, marks] of [[" ", SPACES], ["'", APOSTROPHES]] as const) {
    const plain = values.map((value) => value.replace(marks, ""));
    const isGrouped = (value: string) => IN_THREES.test(value.replace(marks, "'"));
    if (!plain.every(isNumber) || !values.every((value, at) => value === plain[at] || isGrouped(value))) continue;
    if (plain.join() === values.join()) continue;
    return { ...marksOf(plain), grouping };
  }
  const isIn = (mark: string) => values.filter((value) => value.includes(mark));
  const commas = isIn(","), dots = isIn(".");
  // Of two marks in one number the last one stands before the decimals.
  if (values.some((value) => /\d\.\d{3},\d/.test(value)) || (commas.length === 0 && dots.some(isTwice(".")))) {
    return { mark: ",", grouping: "." };
  }
  if (commas.length === 0) return null;
  if (values.some((value) => /\d,\d{3}\./.test(value)) || commas.some(isTwice(","))) return { grouping: "," };
  return commas.every((value) => /^-?[1-9]\d{0,2},\d{3}$/.test(value)) ? { grouping: UNDECIDED } : { mark: UNDECIDED };
}

function isNumber(text: string): boolean {
  return /^-?\d[\d.,]*$/.test(text);
}

function isTwice(mark: string): (value: string) => boolean {
  return (value) => isNumber(value) && value.split(mark).length > 2;
}
