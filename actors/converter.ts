/**
 * The converter: rows in, encoded records out, for each target version of the batch. It keeps nothing between batches. A
 * row that cannot be written as a version is refused with its rule; what throws otherwise is a bug, and the batch goes
 * back to its source.
 *
 * @module
 */
import { uuidToBytes } from "../records/identity.ts";
import { RecordError } from "../records/errors.ts";
import { unscaledToV1 } from "../records/unscaled.ts";
import { codecFor, EncodeError } from "../schemas/codec.ts";
import type { RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import { BatchEncoder } from "./batch_encoder.ts";
import type { ActorSpec } from "./kernel/types.ts";
import type { ConverterMessage, EncodedRecord, RowsAdmitted, Target } from "./messages.ts";

/** Options of the converter. */
export interface ConverterOptions {
  /** @default "converter" */
  readonly id?: string;
  /** Mailbox bound, in batches. @default 8 */
  readonly capacity?: number;
}

/** The spec of a converter. */
export function converterActor(options: ConverterOptions = {}): ActorSpec<ConverterMessage> {
  return {
    id: options.id ?? "converter",
    capacity: options.capacity ?? 8,
    obligation: (message) => message.delivery,
    start: (context) => ({
      async receive(message) {
        const timestamp = context.clock.now();
        for (const [index, target] of message.targets.entries()) {
          const records = encodeRows(message, index, target);
          const part = message.delivery.openPart(index, target.topic, records.length);
          const { place, epoch } = message;
          try {
            await target.producer.send(
              { type: "records_encoded", place, epoch, timestamp, records, part },
              { signal: context.signal },
            );
          } catch (cause) {
            part.fail(cause);
            throw cause;
          }
        }
        message.delivery.finish();
      },
    }),
  };
}

/** Encodes the rows that are still to be written for one target; refuses those that cannot be. */
export function encodeRows(message: RowsAdmitted, targetIndex: number, target: Target): EncodedRecord[] {
  const { batch, delivery } = message;
  const encoder = new BatchEncoder(codecFor(batch.kind, target.version), {
    schemaId: target.schema.id,
    records: batch.rows.length,
  });
  const records: EncodedRecord[] = [];
  batch.rows.forEach((row, index) => {
    if (!delivery.isPending(targetIndex, index)) return;
    if (!row.ok) {
      delivery.refuse({ index, target: targetIndex, rule: row.rule, reason: row.reason });
      return;
    }
    try {
      const { record, messageId } = row;
      const keyText = keyOf(batch.kind, record);
      if (target.version === "v1") {
        // v1 has no field for the id, so it travels as a header.
        const value = encoder.encode(unscaledToV1(batch.kind, record));
        records.push({ index, keyText, value, messageId, headers: [["message_id", uuidToBytes(messageId)]] });
      } else {
        records.push({ index, keyText, value: encoder.encode(record), messageId });
      }
    } catch (error) {
      if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
      const rule = error instanceof RecordError ? error.rule : "not_encodable";
      delivery.refuse({ index, target: targetIndex, rule, reason: error.message });
    }
  });
  return records;
}

/** The record key: the symbol, or for reference data the company id. */
export function keyOf(kind: RecordKind, record: Unscaled<RecordV2>): string {
  return kind === "reference_data" && "company_id" in record ? record.company_id : record.symbol;
}
