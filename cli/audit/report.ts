/**
 * What an audit says.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { JsonValue } from "../../schemas/avro/schema_model.ts";

/** What makes a record that of a row: the message id, or all of its values. */
export type MatchBy = "ids" | "values";

/** A row of a file. */
export interface RowExample {
  /** Null if its file cannot be read a second time. */
  readonly message_id: string | null;
  readonly file: string;
  readonly row: number;
}

/** A record of the topic. */
export interface RecordExample {
  readonly message_id: string | null;
  readonly partition: number;
  readonly offset: string;
  /** The row that it is compared with. */
  readonly file?: string;
  readonly row?: number;
}

/** A value that differs. */
export interface FieldDifference {
  readonly field: string;
  /** In the file. */
  readonly expected: JsonValue;
  /** In the topic. */
  readonly found: JsonValue;
}

/** A record with other values than its row. */
export interface DifferentExample extends RecordExample {
  readonly fields: readonly FieldDifference[];
}

/** The verdict. Counts are records or rows. */
export interface AuditReport {
  readonly topic: string;
  readonly schema_version: SchemaVersion;
  readonly match: MatchBy;
  /** Rows of the files that can be written as this version. */
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  /** Surplus records: more of an id, or of an id, origin and row number, than there are rows. */
  readonly twice: number;
  /** Records with the id of a row, but with the values of no row of that id. */
  readonly different: number;
  /**
   * Records that come after a later row of the same key and the same load; for a key that has moved, partitions whose
   * rows interleave.
   */
  readonly out_of_order: number;
  /** Records that come after a later row of their file and key which an earlier load had written, or that a replay wrote. */
  readonly late_loads: number;
  /** Of those found: records under an id by row number. A replay gives such an id to a row that could not be read before. */
  readonly replayed: number;
  /**
   * Of those found: rows whose record has their content and another id. When rows are inserted or removed, later rows
   * that are equal or out of time order get other ids.
   */
  readonly other_ids: number;
  /** Records of these symbols and this time span that are in no file. */
  readonly unexpected: number;
  /** Records of other versions, symbols or times, which this audit does not judge. */
  readonly others: number;
  /** Records that could not be decoded. */
  readonly undecodable: number;
  /** Rows of the files that cannot be written as this version; a load dead-letters them. */
  readonly bad_rows: number;
  /** Ids that several files have: a record of each is expected. */
  readonly shared: number;
  /** Ids that several rows of one file have: a record of each is expected. */
  readonly repeated: number;
  /** Of the shared and the repeated ids: those whose rows differ. Such rows are no copies, so each is expected. */
  readonly id_reused: number;
  /** Some of those ids. */
  readonly id_reused_ids: readonly string[];
  /** Records of the audited version by schema id. */
  readonly schema_ids: Readonly<Record<string, number>>;
  readonly days: Readonly<Record<string, { readonly expected: number; readonly found: number }>>;
  /** Some of the missing ids. */
  readonly missing_ids: readonly string[];
  /** The first of each, at most ten. */
  readonly examples: {
    readonly missing: readonly RowExample[];
    readonly twice: readonly RecordExample[];
    readonly different: readonly DifferentExample[];
    readonly out_of_order: readonly RecordExample[];
    readonly unexpected: readonly RecordExample[];
  };
}

/** True if nothing is missing, twice, different or out of order. */
export function auditPassed(report: AuditReport): boolean {
  const { missing, twice, different, out_of_order, undecodable } = report;
  return missing + twice + different + out_of_order + undecodable === 0;
}
