/**
 * Decides which rows of the dead letters a replay can write, for which versions, and why not the others.
 *
 * @module
 */
import { versionsUnder } from "../../config/version_flag.ts";
import { Buffer } from "node:buffer";
import type { DataType, SchemaVersion } from "../../schemas/record_types.ts";
import type { LetterRow } from "../../sources/dead_letter_source.ts";
import {
  type DeadLetterFilter,
  type DeadLetterStore,
  type LetterElsewhere,
  replayOriginOf,
  type StoredDeadLetter,
} from "../../state/dead_letters.ts";

/** Why a letter cannot be replayed. The codes are public, and docs/dead_letters.md lists them. */
export const NOT_REPLAYABLE = {
  retired:
    "its source was loaded from the start since, or its row was read whole, which wrote the row or left a letter of its " +
    "own: dlq drop removes it",
  cut_row: "the letter holds only the beginning of its row: load the row from its file",
  damaged: "the letter is not what was recorded, because the state file is damaged: load the row from its file",
  other_version: "the letter belongs to a version that is not written: replay it with that --schema-version",
  unknown_columns: "the letter does not say which columns its csv file had: give their names with --header",
  other_flags:
    "a replay that was ended has written its row with other content: replay it with the flags of that replay, or remove it with dlq drop",
  other_bytes: "the row has another letter with other bytes, which goes first: replay again",
} as const;

/** The code of a reason. */
export type NotReplayable = keyof typeof NOT_REPLAYABLE;

/** The letters of one source. */
export interface LetterOrigin {
  readonly source: string;
  readonly dataType: DataType;
}

/** The settings that rows are read and written with. */
export interface ReplayFormat {
  /** The versions that are written. */
  readonly versions: ReplayVersions;
  /** Whether a row needs the columns that its letter names. */
  readonly needsHeader: boolean;
  /** Whether the topics have its row with other content than these flags give it. */
  readonly isOther: (letter: StoredDeadLetter) => boolean;
}

/** The versions in which a row is written, in the order of their targets. */
export type ReplayVersions = readonly SchemaVersion[];

/** What a replay can do with the letters of one row. */
export interface JudgedRow {
  readonly row: number;
  readonly replayed: {
    readonly place: LetterRow;
    readonly versions: ReplayVersions;
    /** Includes letters of the row under other sources that were not selected. */
    readonly letters: number;
  } | null;
  /** Letters that the replay settles with those of another source, under which it reads the row. */
  readonly beside: number;
  readonly left: readonly NotReplayable[];
}

/**
 * Judges the letters that a row has under one source.
 *
 * @param elsewhere its letters under other sources: the replay reads the row only under the first source
 */
function judgeRow(
  letters: readonly StoredDeadLetter[],
  elsewhere: readonly LetterElsewhere[],
  format: ReplayFormat,
): JudgedRow {
  const { versions } = format;
  const left: NotReplayable[] = [];
  let first: StoredDeadLetter | null = null;
  let messageId: string | null = null;
  let count = 0;
  const wanted = new Set<SchemaVersion>();
  for (const letter of letters) {
    const why = whyNot(letter, format) ?? (first !== null && !isSameRow(first, letter) ? "other_bytes" : null);
    if (why !== null) {
      left.push(why);
      continue;
    }
    first ??= letter;
    messageId ??= letter.messageId;
    count += 1;
    for (const version of letter.schemaVersion === null ? versions : [letter.schemaVersion]) wanted.add(version);
  }
  const row = letters[0]?.row ?? 0;
  if (first === null) return { row, replayed: null, beside: 0, left };
  const own = count;
  for (const { letter, isAsked } of elsewhere) {
    if (whyNot(letter, format) !== null || !isSameRow(first, letter)) continue;
    if (isAsked && letter.source < first.source) return { row, replayed: null, beside: own, left };
    if (!isAsked) count += 1;
    messageId ??= letter.messageId;
    for (const version of letter.schemaVersion === null ? versions : [letter.schemaVersion]) wanted.add(version);
  }
  const { line, offset, length, bytes, header } = first;
  const place = { row, line, offset, length, bytes, messageId, header, origin: replayOriginOf(first) };
  return {
    row,
    replayed: { place, versions: versions.filter((one) => wanted.has(one)), letters: count },
    beside: 0,
    left,
  };
}

function whyNot(letter: StoredDeadLetter, { versions, needsHeader, isOther }: ReplayFormat): NotReplayable | null {
  if (letter.retired !== null) return "retired";
  if (!letter.intact) return "damaged";
  if (letter.bytes.length < letter.length) return "cut_row";
  if (!isFor(letter, versions)) return "other_version";
  if (isOther(letter)) return "other_flags";
  return needsHeader && letter.header === null ? "unknown_columns" : null;
}

function isSameRow(one: StoredDeadLetter, other: StoredDeadLetter): boolean {
  return sameBytes(one, other) && one.header === other.header;
}

/** Whether a letter is of a row that is missing in the topics of these versions. */
export function isFor({ schemaVersion, versions: flag }: StoredDeadLetter, versions: ReplayVersions): boolean {
  if (schemaVersion !== null) return versions.includes(schemaVersion);
  return flag === null || versions.join() === versionsUnder(flag).join();
}

/** Whether two letters hold the same row: another file may have taken the name of the first one. */
export function sameBytes(one: Pick<LetterRow, "bytes">, other: Pick<LetterRow, "bytes">): boolean {
  return Buffer.compare(one.bytes, other.bytes) === 0;
}

/** Input of {@link judgedRows}. */
export interface JudgedRowsOptions extends ReplayFormat {
  readonly origin: LetterOrigin;
  readonly filter: DeadLetterFilter;
  /** Only rows with a greater number. */
  readonly after: number;
}

/** Maximum number of letters in memory: each may have a megabyte. */
const PAGE_ROWS = 100;
const BATCH_BYTES = 4 * 1024 * 1024;

/** The rows of a source that have letters, by row number, as the database holds them at the time of the call. */
export function* judgedRows(store: DeadLetterStore, options: JudgedRowsOptions): Generator<JudgedRow> {
  const { origin, filter } = options;
  let { after } = options;
  for (;;) {
    const letters = store.listRows({ ...origin, filter, after, rows: PAGE_ROWS });
    if (letters.length === 0) return;
    const elsewhere = Map.groupBy(store.listElsewhere(letters, filter), ({ letter }) => letter.row);
    for (const [row, ofRow] of Map.groupBy(letters, ({ row }) => row)) {
      yield judgeRow(ofRow, elsewhere.get(row) ?? [], options);
      after = row;
    }
  }
}

/** The next rows that are written in exactly these versions: at most `limit` of them, and at least one if there is one. */
export function nextRows(
  store: DeadLetterStore,
  options: JudgedRowsOptions & { readonly only: ReplayVersions; readonly limit: number },
): LetterRow[] {
  const { only, limit, ...rest } = options;
  const rows: LetterRow[] = [];
  let bytes = 0;
  for (const { replayed } of judgedRows(store, rest)) {
    if (replayed?.versions.join() !== only.join()) continue;
    rows.push(replayed.place);
    bytes += replayed.place.length;
    if (rows.length >= limit || bytes >= BATCH_BYTES) break;
  }
  return rows;
}
