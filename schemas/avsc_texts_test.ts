import assert from "node:assert/strict";
import { AVSC_FILES } from "../scripts/generate/avsc_texts.ts";
import * as texts from "./avsc_texts.ts";

Deno.test("avsc_texts.ts holds the bytes of each .avsc file", async () => {
  const inModule = new Map(Object.entries<string>(texts));
  assert.deepEqual([...inModule.keys()].toSorted(), Object.keys(AVSC_FILES).toSorted());
  for (const [name, path] of Object.entries(AVSC_FILES)) {
    const bytes = new TextEncoder().encode(inModule.get(name));
    assert.deepEqual(bytes, await Deno.readFile(path), `${path}: run deno task schemas:texts`);
  }
});
