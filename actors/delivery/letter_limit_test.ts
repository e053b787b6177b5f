import assert from "node:assert/strict";
import {
  refusedIndexes,
  type RowsBefore,
  type RowsSoFar,
  TooManyDeadLettersError,
  withinLimit,
} from "./letter_limit.ts";

const tooMany = new TooManyDeadLettersError("too many", 10);
const ten = ({ deadLettered }: RowsSoFar) => deadLettered > 10 ? tooMany : null;
const NOTHING: RowsBefore = { rows: 0, deadLettered: 0, lettersUpTo: 0 };

Deno.test("withinLimit() takes the rows before the letter that is one too many", () => {
  const refused = Array.from({ length: 12 }, (_, at) => 3 * at);
  assert.deepEqual(withinLimit({ rows: 50, refused }, NOTHING, ten), { rows: 30, error: tooMany });
  assert.deepEqual(withinLimit({ rows: 50, refused: refused.slice(0, 10) }, NOTHING, ten), { rows: 50, error: null });
  const nine = { ...NOTHING, rows: 100, deadLettered: 9 };
  assert.deepEqual(withinLimit({ rows: 50, refused }, nine, ten), { rows: 3, error: tooMany }, "earlier ones count");
  const full = { ...NOTHING, rows: 100, deadLettered: 10 };
  assert.deepEqual(withinLimit({ rows: 50, refused: [7] }, full, ten), { rows: 7, error: tooMany });
});

Deno.test("withinLimit() lets so many letters stay as the error says, where they are too many already", () => {
  const allBad = ({ rows, deadLettered }: RowsSoFar) => deadLettered >= 10 && rows === deadLettered ? tooMany : null;
  const refused = Array.from({ length: 20 }, (_, at) => at);
  assert.deepEqual(withinLimit({ rows: 20, refused }, NOTHING, allBad), { rows: 10, error: tooMany });
  assert.deepEqual(withinLimit({ rows: 10, refused: refused.slice(0, 10) }, NOTHING, allBad), {
    rows: 10,
    error: null,
  });
});

Deno.test("withinLimit() takes letters of later batches for a share of the rows up to these", () => {
  const half = ({ rows, deadLettered }: RowsSoFar) => 2 * deadLettered > rows ? tooMany : null;
  const before = { rows: 10, deadLettered: 29, lettersUpTo: 60 };
  assert.deepEqual(withinLimit({ rows: 10, refused: [4] }, before, half), { rows: 10, error: null });
  assert.deepEqual(withinLimit({ rows: 10, refused: [4, 7] }, before, half), { rows: 7, error: tooMany });
});

Deno.test("withinLimit() takes no row of an error of another kind", () => {
  const error = new Error("no more");
  assert.deepEqual(withinLimit({ rows: 5, refused: [2, 3] }, NOTHING, () => error), { rows: 2, error });
});

Deno.test("refusedIndexes() has each row once, in order", () => {
  assert.deepEqual(refusedIndexes([{ index: 10 }, { index: 2 }, { index: 10 }]), [2, 10]);
});
