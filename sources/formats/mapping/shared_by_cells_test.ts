import assert from "node:assert/strict";
import { type Cells, TEXT } from "../cells.ts";
import { SharedByCells } from "./shared_by_cells.ts";

/** Cells of texts, whose bytes are given as Latin-1. */
function cellsOf(...texts: readonly string[]): Cells {
  const buffer = Uint8Array.from(texts.join(""), (character) => character.charCodeAt(0));
  const ends = Int32Array.from(texts, (_, index) => texts.slice(0, index + 1).join("").length);
  const starts = Int32Array.from(texts, (text, index) => (ends[index] ?? 0) - text.length);
  return { buffer, starts, ends, kinds: new Uint8Array(texts.length).fill(TEXT), count: texts.length, isPlain: true };
}

Deno.test("SharedByCells tells cells apart whose lengths agree in their lower 16 bits", () => {
  // The bytes of the long cell go on as the header and the bytes of a second cell would.
  const rest = "x".repeat(65_536 - 5), header = String.fromCharCode(TEXT, 0, 0, 1, 0);
  const long = cellsOf(`BHP12${header}${rest}`, "");
  const short = cellsOf("BHP12", `${rest}${String.fromCharCode(TEXT, 0, 0, 0, 0)}`);
  const cache = new SharedByCells<string>({ slots: [0, 1], presence: [] });
  assert.equal(cache.find(long), null);
  cache.keep("long");
  assert.equal(cache.find(short), null);
  cache.keep("short");
  assert.deepEqual([cache.find(long), cache.find(short), cache.find(short)], ["long", "short", "short"]);
});
