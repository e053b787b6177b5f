/**
 * The store of rows that could not be written: with their original bytes, where they come from, and why.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import type { VersionFlag } from "../config/version_flag.ts";
import type { DataType } from "../schemas/record_types.ts";
import { integerIn, oneIn, type Row, textIn } from "../storage/row_values.ts";
import { guarded } from "../storage/storage_error.ts";
import type { StateDatabase } from "./database.ts";
import {
  checksumOf,
  columnsOf,
  DATA_TYPES,
  type DeadLetter,
  LETTER_COLUMNS,
  letterOf,
  type Retirement,
  type StoredDeadLetter,
} from "./dead_letter.ts";
import { type DeadLetterExport, type DeadLetterExportOptions, exportLetters } from "./dead_letter_export.ts";
import { conditionOf, type DeadLetterFilter } from "./dead_letter_filter.ts";

export { replayOriginOf } from "./dead_letter.ts";
export type { DeadLetter, DeadLetterStage, Retirement, StoredDeadLetter } from "./dead_letter.ts";
export type { DeadLetterFilter, DeadLetterState } from "./dead_letter_filter.ts";

/** What dead letters can be counted by. */
export type DeadLetterGroup = "rule" | "source" | "stage" | "data_type";

/** A load: a source under one setting of the version flag. */
export interface LoadOfLetters {
  readonly source: string;
  readonly versions: VersionFlag;
}

/** A source that has letters. */
export interface SourceOfLetters {
  readonly source: string;
  readonly dataType: DataType;
  /** Its name for people. */
  readonly file: string;
  readonly letters: number;
}

/** Which rows of a source {@link DeadLetterStore.listRows} reads. */
export interface ListRowsOptions {
  readonly source: string;
  readonly dataType: DataType;
  /** Only rows with a greater number. */
  readonly after: number;
  /** Maximum number of rows. */
  readonly rows: number;
  /** Rows without such a letter are passed over. */
  readonly filter: DeadLetterFilter;
}

/** A letter of a row whose other letters stand under another source. */
export interface LetterElsewhere {
  readonly letter: StoredDeadLetter;
  /** Whether the filter takes it too. */
  readonly isAsked: boolean;
}

/** Which letters to list. */
export interface DeadLetterListOptions extends DeadLetterFilter {
  /** Maximum of letters. @default 100 */
  readonly limit?: number;
  /** Only letters with a greater id: the last one of the page before. @default 0 */
  readonly after?: number;
}

/** Letters may have a megabyte each. */
const MOVED_AT_ONCE = 100;

/**
 * Dead letters in a state database. A letter is the same as another one if source, data type, version flag, row and version
 * are: storing it again keeps its id and the time of its first recording, takes the rest from the new one, and opens it if
 * it was retired.
 *
 * @example
 * ```ts
 * import { DeadLetterStore, StateDatabase } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const dataDir = await Deno.makeTempDir();
 * {
 *   using database = StateDatabase.open(dataDir);
 *   const deadLetters = new DeadLetterStore(database); // what startRuntime() takes as its port
 *   assert.deepEqual(deadLetters.list(), []);
 * }
 * await Deno.remove(dataDir, { recursive: true });
 * ```
 */
export class DeadLetterStore {
  readonly #database: StateDatabase;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #retire: StatementSync;
  readonly #reopen: StatementSync;
  readonly #move: StatementSync;
  /** By their text: a replay looks for the letters of every row. */
  readonly #reads = new Map<string, StatementSync>();

