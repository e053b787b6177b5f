import assert from "node:assert/strict";
import { join } from "node:path";
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

/** Where codes are given, rather than listed, looked at or tested. */
function givingFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    // The kernel's dead letters are messages.
    if (isDirectory) return name === "kernel" ? [] : givingFiles(path);
    const isList = ["errors.ts", "row_rules.ts", "dead_letter_rules.ts"].includes(name);
    return name.endsWith(".ts") && !name.endsWith("_test.ts") && !isList ? [path] : [];
  });
}

Deno.test("each code of the list is given somewhere, and every code that is given is in the list", () => {
  const root = join(import.meta.dirname ?? ".", "..");
  const files = ["records", "sources", "actors", "state"].flatMap((folder) => givingFiles(join(root, folder)));
  const text = files.map((file) => Deno.readTextFileSync(file)).join("\n");
  const unused = Object.keys(DEAD_LETTER_RULES).filter((code) => !text.includes(`"${code}"`));
  assert.deepEqual(unused, []);
  const given = text.matchAll(
    /(?:new RecordError\(|badForm\(raw, |refuse\(\w+(?:\.\w+)?, |#refusal\(|rule: )"([a-z0-9_]+)"/g,
  );
  const codes = [...new Set(Array.from(given, ([, code = ""]) => code))];
  assert.ok(codes.length > 20, `${codes.length} codes were found`);
  assert.deepEqual(codes.filter((code) => !isDeadLetterRule(code)), []);
});
