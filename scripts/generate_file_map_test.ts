import assert from "node:assert/strict";
import { join } from "node:path";
import { exportedNames, fileMap, firstSentence } from "./generate_file_map.ts";

Deno.test("firstSentence() takes the first sentence of the module comment, else of the first export", () => {
  assert.equal(firstSentence("/**\n * Does one thing: well. And more.\n *\n * @module\n */\n"), "Does one thing");
  assert.equal(firstSentence("/** Kept short. */\nexport {};"), "Kept short");
  const helper = "/** Not this. */\nfunction a() {}\n";
  assert.equal(firstSentence(`import "x";\n${helper}/** But this. */\nexport class B {}\n`), "But this");
  assert.equal(firstSentence("/** name: what it is. */"), "name: what it is");
  assert.equal(firstSentence("/** Is it? It is. */"), "Is it?");
  assert.equal(firstSentence("export {};"), "");
});

Deno.test("exportedNames() takes what a file declares and exports, of many the first five", () => {
  const source = 'export { a } from "./a.ts";\nexport class B {}\nfunction c() {}\nexport async function d() {}\n';
  assert.equal(exportedNames(source), "`B`, `d`");
  assert.equal(exportedNames("export type A = 1;\n".repeat(6)), "`A`, `A`, `A`, `A`, `A` …");
});

Deno.test("docs/file_map.md is up to date: deno task docs:map writes it", async () => {
  const written = Deno.readTextFileSync(join(import.meta.dirname ?? ".", "..", "docs", "file_map.md"));
  const format = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext", "md", "--line-width", "120", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = format.stdin.getWriter();
  await writer.write(new TextEncoder().encode(fileMap()));
  await writer.close();
  const { stdout } = await format.output();
  assert.equal(written, new TextDecoder().decode(stdout));
});

Deno.test("every file of the product says in its first sentence what it is for", () => {
  const silent = fileMap().split("\n").filter((line) => /^\| \[[^|]*\|\s+\|/.test(line));
  assert.deepEqual(silent, []);
});
