import assert from "node:assert/strict";
import { join } from "node:path";
import { copyRepository } from "./copy_repository.ts";
import type { Mutation } from "./mutation.ts";
import { runMutations } from "./run_mutations.ts";
import type { TestRunner } from "./test_runner.ts";

const SOURCE = "const limit = 3;\nconst other = 4;\nconst again = 4;\n";

const PATHS = ["source.ts", "source_test.ts", "red_test.ts"];

/** Fails as soon as the limit changes, and passes after any other change. */
const runTests: TestRunner = async ({ folder, tests }) => {
  if (tests.includes("red_test.ts")) return { verdict: "red", durationMs: 1 };
  const text = await Deno.readTextFile(join(folder, "source.ts"));
  if (text.includes("((")) return { verdict: "broken", durationMs: 1 };
  return { verdict: text.includes("limit = 3;") ? "green" : "red", durationMs: 1 };
};

async function outcomeOf(mutation: Partial<Mutation>) {
  const copy = await Deno.makeTempDir();
  const lines: string[] = [];
  try {
    await Deno.writeTextFile(join(copy, "source.ts"), SOURCE);
    const entry = {
      name: "breaks it",
      file: "source.ts",
      find: "3",
      replace: "5",
      tests: ["source_test.ts"],
      ...mutation,
    };
    const sum = await runMutations([entry], { copy, paths: PATHS, runTests, print: (line) => lines.push(line) });
    assert.equal(await Deno.readTextFile(join(copy, "source.ts")), SOURCE, "the file is restored");
    return { sum, lines };
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}

Deno.test("runMutations() passes a mutation that makes its tests fail", async () => {
  assert.deepEqual(await outcomeOf({}), {
    sum: { passed: 1, failed: 0 },
    lines: ["ok      source.ts: breaks it", "1 passed, 0 failed"],
  });
});

const failing: Record<string, [Partial<Mutation>, string]> = {
  "that goes unnoticed": [{ find: "const other = 4", replace: "const other = 5" }, "the tests stay green"],
  "whose text is not there": [{ find: "7" }, "its text stands in the file 0 times and must stand there once"],
  "whose text is there twice": [{ find: "4" }, "its text stands in the file 2 times and must stand there once"],
  "that changes nothing": [{ replace: "3" }, "it changes nothing"],
  "that does not load": [{ replace: "((" }, "the broken file does not load"],
  "whose tests are red anyway": [{ tests: ["red_test.ts"] }, "red_test.ts is not green without it"],
};
for (const [what, [mutation, reason]] of Object.entries(failing)) {
  Deno.test(`runMutations() fails a mutation ${what}`, async () => {
    assert.deepEqual(await outcomeOf(mutation), {
      sum: { passed: 0, failed: 1 },
      lines: [`FAILED  source.ts: breaks it: ${reason}`, "0 passed, 1 failed"],
    });
  });
}

Deno.test("copyRepository() copies folders and files, without hidden ones and packages", async () => {
  const [from, to] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    for (const folder of ["a/b", ".git", "node_modules/x"]) await Deno.mkdir(join(from, folder), { recursive: true });
    for (const file of ["one.ts", "a/b/two.ts", ".git/config", "node_modules/x/three.ts"]) {
      await Deno.writeTextFile(join(from, file), file);
    }
    await copyRepository(from, join(to, "copy"));
    assert.equal(await Deno.readTextFile(join(to, "copy", "a", "b", "two.ts")), "a/b/two.ts");
    const names = [...Deno.readDirSync(join(to, "copy"))].map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["a", "one.ts"]);
  } finally {
    for (const folder of [from, to]) await Deno.remove(folder, { recursive: true });
  }
});
