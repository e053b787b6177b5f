/** Examples of the public doors; that everything has a description is the gate's own check. */
import assert from "node:assert/strict";
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Shown in the example of another one: `codecFor`, `openTransport`, `withUnscaled`. */
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

/** What `deno doc` knows of the functions that the doors export. */
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
