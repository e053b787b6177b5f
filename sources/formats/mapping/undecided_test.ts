import assert from "node:assert/strict";
import { isOfUndecided, undecidedProblems } from "./undecided.ts";

const keysOf = (value: unknown) => undecidedProblems(value).map(({ key }) => key);

Deno.test("undecidedProblems() finds each value that is a question mark, at any depth, and says what to give", () => {
  const problems = undecidedProblems({ exchange: "?", fields: { side: { as: { b: "?" }, of: "?" }, price: "?" } });
  assert.deepEqual(problems.map(({ key, nextStep }) => [key, nextStep.split(" ").slice(0, 3).join(" ")]), [
    ["exchange", "Give the code"],
    ["fields.side.as.b", "Give BUY, SELL,"],
    ["fields.side.of", "Give taker or"],
    ["fields.price", "Name the column,"],
  ]);
});

Deno.test("a question mark in a list of texts, within a text or as a key is a text of the source", () => {
  assert.deepEqual(keysOf({ missing: ["?"], side: { as: { "?": "UNKNOWN" } }, summary: "ticks?" }), []);
  assert.deepEqual(keysOf({ only: [{ from: "?", keep: ["?"] }] }), ["only.0.from"]);
});

Deno.test("isOfUndecided() holds for what is undecided and what holds it, and for nothing beside it", () => {
  const undecided = undecidedProblems({ fields: { side: { of: "?" } } });
  const about = (key: string) => isOfUndecided({ key, reason: "", nextStep: "" }, undecided);
  assert.deepEqual(["fields.side.of", "fields.side", "fields.side.as", "fields.sid", "name"].map(about), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
