/** No committed file contains conflict markers of a merge. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname ?? ".", "../..");
/** Folders outside the repository. */
const SKIPPED = new Set([".git", ".tickflume", "node_modules", "coverage"]);

/** The lines that git writes around the two sides; seven equal signs alone may be a heading. */
const MARKER = /^(?:<{7}|>{7}|\|{7}) .*$/m;

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory, isFile } of Deno.readDirSync(folder)) {
    const path = join(folder, name);
    if (isDirectory && !SKIPPED.has(name)) yield* filesIn(path);
    // A worktree has a file with this name.
    else if (isFile && name !== ".git") yield path;
  }
}

Deno.test("no file has markers of a merge", () => {
  const marked: string[] = [];
  for (const path of filesIn(ROOT)) {
    const [line] = MARKER.exec(Deno.readTextFileSync(path)) ?? [];
    if (line !== undefined) marked.push(`${path.slice(ROOT.length + 1)}: ${line}`);
  }
  assert.deepEqual(marked, []);
});
