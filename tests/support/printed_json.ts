/**
 * Runs a few lines of code as a program of its own, for what a module does when it is loaded.
 *
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** What a program prints as JSON. It has the repository's imports, and every right there is. */
export async function printedJson<T>(code: string): Promise<T> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--config", fileURLToPath(import.meta.resolve("../../deno.json")), code],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Names of the modules that `require` has loaded after a module was imported. */
export function requiredBy(specifier: string): Promise<string[]> {
  return printedJson(`
    import Module from "node:module";
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(Object.keys(Module._cache)));`);
}
