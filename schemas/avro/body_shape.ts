/**
 * What WebAssembly has to know of a schema to find the fields of a body (wasm/src/body_fields.rs).
 *
 * @module
 */
import avro from "avsc";
import { branchesOf, fieldsOf, notesOf } from "./schema_model.ts";
import { parseSchema } from "./parse_schema.ts";

/** The kinds of types. */
const NULL = 0, BOOLEAN = 1, INT = 2, LONG = 3, TEXT = 4, DECIMAL = 5, ENUM = 6, ARRAY = 7, MAP = 8, UNION = 9;
/** Values of all other types have to be decoded. */
const DECODED = 10;

/** A record type in numbers. */
export interface BodyShape {
  /** In the order in which a body has them. */
  readonly names: readonly string[];
  /** The number of fields, for each the place of its type, then the types. */
  readonly words: Uint32Array;
}

/**
 * The shape of a record.
 *
 * @param schemaText of a record, no part of which contains itself
 */
export function bodyShapeOf(schemaText: string): BodyShape {
  const schema = parseSchema(schemaText), fields = fieldsOf(schema);
  if (fields === undefined) throw new TypeError(`${schema.typeName} is no record`);
  const words: number[] = [fields.length, ...fields.map(() => 0)];
  for (const [index, { type }] of fields.entries()) words[1 + index] = addType(words, type);
  return { names: fields.map(({ name }) => name), words: Uint32Array.from(words) };
}

/** Appends a type, those in it first. @returns its place */
function addType(words: number[], type: avro.Type): number {
  const own = typeWords(words, type);
  return words.push(...own) - own.length;
}

function typeWords(words: number[], type: avro.Type): readonly number[] {
  const { ArrayType, EnumType, MapType } = avro.types;
  if (type instanceof EnumType) return [ENUM, type.symbols.length];
  if (type instanceof ArrayType) return [ARRAY, addType(words, type.itemsType)];
  if (type instanceof MapType) return [MAP, addType(words, type.valuesType)];
  const branches = branchesOf(type);
  if (branches !== undefined) return [UNION, branches.length, ...branches.map((branch) => addType(words, branch))];
  switch (type.typeName) {
    case "null":
      return [NULL];
    case "boolean":
      return [BOOLEAN];
    case "int":
      return [INT];
    case "long":
      return [LONG];
    case "string":
      return [TEXT];
    case "bytes":
      if (notesOf(type).logical?.name === "decimal") return [DECIMAL];
  }
  return [DECODED];
}
