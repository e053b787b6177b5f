/**
 * The rows of a batch as encoded records of one target. Rows that are in columns are encoded from there; any other, and any
 * that the columns' encoder does not take, has its record converted and encoded.
 *
 * @module
 */
import { RecordError } from "../../records/errors.ts";
import type { EventColumns } from "../../records/columns/event_columns.ts";
import { eventEncoderOf } from "../../records/columns/event_encoder.ts";
import type { RowBodies } from "../../records/columns/row_bodies.ts";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { unscaledToV1 } from "../../records/values/unscaled.ts";
import { codecFor, EncodeError } from "../../schemas/codec.ts";
import type { RecordKind, RecordV2, Unscaled } from "../../schemas/record_types.ts";
import { rowCount, type SourceRow } from "../../sources/source.ts";
import { BatchEncoder } from "./batch_encoder.ts";
import type { EncodedRecords, RowIds } from "./encoded_records.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { RowsAdmitted, Target } from "../messages.ts";

/** Rows, with the delivery that says which of them are wanted and takes refusals of those that cannot be written. */
export interface RowsToEncode extends Pick<RowsAdmitted, "batch" | "from"> {
  readonly delivery: Pick<Delivery, "isPending" | "refuse">;
}

/** The part of a target that its records depend on. */
export type EncodingTarget = Pick<Target, "version" | "schema">;

/** What is encoded before a schema has its id: it is never sent. */
const NO_ID = 0;

/** Encodes the rows that are still to be written for one target; refuses those that cannot be. */
export function encodeRows(message: RowsToEncode, targetIndex: number, target: EncodingTarget): EncodedRecords {
  const { batch, delivery } = message;
  const rows = rowCount(batch);
  const encoder = new BatchEncoder({ schemaId: target.schema?.id ?? NO_ID, records: rows });
  const one = new RowEncoding(message, { targetIndex, target, encoder });
  const event = batch.events === undefined ? null : new EventEncoding(batch.events, target, encoder);
  for (let index = 0; index < rows; index++) {
    if (!delivery.isPending(targetIndex, index) || event?.take(index) === true) continue;
    event?.encode();
    one.encode(index);
  }
  event?.encode();
  return encoder.finish({
    ids: batch.events === undefined ? one : idsOf(batch.events, one),
    idInHeader: hasIdInHeader(target),
    from: message.from,
  });
}

/** v1 has no field for the id. */
function hasIdInHeader({ version }: EncodingTarget): boolean {
  return version === "v1";
}

/** The ids of rows in columns, and of those that are not. */
function idsOf(events: EventColumns, others: RowIds): RowIds {
  const has = (index: number) => (events.shared[index] ?? null) !== null;
  return {
    text: (index) => has(index) ? events.messageId(index) : others.text(index),
    bytes: (index) => has(index) ? events.idBytes(index) : others.bytes(index),
  };
}

/** Rows in columns: it takes some, one after the other, and encodes them at once. */
class EventEncoding {
  readonly #events: EventColumns;
  readonly #bodies: RowBodies;
  readonly #encoder: BatchEncoder;
  readonly #schemaId: number;
  readonly #rows: Int32Array;
  #count = 0;

  constructor(events: EventColumns, { version, schema }: EncodingTarget, encoder: BatchEncoder) {
    this.#events = events;
    this.#bodies = eventEncoderOf(events.kind, version, events.layout).rowsOf(events);
    this.#encoder = encoder;
    this.#schemaId = schema?.id ?? NO_ID;
    this.#rows = new Int32Array(events.size);
  }

  /** False for a row whose record has to be made. */
  take(index: number): boolean {
    if (!this.#bodies.takes(index)) return false;
    this.#rows[this.#count++] = index;
    return true;
  }

  /** Appends the rows that it has taken since the last call. */
  encode(): void {
    if (this.#count === 0) return;
    const rows = this.#rows.subarray(0, this.#count);
    const { shared } = this.#events;
    this.#encoder.addAll(rows, this.#bodies.encode(rows, this.#schemaId), (row) => shared[row]?.record.symbol ?? "");
    this.#count = 0;
  }
}

/** Rows one by one, by their records. It knows the ids of the rows that it has encoded. */
class RowEncoding implements RowIds {
  readonly #message: RowsToEncode;
  readonly #targetIndex: number;
  readonly #target: EncodingTarget;
  readonly #encoder: BatchEncoder;
  /** For headers; made with the record, so that an id that has no such form is the row's fault, not that of a send. */
  readonly #idBytes = new Map<number, Uint8Array>();

  constructor(
    message: RowsToEncode,
    { targetIndex, target, encoder }: { targetIndex: number; target: EncodingTarget; encoder: BatchEncoder },
  ) {
    this.#message = message;
    this.#targetIndex = targetIndex;
    this.#target = target;
    this.#encoder = encoder;
  }

  text(index: number): string {
    const row = this.#message.batch.rows[index];
    if (row?.ok !== true) throw new RangeError(`Row ${index} of the batch is no record`);
    return row.messageId;
  }

  bytes(index: number): Uint8Array {
    const bytes = this.#idBytes.get(index);
    if (bytes === undefined) throw new RangeError(`Row ${index} of the batch has no id in its headers`);
    return bytes;
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
    if (!row.ok) throw new RangeError(`Row ${index} of the batch is no record, and should not have left its source`);
    const { kind } = this.#message.batch;
    const { version } = this.#target;
    const record = version === "v1" ? unscaledToV1(kind, row.record) : row.record;
    if (hasIdInHeader(this.#target)) this.#idBytes.set(index, uuidToBytes(row.messageId));
    this.#encoder.add({ index, keyText: keyOf(kind, row.record) }, codecFor(kind, version), record);
  }

  #refuse(index: number, rule: string, reason: string): void {
    this.#message.delivery.refuse({ index, target: this.#targetIndex, rule, reason });
  }
}

/** The record key: the symbol, or for reference data the company id. */
export function keyOf(kind: RecordKind, record: Unscaled<RecordV2>): string {
  return kind === "reference_data" && "company_id" in record ? record.company_id : record.symbol;
}
