/**
 * Avro types as short text for people: `decimal(18,6)`, `null | string`, `AssetClass (equities, crypto)`.
 *
 * @module
 */
import type { LogicalAnnotation, SchemaNode } from "./schema_node.ts";

/** A type as short text. */
export function typeText(node: SchemaNode): string {
  switch (node.type) {
    case "record":
      return node.fullName;
    case "enum": {
      const fallback = node.default === undefined ? "" : `, else ${node.default}`;
      return `${node.fullName} (${node.symbols.join(", ")}${fallback})`;
    }
    case "array":
      return `array of ${typeText(node.items)}`;
    case "map":
      return `map of ${typeText(node.values)}`;
    case "union":
      return node.branches.map(typeText).join(" | ");
    case "fixed":
      return annotated(`${node.fullName} (${node.size} bytes)`, node.logical);
    default:
      return annotated(node.type, node.logical);
  }
}

function annotated(physical: string, logical: LogicalAnnotation | undefined): string {
  if (logical === undefined) return physical;
  return logical.name === "decimal" ? `decimal(${logical.precision},${logical.scale})` : logical.name;
}
