/**
 * The journal's tables. Every method is synchronous and short; whoever calls leaves the loop its turns.
 *
 * @module
 */
import type { StatementSync } from "node:sqlite";
import type { AssetClass, RecordKind } from "../schemas/record_types.ts";
import { checksumOf, costOf, type JournalEntry, type JournalRecord } from "./journal_record.ts";
import { bytesIn, integerIn, oneIn, type Row, textIn } from "./row_values.ts";
import { SqliteFile, type SqliteFormat } from "./sqlite_file.ts";
import { corruptFile, guarded, StateFileError } from "./state_file_error.ts";

const FORMAT: SqliteFormat = {
  applicationId: 0x74666c4a, // "tflJ"
  migrations: [
    `CREATE TABLE journal (
       only INTEGER PRIMARY KEY CHECK (only = 1),
       -- Another one for another file.
       id TEXT NOT NULL,
       next_sequence INTEGER NOT NULL,
       records INTEGER NOT NULL
     ) STRICT;
     INSERT INTO journal VALUES (1, lower(hex(randomblob(16))), 1, 0);
     CREATE TABLE records (
       sequence INTEGER PRIMARY KEY,
       received_at INTEGER NOT NULL,
       kind TEXT NOT NULL,
       asset_class TEXT NOT NULL,
       exchange TEXT NOT NULL,
       bytes BLOB NOT NULL,
       checksum INTEGER NOT NULL
     ) STRICT;`,
  ],
};

const KINDS: readonly RecordKind[] = ["trade", "quote", "reference_data"];
const ASSET_CLASSES: readonly AssetClass[] = ["equities", "crypto", "futures", "options"];
/** The log beside the file is cut back to this after a large commit. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;
/** Bytes of a page of the file. */
export const PAGE_BYTES = 4_096;

/** What the journal keeps of itself. */
export interface JournalMeta {
  readonly id: string;
  /** The sequence number of the next record. */
  readonly next: number;
  readonly records: number;
}

/** What {@link JournalStore.deleteUpTo} has deleted. */
export interface Deleted {
  readonly records: number;
  /** By {@link costOf}. */
  readonly cost: number;
}

/** The tables of a journal. */
export class JournalStore {
  readonly #file: SqliteFile;
  readonly #selectMeta: StatementSync;
  readonly #updateMeta: StatementSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #selectFirst: StatementSync;
  readonly #selectPrefix: StatementSync;
  readonly #deletePrefix: StatementSync;

