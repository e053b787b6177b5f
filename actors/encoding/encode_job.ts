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

/** What many rows have in common, as one version has it. */
export interface JobFields extends EncodedFields {
  /** The key of their records. */
  readonly keyText: string;
}

/** Rows of one batch that are to be encoded for one target. */
export interface EncodeJob {
  readonly kind: EventKind;
  readonly version: SchemaVersion;
  readonly schemaId: number;
  readonly columns: OwnColumns;
  /** Indexes of the rows, in order. */
  readonly rows: Int32Array;
  readonly shared: readonly JobFields[];
  /** For each of the rows, which of `shared` it has. */
  readonly sharedOf: Int32Array;
}

/** How rows are to be written. */
export interface JobTarget {
  readonly version: SchemaVersion;
  readonly schemaId: number;
}

/** Copies what the encoding of these rows needs; only of rows that the encoder takes. */
export function jobOf(events: EventColumns, rows: Int32Array, { version, schemaId }: JobTarget): EncodeJob {
  const encoder = eventEncoderOf(events.kind, version);
  const shared: JobFields[] = [];
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
      place = places.get(fields) ?? shared.push({ ...encoded, keyText: fields.record.symbol }) - 1;
      places.set(fields, place);
    }
    sharedOf[at] = place;
  }
  return { kind: events.kind, version, schemaId, columns: events.copyOwn(), rows, shared, sharedOf };
}

/** Encodes the rows of a job: the same bytes in whatever thread. */
export function encodeJob({ kind, version, schemaId, columns, rows, shared, sharedOf }: EncodeJob): EncodedValues {
  const values = new BatchEncoder({ schemaId, records: rows.length });
  let fields: JobFields | null = null;
  const bodies = eventEncoderOf(kind, version).bodiesOf(columns, () => fields);
  for (let at = 0; at < rows.length; at++) {
    const index = rows[at] ?? -1;
    fields = shared[sharedOf[at] ?? -1] ?? null;
    if (fields === null) throw new Error(`Row ${index} has no shared fields`);
    values.add({ index, keyText: fields.keyText }, bodies, index);
  }
  const encoded = values.columns();
  return { ...encoded, values: encoded.values.slice(0, encoded.ends.at(-1) ?? 0) };
}

/** The memory of a job, to be handed over instead of copied once more. */
export function memoryOfJob({ columns, rows, sharedOf }: EncodeJob): ArrayBuffer[] {
  const { micros, sequences, high, low, ids } = columns;
  return buffersOf([micros, sequences, high, low, ids, rows, sharedOf]);
}

/** The memory of encoded values, to be handed over instead of copied. */
export function memoryOfValues({ indexes, values, ends }: EncodedValues): ArrayBuffer[] {
  return buffersOf([indexes, values, ends]);
}

function buffersOf(views: readonly ArrayBufferView[]): ArrayBuffer[] {
  return views.flatMap(({ buffer }) => buffer instanceof ArrayBuffer ? [buffer] : []);
}
