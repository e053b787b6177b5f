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
import type { MarketRecord, RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import { type RowBatch, rowCount, type SourceRow } from "../sources/source.ts";
import type { RecordHeader } from "../transport/log.ts";
import { BatchEncoder } from "./batch_encoder.ts";
import type { EncodedRecord, RowsAdmitted, Target } from "./messages.ts";

/** Encodes the rows that are still to be written for one target; refuses those that cannot be. */
export function encodeRows(message: RowsAdmitted, targetIndex: number, target: Target): EncodedRecord[] {
  const { batch, delivery } = message;
  const one = new RowEncoding(message, targetIndex, target);
  const encodeEvent = batch.events === undefined ? null : eventEncoding(batch.events, target);
  const records: EncodedRecord[] = [];
  const rows = rowCount(batch);
  for (let index = 0; index < rows; index++) {
    if (!delivery.isPending(targetIndex, index)) continue;
    const record = encodeEvent?.(index) ?? one.encode(index);
    if (record !== null) records.push(record);
  }
  return records;
}

/** Rows in columns: null for one whose record has to be made. */
function eventEncoding(events: EventColumns, { version, schema }: Target): (index: number) => EncodedRecord | null {
  const encoder = eventEncoderOf(events.kind, version);
  const values = new BatchEncoder(encoder.rowsOf(events), { schemaId: schema.id, records: events.size });
  const withHeader = version === "v1";
  return (index) =>
    encoder.takes(events, index) ? new EncodedEvent(events, index, values.encode(index), withHeader) : null;
}

/** An encoded row of columns; its id becomes text only if somebody asks for it. */
class EncodedEvent implements EncodedRecord {
  readonly #events: EventColumns;
  readonly headers?: readonly RecordHeader[];

  constructor(events: EventColumns, readonly index: number, readonly value: Uint8Array, withHeader: boolean) {
    this.#events = events;
    if (withHeader) this.headers = headersOf(events.idBytes(index));
  }

  get keyText(): string {
    return this.#events.shared[this.index]?.record.symbol ?? "";
  }

  get messageId(): string {
    return this.#events.messageId(this.index);
  }
}

/** v1 has no field for the id, so it travels as a header. */
function headersOf(messageId: Uint8Array): readonly RecordHeader[] {
  return [["message_id", messageId]];
}

/** Rows one by one, by their records. */
class RowEncoding {
  readonly #batch: RowBatch;
  readonly #message: RowsAdmitted;
  readonly #targetIndex: number;
  readonly #target: Target;
  #values: BatchEncoder<MarketRecord | Unscaled<MarketRecord>> | null = null;

  constructor(message: RowsAdmitted, targetIndex: number, target: Target) {
    this.#message = message;
    this.#batch = message.batch;
    this.#targetIndex = targetIndex;
    this.#target = target;
  }

  /** Null for a row that is refused. */
  encode(index: number): EncodedRecord | null {
    const row = this.#batch.rows[index];
    if (row === undefined) throw new RangeError(`The batch has no row ${index}`);
    try {
      return this.#encode(row, index);
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
      this.#refuse(index, error instanceof RecordError ? error.rule : "not_encodable", error.message);
      return null;
    }
  }

  #encode(row: SourceRow, index: number): EncodedRecord | null {
    if (!row.ok) {
      this.#refuse(index, row.rule, row.reason);
      return null;
    }
    const { record, messageId } = row;
    const { kind } = this.#batch;
    const keyText = keyOf(kind, record);
    if (this.#target.version === "v2") return { index, keyText, value: this.#encoder.encode(record), messageId };
    const value = this.#encoder.encode(unscaledToV1(kind, record));
    return { index, keyText, value, messageId, headers: headersOf(uuidToBytes(messageId)) };
  }

  /** Made at the first record: most batches are all in columns, or all not. */
  get #encoder() {
    const { version, schema } = this.#target;
    const codec = codecFor(this.#batch.kind, version);
    return this.#values ??= new BatchEncoder(codec, { schemaId: schema.id, records: rowCount(this.#batch) });
  }

  #refuse(index: number, rule: string, reason: string): void {
    this.#message.delivery.refuse({ index, target: this.#targetIndex, rule, reason });
  }
}

/** The record key: the symbol, or for reference data the company id. */
export function keyOf(kind: RecordKind, record: Unscaled<RecordV2>): string {
  return kind === "reference_data" && "company_id" in record ? record.company_id : record.symbol;
}
