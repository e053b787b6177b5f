import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../deno.json" with { type: "json" };
import { filesWithExamples, lastCount, WHOLE } from "./ok.ts";

Deno.test("lastCount() reads the last lines: tests that failed, and the counts", () => {
  assert.deepEqual(lastCount("1 passed, 2 failed\nmore\n812 passed, 3 failed\n"), {
    passed: 812,
    failed: 3,
    failures: [],
  });
  assert.deepEqual(lastCount("✘ early\nmore\n✘ a_test.ts: one: why\n✘ b_test.ts: two\n5 passed, 2 failed\n"), {
    passed: 5,
    failed: 2,
    failures: ["a_test.ts: one: why", "b_test.ts: two"],
  });
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

/** The result of a check of the gate in a package whose door holds only this text; the registry's port is closed. */
async function endsWell(check: (typeof WHOLE)[number]["name"], source: string): Promise<boolean> {
  const step = WHOLE.find(({ name }) => name === check);
  assert.ok(step !== undefined);
  const folder = await Deno.makeTempDir();
  try {
    const { name, version, license, exports } = project;
    await Deno.writeTextFile(join(folder, "deno.json"), JSON.stringify({ name, version, license, exports }));
    await Deno.writeTextFile(join(folder, "hidden.ts"), "/** In no door. */\nexport interface Hidden {}\n");
    for (const door of Object.values(exports)) await Deno.writeTextFile(join(folder, door), source);
    const env = { JSR_URL: "http://127.0.0.1:1/" };
    const command = new Deno.Command(Deno.execPath(), { args: [...step.args], cwd: folder, env, stderr: "null" });
    return (await command.output()).success;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const DESCRIBED = "/** Counts. */\nexport interface Counter {\n  /** Rows so far. */\n  readonly rows: number;\n}\n";

Deno.test("public docs: each exported member has a description, and a door exports every type in it", async () => {
  assert.ok(await endsWell("public docs", DESCRIBED));
  assert.ok(!await endsWell("public docs", DESCRIBED.replace("  /** Rows so far. */\n", "")));
  const hidden = DESCRIBED.replace("number", "Hidden");
  assert.ok(!await endsWell("public docs", `import type { Hidden } from "./hidden.ts";\n${hidden}`));
});

Deno.test("publishing: exports have explicit types, and no registry is asked", async () => {
  assert.ok(await endsWell("publishing", DESCRIBED));
  assert.ok(
    !await endsWell("publishing", "/** Counts. */\nexport const counts = [1, 2].map((count) => ({ count }));\n"),
  );
});
