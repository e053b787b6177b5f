/**
 * `deno task formats:texts`: writes sources/formats/shipped_mappings.ts from the files in sources/formats/shipped, and
 * sources/formats/mapping.schema.json, the schema of mappings for editors.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { z } from "zod";
import { mappingSchema } from "../../sources/formats/mapping/language.ts";

const FORMATS = resolve(import.meta.dirname ?? ".", "../../sources/formats");

/** The module that holds the mappings. */
export const SHIPPED_MAPPINGS = join(FORMATS, "shipped_mappings.ts");

/** The schema of mappings. */
export const MAPPING_SCHEMA = join(FORMATS, "mapping.schema.json");

/** The paths of the mappings, by name. */
export function mappingFiles(): readonly string[] {
  const folder = join(FORMATS, "shipped");
  return [...Deno.readDirSync(folder)].map(({ name }) => join(folder, name)).sort();
}

/** The text of the module. */
export function shippedMappings(): string {
  const mappings = mappingFiles().map((path) => Deno.readTextFileSync(path).trim());
  const names = new Set(mappings.map((text): string => JSON.parse(text).name));
  return `/**
 * The mappings of sources/formats/shipped, made by \`deno task formats:texts\`; a test compares each with its file.
 *
 * @module
 */
// deno-fmt-ignore-file
import type { Mapping } from ${JSON.stringify("./mapping/language.ts")};

/** How the rows of a file are written: the name of a format that is shipped. */
export type FileFormat =
${[...names].map((name) => `  | ${JSON.stringify(name)}`).join("\n")};

/** All mappings that are shipped. */
export const SHIPPED_MAPPINGS: readonly Mapping[] = [
${mappings.join(",\n")},
];
`;
}

/** The text of the schema. */
export function mappingSchemaText(): string {
  return `${JSON.stringify(z.toJSONSchema(mappingSchema, { io: "input", reused: "ref" }), null, 2)}\n`;
}

if (import.meta.main) {
  Deno.writeTextFileSync(SHIPPED_MAPPINGS, shippedMappings());
  Deno.writeTextFileSync(MAPPING_SCHEMA, mappingSchemaText());
}
