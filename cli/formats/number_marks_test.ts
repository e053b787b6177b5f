import assert from "node:assert/strict";
import { marksOf } from "./number_marks.ts";

Deno.test("marksOf() tells thousands from decimals by where the marks stand, and leaves the rest to a person", () => {
  for (
    const [values, marks] of [
      [[], null],
      [["100", "1.5", "-0.25"], null],
      [["1.234"], null],
      [["45,67", "100"], { mark: "?" }],
      [["0,123"], { mark: "?" }],
      [["1,200", "45,6"], { mark: "?" }],
      [["1,200"], { grouping: "?" }],
      [["1,200", "45,000", "7"], { grouping: "?" }],
      [["1,200", "1,234,567"], { grouping: "," }],
      [["1,234.5", "7"], { grouping: "," }],
      [["1.234,5", "7,5"], { mark: ",", grouping: "." }],
      [["1.234.567"], { mark: ",", grouping: "." }],
      [["1 234,5", "12"], { mark: "?", grouping: " " }],
      [["1\u202f234"], { grouping: " " }],
      [["1'234.50", "1"], { grouping: "'" }],
      [["20240102 000000123"], null],
      [["1 2"], null],
    ] as const
  ) {
    assert.deepEqual(marksOf(values), marks, values.join(" "));
  }
});
