/**
 * The rows of a source as the bodies that a load would write of them.
 *
 * @module
 */
import { encodeRows } from "../../actors/encoding/encode_rows.ts";
import type { EncodedRecords } from "../../actors/encoding/encoded_records.ts";
import type { EventColumns } from "../../records/columns/event_columns.ts";
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
import { type Bodies, RecordContents } from "./record_contents.ts";
import { ID_BYTES, putIdBytes } from "./record_id.ts";

const BATCH_ROWS = 2_000;

/** A row as a record. The properties are those of the row that was read last. */
export interface EncodedRow {
  /** Rows before it in its source. */
  readonly at: number;
  readonly hasVenueId: boolean;
  readonly tradeDate: string;
  readonly keyText: string;
  /** Micros since the epoch; 0 for reference data. */
  readonly time: number;
  readonly symbol: BytePlaces;
  /** Four words. */
  readonly id: Uint32Array;
  /** Four words. */
  readonly digest: Uint32Array;
  /** Its value as it would be in the topic, but for the schema's id. */
  readonly value: Uint8Array;
}

/** Where a text begins and ends among bytes. */
export interface BytePlaces {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly end: number;
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
  time = 0;
  readonly symbol: { bytes: Uint8Array; from: number; end: number } = { bytes: new Uint8Array(0), from: 0, end: 0 };
  readonly id = new Uint32Array(4);
  readonly digest = new Uint32Array(4);
  readonly #version: SchemaVersion;
  readonly #contents: RecordContents;
  /** v1 does not say whether the venue gave an id. */
  readonly #asV2: RecordContents | null;
  #records: EncodedRecords | null = null;
  #record = 0;

  constructor(kind: RecordKind, version: SchemaVersion) {
    this.#version = version;
    this.#contents = new RecordContents(kind, version);
    this.#asV2 = version === "v1" ? new RecordContents(kind, "v2") : null;
  }

  get value(): Uint8Array {
    if (this.#records === null) throw new RangeError("No row was read");
    return this.#records.value(this.#record);
  }

  /** @returns how many there are */
  each(batch: RowBatch, take: (row: EncodedRow) => void): number {
    const records = this.#records = encoded(batch, this.#version), { events = null } = batch;
    const hasOwnIds = events?.layout.eventId === "derived", contents = this.#contents;
    contents.read(bodiesOf(records));
    let asV2: VenueIds | null = null;
    for (const { keyText, from, to } of records.keyRuns) {
      this.keyText = keyText;
      for (let record = from; record < to; record++) {
        this.#record = record;
        const index = records.indexes[record] ?? 0;
        const isInColumns = events !== null && (events.shared[index] ?? null) !== null;
        this.at = batch.from.row + index;
        this.hasVenueId = this.#asV2 === null || (hasOwnIds && isInColumns)
          ? contents.hasVenueId(record)
          : (asV2 ??= new VenueIds(encoded(batch, "v2"), this.#asV2)).has(index);
        this.tradeDate = tradeDateOf(batch, index);
        this.time = contents.time(record);
        this.symbol.bytes = contents.bytes(record);
        this.symbol.from = contents.symbolFrom(record);
        this.symbol.end = contents.symbolEnd(record);
        contents.putDigest(record, this.digest);
        this.#putId(record, isInColumns ? events : null);
        take(this);
      }
    }
    return records.length;
  }

  /** @param events the columns that the record's row is in */
  #putId(record: number, events: EventColumns | null): void {
    const contents = this.#contents, records = this.#records;
    if (contents.hasId(record)) return contents.putId(record, this.id);
    if (events !== null) return putIdBytes(this.id, events.ids, (records?.indexes[record] ?? 0) * ID_BYTES);
    const [header] = records?.headers(record) ?? [];
    if (header === undefined) throw new TypeError("A row has no message id");
    putIdBytes(this.id, header[1], 0);
  }
}

/** Asked row by row, in their order. */
class VenueIds {
  readonly #records: EncodedRecords;
  readonly #contents: RecordContents;
  #next = 0;

  constructor(records: EncodedRecords, contents: RecordContents) {
    this.#records = records;
    this.#contents = contents;
    contents.read(bodiesOf(records));
  }

  has(index: number): boolean {
    const { indexes } = this.#records;
    while ((indexes[this.#next] ?? index) < index) this.#next += 1;
    return indexes[this.#next] === index && this.#contents.hasVenueId(this.#next);
  }
}

function bodiesOf(records: EncodedRecords): Bodies {
  const ranges = new Uint32Array(records.length * 2);
  for (let record = 0; record < records.length; record++) {
    ranges[record * 2] = records.start(record) + HEADER_BYTES;
    ranges[record * 2 + 1] = records.ends[record] ?? 0;
  }
  return { bytes: records.values.subarray(0, records.ends.at(-1) ?? 0), ranges, isOurs: true };
}

function encoded(batch: RowBatch, version: SchemaVersion): EncodedRecords {
  const bad = badRows(batch);
  const delivery = { isPending: (_: number, index: number) => !bad.has(index), refuse: () => {} };
  return encodeRows({ batch, from: null, delivery }, 0, { version, schema: null });
}
