/**
 * The settings one by one, read off the schema: for the environment variables, the error messages and the documentation.
 *
 * @module
 */
import { z } from "zod";
import { settingsSchema } from "./settings_schema.ts";

/** One setting. */
export interface SettingReference {
  /** Keys from the root; `CODE` stands for an exchange code. */
  readonly path: readonly string[];
  readonly description: string;
  /** What a value must be, as words that follow "it must be". */
  readonly expected: string;
  /** How to read a text from the environment. */
  readonly kind: "text" | "boolean" | "integer" | "list" | "object";
  /** The allowed texts, if they are a closed set. */
  readonly choices: readonly string[];
  /** `undefined` where there is none. */
  readonly defaultValue: unknown;
  /** Environment variable, `null` where there is none. */
  readonly environment: string | null;
  readonly secret: boolean;
  /** The value is a file or folder. */
  readonly filePath: boolean;
  /** For a secret: the sibling key that may hold the path of a file with the value instead. */
  readonly fileKey: string | null;
}

/** The part of JSON Schema that this file reads, with the metadata of settings_schema.ts. */
interface SchemaNode {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly env?: string;
  readonly path?: boolean;
  readonly secret?: boolean;
  readonly fileKey?: string;
}

let references: readonly SettingReference[] | undefined;

/** Every setting, in the order of the schema. Computed once. */
export function settingReferences(): readonly SettingReference[] {
  if (references === undefined) {
    const collected: SettingReference[] = [];
    // The library types a JSON schema as an open record; the schema's own metadata keys are known only here.
    collect(z.toJSONSchema(settingsSchema, { io: "input" }) as SchemaNode, [], collected);
    references = collected;
  }
  return references;
}

/** The setting at a path, which may hold any exchange code; `undefined` if there is none. */
export function settingAt(path: readonly PropertyKey[]): SettingReference | undefined {
  return settingReferences().find((reference) => samePath(reference.path, path));
}

/** The keys that may stand in the object at a path. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  const keys = settingReferences()
    .filter((reference) => reference.path.length > path.length && samePath(reference.path.slice(0, path.length), path))
    .map((reference) => reference.path[path.length] ?? "");
  return [...new Set(keys)];
}

function samePath(known: readonly string[], path: readonly PropertyKey[]): boolean {
  return known.length === path.length &&
    known.every((key, index) => key === path[index] || (key === "CODE" && index === 1));
}

function collect(node: SchemaNode, path: readonly string[], out: SettingReference[]): void {
  const variants = node.anyOf ?? node.oneOf;
  if (variants !== undefined && !variants.some(({ type }) => type === "null")) {
    collectVariants(node, { path, variants }, out);
    return;
  }
  const nested = typeof node.additionalProperties === "object" ? node.additionalProperties : null;
  if (nested !== null) {
    out.push(referenceOf(node, path));
    // Objects with Kafka's own names have no settings below them.
    if (nested.properties !== undefined) collect(nested, [...path, "CODE"], out);
    return;
  }
  if (node.properties === undefined) {
    out.push(referenceOf(node, path));
    return;
  }
  for (const [key, child] of Object.entries(node.properties)) {
    collect(child, [...path, key], out);
    if (child.fileKey !== undefined) out.push(fileReference(child, { path: [...path, key], fileKey: child.fileKey }));
  }
}

/** A setting that is a plain value or an object of settings, or one of several objects told apart by `type`. */
function collectVariants(
  node: SchemaNode,
  { path, variants }: { readonly path: readonly string[]; readonly variants: readonly SchemaNode[] },
  out: SettingReference[],
): void {
  const plain = variants.find(({ type }) => type !== "object");
  if (plain !== undefined) out.push(referenceOf({ ...plain, ...node }, path));
  const objects = variants.filter(({ type }) => type === "object");
  const types = objects.map(({ properties }) => properties?.type?.const).filter((value) => value !== undefined);
  if (types.length > 0) {
    const description = `Which kind of log-in: ${types.join(" or ")}. In the environment it follows from the others.`;
    out.push(referenceOf({ type: "string", enum: types, description }, [...path, "type"]));
  }
  for (const { properties = {} } of objects) {
    const rest = Object.fromEntries(Object.entries(properties).filter(([key]) => types.length === 0 || key !== "type"));
    collect({ type: "object", properties: rest }, path, out);
  }
}

function referenceOf(node: SchemaNode, path: readonly string[]): SettingReference {
  const choices = node.enum ?? node.items?.enum ?? (node.const === undefined ? [] : [node.const]);
  const kind = kindOf(node);
  return {
    path,
    description: node.description ?? "",
    expected: expectedText(node, { choices, kind }),
    kind,
    choices,
    defaultValue: node.default,
    environment: node.env ?? (path.includes("CODE") || kind === "object" ? null : environmentName(path)),
    secret: node.secret ?? false,
    filePath: node.path ?? false,
    fileKey: node.fileKey ?? null,
  };
}

function fileReference(
  secret: SchemaNode,
  { path, fileKey }: { readonly path: readonly string[]; readonly fileKey: string },
): SettingReference {
  const name = path.at(-1) ?? "";
  return {
    ...referenceOf({ type: "string", path: true }, [...path.slice(0, -1), fileKey]),
    description: `File that holds the ${name} (a line end after it does not count); instead of ${name}.`,
    environment: `${secret.env ?? environmentName(path)}_FILE`,
  };
}

function kindOf(node: SchemaNode): SettingReference["kind"] {
  if (node.type === "boolean" || (node.anyOf ?? []).some(({ type }) => type === "boolean")) return "boolean";
  if (node.type === "integer") return "integer";
  if (node.type === "array") return "list";
  return node.type === "object" ? "object" : "text";
}

function expectedText(
  node: SchemaNode,
  { choices, kind }: { readonly choices: readonly string[]; readonly kind: SettingReference["kind"] },
): string {
  if (kind === "list") return choices.length > 0 ? `a list of ${choices.join(", ")}` : "a list of texts";
  if (choices.length > 0) return choices.length === 1 ? `"${choices[0]}"` : `one of ${choices.join(", ")}`;
  if (kind === "boolean") return node.anyOf === undefined ? "true or false" : "true, false or an object";
  if (kind === "integer") return `a whole number from ${node.minimum} to ${node.maximum}`;
  if (kind === "object") return "an object";
  if (node.path) return "a path";
  return (node.anyOf ?? []).some(({ type }) => type === "null") ? "a text or null" : "a text that is not empty";
}

function environmentName(path: readonly string[]): string {
  return `TICKFLUME_${path.map((key) => key.replaceAll(/[A-Z]/g, "_$&").toUpperCase()).join("_")}`;
}
