/**
 * Opens a journal's file whatever a crash or a damage has made of it: what can be read is kept, what cannot is reported, and
 * a damaged file is never deleted. Records in a journal exist nowhere else, so that refusing to open it helps nobody.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import type { JournalRecord } from "./journal_record.ts";
import { JournalStore, PAGE_BYTES, recordOf } from "./journal_store.ts";
import { integerIn } from "./row_values.ts";
import { StateFileError } from "./state_file_error.ts";
import { inspectWal } from "./wal_recovery.ts";

/** What was wrong with a journal, and what was done about it. */
export interface JournalRepair {
  /**
   * - `unfinished_commit`: a process ended while it wrote. What it had not acknowledged was cut off, nothing else.
   * - `lost_commits`: acknowledged records at the end are gone.
   * - `damaged_file`: the file is damaged. What could be read is in a new one.
   */
  readonly cause: "unfinished_commit" | "lost_commits" | "damaged_file";
  /** Acknowledged records that are gone; null where nobody can tell. */
  readonly lostRecords: number | null;
  /** Where the damaged file is now, null if it is in use. */
  readonly movedTo: string | null;
  /** A few sentences for the operator. */
  readonly message: string;
  /** What is wrong with the damaged file, null if nothing. */
  readonly error: StateFileError | null;
}

/** A journal's file that is in order. */
export interface OpenedStore {
  readonly store: JournalStore;
  /** What all records count towards the bound. */
  readonly cost: number;
  /** The last sequence number, 0 if there is no record. */
  readonly last: number;
  readonly repaired: JournalRepair | null;
}

/**
 * How many sequence numbers are passed over after a loss. Some of the lost records may have been forwarded, under numbers
 * that somebody remembers; none of them may be given again.
 */
const PASSED_OVER = 1_000_000;
const COPY_RECORDS = 1_000;

/**
 * Opens the file, and repairs it if need be. The caller holds the data folder's lock.
 *
 * @throws {StateFileError} If it cannot be used at all: another program's, a newer format, no access, a full disk.
 */
export function openJournalStore(file: string, options: { readonly maxFileBytes: number }): OpenedStore {
  finishMove(file);
  const tail = inspectWal(file);
  let store: JournalStore | null = null;
  try {
    store = new JournalStore(file, options);
    const verified = store.verify();
    if (tail?.type === "lost_commits") passOver(store);
    const repaired = tail === null ? null : repairOfTail(tail);
    return { store, ...verified, repaired };
  } catch (error) {
    store?.close();
    if (!(error instanceof StateFileError) || error.code !== "corrupt") throw error;
    const repaired = replace(file, { tailIsLost: tail?.type === "lost_commits", error });
    const renewed = new JournalStore(file, options);
    return { store: renewed, ...renewed.verify(), repaired };
  }
}

function repairOfTail({ type, bytes }: { type: "unfinished_commit" | "lost_commits"; bytes: number }): JournalRepair {
  if (type === "unfinished_commit") {
    const message = `${bytes} bytes of a commit that was not finished were cut off the journal. ` +
      "Nothing that was acknowledged is missing.";
    return { cause: type, lostRecords: 0, movedTo: null, message, error: null };
  }
  const message =
    `The end of the journal is damaged or gone (${bytes} bytes cannot be used): acknowledged records are ` +
    "missing. Ask those who sent them to send them again.";
  return { cause: type, lostRecords: null, movedTo: null, message, error: null };
}

function passOver(store: JournalStore): void {
  store.transaction(() => {
    const meta = store.meta();
    store.setMeta(meta, { ...meta, next: meta.next + PASSED_OVER });
  });
}

/** Puts a new file with what can be read in the place of a damaged one. */
function replace(file: string, { tailIsLost, error }: { tailIsLost: boolean; error: StateFileError }): JournalRepair {
  const [fresh, working] = [`${file}${NEW}`, `${file}.working`];
  for (const name of [fresh, working]) removeWithCompanions(name);
  copyToWorkOn(file, working);
  const { kept, expected } = copyReadable(working, fresh);
  removeWithCompanions(working);
  const movedTo = freeName(file);
  for (const suffix of COMPANIONS) {
    if (isThere(`${file}${suffix}`)) Deno.renameSync(`${file}${suffix}`, `${movedTo}${suffix}`);
  }
  finishMove(file);
  const lostRecords = expected === null || tailIsLost ? null : Math.max(0, expected - kept);
  const missing = lostRecords === null ? "It is not known how many are missing." : `${lostRecords} are missing.`;
  const message = `The journal was damaged. ${kept} records could be read and are in a new file. ${missing} ` +
    `The damaged file is now ${movedTo}.`;
  return { cause: "damaged_file", lostRecords, movedTo, message, error };
}

