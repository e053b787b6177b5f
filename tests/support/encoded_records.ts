/**
 * Encoded records, for tests of the steps after encoding.
 *
 * @module
 */
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { BatchEncoder, type InPlaceCodec } from "../../actors/encoding/batch_encoder.ts";
import type { EncodedRecord, EncodedRecords } from "../../actors/encoding/encoded_records.ts";
import { RecordRun, type RunMessage } from "../../actors/producers/record_run.ts";
import { RunKeys } from "../../actors/producers/run_keys.ts";

/** The data of a record; the value is the Avro body, without its frame. */
export interface GivenRecord extends Omit<EncodedRecord, "headers" | "value" | "origin" | "row"> {
  readonly body: Uint8Array;
}

/** Writes bytes unchanged. */
export const plainCodec: InPlaceCodec<Uint8Array> = {
  encodeInto(record: Uint8Array, buffer: Uint8Array, position: number): number {
    const end = position + record.length;
    if (end > buffer.length) return buffer.length - end;
    buffer.set(record, position);
    return end;
  },
};

/** The records of a batch. */
export function encodedRecordsOf(given: readonly GivenRecord[], schemaId: number): EncodedRecords {
  const encoder = new BatchEncoder({ schemaId, records: given.length });
  for (const { body, ...row } of given) encoder.add(row, plainCodec, body);
  const text = (index: number) => given.find((record) => record.index === index)?.messageId ?? "";
  return encoder.finish({ ids: { text, bytes: (index) => uuidToBytes(text(index)) }, idInHeader: false, from: null });
}

const keys = new RunKeys();

/** All records of a batch as runs. */
export function runsOf(of: Omit<RunMessage, "place">): RecordRun[] {
  const message = { ...of, place: { stream: { source: "file" }, run: 1, index: 0 } };
  return message.records.keyRuns.map(({ keyText: text, ...span }) => new RecordRun(message, keys.of(text), span));
}

/** For each record of some runs, the index of its row in its batch. */
export function indexesOf(runs: readonly RecordRun[]): number[] {
  return runs.flatMap(({ message: { records }, from, to }) => [...records.indexes.subarray(from, to)]);
}
