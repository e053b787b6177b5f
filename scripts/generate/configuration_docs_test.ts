import assert from "node:assert/strict";
import { settingsFrom } from "../../config/load_settings.ts";
import { CONFIGURATION_DOCS, configurationDocs } from "./configuration_docs.ts";

/** The formatter may wrap lines and align tables, so only the words count. */
const words = (text: string) => text.split(/[\s|-]+/).join(" ");

Deno.test("docs/configuration.md is what deno task docs:config writes", () => {
  assert.equal(words(Deno.readTextFileSync(CONFIGURATION_DOCS)), words(configurationDocs()));
});

Deno.test("the example in docs/configuration.md is a valid configuration", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/secrets`);
    for (const name of ["kafka", "registry"]) Deno.writeTextFileSync(`${folder}/secrets/${name}`, "x\n");
    const example = /```json\n([\s\S]*?)```/.exec(configurationDocs())?.[1] ?? "";
    const settings = settingsFrom(JSON.parse(example), { cwd: folder });
    assert.equal(settings.brokers.length, 2);
    assert.equal(settings.kafka.sasl?.password, "x");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
