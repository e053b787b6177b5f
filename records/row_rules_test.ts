import assert from "node:assert/strict";
import { RECORD_RULES } from "./errors.ts";
import { ROW_FORM_RULES } from "./row_rules.ts";

Deno.test("ROW_FORM_RULES are all in docs/sources.md, each with its meaning", async () => {
  const docs = await Deno.readTextFile(new URL("../docs/sources.md", import.meta.url));
  const cells = docs.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  for (const [rule, meaning] of Object.entries(ROW_FORM_RULES)) {
    assert.ok(cells.some(([, first, second]) => first === `\`${rule}\`` && second === meaning), rule);
  }
});

Deno.test("ROW_FORM_RULES and RECORD_RULES have no code in common", () => {
  assert.deepEqual(Object.keys(ROW_FORM_RULES).filter((rule) => rule in RECORD_RULES), []);
});
