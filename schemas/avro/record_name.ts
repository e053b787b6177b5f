/**
 * Finds the name of the record that a schema text defines.
 *
 * @module
 */

/**
 * The full name of the record, enum or fixed type that a text defines, or the name of another type such as `map`; null if
 * the text is no Avro schema. The text may refer to types that it does not define.
 */
export function recordNameOf(text: string): string | null {
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof schema === "string") return schema;
  if (Array.isArray(schema)) return "union";
  if (typeof schema !== "object" || schema === null || !("type" in schema)) return null;
  if (!("name" in schema) || typeof schema.name !== "string") {
    return typeof schema.type === "string" ? schema.type : null;
  }
  const { name } = schema;
  if (name.includes(".") || !("namespace" in schema)) return name;
  return typeof schema.namespace === "string" && schema.namespace !== "" ? `${schema.namespace}.${name}` : name;
}
