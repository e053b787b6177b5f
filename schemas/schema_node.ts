/**
 * An Avro schema as a graph: names resolved, defaults kept, each node with its place in the schema's text. The readers,
 * the compatibility check and the differences between schemas all work on it.
 *
 * @module
 */
import type { JsonValue } from "./json_value.ts";

/** Primitive types of Avro. */
export type PrimitiveName = "null" | "boolean" | "int" | "long" | "float" | "double" | "bytes" | "string";

/** A logical type with the attributes that matter; an invalid one is ignored, as the specification asks. */
export interface LogicalAnnotation {
  readonly name: string;
  /** Only of a decimal. */
  readonly precision?: number;
  /** Only of a decimal. */
  readonly scale?: number;
}

/** Something with a place in the schema's text. */
export interface Place {
  /** Where the type is defined in the schema's JSON, such as `/fields/1/type`. Empty text is the whole schema. */
  readonly path: string;
}

/** A type with a name. */
export interface Named extends Place {
  /** Name with its namespace. */
  readonly fullName: string;
  /** Full names. */
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
}

/** A field of a record. */
export interface FieldNode extends Place {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly doc: string | undefined;
  readonly type: SchemaNode;
  /** Undefined where there is none; a default of null is null. */
  readonly default: JsonValue | undefined;
}

/** A primitive type. */
export interface PrimitiveNode extends Place {
  readonly type: PrimitiveName;
  readonly logical: LogicalAnnotation | undefined;
}
/** A fixed number of bytes. */
export interface FixedNode extends Named {
  readonly type: "fixed";
  readonly size: number;
  readonly logical: LogicalAnnotation | undefined;
}
/** One of a list of symbols. */
export interface EnumNode extends Named {
  readonly type: "enum";
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}
/** A record; `fields` refers back to the record itself where the schema is recursive. */
export interface RecordNode extends Named {
  readonly type: "record";
  readonly fields: readonly FieldNode[];
}
/** An array. */
export interface ArrayNode extends Place {
  readonly type: "array";
  readonly items: SchemaNode;
}
/** A map from text. */
export interface MapNode extends Place {
  readonly type: "map";
  readonly values: SchemaNode;
}
/** One of several types. */
export interface UnionNode extends Place {
  readonly type: "union";
  readonly branches: readonly SchemaNode[];
}
/** Any type. */
export type SchemaNode = PrimitiveNode | FixedNode | EnumNode | RecordNode | ArrayNode | MapNode | UnionNode;

/** The namespace of a full name; empty text if it has none. */
export function namespaceOf(fullName: string): string {
  return fullName.slice(0, Math.max(0, fullName.lastIndexOf(".")));
}
