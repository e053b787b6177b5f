/**
 * A row that could not be written: where it stands, why, and its original bytes.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { VERSION_FLAGS, type VersionFlag } from "../config/version_flag.ts";
import type { DataType, SchemaVersion } from "../schemas/record_types.ts";
import { bytesIn, instantIn, integerIn, oneIn, type Row, textIn } from "../storage/row_values.ts";
import { type DeadLetterRule, isDeadLetterRule } from "./dead_letter_rules.ts";

/** Where in the flow a row was refused. */
export type DeadLetterStage = "receiving" | "processing" | "sending";

/** A row that could not be written. */
export interface DeadLetter {
  /** Id of the source. */
  readonly source: string;
  /** What the row was to become. */
  readonly dataType: DataType;
  /** The row's number in the source, from 1. */
  readonly row: number;
  /** The version flag of the load that refused the row; null where that is not known, in letters of an older format. */
  readonly versions: VersionFlag | null;
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
  /** Where in the flow it was refused. */
  readonly stage: DeadLetterStage;
  /** The code of the rule that was broken: a {@link DeadLetterRule}. Another text is stored as `unlisted`. */
  readonly rule: string;
  /** One sentence or more. */
  readonly reason: string;
  /** The original bytes of the row. */
  readonly bytes: Uint8Array;
  /**
   * The header of a csv file as it was when the row was read, without which its bytes say nothing: another file may have the
   * name by now. Null if the format has none, or it is not known, in letters of an older format.
   *
   * @default null
   */
  readonly header?: string | null;
  /**
   * The origin of the load, 16 hexadecimal digits: the record of a replay names it with the row. Null for a source whose
   * records name none, such as standard input, and in letters of an older format.
   *
   * @default null
   */
  readonly origin?: string | null;
  /** Null if the row could not be read so far. */
  readonly messageId: string | null;
  /** Milliseconds since the epoch. */
  readonly recordedAt: number;
}

/** Why a letter was retired. */
export interface Retirement {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** A few words. */
  readonly why: string;
}

/** A dead letter as it is stored. */
export interface StoredDeadLetter extends DeadLetter {
  /** Ascending in the order of recording. */
  readonly id: number;
  /** The code of the rule that was broken; `unlisted` where this version does not know it. */
  readonly rule: DeadLetterRule;
  /** The header of its csv file; null if there is none, or it is not known. */
  readonly header: string | null;
  /** The origin of its load; null where its records name none, or it is not known. */
  readonly origin: string | null;
  /** False if what is stored is not what was recorded: the file is damaged. Such a letter must not be replayed. */
  readonly intact: boolean;
  /** Set once its source was loaded from the start: the load since has written the row, or has a letter of its own. Null: open. */
  readonly retired: Retirement | null;
}

/** Stands for no version, and for a flag that is not known. */
const NO_VERSION = "-";
/** Every data type. */
export const DATA_TYPES: readonly DataType[] = ["trades", "quotes", "reference_data"];
const VERSIONS: readonly SchemaVersion[] = ["v1", "v2"];
const STAGES: readonly DeadLetterStage[] = ["receiving", "processing", "sending"];

/** The columns that a letter is written to, in the order of {@link columnsOf}. */
export const LETTER_COLUMNS = [
  "source",
  "data_type",
  "row",
  "target",
  "versions",
  "file",
  "line",
  "byte_offset",
  "byte_length",
  "stage",
  "rule",
  "reason",
  "original",
  "message_id",
  "checksum",
  "recorded_at",
  "header",
  "origin",
] as const;

/** The values of a letter's columns. */
export function columnsOf(given: DeadLetter): (string | number | Uint8Array | null)[] {
  const letter = listed(given);
  return [
    letter.source,
    letter.dataType,
    letter.row,
    letter.schemaVersion ?? NO_VERSION,
    letter.versions ?? NO_VERSION,
    letter.file,
    letter.line,
    letter.offset,
    letter.length,
    letter.stage,
    letter.rule,
    letter.reason,
    letter.bytes,
    letter.messageId,
    checksumOf(letter),
    letter.recordedAt,
    letter.header ?? null,
    letter.origin ?? null,
  ];
}

/** The letter of a row of the table. */
export function letterOf(row: Row): StoredDeadLetter {
  const target = textIn(row, "target");
  const versions = textIn(row, "versions");
  const rule = textIn(row, "rule");
  const letter = {
    id: integerIn(row, "id"),
    source: textIn(row, "source"),
    dataType: oneIn(row, "data_type", DATA_TYPES),
    row: integerIn(row, "row"),
    schemaVersion: target === NO_VERSION ? null : oneIn(row, "target", VERSIONS),
    versions: versions === NO_VERSION ? null : oneIn(row, "versions", VERSION_FLAGS),
    file: textIn(row, "file"),
    line: integerIn(row, "line"),
    offset: integerIn(row, "byte_offset"),
    length: integerIn(row, "byte_length"),
    stage: oneIn(row, "stage", STAGES),
    rule,
    reason: textIn(row, "reason"),
    bytes: bytesIn(row, "original"),
    messageId: row.message_id === null ? null : textIn(row, "message_id"),
    recordedAt: instantIn(row, "recorded_at"),
    header: row.header === null ? null : textIn(row, "header"),
    origin: row.origin === null ? null : textIn(row, "origin"),
  };
  const intact = row.checksum === null || row.checksum === checksumOf(letter);
  const retired = row.retired_at === null
    ? null
    : { at: instantIn(row, "retired_at"), why: textIn(row, "retired_why") };
  return { ...listed(letter), intact, retired };
}

const ORIGIN_DIGITS = 16;

/**
 * What the record of a replay names as its origin: that of the load; where there is none, one that belongs to this row
 * alone, and that all letters have which its load left of it.
 */
export function replayOriginOf({ origin, source, dataType, row, recordedAt, bytes }: StoredDeadLetter): string {
  if (origin !== null) return origin;
  const place = JSON.stringify([source, dataType, row, recordedAt]);
  return createHash("sha256").update(place).update(bytes).digest("hex").slice(0, ORIGIN_DIGITS);
}

/** The letter with a code of the list: a letter with a code of another version is kept as `unlisted`. */
function listed<Letter extends DeadLetter>(letter: Letter): Letter & { readonly rule: DeadLetterRule } {
  const { rule, reason } = letter;
  return isDeadLetterRule(rule) ? { ...letter, rule } : { ...letter, rule: "unlisted", reason: `${rule}: ${reason}` };
}

/** CRC-32 over everything but the time, which stays that of the first recording. */
export function checksumOf(letter: DeadLetter): number {
  const { source, dataType, row, schemaVersion, file, line, offset, length, stage, rule, reason, messageId } = letter;
  const fields = [source, dataType, row, schemaVersion, file, line, offset, length, stage, rule, reason, messageId];
  // Letters of the earlier formats had none.
  if (letter.versions !== null) fields.push(letter.versions);
  if (letter.header !== undefined && letter.header !== null) fields.push(letter.header);
  if (letter.origin !== undefined && letter.origin !== null) fields.push(`origin ${letter.origin}`);
  return crc32(letter.bytes, crc32(Buffer.from(JSON.stringify(fields))));
}
