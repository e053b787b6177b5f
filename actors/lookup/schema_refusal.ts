/**
 * Says which field a registry refuses: registries name it badly or not at all, so it is looked for by comparing with what
 * the subject holds.
 *
 * @module
 */
import { checkCompatibility } from "../../schemas/avro/compatibility.ts";
import { RegistryError, type SchemaRegistry } from "../../transport/registry.ts";

/** A schema that was refused. */
export interface RefusedSchema {
  readonly subject: string;
  /** Label for messages, e.g. `v2`. */
  readonly version: string;
  readonly text: string;
}

/** The refusal with subject, version and field; the registry's own words where the field cannot be found. */
export async function explainRefusal(
  registry: SchemaRegistry,
  { subject, version, text }: RefusedSchema,
  refusal: RegistryError,
): Promise<RegistryError> {
  const details = { ...refusal.details, subject, version, cause: refusal };
  const what = `Subject "${subject}" does not take the ${version} schema`;
  const found = await findField(registry, { subject, text }).catch(() => null);
  if (found === null) return new RegistryError(refusal.code, `${what}: ${refusal.message}`, details);
  const { path, field, message, others } = found;
  const more = others === 0 ? "" : ` (and ${others} more)`;
  const where = field === null ? path || "/" : `field ${field} (${path})`;
  return new RegistryError(refusal.code, `${what}: ${where}: ${message}${more}`, { ...details, path });
}

/** The refusal of a registry, or of a subject, whose mode takes no new schema: what can be done. */
export function readOnlyError(
  refusal: RegistryError,
  { subject, version }: Pick<RefusedSchema, "subject" | "version">,
): RegistryError {
  const message =
    `Subject "${subject}" does not take the ${version} schema, since the registry or the subject is in a mode ` +
    `that takes no new ones (READONLY, READONLY_OVERRIDE or IMPORT): its owner sets the mode READWRITE, or registers the ` +
    `schema (deno task schemas register) where that is allowed. ${refusal.message}`;
  return new RegistryError(refusal.code, message, { ...refusal.details, subject, version, cause: refusal });
}

async function findField(registry: SchemaRegistry, { subject, text }: { subject: string; text: string }) {
  const level = await registry.compatibility(subject) ?? await registry.compatibility() ?? "NONE";
  const versions = await registry.versions(subject);
  const texts = await Promise.all(versions.map(async (version) => (await registry.version(subject, version)).schema));
  const [first, ...others] = checkCompatibility(text, texts, { level }).incompatibilities;
  if (first === undefined) return null;
  const reader = first.direction === "backward" ? text : texts[first.version] ?? text;
  return { path: first.path, field: fieldAt(reader, first.path), message: first.message, others: others.length };
}

/** Name of the innermost field that a path such as `/fields/8/type` leads into; null if it leads into none. */
function fieldAt(schemaText: string, path: string): string | null {
  let node: unknown = JSON.parse(schemaText);
  let name: string | null = null;
  let inFields = false;
  for (const step of path.split("/").slice(1)) {
    node = isIndexable(node) ? node[step] : undefined;
    if (inFields && isIndexable(node) && typeof node.name === "string") name = node.name;
    inFields = step === "fields";
  }
  return name;
}

function isIndexable(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === "object" && node !== null;
}
