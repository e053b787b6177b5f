import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** What a program prints as JSON, with every right there is. */
async function printed(code: string): Promise<unknown> {
  const { stdout, stderr, success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--config", fileURLToPath(import.meta.resolve("../../deno.json")), code],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

const OWN = import.meta.resolve("./package.ts");
const PLAIN = "@platformatic/kafka";

/** Names of the modules that `require` has loaded. */
async function required(specifier: string): Promise<string[]> {
  return await printed(`
    import Module from "node:module";
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(Object.keys(Module._cache)));`) as string[];
}

Deno.test("package.ts loads the library without its native module, which would ask for a right", async () => {
  const own = await required(OWN);
  assert.deepEqual(own.filter((name) => name.includes("@node-rs")), []);
  // Proves that the names would show it.
  const plain = await required(PLAIN);
  assert.ok(plain.some((name) => name.includes("@node-rs")), plain.join());
});

/** How often code was made out of text, as a schema is compiled. */
async function compiled(specifier: string): Promise<number> {
  return await printed(`
    let made = 0;
    const count = () => void (made += 1);
    globalThis.Function = new Proxy(Function, {
      construct(target, args) { count(); return new target(...args); },
    });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(made));`) as number;
}

Deno.test("package.ts loads the library without compiling the schemas of its clients' options", async () => {
  const [own, plain] = [await compiled(OWN), await compiled(PLAIN)];
  assert.ok(plain - own > 20, `${own} against ${plain}`);
});

Deno.test("after package.ts other code compiles its schemas at once, and the library's clients check their options", async () => {
  const check = (specifier: string) =>
    printed(`
      import Module from "node:module";
      const load = Module._load;
      await import(${JSON.stringify(specifier)});
      const { ajv, Producer } = await import("@platformatic/kafka");
      const messageOf = (work) => { try { work(); return "none"; } catch ({ message }) { return message; } };
      console.log(JSON.stringify({
        restored: Module._load === load && !Object.hasOwn(Object.getPrototypeOf(ajv), "compile"),
        schema: messageOf(() => ajv.compile({ type: "nothing" })),
        options: [3, ""].map((clientId) => messageOf(() => new Producer({ clientId, bootstrapBrokers: ["a:1"], strict: true }))),
      }));`);
  const own = await check(OWN);
  assert.deepEqual(own, await check(PLAIN));
});
