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
