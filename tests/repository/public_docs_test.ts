/** Examples of the public doors; the gate itself checks that everything has a description. */
import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** The example of another function shows them: `codecFor`, `openTransport`, `withUnscaled`. */
const SHOWN_ELSEWHERE = ["frame", "parseFrame", "transportOptionsOf", "withDecimals", "recordEvents"];

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly tags?: readonly { readonly kind: string }[] };
}

interface Documentation {
  readonly nodes: Readonly<
    Record<string, { readonly symbols: readonly { readonly name: string; readonly declarations: Declaration[] }[] }>
  >;
}

/** The output of `deno doc` for the functions that the doors export. */
async function publicFunctions(): Promise<{ name: string; declaration: Declaration }[]> {
  const args = ["doc", "--json", ...Object.values(project.exports)];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stderr: "null" }).output();
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.flatMap(({ name, declarations }) => declarations.map((declaration) => ({ name, declaration })))
  ).filter(({ declaration: { kind } }) => kind === "function");
}

Deno.test("every public function has an example", async () => {
  const all = await publicFunctions();
  assert.ok(all.length > 15);
  const unshown = all.filter(({ declaration: { jsDoc } }) => !jsDoc?.tags?.some(({ kind }) => kind === "example"));
  assert.deepEqual(unshown.map(({ name }) => name).filter((name) => !SHOWN_ELSEWHERE.includes(name)), []);
});