  /** @throws {StateFileError} */
  constructor(file: string, { maxFileBytes = Infinity }: { readonly maxFileBytes?: number } = {}) {
    this.#file = new SqliteFile(file, FORMAT);
    const prepare = (sql: string) => this.#file.prepare(sql);
    try {
      prepare(`PRAGMA journal_size_limit = ${MAX_LOG_BYTES}`).get();
      const pages = Math.floor(maxFileBytes / PAGE_BYTES);
      if (Number.isFinite(pages)) prepare(`PRAGMA max_page_count = ${pages}`).get();
      this.#selectMeta = prepare("SELECT id, next_sequence, records FROM journal");
      this.#updateMeta = prepare("UPDATE journal SET next_sequence = ?, records = ? WHERE next_sequence = ?");
      this.#insert = prepare("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)");
      this.#select = prepare("SELECT * FROM records WHERE sequence >= ? ORDER BY sequence LIMIT ?");
      this.#selectFirst = prepare("SELECT min(sequence) AS first FROM records");
      this.#selectPrefix = prepare(
        `SELECT count(*) AS records, ifnull(sum(length(bytes)), 0) AS bytes, max(sequence) AS last
         FROM (SELECT sequence, bytes FROM records WHERE sequence <= ? ORDER BY sequence LIMIT ?)`,
      );
      this.#deletePrefix = prepare("DELETE FROM records WHERE sequence <= ?");
    } catch (error) {
      this.#file.close();
      throw error;
    }
  }

  get file(): string {
    return this.#file.file;
  }

  /** As {@link SqliteFile.transaction}. */
  transaction<T>(work: () => T): T {
    return this.#file.transaction(work);
  }

  /** @throws {StateFileError} */
  meta(): JournalMeta {
    return guarded(this.file, () => {
      const row = this.#selectMeta.get();
      return { id: textIn(row, "id"), next: integerIn(row, "next_sequence"), records: integerIn(row, "records") };
    });
  }

  /** Writes what the journal keeps of itself, where it is what this process knows of it. @throws {StateFileError} */
  setMeta(from: JournalMeta, to: Omit<JournalMeta, "id">): void {
    const { changes } = guarded(this.file, () => this.#updateMeta.run(to.next, to.records, from.next));
    if (Number(changes) === 1) return;
    const message = `Another journal writes to ${this.file}. Open it once, and hold the data folder's lock.`;
    throw new StateFileError("busy", this.file, message);
  }

  /** Writes records, in any order. @throws {StateFileError} */
  insert(records: Iterable<JournalRecord>): void {
    guarded(this.file, () => {
      for (const record of records) {
        const { sequence, receivedAt, kind, assetClass, exchange, bytes } = record;
        this.#insert.run(sequence, receivedAt, kind, assetClass, exchange, bytes, checksumOf(record));
      }
    });
  }

  /** Deletes at most so many records, the oldest first, up to a sequence number. @throws {StateFileError} */
  deleteUpTo(sequence: number, limit: number): Deleted {
    return guarded(this.file, () => {
      const row = this.#selectPrefix.get(sequence, limit);
      const records = integerIn(row, "records");
      if (records === 0) return { records, cost: 0 };
      this.#deletePrefix.run(integerIn(row, "last"));
      return { records, cost: integerIn(row, "bytes") + records * costOf({ bytes: [] }) };
    });
  }

  /** The lowest sequence number, null if there is no record. @throws {StateFileError} */
  first(): number | null {
    return guarded(this.file, () => {
      const row = this.#selectFirst.get();
      return row?.first === null ? null : integerIn(row, "first");
    });
  }

  /**
   * Records from a sequence number on, in order, at most so many; the last one is that which reaches `maxBytes`.
   *
   * @throws {StateFileError} `corrupt`
   */
  read({ from, maxRecords, maxBytes }: { from: number; maxRecords: number; maxBytes: number }): JournalRecord[] {
    return guarded(this.file, () => {
      const records: JournalRecord[] = [];
      let bytes = 0;
      for (const row of this.#select.iterate(from, maxRecords)) {
        const record = recordOf(row);
        records.push(record);
        bytes += record.bytes.length;
        if (bytes >= maxBytes) break;
      }
      return records;
    });
  }

  /**
   * Reads everything. What all records count towards the bound, and the last sequence number.
   *
   * @throws {StateFileError} `corrupt`
   */
  verify(): { readonly cost: number; readonly last: number } {
    this.#file.checkStructure();
    const meta = this.meta();
    return guarded(this.file, () => {
      let [cost, last, records] = [0, 0, 0];
      for (const row of this.#select.iterate(0, -1)) {
        const record = recordOf(row);
        cost += costOf(record);
        last = record.sequence;
        records += 1;
      }
      if (records === meta.records && last < meta.next) return { cost, last };
      throw corruptFile(
        this.file,
        `it has ${records} records up to ${last}, not ${meta.records} records before ${meta.next}`,
      );
    });
  }

  /** Idempotent. */
  close(): void {
    this.#file.close();
  }
}

/** A row of the table; throws if it is not what was written. */
export function recordOf(row: Row): JournalRecord {
  const record: JournalRecord = {
    sequence: integerIn(row, "sequence"),
    receivedAt: integerIn(row, "received_at"),
    kind: oneIn(row, "kind", KINDS),
    assetClass: oneIn(row, "asset_class", ASSET_CLASSES),
    exchange: textIn(row, "exchange"),
    bytes: bytesIn(row, "bytes"),
  };
  if (integerIn(row, "checksum") === checksumOf(record)) return record;
  throw new Error(`malformed record: ${record.sequence} is not what was written`);
}

/** Entries as records, numbered from a sequence number on. */
export function* numbered(
  entries: readonly JournalEntry[],
  { from, receivedAt }: { readonly from: number; readonly receivedAt: number },
): Iterable<JournalRecord> {
  for (const [index, entry] of entries.entries()) yield { ...entry, sequence: from + index, receivedAt };
}
