/**
 * A dead letter as a record of a Kafka topic: the value holds the original bytes, headers hold everything else.
 *
 * docs/dead_letters.md lists the headers; their names and the form of the key are public and must not change.
 *
 * @module
 */
import { deadLetterJson } from "../../state/dead_letter_export.ts";
import type { StoredDeadLetter } from "../../state/dead_letters.ts";
import type { LogRecord, RecordHeader } from "../../transport/log.ts";

/** Every header name begins with it. */
export const HEADER_PREFIX = "dlq.";

/** Header that names the series of exports that wrote a record; with the letter's id it tells the record from all others. */
const EXPORT = `${HEADER_PREFIX}export`;
const ID = `${HEADER_PREFIX}id`;

/** Fields that the value or another header has already. */
const NO_HEADERS: ReadonlySet<string> = new Set(["original_base64", "original_text"]);
/** Longer texts are cut: a sentence may quote the row, which may have a megabyte. */
const MOST_CHARACTERS = 4_096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a record needs besides its letter. */
export interface LetterRecordOptions {
  readonly exportId: string;
  /**
   * Time of the export, in milliseconds since the epoch. The letter may be so old that retention would delete a record
   * with its time at once.
   */
  readonly timestamp: number;
}

/** The record of a letter. */
export function letterRecord(letter: StoredDeadLetter, { exportId, timestamp }: LetterRecordOptions): LogRecord {
  const fields = Object.entries(deadLetterJson(letter)).filter(([name, value]) => {
    return value !== null && !NO_HEADERS.has(name);
  });
  const headers = fields.map(([name, value]): RecordHeader => [HEADER_PREFIX + name, encoder.encode(shortened(value))]);
  return {
    key: keyOf(letter),
    value: letter.bytes,
    timestamp,
    headers: [...headers, [EXPORT, encoder.encode(exportId)]],
  };
}

/** Identifies a letter, so that a compacted topic keeps the latest record of each. */
export function keyOf({ source, dataType, versions, row, schemaVersion }: StoredDeadLetter): Uint8Array {
  return encoder.encode(JSON.stringify([source, dataType, row, schemaVersion, versions]));
}

/**
 * Which letter an export wrote as this record: its id and its key. Null if the record is not of that export. The id
 * alone is not enough: a state file that has lost its latest commits assigns the same ids again.
 */
export function exportedIdentity(
  { key, headers = [] }: Pick<LogRecord, "key" | "headers">,
  exportId: string,
): string | null {
  const texts = new Map(headers.map(([name, bytes]) => [name, decoder.decode(bytes)]));
  const id = texts.get(ID);
  if (key === null || id === undefined || texts.get(EXPORT) !== exportId) return null;
  return `${id} ${decoder.decode(key)}`;
}

function shortened(value: unknown): string {
  const text = String(value);
  // A cut must not leave half a character, which is no valid text.
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS).toWellFormed()}…` : text;
}
