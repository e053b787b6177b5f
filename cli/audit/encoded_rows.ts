/**
 * The rows of a source as the bodies that a load would write of them.
 *
 * @module
 */
import { encodeRows } from "../../actors/encoding/encode_rows.ts";
import type { EncodedRecords } from "../../actors/encoding/encoded_records.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import { HEADER_BYTES } from "../../schemas/avro/wire.ts";
import {
  badRows,
  type RowBatch,
  rowCount,
  type RowSource,
  type SourcePosition,
  tradeDateOf,
} from "../../sources/source.ts";
import { RecordContent } from "./record_content.ts";
import { ID_BYTES, putIdBytes, putIdText } from "./record_id.ts";

const BATCH_ROWS = 2_000;

/** A row as a record. The properties are those of the row that was read last. */
export interface EncodedRow {
  /** Rows before it in its source. */
  readonly at: number;
  readonly content: RecordContent;
  readonly hasVenueId: boolean;
  readonly tradeDate: string;
  readonly keyText: string;
  /** Four words. */
  readonly id: Uint32Array;
  /** Four words. */
  readonly digest: Uint32Array;
  /** Its value as it would be in the topic, but for the schema's id. */
  readonly value: Uint8Array;
}

/** How many rows a source has, and how many of them cannot be records of the version. */
export interface RowCounts {
  readonly rows: number;
  readonly bad: number;
}

/**
 * Reads a source, and calls back for each row that can be a record. The callback must not keep what it gets.
 *
 * @param from where to begin; at the start if it is not given
 */
export async function readRows(
  source: RowSource,
  { version, from, until }: { version: SchemaVersion; from?: SourcePosition; until?: () => boolean },
  take: (row: EncodedRow) => void,
): Promise<RowCounts> {
  const rows = new BatchRows(source.kind, version);
  const reader = await source.open(from);
  let read = 0, good = 0;
  try {
    while (until?.() !== true) {
      const batch = await reader.next(BATCH_ROWS);
      if (batch === null) break;
      good += rows.each(batch, take);
      read = batch.from.row + rowCount(batch);
    }
  } finally {
    await reader.close();
  }
  return { rows: read, bad: read - good };
}

/** One row after the other of a batch. */
class BatchRows implements EncodedRow {
  at = 0;
  hasVenueId = false;
  tradeDate = "";
  keyText = "";
  value: Uint8Array = new Uint8Array(0);
  readonly content: RecordContent;
  readonly id = new Uint32Array(4);
  readonly digest = new Uint32Array(4);
  readonly #version: SchemaVersion;
  /** v1 does not say whether the venue gave an id. */
  readonly #asV2: RecordContent | null;

  constructor(kind: RecordKind, version: SchemaVersion) {
    this.#version = version;
    this.content = new RecordContent(kind, version);
    this.#asV2 = version === "v1" ? new RecordContent(kind, "v2") : null;
  }

  /** @returns how many there are */
  each(batch: RowBatch, take: (row: EncodedRow) => void): number {
    const records = encoded(batch, this.#version), { events = null } = batch;
    const hasOwnIds = events?.layout.eventId === "derived";
    let asV2: VenueIds | null = null;
    const { content, id, digest } = this;
    for (const { keyText, from, to } of records.keyRuns) {
      this.keyText = keyText;
      for (let record = from; record < to; record++) {
        const index = records.indexes[record] ?? 0, value = records.value(record);
        const isInColumns = events !== null && (events.shared[index] ?? null) !== null;
        const hasOwnId = hasOwnIds && isInColumns;
        content.read(value, { from: HEADER_BYTES, end: value.length, isOurs: true, hasOwnId });
        digest.set(content.digest);
        this.value = value;
        this.at = batch.from.row + index;
        this.hasVenueId = this.#asV2 === null || hasOwnId
          ? content.hasVenueId
          : (asV2 ??= new VenueIds(encoded(batch, "v2"), this.#asV2)).has(index);
        this.tradeDate = tradeDateOf(batch, index);
        const [header] = isInColumns ? [] : records.headers(record);
        if (isInColumns) putIdBytes(id, events.ids, index * ID_BYTES);
        else if (header === undefined) putIdText(id, content);
        else putIdBytes(id, header[1], 0);
        take(this);
      }
    }
    return records.length;
  }
}

/** Asked row by row, in their order. */
class VenueIds {
  readonly #records: EncodedRecords;
  readonly #content: RecordContent;
  #next = 0;

  constructor(records: EncodedRecords, content: RecordContent) {
    this.#records = records;
    this.#content = content;
  }

  has(index: number): boolean {
    const records = this.#records;
    while ((records.indexes[this.#next] ?? index) < index) this.#next += 1;
    if (records.indexes[this.#next] !== index) return false;
    const value = records.value(this.#next);
    this.#content.read(value, { from: HEADER_BYTES, end: value.length, isOurs: true });
    return this.#content.hasVenueId;
  }
}

function encoded(batch: RowBatch, version: SchemaVersion): EncodedRecords {
  const bad = badRows(batch);
  const delivery = { isPending: (_: number, index: number) => !bad.has(index), refuse: () => {} };
  return encodeRows({ batch, from: null, delivery }, 0, { version, schema: null });
}
