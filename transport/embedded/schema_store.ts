/**
 * Stores schemas in a SQLite file.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import type { Clock } from "../../kernel/clock.ts";
import { integerIn, textIn } from "../../storage/row_values.ts";
import { SqliteFile, type SqliteFormat } from "../../storage/sqlite_file.ts";
import type { SchemaStore } from "../local_registry.ts";
import { COMPATIBILITY_LEVELS } from "../../schemas/compatibility_level.ts";
import type { CompatibilityLevel, RegisteredSchema } from "../registry.ts";

const FORMAT: SqliteFormat = {
  applicationId: 0x74667267, // "tfrg"
  migrations: [`
    CREATE TABLE schemas (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE versions (
      subject TEXT NOT NULL,
      version INTEGER NOT NULL,
      schema_id INTEGER NOT NULL REFERENCES schemas (id),
      registered_at INTEGER NOT NULL,
      deleted INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (subject, version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE levels (scope TEXT PRIMARY KEY, level TEXT NOT NULL) STRICT, WITHOUT ROWID`],
};

/** A {@link SchemaStore} in a file. Methods throw what node:sqlite throws. */
export class EmbeddedSchemaStore implements SchemaStore {
  readonly #store: SqliteFile;
  readonly #clock: Clock;
  readonly #selectText: StatementSync;
  readonly #selectVersions: StatementSync;

  /** @throws {StorageError} */
  constructor(file: string, { readOnly, clock }: { readonly readOnly: boolean; readonly clock: Clock }) {
    this.#clock = clock;
    this.#store = new SqliteFile(file, FORMAT, { readOnly });
    this.#selectText = this.#store.prepare("SELECT text FROM schemas WHERE id = ?");
    this.#selectVersions = this.#store.prepare(
      "SELECT version, schema_id, text FROM versions JOIN schemas ON id = schema_id " +
        "WHERE subject = ? AND NOT deleted ORDER BY version",
    );
  }

  textOf(id: number): string | null {
    const row = this.#selectText.get(id);
    return row === undefined ? null : textIn(row, "text");
  }

  subjects(): readonly string[] {
    return this.#store.prepare("SELECT DISTINCT subject FROM versions WHERE NOT deleted ORDER BY subject").all()
      .map((row) => textIn(row, "subject"));
  }

  versions(subject: string): readonly RegisteredSchema[] {
    return this.#selectVersions.all(subject).map((row) => ({
      subject,
      version: integerIn(row, "version"),
      id: integerIn(row, "schema_id"),
      schema: textIn(row, "text"),
    }));
  }

  add(subject: string, schema: string): RegisteredSchema {
    this.#store.prepare("INSERT OR IGNORE INTO schemas (text) VALUES (?)").run(schema);
    const id = integerIn(this.#store.prepare("SELECT id FROM schemas WHERE text = ?").get(schema), "id");
    const last = this.#store.prepare("SELECT coalesce(max(version), 0) AS version FROM versions WHERE subject = ?");
    const version = integerIn(last.get(subject), "version") + 1;
    this.#store.prepare("INSERT INTO versions (subject, version, schema_id, registered_at) VALUES (?, ?, ?, ?)")
      .run(subject, version, id, this.#clock.now());
    return { subject, version, id, schema };
  }

  remove(subject: string): void {
    this.transact(() => {
      this.#store.prepare("UPDATE versions SET deleted = 1 WHERE subject = ?").run(subject);
      this.#store.prepare("DELETE FROM levels WHERE scope = ?").run(scopeOf(subject));
    });
  }

  level(subject: string | null): CompatibilityLevel | null {
    const row = this.#store.prepare("SELECT level FROM levels WHERE scope = ?").get(scopeOf(subject));
    return COMPATIBILITY_LEVELS.find((level) => level === row?.level) ?? null;
  }

  setLevel(subject: string | null, level: CompatibilityLevel): void {
    this.#store.prepare("INSERT OR REPLACE INTO levels VALUES (?, ?)").run(scopeOf(subject), level);
  }

  transact<T>(work: () => T): T {
    return this.#store.transaction(work);
  }

  close(): void {
    this.#store.close();
  }
}

/** Keeps the global level apart from that of a subject, even of a subject called `global`. */
function scopeOf(subject: string | null): string {
  return subject === null ? "global" : `subject ${subject}`;
}