/** Opening a database may change it, and one that was cut is only opened if it is as long as it says. */
function copyToWorkOn(file: string, working: string): void {
  for (const suffix of ["", "-wal"]) {
    if (isThere(`${file}${suffix}`)) Deno.copyFileSync(`${file}${suffix}`, `${working}${suffix}`);
  }
  using handle = Deno.openSync(working, { read: true, write: true });
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  handle.readSync(new Uint8Array(header.buffer));
  const size = PAGE_BYTES * header.getUint32(PAGE_COUNT_AT);
  if (size > handle.statSync().size && size <= MAX_PAD_BYTES) handle.truncateSync(size);
}

/** Copies what can be read from both ends of the table; how many records that are, and how many there should be. */
function copyReadable(from: string, to: string): { readonly kept: number; readonly expected: number | null } {
  const target = new JournalStore(to);
  try {
    using source = openAsItIs(from);
    const expected = source && numberOr(null, source, "SELECT records AS value FROM journal");
    const next = source && numberOr(null, source, "SELECT next_sequence AS value FROM journal");
    let kept = 0;
    let last = 0;
    let reached = 0;
    for (const order of ["ASC", "DESC"] as const) {
      for (const chunk of readableChunks(source, { order, after: reached })) {
        target.transaction(() => target.insert(chunk));
        kept += chunk.length;
        for (const { sequence } of chunk) last = Math.max(last, sequence);
        if (order === "ASC") reached = last;
      }
    }
    target.transaction(() => {
      target.setMeta(target.meta(), { next: Math.max(next ?? 1, last + 1) + PASSED_OVER, records: kept });
    });
    return { kept, expected };
  } finally {
    target.close();
  }
}

/** Good records in one direction, each once, until SQLite can go no further. */
function* readableChunks(
  source: DatabaseSync | null,
  { order, after }: { readonly order: "ASC" | "DESC"; readonly after: number },
): Iterable<JournalRecord[]> {
  let chunk: JournalRecord[] = [];
  let before: number | null = null;
  for (
    const row of readableRows(source, `SELECT * FROM records WHERE sequence > ${after} ORDER BY sequence ${order}`)
  ) {
    const record = recordOrNull(row);
    // A damaged tree may lead to the same page twice.
    if (record === null || (before !== null && (order === "ASC") !== record.sequence > before)) continue;
    before = record.sequence;
    chunk.push(record);
    if (chunk.length < COPY_RECORDS) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** Null for what is not what was written; the next one may be. */
function recordOrNull(row: Record<string, unknown>): JournalRecord | null {
  try {
    return recordOf(row);
  } catch {
    return null;
  }
}

function* readableRows(source: DatabaseSync | null, sql: string): Iterable<Record<string, unknown>> {
  try {
    yield* source?.prepare(sql).iterate() ?? [];
  } catch {
    // The damage begins here.
  }
}

function openAsItIs(file: string): DatabaseSync | null {
  try {
    return new DatabaseSync(file);
  } catch {
    return null;
  }
}

function numberOr(otherwise: null, source: DatabaseSync, sql: string): number | null {
  try {
    return integerIn(source.prepare(sql).get(), "value");
  } catch {
    return otherwise;
  }
}

const COMPANIONS = ["", "-wal", "-shm"] as const;
const NEW = ".new";
/** Where the header of a database says how many pages it has. */
const PAGE_COUNT_AT = 28;
const HEADER_BYTES = 100;
/** A number of pages beyond this is damage itself. */
const MAX_PAD_BYTES = 2 ** 36;

/** A new file is complete before the damaged one is moved away, so that without that one it only lacks its name. */
function finishMove(file: string): void {
  const fresh = `${file}${NEW}`;
  if (isThere(file) || !isThere(fresh)) return removeWithCompanions(fresh);
  // What the damaged one has left behind would be taken for the new one's.
  removeWithCompanions(file);
  Deno.renameSync(fresh, file);
}

function freeName(file: string): string {
  for (let number = 1;; number++) {
    const name = file.replace(/(\.sqlite)?$/, `.damaged-${number}.sqlite`);
    if (!isThere(name)) return name;
  }
}

function removeWithCompanions(file: string): void {
  for (const suffix of COMPANIONS) if (isThere(`${file}${suffix}`)) Deno.removeSync(`${file}${suffix}`);
}

function isThere(file: string): boolean {
  try {
    Deno.lstatSync(file);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