  /**
   * Prepares the statements of the store.
   *
   * @param database stays open as long as the store is used
   */
  constructor(database: StateDatabase) {
    this.#database = database;
    const places = LETTER_COLUMNS.map(() => "?").join(", ");
    const updates = LETTER_COLUMNS.filter((column) => column !== "recorded_at")
      .map((column) => `${column} = excluded.${column}`);
    this.#insert = database.prepare(
      `INSERT INTO dead_letters (${LETTER_COLUMNS.join(", ")}) VALUES (${places})
       ON CONFLICT (source, data_type, versions, row, target)
       DO UPDATE SET ${updates.join(", ")}, retired_at = NULL, retired_why = NULL`,
    );
    this.#retire = database.prepare(
      `UPDATE dead_letters SET retired_at = ?, retired_why = ? WHERE source = ? AND versions = ? AND retired_at IS NULL
       AND row = ifnull(?, row)`,
    );
    this.#reopen = database.prepare(
      `UPDATE dead_letters SET retired_at = NULL, retired_why = NULL
       WHERE source = ? AND versions = ? AND retired_why = ?`,
    );
    this.#move = database.prepare(
      "UPDATE OR REPLACE dead_letters SET source = ?, file = ?, checksum = ? WHERE id = ?",
    );
    this.#delete = database.prepare("DELETE FROM dead_letters WHERE id = ?");
  }

  /** Stores letters: on return all of them are on disk. Within a transaction they are part of it. @throws {StorageError} */
  add(letters: readonly DeadLetter[]): void {
    if (letters.length === 0) return;
    this.#database.transaction(() => {
      for (const letter of letters) this.#insert.run(...columnsOf(letter));
    });
  }

  /**
   * Removes letters that a replay has written; the number of those that were there. Within a transaction it is part of it,
   * so that the replay's checkpoint and its letters go together.
   *
   * @throws {StorageError}
   */
  remove(ids: readonly number[]): number {
    return this.#database.transaction(() =>
      ids.reduce((removed, id) => removed + Number(this.#delete.run(id).changes), 0)
    );
  }

  /**
   * Removes all letters that a filter takes; their number. Nothing else keeps the rows that they are of.
   *
   * @throws {StorageError}
   */
  drop(filter: DeadLetterFilter): number {
    const { where, values } = conditionOf(filter);
    return this.#database.transaction(() =>
      Number(this.#database.prepare(`DELETE FROM dead_letters WHERE ${where}`).run(...values).changes)
    );
  }

  /**
   * Retires the open letters of a load that begins at its start, or has read one of its rows once more: they say
   * nothing any more, and are kept to be read. Returns their number. Call in the transaction that begins the load or
   * stores the row.
   *
   * @throws {StorageError}
   * @internal
   */
  retire({ source, versions, row }: LoadOfLetters & { readonly row?: number }, { at, why }: Retirement): number {
    return this.#database.transaction(() => Number(this.#retire.run(at, why, source, versions, row ?? null).changes));
  }

  /**
   * Opens letters again that were retired for a reason which has turned out to be wrong.
   *
   * @param why as {@link retire} was told it
   * @throws {StorageError}
   * @internal
   */
  reopen({ source, versions }: LoadOfLetters, why: string): void {
    this.#database.transaction(() => this.#reopen.run(source, versions, why));
  }

  /**
   * The source of a load has another id now, such as a file that was renamed: its letters go with it, and take the place of
   * those that stand there for the same rows.
   *
   * @throws {StorageError}
   * @internal
   */
  move({ source, versions }: LoadOfLetters, to: { readonly source: string; readonly file?: string | undefined }): void {
    this.#database.transaction(() => {
      for (let after = 0;;) {
        const page = this.list({ source, versions, after, limit: MOVED_AT_ONCE });
        for (const letter of page) {
          after = letter.id;
          if (letter.versions === null) continue;
          const moved = { ...letter, source: to.source, file: to.file ?? letter.file };
          // What is damaged must still be seen to be.
          this.#move.run(moved.source, moved.file, letter.intact ? checksumOf(moved) : -1, letter.id);
        }
        if (page.length < MOVED_AT_ONCE) return;
      }
    });
  }

  /** How many letters there are. @throws {StorageError} */
  count(filter: DeadLetterFilter = {}): number {
    const { where, values } = conditionOf(filter);
    return this.#read((rows) => integerIn(rows[0], "letters"), {
      sql: `SELECT count(*) AS letters FROM dead_letters WHERE ${where}`,
      values,
    });
  }

  /**
   * How many rows they are of, of one source. @throws {StorageError}
   * @internal
   */
  countRows(filter: DeadLetterFilter & { readonly source: string }): number {
    const { where, values } = conditionOf(filter);
    return this.#read((rows) => integerIn(rows[0], "letters"), {
      sql: `SELECT count(DISTINCT row) AS letters FROM dead_letters WHERE ${where}`,
      values,
    });
  }

  /** How many letters there are of each kind, the most frequent first. @throws {StorageError} */
  countBy(group: DeadLetterGroup, filter: DeadLetterFilter = {}): Readonly<Record<string, number>> {
    const { where, values } = conditionOf(filter);
    return this.#read(
      (rows) => Object.fromEntries(rows.map((row) => [textIn(row, "name"), integerIn(row, "letters")])),
      {
        sql: `SELECT ${group} AS name, count(*) AS letters FROM dead_letters WHERE ${where}
              GROUP BY ${group} ORDER BY letters DESC, name`,
        values,
      },
    );
  }

  /**
   * The sources that have letters, in the order of their first ones. @throws {StorageError}
   * @internal
   */
  listSources(filter: DeadLetterFilter = {}): SourceOfLetters[] {
    const { where, values } = conditionOf(filter);
    return this.#read((rows) => rows.map(sourceOf), {
      sql: `SELECT source, data_type, max(file) AS file, count(*) AS letters FROM dead_letters WHERE ${where}
            GROUP BY source, data_type ORDER BY min(id)`,
      values,
    });
  }

  /**
   * All letters of the next rows of a source, by row: also those of such a row that the filter itself would not take.
   * @internal
   */
  listRows({ source, dataType, after, rows, filter }: ListRowsOptions): StoredDeadLetter[] {
    const { where, values } = conditionOf({ ...filter, source, dataType });
    return this.#read((found) => found.map(letterOf), {
      sql: `SELECT * FROM dead_letters WHERE source = ? AND data_type = ? AND row IN
              (SELECT DISTINCT row FROM dead_letters WHERE ${where} AND row > ? ORDER BY row LIMIT ?)
            ORDER BY row, target`,
      values: [source, dataType, ...values, after, rows],
    });
  }

  /**
   * The letters of the same rows of the same loads that stand under another source: the file was renamed between two loads of
   * it as other settings of the version flag.
   *
   * @param letters of one source
   * @throws {StorageError}
   * @internal
   */
  listElsewhere(letters: readonly StoredDeadLetter[], filter: DeadLetterFilter): LetterElsewhere[] {
    const [first] = letters;
    if (first === undefined) return [];
    const { where, values } = conditionOf(filter);
    const places = letters.flatMap(({ origin, row }) => origin === null ? [] : [[origin, row]]);
    return this.#read(
      (found) => found.map((row) => ({ letter: letterOf(row), isAsked: integerIn(row, "asked") === 1 })),
      {
        sql: `SELECT *, (${where}) AS asked FROM dead_letters WHERE data_type = ? AND source <> ? AND (origin, row) IN
                (SELECT value ->> 0, value ->> 1 FROM json_each(?)) ORDER BY row, source, target`,
        values: [...values, first.dataType, first.source, JSON.stringify(places)],
      },
    );
  }

  /** Letters in the order of recording. @throws {StorageError} */
  list({ limit = 100, after = 0, ...filter }: DeadLetterListOptions = {}): StoredDeadLetter[] {
    const { where, values } = conditionOf(filter);
    // By any index but that of the rows each page would sort all letters that are left.
    const table = filter.row === undefined ? "dead_letters NOT INDEXED" : "dead_letters";
    return this.#read((rows) => rows.map(letterOf), {
      sql: `SELECT * FROM ${table} WHERE ${where} AND id > ? ORDER BY id LIMIT ?`,
      values: [...values, after, limit],
    });
  }

  /** One letter, null if there is none of that id. @throws {StorageError} */
  get(id: number): StoredDeadLetter | null {
    return this.#read(([row]) => row === undefined ? null : letterOf(row), {
      sql: "SELECT * FROM dead_letters WHERE id = ?",
      values: [id],
    });
  }

  /**
   * Writes letters to files of JSON lines in a folder, which is made if it is not there: `dead_letters-ID.jsonl`, by the
   * id of the first letter. docs/dead_letters.md describes the lines. A file appears when it is complete and synced, and
   * none is ever overwritten.
   *
   * @throws {DeadLetterExportError} If a file of that name is there.
   * @throws {StorageError}
   */
  exportJsonl(folder: string, options: DeadLetterExportOptions & DeadLetterFilter = {}): Promise<DeadLetterExport> {
    const { maxBytes, after, ...filter } = options;
    const page = (after: number, limit: number) => this.list({ ...filter, after, limit });
    return exportLetters(page, { maxBytes, after, folder });
  }

  #read<T>(parse: (rows: Row[]) => T, { sql, values }: { sql: string; values: readonly (string | number)[] }): T {
    const statement = this.#reads.get(sql) ?? this.#database.prepare(sql);
    this.#reads.set(sql, statement);
    return guarded(this.#database.file, () => parse(statement.all(...values)));
  }
}

function sourceOf(row: Row): SourceOfLetters {
  return {
    source: textIn(row, "source"),
    dataType: oneIn(row, "data_type", DATA_TYPES),
    file: textIn(row, "file"),
    letters: integerIn(row, "letters"),
  };
}
