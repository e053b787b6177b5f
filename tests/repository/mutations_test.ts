/** The entries of `deno task test:mutations` still fit the code that they break, and name existing tests. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Mutation } from "../../scripts/mutations/mutation.ts";
import { fileEndingWith, repositoryPaths } from "../../scripts/mutations/repository_paths.ts";

const ROOT = join(import.meta.dirname ?? ".", "../..");
const PATHS = repositoryPaths(ROOT);

for (const { name: group } of Deno.readDirSync(join(ROOT, "tests", "mutations"))) {
  Deno.test(`each mutation of ${group} finds its text once, and its tests`, async () => {
    const { mutations }: { mutations: readonly Mutation[] } = await import(`../mutations/${group}`);
    const astray: string[] = [];
    for (const { name, file, find, tests } of mutations) {
      const text = await Deno.readTextFile(join(ROOT, fileEndingWith(PATHS, file)));
      if (text.split(find).length !== 2) astray.push(`${file}: ${name}`);
      for (const test of tests) fileEndingWith(PATHS, test);
    }
    assert.deepEqual(astray, []);
  });
}
