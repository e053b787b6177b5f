import assert from "node:assert/strict";
import { join } from "node:path";
import { filesWithExamples, lastCount } from "./ok.ts";

Deno.test("lastCount() reads the last line, and only that", () => {
  assert.deepEqual(lastCount("1 passed, 2 failed\nmore\n812 passed, 3 failed\n"), { passed: 812, failed: 3 });
  assert.equal(lastCount("1 passed, 2 failed\nended early\n"), null);
  assert.equal(lastCount(""), null);
});

Deno.test("filesWithExamples() finds blocks of TypeScript in comments and documents, not in tests", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const block = "```ts\nconst a = 1;\n```\n";
    await Deno.mkdir(join(folder, "sub"));
    await Deno.mkdir(join(folder, ".git"));
    for (
      const [name, text] of [
        ["a.ts", ` * ${block.replaceAll("\n", "\n * ")}`],
        ["b.ts", "const text = '```ts';\n"],
        ["c_test.ts", ` * ${block}`],
        ["sub/d.md", block],
        ["e.md", "```json\n{}\n```\n"],
        [".git/f.md", block],
      ] as const
    ) await Deno.writeTextFile(join(folder, name), text);
    assert.deepEqual(filesWithExamples(folder), [join(folder, "a.ts"), join(folder, "sub", "d.md")]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
