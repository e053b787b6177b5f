import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** Names of the modules that `require` has loaded, with every right there is. */
async function required(specifier: string): Promise<string[]> {
  const code = `
    import Module from "node:module";
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(Object.keys(Module._cache)));`;
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--config", fileURLToPath(import.meta.resolve("../../deno.json")), code],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("package.ts loads the library without its native module, which would ask for a right", async () => {
  const own = await required(import.meta.resolve("./package.ts"));
  assert.deepEqual(own.filter((name) => name.includes("@node-rs")), []);
  // Proves that the names would show it.
  const plain = await required("@platformatic/kafka");
  assert.ok(plain.some((name) => name.includes("@node-rs")), plain.join());
});
