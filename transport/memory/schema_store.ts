/**
 * Stores schemas in memory.
 *
 * @module
 */
import type { SchemaStore } from "../local_registry.ts";
import type { CompatibilityLevel, RegisteredSchema } from "../registry.ts";

interface StoredVersion extends RegisteredSchema {
  readonly deleted: boolean;
}

/** A {@link SchemaStore} in memory. Ids start at `firstId`. */
export class MemorySchemaStore implements SchemaStore {
  readonly #firstId: number;
  readonly #texts: string[] = [];
  readonly #versions = new Map<string, StoredVersion[]>();
  readonly #levels = new Map<string | null, CompatibilityLevel>();

  constructor(firstId: number) {
    this.#firstId = firstId;
  }

  textOf(id: number): string | null {
    return this.#texts[id - this.#firstId] ?? null;
  }

  subjects(): readonly string[] {
    return [...this.#versions.keys()].filter((subject) => this.versions(subject).length > 0).sort();
  }

  versions(subject: string): readonly RegisteredSchema[] {
    return (this.#versions.get(subject) ?? []).filter(({ deleted }) => !deleted)
      .map(({ version, id, schema }) => ({ subject, version, id, schema }));
  }

  add(subject: string, schema: string): RegisteredSchema {
    if (!this.#texts.includes(schema)) this.#texts.push(schema);
    const all = this.#versions.get(subject) ?? [];
    const id = this.#firstId + this.#texts.indexOf(schema);
    const registered = { subject, version: all.length + 1, id, schema };
    this.#versions.set(subject, [...all, { ...registered, deleted: false }]);
    return registered;
  }

  remove(subject: string): void {
    const all = this.#versions.get(subject) ?? [];
    this.#versions.set(subject, all.map((version) => ({ ...version, deleted: true })));
    this.#levels.delete(subject);
  }

  level(subject: string | null): CompatibilityLevel | null {
    return this.#levels.get(subject) ?? null;
  }

  setLevel(subject: string | null, level: CompatibilityLevel): void {
    this.#levels.set(subject, level);
  }

  transact<T>(work: () => T): T {
    return work();
  }
}
