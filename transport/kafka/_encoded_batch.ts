/**
 * Record batches as single buffers, for tests.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { LogRecords } from "../log.ts";
import { RecordBatch } from "./record_batch_encoder.ts";

/** The records as one batch. */
export function encodeRecordBatch(
  records: LogRecords,
  options: ConstructorParameters<typeof RecordBatch>[1],
): Buffer {
  return Buffer.concat(new RecordBatch(records, options).pieces());
}
