/**
 * The encoding of rows in columns as plain data, so that any thread can do it: what differs from row to row as it stands in
 * the columns, what rows share as bytes that are encoded already.
 *
 * @module
 */
import type { EncodedFields, EventColumns, EventKind, OwnColumns, SharedFields } from "../../records/event_columns.ts";
import { eventEncoderOf } from "../../records/event_encoder.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { BatchEncoder } from "../batch_encoder.ts";
import type { EncodedValues } from "../encoded_records.ts";
import { type PackedFields, packFields, unpackFields } from "./packed_fields.ts";

/** Rows of one batch that are to be encoded for one target. */
export interface EncodeJob {
  readonly kind: EventKind;
  readonly version: SchemaVersion;
  readonly schemaId: number;
  /** Those of the batch, which is never written to again. */
  readonly columns: OwnColumns;
  /** Indexes of the rows, in order. */
  readonly rows: Int32Array;
  /** For each of the rows, which of the shared fields it has. */
  readonly sharedOf: Int32Array;
  readonly shared: PackedFields;
  /** For each of the shared fields, the key of its records. */
  readonly keyTexts: readonly string[];
}

/** How rows are to be written. */
export interface JobTarget {
  readonly version: SchemaVersion;
  readonly schemaId: number;
}

/** The encoding of rows that the encoder takes. */
export function jobOf(events: EventColumns, rows: Int32Array, { version, schemaId }: JobTarget): EncodeJob {
  const encoder = eventEncoderOf(events.kind, version);
  const { kind, ingestionMicros, decimals, micros, sequences, high, low, ids } = events;
  const shared: EncodedFields[] = [], keyTexts: string[] = [];
  const places = new Map<SharedFields, number>();
  const sharedOf = new Int32Array(rows.length);
  let last: SharedFields | null = null, place = -1;
  for (let at = 0; at < rows.length; at++) {
    const index = rows[at] ?? -1;
    const fields = events.shared[index] ?? null;
    // Rows next to each other mostly share.
    if (fields !== last || fields === null) {
      const encoded = fields === null ? null : encoder.sharedOf(fields);
      if (fields === null || encoded === null) throw new Error(`Row ${index} is not one that the encoder takes`);
      last = fields;
      const known = places.get(fields);
      place = known ?? shared.push(encoded) - 1;
      if (known === undefined) keyTexts.push(fields.record.symbol);
      places.set(fields, place);
    }
    sharedOf[at] = place;
  }
  const columns = { ingestionMicros, decimals, micros, sequences, high, low, ids };
  return { kind, version, schemaId, columns, rows, sharedOf, shared: packFields(shared), keyTexts };
}

/** Encodes the rows of a job: the same bytes in whatever thread. The values are in memory of their own. */
export function encodeJob(job: EncodeJob): EncodedValues & { readonly values: Uint8Array<ArrayBuffer> } {
  const { kind, version, schemaId, columns, rows, sharedOf, keyTexts } = job;
  const shared = unpackFields(job.shared);
  const values = new BatchEncoder({ schemaId, records: rows.length });
  let fields: EncodedFields | null = null;
  const bodies = eventEncoderOf(kind, version).bodiesOf(columns, () => fields);
  for (let at = 0; at < rows.length; at++) {
    const index = rows[at] ?? -1, place = sharedOf[at] ?? -1;
    fields = shared[place] ?? null;
    if (fields === null) throw new Error(`Row ${index} has no shared fields`);
    values.add({ index, keyText: keyTexts[place] ?? "" }, bodies, index);
  }
  const encoded = values.columns();
  return { ...encoded, values: encoded.values.slice(0, encoded.ends.at(-1) ?? 0) };
}
