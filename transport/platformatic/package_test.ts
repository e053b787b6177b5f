import assert from "node:assert/strict";
import { printedJson, requiredBy } from "../../tests/support/printed_json.ts";

const OWN = import.meta.resolve("./package.ts");
const PLAIN = "@platformatic/kafka";

Deno.test("package.ts loads the library without its native module, which would ask for a right", async () => {
  const own = await requiredBy(OWN);
  assert.deepEqual(own.filter((name) => name.includes("@node-rs")), []);
  // Proves that the names would show it.
  const plain = await requiredBy(PLAIN);
  assert.ok(plain.some((name) => name.includes("@node-rs")), plain.join());
});

/** How often code was made out of text, as a schema is compiled. */
function compiled(specifier: string): Promise<number> {
  return printedJson(`
    let made = 0;
    const count = () => void (made += 1);
    globalThis.Function = new Proxy(Function, {
      construct(target, args) { count(); return new target(...args); },
    });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify(made));`);
}

Deno.test("package.ts loads the library without compiling the schemas of its clients' options", async () => {
  const [own, plain] = [await compiled(OWN), await compiled(PLAIN)];
  assert.ok(plain - own > 20, `${own} against ${plain}`);
});

Deno.test("after package.ts other code compiles its schemas at once, and the library's clients check their options", async () => {
  const check = (specifier: string) =>
    printedJson(`
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
  assert.match(JSON.stringify(own), /"restored":true.*schema is invalid.*clientId must be string/);
});
