import assert from "node:assert/strict";
import {
  MAPPING_SCHEMA,
  mappingFiles,
  mappingSchemaText,
  SHIPPED_MAPPINGS as MODULE,
  shippedMappings,
} from "../../../scripts/generate/mappings.ts";
import { FORMATS } from "../formats.ts";
import { parseMapping } from "./parse_mapping.ts";

Deno.test("every mapping that is shipped is right, and in the table", () => {
  for (const path of mappingFiles()) {
    const { name } = parseMapping(Deno.readTextFileSync(path), path);
    assert.ok(path.includes(`/${name}.`), `${path} is named as its mapping`);
    assert.ok(FORMATS.some((format) => format.name === name), name);
  }
});

Deno.test("shipped_mappings.ts and mapping.schema.json are those of their sources: deno task formats:texts writes them", () => {
  assert.equal(Deno.readTextFileSync(MODULE), shippedMappings());
  assert.equal(Deno.readTextFileSync(MAPPING_SCHEMA), mappingSchemaText());
});

Deno.test("all formats of Binance's spot trades know the same currencies, though each says them itself to be copied", () => {
  const [first, ...others] = mappingFiles().filter((path) => /\/binance-(?!futures)/.test(path))
    .map((path) => parseMapping(Deno.readTextFileSync(path), path).fields);
  assert.equal(others.length, 3);
  for (const fields of others) {
    assert.ok(typeof first === "object" && "currency" in first && typeof fields === "object" && "currency" in fields);
    assert.deepEqual(fields.currency, first.currency);
  }
});
