/**
 * The store of rows that could not be written: with their original bytes, where they come from, and why.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import type { DataType, SchemaVersion } from "../schemas/record_types.ts";
import { guarded, type StateDatabase } from "./database.ts";

/** Where in the flow a row was refused. */
export type DeadLetterStage = "receiving" | "processing" | "sending";

/** A row that could not be written. */
export interface DeadLetter {
  /** Id of the source. */
  readonly source: string;
  readonly dataType: DataType;
  /** The row's number in the source, from 1. */
  readonly row: number;
  /** The schema version that the row cannot be written in; null if the row itself is bad, for every version. */
  readonly schemaVersion: SchemaVersion | null;
  /** Name of the source for people: a path, or `-`. */
  readonly file: string;
  /** The line where the row starts, from 1. */
  readonly line: number;
  /** The row's first byte. */
  readonly offset: number;
  /** Bytes of the row without its line end; more than `bytes` has if the row was too long. */
  readonly length: number;
  readonly stage: DeadLetterStage;
  /** The code of the rule that was broken. */
  readonly rule: string;
  /** One sentence or more. */
  readonly reason: string;
  /** The original bytes of the row. */
  readonly bytes: Uint8Array;
  /** Null if the row could not be read so far. */
  readonly messageId: string | null;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}

/** A dead letter as it is stored. */
export interface StoredDeadLetter extends DeadLetter {
  /** Ascending in the order of recording. */
  readonly id: number;
}

/** What dead letters can be counted by. */
export type DeadLetterGroup = "rule" | "source" | "stage" | "data_type";

/** Which letters to list. */
export interface ListOptions {
  /** @default 100 */
  readonly limit?: number;
  /** Only letters with a greater id: the last one of the page before. @default 0 */
  readonly after?: number;
}

const NO_VERSION = "-";
const DATA_TYPES: readonly DataType[] = ["trades", "quotes", "reference_data"];
const VERSIONS: readonly SchemaVersion[] = ["v1", "v2"];
const STAGES: readonly DeadLetterStage[] = ["receiving", "processing", "sending"];

/**
 * Dead letters in a state database. A letter is the same as another one if source, data type, row and version are: storing
 * it again changes nothing but, after an upgrade, the reason.
 */
export class DeadLetterStore {
  readonly #database: StateDatabase;
  readonly #insert: StatementSync;

  constructor(database: StateDatabase) {
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO dead_letters (source, data_type, row, target, file, line, byte_offset, byte_length, stage, rule,
         reason, original, message_id, recorded_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (source, data_type, row, target) DO UPDATE SET
         file = excluded.file, line = excluded.line, byte_offset = excluded.byte_offset,
         byte_length = excluded.byte_length, stage = excluded.stage, rule = excluded.rule, reason = excluded.reason,
         original = excluded.original, message_id = excluded.message_id`,
    );
  }

  /** Stores letters: on return all of them are on disk. @throws {StateFileError} */
  add(letters: readonly DeadLetter[]): void {
    if (letters.length === 0) return;
    this.#database.transaction(() => {
      for (const letter of letters) {
        this.#insert.run(
          letter.source,
          letter.dataType,
          letter.row,
          letter.schemaVersion ?? NO_VERSION,
          letter.file,
          letter.line,
          letter.offset,
          letter.length,
          letter.stage,
          letter.rule,
          letter.reason,
          letter.bytes,
          letter.messageId,
          letter.recordedAt,
        );
      }
    });
  }

  /** How many letters there are. @throws {StateFileError} */
  count(): number {
    const [row] = this.#rows("SELECT count(*) AS letters FROM dead_letters");
    return integer(row?.letters);
  }

  /** How many letters there are of each kind, the most frequent first. @throws {StateFileError} */
  countBy(group: DeadLetterGroup): Readonly<Record<string, number>> {
    const rows = this.#rows(
      `SELECT ${group} AS name, count(*) AS letters FROM dead_letters GROUP BY ${group} ORDER BY letters DESC, name`,
    );
    return Object.fromEntries(rows.map((row) => [text(row.name), integer(row.letters)]));
  }

  /** Letters in the order of recording. @throws {StateFileError} */
  list({ limit = 100, after = 0 }: ListOptions = {}): StoredDeadLetter[] {
    return this.#rows("SELECT * FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?", after, limit).map(parseLetter);
  }

  /** One letter, null if there is none of that id. @throws {StateFileError} */
  get(id: number): StoredDeadLetter | null {
    const [row] = this.#rows("SELECT * FROM dead_letters WHERE id = ?", id);
    return row === undefined ? null : parseLetter(row);
  }

  #rows(sql: string, ...parameters: number[]): Row[] {
    const statement = this.#database.prepare(sql);
    return guarded(this.#database.file, () => statement.all(...parameters));
  }
}

type Row = Readonly<Record<string, unknown>>;

function parseLetter(row: Row): StoredDeadLetter {
  return {
    id: integer(row.id),
    source: text(row.source),
    dataType: oneOf(row.data_type, DATA_TYPES),
    row: integer(row.row),
    schemaVersion: row.target === NO_VERSION ? null : oneOf(row.target, VERSIONS),
    file: text(row.file),
    line: integer(row.line),
    offset: integer(row.byte_offset),
    length: integer(row.byte_length),
    stage: oneOf(row.stage, STAGES),
    rule: text(row.rule),
    reason: text(row.reason),
    bytes: row.original instanceof Uint8Array ? row.original : unexpected(row.original),
    messageId: row.message_id === null ? null : text(row.message_id),
    recordedAt: integer(row.recorded_at),
  };
}

function integer(value: unknown): number {
  return typeof value === "number" ? value : unexpected(value);
}

function text(value: unknown): string {
  return typeof value === "string" ? value : unexpected(value);
}

function oneOf<Value extends string>(value: unknown, values: readonly Value[]): Value {
  return values.find((known) => known === value) ?? unexpected(value);
}

/** The columns have types and are written by this class only, so this is a bug or somebody else's work. */
function unexpected(value: unknown): never {
  throw new TypeError(`The dead-letter table holds an unexpected value of type ${typeof value}.`);
}
