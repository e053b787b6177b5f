/**
 * The rows of a batch as encoded records of one target. Rows that are in columns are encoded from there; any other, and any
 * that the columns' encoder does not take, has its record converted and encoded.
 *
 * @module
 */
import { RecordError } from "../records/errors.ts";
import type { EventColumns } from "../records/event_columns.ts";
import { eventEncoderOf } from "../records/event_encoder.ts";
import { uuidToBytes } from "../records/identity.ts";
import { unscaledToV1 } from "../records/unscaled.ts";
import { codecFor, EncodeError } from "../schemas/codec.ts";
import type { RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import { type RowBatch, rowCount, type SourceRow } from "../sources/source.ts";
import { BatchEncoder } from "./batch_encoder.ts";
import type { EncodedRecords, RowIds } from "./encoded_records.ts";
import type { RowsAdmitted, Target } from "./messages.ts";

/** Encodes the rows that are still to be written for one target; refuses those that cannot be. */
export function encodeRows(message: RowsAdmitted, targetIndex: number, target: Target): EncodedRecords {
  const { batch, delivery } = message;
  const rows = rowCount(batch);
  const values = new BatchEncoder({ schemaId: target.schema.id, records: rows });
  const one = new RowEncoding(message, { targetIndex, target, values });
  const event = batch.events === undefined ? null : new EventEncoding(batch.events, target, values);
  for (let index = 0; index < rows; index++) {
    if (delivery.isPending(targetIndex, index) && event?.encode(index) !== true) one.encode(index);
  }
  return values.finish({ ids: idsOf(batch), idInHeader: target.version === "v1" });
}

/** The ids of the rows of a batch. */
export function idsOf(batch: RowBatch): RowIds {
  const { events } = batch;
  if (events !== undefined) {
    return { text: (index) => events.messageId(index), bytes: (index) => events.idBytes(index) };
  }
  const text = (index: number) => {
    // Not before somebody asks: rows of columns are made by looking at them.
    const row = batch.rows[index];
    if (row?.ok !== true) throw new RangeError(`Row ${index} of the batch is no record`);
    return row.messageId;
  };
  return { text, bytes: (index) => uuidToBytes(text(index)) };
}

/** Rows in columns. */
class EventEncoding {
  readonly #events: EventColumns;
  readonly #encoder;
  readonly #bodies;
  readonly #values: BatchEncoder;

  constructor(events: EventColumns, { version }: Target, values: BatchEncoder) {
    this.#events = events;
    this.#encoder = eventEncoderOf(events.kind, version);
    this.#bodies = this.#encoder.rowsOf(events);
    this.#values = values;
  }

  /** False for a row whose record has to be made. */
  encode(index: number): boolean {
    const shared = this.#events.shared[index] ?? null;
    if (shared === null || !this.#encoder.takes(this.#events, index)) return false;
    this.#values.add({ index, keyText: shared.record.symbol }, this.#bodies, index);
    return true;
  }
}

/** Rows one by one, by their records. */
class RowEncoding {
  readonly #message: RowsAdmitted;
  readonly #targetIndex: number;
  readonly #target: Target;
  readonly #values: BatchEncoder;

  constructor(
    message: RowsAdmitted,
    { targetIndex, target, values }: { targetIndex: number; target: Target; values: BatchEncoder },
  ) {
    this.#message = message;
    this.#targetIndex = targetIndex;
    this.#target = target;
    this.#values = values;
  }

  /** Appends the record of a row, or refuses it. */
  encode(index: number): void {
    const row = this.#message.batch.rows[index];
    if (row === undefined) throw new RangeError(`The batch has no row ${index}`);
    try {
      this.#encode(row, index);
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
      this.#refuse(index, error instanceof RecordError ? error.rule : "not_encodable", error.message);
    }
  }

  #encode(row: SourceRow, index: number): void {
    if (!row.ok) return this.#refuse(index, row.rule, row.reason);
    const { kind } = this.#message.batch;
    const { version } = this.#target;
    const record = version === "v1" ? unscaledToV1(kind, row.record) : row.record;
    this.#values.add({ index, keyText: keyOf(kind, row.record) }, codecFor(kind, version), record);
  }

  #refuse(index: number, rule: string, reason: string): void {
    this.#message.delivery.refuse({ index, target: this.#targetIndex, rule, reason });
  }
}

/** The record key: the symbol, or for reference data the company id. */
export function keyOf(kind: RecordKind, record: Unscaled<RecordV2>): string {
  return kind === "reference_data" && "company_id" in record ? record.company_id : record.symbol;
}
