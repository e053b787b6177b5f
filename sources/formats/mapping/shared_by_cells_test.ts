import assert from "node:assert/strict";
import { ABSENT, type Cells, TEXT } from "../cells.ts";
import { SharedByCells } from "./shared_by_cells.ts";

/** Cells of texts, whose bytes are given as Latin-1. */
function cellsOf(...texts: readonly string[]): Cells {
  const buffer = Uint8Array.from(texts.join(""), (character) => character.charCodeAt(0));
  const ends = Int32Array.from(texts, (_, index) => texts.slice(0, index + 1).join("").length);
  const starts = Int32Array.from(texts, (text, index) => (ends[index] ?? 0) - text.length);
  return { buffer, starts, ends, kinds: new Uint8Array(texts.length).fill(TEXT), count: texts.length, isPlain: true };
}

Deno.test("SharedByCells tells cells apart whose lengths agree in their lower 16 bits", () => {
  // All their bytes together are the same.
  const rest = "x".repeat(65_536);
  const long = cellsOf(`BHP12${rest}`, ""), short = cellsOf("BHP12", rest);
  const cache = new SharedByCells<string>({ slots: [0, 1], presence: [] });
  assert.equal(cache.find(long), null);
  cache.keep(long, "long");
  assert.equal(cache.find(short), null);
  cache.keep(short, "short");
  assert.deepEqual([cache.find(long), cache.find(short), cache.find(short)], ["long", "short", "short"]);
});

Deno.test("SharedByCells tells rows apart by whether a cell is there, whatever it says", () => {
  const cache = new SharedByCells<string>({ slots: [0], presence: [1] });
  const withIt = cellsOf("BHP", "1"), without = cellsOf("BHP", "1");
  without.kinds[1] = ABSENT;
  for (const [cells, value] of [[withIt, "with it"], [without, "without it"]] as const) {
    assert.equal(cache.find(cells), null);
    cache.keep(cells, value);
  }
  for (const other of ["2", "33"]) assert.equal(cache.find(cellsOf("BHP", other)), "with it");
  assert.equal(cache.find(without), "without it");
  assert.equal(cache.find(cellsOf("BHQ", "1")), null);
});

Deno.test("SharedByCells finds each of many values again, in any order and after it has made room", () => {
  const cache = new SharedByCells<number>({ slots: [0], presence: [] });
  const find = (value: number) => {
    const cells = cellsOf(String(value)), known = cache.find(cells);
    if (known === null) cache.keep(cells, value);
    else assert.equal(known, value);
    return known !== null;
  };
  for (let value = 0; value < 10_000; value++) find(value);
  for (
    const [value, known] of [[9_999, true], [9_998, true], [9_999, true], [0, false], [9_999, true], [0, true]] as const
  ) {
    assert.equal(find(value), known, String(value));
  }
});
