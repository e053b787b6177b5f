/**
 * `deno task check:imports [FOLDER]`: checks which files may import which. Prints each broken rule, and fails if there
 * is one.
 *
 * @module
 */
import { resolve } from "node:path";
import { findViolations } from "./import_rules.ts";
import { readSourceTree } from "./source_tree.ts";

const root = resolve(Deno.args[0] ?? resolve(import.meta.dirname ?? ".", "../.."));
const files = readSourceTree(root);
const violations = findViolations(files);
for (const { file, line, message } of violations) console.error(`${file}:${line} ${message}`);
if (violations.length > 0) Deno.exit(1);
console.error(`check:imports: ${files.length} files, no broken rule`);
