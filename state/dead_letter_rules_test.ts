import assert from "node:assert/strict";
import documentation from "../docs/dead_letters.md" with { type: "text" };
import { RECORD_RULES } from "../records/errors.ts";
import { ROW_FORM_RULES, type RowRule } from "../records/row_rules.ts";
import { DEAD_LETTER_RULES, type DeadLetterRule, isDeadLetterRule } from "./dead_letter_rules.ts";

Deno.test("docs/dead_letters.md lists each code with its sentence", () => {
  const rows = documentation.slice(documentation.indexOf("## Codes")).matchAll(/^\| `([a-z0-9_]+)` +\| (.*?) +\|$/gm);
  assert.deepEqual(Array.from(rows, ([, rule, sentence]) => [rule, sentence]), Object.entries(DEAD_LETTER_RULES));
});

Deno.test("DEAD_LETTER_RULES holds every rule of a row, and no code twice", () => {
  const ofRows: readonly RowRule[] = ["blank_line", "bad_date"];
  const codes: readonly DeadLetterRule[] = ofRows;
  assert.ok(codes.every(isDeadLetterRule));
  const rules = [...Object.keys(ROW_FORM_RULES), ...Object.keys(RECORD_RULES)];
  assert.equal(new Set(rules).size, rules.length);
  const writing = Object.keys(DEAD_LETTER_RULES).filter((code) => !rules.includes(code));
  assert.deepEqual(writing, ["not_encodable", "message_too_large", "poison_row", "unlisted"]);
});

Deno.test("isDeadLetterRule() knows the codes and nothing else", () => {
  assert.ok(isDeadLetterRule("poison_row"));
  for (const text of ["", "Poison_row", "toString", "__proto__", "bad date"]) assert.ok(!isDeadLetterRule(text), text);
});
