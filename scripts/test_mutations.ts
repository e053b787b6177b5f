/**
 * `deno task test:mutations [WORD…]`: proves that the tests notice faults. It applies each mutation of tests/mutations/
 * to a copy of the repository, and the tests that the mutation names must fail. With words, it runs only the mutations
 * whose file or name contains one of them, or whose own file in tests/mutations/ has that name. Exits with 1 if a
 * mutation goes unnoticed.
 *
 * To add one, add an entry to a file of tests/mutations/, or add a file there that exports `mutations`.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { copyRepository } from "./mutations/copy_repository.ts";
import type { Mutation } from "./mutations/mutation.ts";
import { repositoryPaths } from "./mutations/repository_paths.ts";
import { runMutations } from "./mutations/run_mutations.ts";
import { denoTest } from "./mutations/test_runner.ts";

const root = resolve(import.meta.dirname ?? ".", "..");
const copy = await Deno.makeTempDir({ prefix: "tickflume-mutations-" });
try {
  await copyRepository(root, copy);
  const all = await readMutations(join(root, "tests", "mutations"));
  const chosen = all.flatMap(({ group, mutations }) =>
    mutations.filter(({ name, file }) => {
      return Deno.args.length === 0 || Deno.args.some((word) => word === group || `${file} ${name}`.includes(word));
    })
  );
  const paths = repositoryPaths(copy);
  const { failed } = await runMutations(chosen, {
    copy,
    paths,
    runTests: denoTest,
    print: (line) => console.log(line),
  });
  if (failed > 0) Deno.exitCode = 1;
} finally {
  await Deno.remove(copy, { recursive: true });
}

/** All entries, in the order of the file names; each group has the name of its file. */
async function readMutations(folder: string): Promise<{ group: string; mutations: readonly Mutation[] }[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".ts")) names.push(name);
  const groups: { group: string; mutations: readonly Mutation[] }[] = [];
  for (const name of names.toSorted()) {
    const { mutations }: { mutations: readonly Mutation[] } = await import(pathToFileURL(join(folder, name)).href);
    groups.push({ group: name.replace(/\.ts$/, ""), mutations });
  }
  return groups;
}
