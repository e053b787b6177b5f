import assert from "node:assert/strict";
import fc from "fast-check";
import { didYouMean, editDistance, suggestionFor } from "./did_you_mean.ts";

Deno.test("editDistance() counts insertions, deletions, replacements and swaps of neighbours", () => {
  const cases: readonly [string, string, number][] = [
    ["", "", 0],
    ["", "abc", 3],
    ["brokers", "brokers", 0],
    ["broker", "brokers", 1],
    ["brokerss", "brokers", 1],
    ["brokors", "brokers", 1],
    ["borkers", "brokers", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3], // no part is edited twice
  ];
  for (const [a, b, expected] of cases) assert.equal(editDistance(a, b), expected, `${a} -> ${b}`);
});

Deno.test("editDistance() is symmetric, zero only for equal words, and at most the longer length", () => {
  const word = fc.string({ maxLength: 12, unit: fc.constantFrom("a", "b", "c", "d") });
  fc.assert(fc.property(word, word, (a, b) => {
    const edits = editDistance(a, b);
    assert.equal(edits, editDistance(b, a));
    assert.equal(edits === 0, a === b);
    assert.ok(edits <= Math.max(a.length, b.length));
  }));
});

Deno.test("editDistance() stops at its limit and then answers one more than it", () => {
  assert.equal(editDistance("kitten", "sitting", 2), 3);
  assert.equal(editDistance("a", "abcdefgh", 2), 3);
  assert.equal(editDistance("kitten", "sitting", 3), 3);
});

Deno.test("didYouMean() finds a slip in any case, and nothing for a word that is far away", () => {
  const names = ["brokers", "registry", "dataDir", "schemaVersion"];
  assert.equal(didYouMean("borkers", names), "brokers");
  assert.equal(didYouMean("DATADIR", names), "dataDir");
  assert.equal(didYouMean("schema-version", names), "schemaVersion");
  assert.equal(didYouMean("colour", names), null);
  assert.equal(didYouMean("", names), null);
  assert.equal(didYouMean("x".repeat(10_000), names), null);
});

Deno.test("didYouMean() prefers the closest candidate, then the first", () => {
  assert.equal(didYouMean("trade", ["trader", "trades", "trade"]), "trade");
  assert.equal(didYouMean("tradex", ["trader", "trades"]), "trader");
});

Deno.test("suggestionFor() is a sentence or empty", () => {
  assert.equal(suggestionFor("ASXX", ["ASX", "BINANCE"]), ' Did you mean "ASX"?');
  assert.equal(suggestionFor("NYSE", ["ASX", "BINANCE"]), "");
});
