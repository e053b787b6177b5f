/**
 * Encoded records next to each other that have the same key, on their way to a partition, with the debt that they settle.
 *
 * @module
 */
import type { LogRecord, LogRecordRun, LogRecords, LogRunSource, RecordHeader } from "../../transport/log.ts";
import { allHeaders } from "../../transport/source_header.ts";
import type { TopicPart } from "../delivery/delivery.ts";
import type { EncodedRecords } from "../encoding/encoded_records.ts";
import type { StreamPlace } from "../messages.ts";
import type { RunKey } from "./run_keys.ts";
import { contentOf, type SentRecord } from "./sent_record.ts";

/**
 * What the log's own record format adds to key and value at most, with an id and an origin as headers: 48 bytes and 20,
 * rounded up.
 */
const RECORD_OVERHEAD_BYTES = 80;

/** What a run needs of the message that its records came with. */
export interface RunMessage {
  readonly records: EncodedRecords;
  /** Record timestamp in milliseconds. */
  readonly timestamp: number;
  readonly epoch: number;
  readonly place: StreamPlace;
  readonly part: TopicPart;
}

export class RecordRun implements LogRecordRun {
  readonly message: RunMessage;
  readonly runKey: RunKey;
  /** First record, among the encoded ones. */
  readonly from: number;
  /** One past the last record. */
  readonly to: number;
  #bytes: number | undefined;

  constructor(message: RunMessage, key: RunKey, { from, to }: { readonly from: number; readonly to: number }) {
    this.message = message;
    this.runKey = key;
    this.from = from;
    this.to = to;
  }

  get length(): number {
    return this.to - this.from;
  }

  get key(): Uint8Array {
    return this.runKey.bytes;
  }

  get timestamp(): number {
    return this.message.timestamp;
  }

  get values(): Uint8Array {
    return this.message.records.values;
  }

  get start(): number {
    return this.message.records.start(this.from);
  }

  get ends(): Int32Array {
    return this.message.records.ends.subarray(this.from, this.to);
  }

  get headers(): ((at: number) => readonly RecordHeader[]) | null {
    const { load, hasHeaders } = this.message.records;
    if (!hasHeaders) return null;
    return (at) => {
      const record = this.record(at);
      return load === null ? allHeaders(record) : record.headers;
    };
  }

  get source(): LogRunSource | null {
    const { load, indexes } = this.message.records;
    return load === null ? null : { ...load, indexes: indexes.subarray(this.from, this.to) };
  }

  record(at: number): LogRecord & { readonly headers: readonly RecordHeader[] } {
    const { records, timestamp } = this.message, place = this.from + at;
    return {
      key: this.key,
      value: records.value(place),
      timestamp,
      headers: records.headers(place),
      origin: records.origin(place),
      row: records.row(place),
    };
  }

  /** An upper bound of the bytes that the records take in the log. */
  get bytes(): number {
    return this.#bytes ??= this.#bytesTo(this.to);
  }

  /** A part of the run, by places in it. */
  slice(from: number, to: number): RecordRun {
    return new RecordRun(this.message, this.runKey, { from: this.from + from, to: this.from + to });
  }

  /** How many records from the first on are within the bounds. */
  countWithin({ records: most, bytes }: { readonly records: number; readonly bytes: number }): number {
    if (this.length <= most && this.bytes <= bytes) return this.length;
    const last = this.from + Math.min(this.length, most);
    let to = this.from;
    while (to < last && this.#bytesTo(to + 1) <= bytes) to++;
    return to - this.from;
  }

  #bytesTo(to: number): number {
    const { records } = this.message;
    const each = RECORD_OVERHEAD_BYTES + this.key.length;
    return (to - this.from) * each + records.start(to) - records.start(this.from);
  }

  messageId(at: number): string {
    return this.message.records.messageId(this.from + at);
  }

  /** By what the record is recognised when it is read again. */
  sent(at: number): SentRecord {
    const { records } = this.message, place = this.from + at;
    const origin = records.origin(place)?.toHex();
    return {
      messageId: this.messageId(at),
      source: origin === undefined ? null : { origin, row: records.row(place) },
      content: contentOf(records.value(place)),
    };
  }

  /** A client is given all records. */
  sending(): void {
    const { records, part } = this.message;
    part.sending(records.indexes, this.from, this.to);
  }

  /** All records are in the log, one after the other. */
  acknowledge(partition: number, baseOffset: bigint): void {
    const { records, part } = this.message;
    part.acknowledge(records.indexes, partition, baseOffset, this.from, this.to);
  }

  /** The log will not take any of the records, ever. */
  refuse(rule: string, reason: string): void {
    const { records, part } = this.message;
    for (const index of records.indexes.subarray(this.from, this.to)) part.refuse(index, rule, reason);
  }
}

/** How many records some runs have. */
export function recordsIn(runs: readonly RecordRun[]): number {
  let count = 0;
  for (const run of runs) count += run.length;
  return count;
}

/** Runs as what the log takes. */
export class RunRecords implements LogRecords {
  readonly length: number;
  readonly runs: readonly RecordRun[];

  constructor(runs: readonly RecordRun[]) {
    this.runs = runs;
    this.length = recordsIn(runs);
  }

  *[Symbol.iterator](): Iterator<LogRecord> {
    for (const run of this.runs) {
      for (let at = 0; at < run.length; at++) yield run.record(at);
    }
  }

  /** By what the records are recognised when they are read again. */
  sent(): SentRecord[] {
    return this.runs.flatMap((run) => Array.from({ length: run.length }, (_, at) => run.sent(at)));
  }
}
