/**
 * Marks: how far work on topics has come that is no load of a source, such as an export of dead letters, and what was seen of files
 * before any load of them began.
 *
 * A wrong one writes letters twice or leaves some out, and SQLite does not notice a changed bit within a value: each is
 * stored with a digest.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { StatementSync } from "node:sqlite";
import { z } from "zod";
import type { StateDatabase } from "./database.ts";
import { bytesIn, type Row, textIn } from "../storage/row_values.ts";
import { guarded } from "../storage/storage_error.ts";

/** Options of {@link Marks}. */
export interface MarksOptions<T> {
  /** Names are unique within a kind. */
  readonly kind: "export" | "replay" | "seen";
  /** What a mark says. JSON must hold it, but for bigints: they are stored as text. */
  readonly schema: z.ZodType<T>;
}

/** Offsets of a topic, by partition. */
export const offsetsSchema: z.ZodType<readonly bigint[]> = z.array(z.string().regex(/^\d+$/).transform(BigInt))
  .readonly();

/** The marks of one kind. One process writes: it holds the data folder's lock. */
export class Marks<T> {
  readonly #database: StateDatabase;
  readonly #options: MarksOptions<T>;
  readonly #select: StatementSync;
  readonly #names: StatementSync;
  readonly #replace: StatementSync;
  readonly #delete: StatementSync;

  /** @throws {StorageError} `corrupt` too: a damaged index could hide a mark. */
  constructor(database: StateDatabase, options: MarksOptions<T>) {
    database.checkStructure("marks");
    this.#database = database;
    this.#options = options;
    this.#select = database.prepare("SELECT * FROM marks WHERE kind = ? AND name = ?");
    this.#names = database.prepare("SELECT name FROM marks WHERE kind = ?");
    this.#replace = database.prepare("INSERT OR REPLACE INTO marks (kind, name, body, digest) VALUES (?, ?, ?, ?)");
    this.#delete = database.prepare("DELETE FROM marks WHERE kind = ? AND name = ?");
  }

  /** The mark of this name; null if there is none, `damaged` if it is not what was stored. @throws {StorageError} */
  get(name: string): T | "damaged" | null {
    return guarded(this.#database.file, () => {
      const row = this.#select.get(this.#options.kind, name);
      return row === undefined ? null : this.#parse(name, row);
    });
  }

  /** Of all marks. @throws {StorageError} */
  names(): readonly string[] {
    return guarded(this.#database.file, () => this.#names.all(this.#options.kind).map((row) => textIn(row, "name")));
  }

  /** On return the mark is on disk, in place of what stood under its name. @throws {StorageError} */
  put(name: string, mark: T): void {
    const body = JSON.stringify(mark, (_name, value: unknown) => typeof value === "bigint" ? String(value) : value);
    this.#database.transaction(() => {
      this.#replace.run(this.#options.kind, name, body, this.#digestOf(name, body));
    });
  }

  /** @throws {StorageError} */
  remove(name: string): void {
    this.#database.transaction(() => this.#delete.run(this.#options.kind, name));
  }

  #parse(name: string, row: Row): T | "damaged" {
    const body = textIn(row, "body");
    // One of the format before has no digest.
    const isWhole = row.digest === null || Buffer.compare(this.#digestOf(name, body), bytesIn(row, "digest")) === 0;
    const parsed = isWhole ? this.#options.schema.safeParse(jsonOf(body)) : null;
    return parsed?.success ? parsed.data : "damaged";
  }

  #digestOf(name: string, body: string): Uint8Array {
    return createHash("sha256").update(JSON.stringify([this.#options.kind, name, body])).digest();
  }
}

/** Undefined for what is no JSON. */
function jsonOf(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
