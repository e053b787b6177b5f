/**
 * A record on its way to a partition: what the log takes, and what is owed for it, in one object.
 *
 * @module
 */
import type { LogRecord, RecordHeader } from "../transport/log.ts";
import type { TopicPart } from "./delivery.ts";
import type { EncodedRecord, RecordsEncoded } from "./messages.ts";

/** A record in a lane, with the debt that it settles. */
export interface LaneEntry extends LogRecord {
  readonly keyText: string;
  /** Made when it is asked for, where the record came from columns. */
  readonly messageId: string;
  readonly bytes: number;
  readonly epoch: number;
  readonly index: number;
  readonly part: TopicPart;
}

/** What the log's own record format adds to key and value, at most, for records with one header. */
const RECORD_OVERHEAD_BYTES = 64;
const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

/** An encoded record as an entry. */
export class EncodedEntry implements LaneEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly timestamp: number;
  readonly headers: readonly RecordHeader[];
  readonly epoch: number;
  readonly index: number;
  readonly part: TopicPart;
  readonly #encoded: EncodedRecord;

  constructor(encoded: EncodedRecord, key: Uint8Array, { timestamp, epoch, part }: RecordsEncoded) {
    this.key = key;
    this.value = encoded.value;
    this.timestamp = timestamp;
    this.headers = encoded.headers ?? NO_HEADERS;
    this.epoch = epoch;
    this.index = encoded.index;
    this.part = part;
    this.#encoded = encoded;
  }

  get keyText(): string {
    return this.#encoded.keyText;
  }

  get messageId(): string {
    return this.#encoded.messageId;
  }

  get bytes(): number {
    return RECORD_OVERHEAD_BYTES + this.key.length + this.value.length;
  }
}
