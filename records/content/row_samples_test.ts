import assert from "node:assert/strict";
import { hashesOf, isSampled, nextSampled, NO_SAMPLES, rowHash, type RowSamples, withRow } from "./row_samples.ts";

const bytesOf = (row: number): Uint8Array => new TextEncoder().encode(`row ${row}`);

/** As a reader takes them, which asks first. */
function samplesOf(rows: number, from: RowSamples = NO_SAMPLES, first = 1): RowSamples {
  let samples = from;
  for (let row = first; row <= rows; row++) if (isSampled(samples, row)) samples = withRow(samples, row, bytesOf(row));
  return samples;
}

Deno.test("RowSamples are at most 64 rows and the first one, however many rows there are", () => {
  for (const rows of [1, 63, 64, 65, 1_000, 100_000]) {
    const samples = samplesOf(rows);
    assert.ok(samples.rows.length <= 64 && samples.rows.length >= Math.min(rows, 32), `${rows}`);
    assert.equal(samples.first, rowHash(bytesOf(1)));
  }
});

Deno.test("RowSamples have a row of any stretch of a 32nd of the rows", () => {
  for (const rows of [1, 31, 64, 65, 66, 127, 128, 129, 1_000, 4_097]) {
    const known = hashesOf(samplesOf(rows));
    let gap = 0;
    for (let row = 1; row <= rows; row++) {
      gap = known.has(rowHash(bytesOf(row))) ? 0 : gap + 1;
      assert.ok(gap < Math.ceil(rows / 32), `rows ${row - gap + 1} to ${row} of ${rows}`);
    }
  }
});

Deno.test("RowSamples are the same in however many runs the rows are read", () => {
  for (const break_ of [0, 1, 64, 65, 700]) {
    const stored: RowSamples = JSON.parse(JSON.stringify(samplesOf(break_)));
    assert.deepEqual(samplesOf(1_000, stored, break_ + 1), samplesOf(1_000), `${break_}`);
  }
});

Deno.test("nextSampled() is the first sample from a row on", () => {
  for (const stride of [1, 2, 64]) {
    const samples = { ...NO_SAMPLES, stride };
    for (let row = 1; row <= 300; row++) {
      let expected = row;
      while (!isSampled(samples, expected)) expected++;
      assert.equal(nextSampled(samples, row), expected);
    }
  }
  assert.equal(nextSampled({ ...NO_SAMPLES, stride: 1024 }, 2 ** 40 + 1), 2 ** 40 + 1024);
});
