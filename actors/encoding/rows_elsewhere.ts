/**
 * Which rows of a batch another thread can encode, and the records from what it has encoded.
 *
 * @module
 */
import type { EventColumns } from "../../records/event_columns.ts";
import { eventEncoderOf } from "../../records/event_encoder.ts";
import { hasIdInHeader, idsOf } from "../encode_rows.ts";
import { EncodedRecords, type EncodedValues } from "../encoded_records.ts";
import type { RowsAdmitted, Target } from "../messages.ts";
import { type EncodeJob, jobOf } from "./encode_job.ts";

/**
 * The rows that are still to be written for one target, as a job; those that are bad are refused. Null if this thread has to
 * encode them: their records have to be made, or there are none.
 */
export function jobElsewhere(message: RowsAdmitted, targetIndex: number, target: Target): EncodeJob | null {
  const { batch: { events }, delivery } = message;
  if (events === undefined) return null;
  const encoder = eventEncoderOf(events.kind, target.version);
  const rows = new Int32Array(events.size);
  const bad: number[] = [];
  let count = 0;
  for (let index = 0; index < rows.length; index++) {
    if (!delivery.isPending(targetIndex, index)) continue;
    if (events.shared[index] === null) bad.push(index);
    else if (encoder.takes(events, index)) rows[count++] = index;
    else return null;
  }
  if (count === 0) return null;
  for (const index of bad) refuse(message, index, targetIndex);
  return job(events, rows.slice(0, count), target);
}

function job(events: EventColumns, rows: Int32Array, { version, schema: { id: schemaId } }: Target): EncodeJob {
  return jobOf(events, rows, { version, schemaId });
}

function refuse({ batch, delivery }: RowsAdmitted, index: number, target: number): void {
  const row = batch.rows[index];
  if (row?.ok !== false) throw new Error(`Row ${index} of the batch is neither in its columns nor bad`);
  delivery.refuse({ index, target, rule: row.rule, reason: row.reason });
}

/** What another thread has encoded, as the records of its rows. */
export function recordsOf({ batch }: RowsAdmitted, target: Target, values: EncodedValues): EncodedRecords {
  if (batch.events === undefined) throw new Error("Another thread encodes rows in columns alone");
  return new EncodedRecords({ ...values, ids: idsOf(batch.events), idInHeader: hasIdInHeader(target) });
}
