/** What the public doors say of themselves. */
import assert from "node:assert/strict";
import { join } from "node:path";

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Shown in the example of another one: `codecFor`, `openTransport`, `withUnscaled`. */
const SHOWN_ELSEWHERE = ["frame", "parseFrame", "transportOptionsOf", "withDecimals", "recordEvents"];

interface Declaration {
  readonly kind: string;
  readonly jsDoc?: { readonly doc?: string; readonly tags?: readonly { readonly kind: string }[] };
}

interface Documentation {
  readonly nodes: Readonly<
    Record<string, { readonly symbols: readonly { readonly name: string; readonly declarations: Declaration[] }[] }>
  >;
}

/** What `deno doc` knows of the doors' exports. */
async function publicDeclarations(): Promise<{ name: string; declaration: Declaration }[]> {
  const args = ["doc", "--json", "mod.ts", "testing.ts"];
  const { stdout } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stderr: "null" }).output();
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes).flatMap(({ symbols }) =>
    symbols.flatMap(({ name, declarations }) => declarations.map((declaration) => ({ name, declaration })))
  );
}

Deno.test("every public export says what it is, and every public function shows it", async () => {
  const all = await publicDeclarations();
  assert.ok(all.length > 100);
  const silent = all.filter(({ declaration: { jsDoc } }) => !jsDoc?.doc).map(({ name }) => name);
  assert.deepEqual(silent, []);
  const unshown = all.filter(({ declaration: { kind, jsDoc } }) =>
    kind === "function" && !jsDoc?.tags?.some((tag) => tag.kind === "example")
  ).map(({ name }) => name);
  assert.deepEqual(unshown.filter((name) => !SHOWN_ELSEWHERE.includes(name)), []);
});
