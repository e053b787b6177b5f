/**
 * Finds the record and version that a schema id of a topic stands for.
 *
 * @module
 */
import { loadSchema, RECORD_KINDS, SCHEMA_VERSIONS } from "../../schemas/load.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** What a schema id stands for; null for a schema that is not of the contract. */
export type SchemaMeaning = { readonly kind: RecordKind; readonly version: SchemaVersion } | null;

/** Asks the registry once for each id. */
export class TopicSchemas {
  readonly #registry: SchemaRegistry;
  readonly #meanings = new Map<number, SchemaMeaning>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  /** What an id stands for that was asked for before; undefined for a new one. */
  known(id: number): SchemaMeaning | undefined {
    return this.#meanings.get(id);
  }

  /** @throws {RegistryError} If the registry does not know the id or cannot be asked. */
  async meaningOf(id: number): Promise<SchemaMeaning> {
    const known = this.#meanings.get(id);
    if (known !== undefined) return known;
    const name = fullNameOf(await this.#registry.schemaById(id));
    const meaning = RECORD_KINDS.flatMap((kind) => SCHEMA_VERSIONS.map((version) => ({ kind, version })))
      .find(({ kind, version }) => loadSchema(kind, version).fullName === name) ?? null;
    this.#meanings.set(id, meaning);
    return meaning;
  }
}

function fullNameOf(schemaText: string): string {
  const schema = JSON.parse(schemaText) as { name?: unknown; namespace?: unknown };
  return `${String(schema.namespace ?? "")}.${String(schema.name ?? "")}`;
}
