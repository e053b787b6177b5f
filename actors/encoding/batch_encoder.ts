/**
 * Encodes the records of one batch into one buffer: one allocation for thousands of records instead of several for each.
 * The buffer is given away with the records, so the values stay intact for as long as anything refers to them.
 *
 * @module
 */
import { HEADER_BYTES, writeHeader } from "../../schemas/avro/wire.ts";
import type { EncodedBodies } from "../../records/columns/row_bodies.ts";
import { type EncodedColumns, EncodedRecords, type KeyRun } from "./encoded_records.ts";

/** What a batch encoder needs of a codec: encoding in place. */
export interface InPlaceCodec<R> {
  /** The new position, or a negative number: that many bytes are missing. */
  encodeInto(record: R, buffer: Uint8Array, position: number): number;
}

/**
 * How many bytes more than the first record the others may have on average: too few cost a copy of the buffer, too many
 * some unused memory.
 */
const SPARE_BYTES = 16;
/** Room enough for a batch of ordinary records. */
const MAX_ROOM = 1024 * 1024;
/** What 32 bits with a sign can tell. A batch that is larger crashes the converter, and is halved until it is not. */
const MAX_BYTES = 2 ** 31 - 1;

/** Of one batch and one target. */
export class BatchEncoder {
  readonly #header = new Uint8Array(HEADER_BYTES);
  readonly #indexes: Int32Array;
  readonly #ends: Int32Array;
  readonly #keyRuns: KeyRun[] = [];
  #buffer: Uint8Array = new Uint8Array(0);
  #length = 0;
  #position = 0;
  #keyText = "";
  #keyFrom = 0;

  /** @param options `records`: maximum number of records. */
  constructor(options: { readonly schemaId: number; readonly records: number }) {
    const { schemaId, records } = options;
    writeHeader(this.#header, 0, schemaId);
    this.#indexes = new Int32Array(records);
    this.#ends = new Int32Array(records);
  }

  /** Appends the record of a row as magic byte, schema id and Avro body. One that throws leaves nothing behind. */
  add<R>(row: { readonly index: number; readonly keyText: string }, codec: InPlaceCodec<R>, record: R): void {
    const at = this.#length;
    if (at === this.#ends.length) throw new RangeError(`More than ${at} records`);
    let end = this.#write(codec, record);
    while (end < 0) {
      this.#grow(-end);
      end = this.#write(codec, record);
    }
    checkLength(end);
    this.#note(row.index, row.keyText, end);
  }

  /** Appends the values of rows, with the key of each. */
  addAll(rows: Int32Array, { values, ends }: EncodedBodies, keyTextOf: (row: number) => string): void {
    const at = this.#length, position = this.#position;
    if (at + rows.length > this.#ends.length) throw new RangeError(`More than ${this.#ends.length} records`);
    checkLength(position + values.length);
    if (position === 0) this.#buffer = values;
    else {
      const missing = position + values.length - this.#buffer.length;
      if (missing > 0) this.#grow(missing);
      this.#buffer.set(values, position);
    }
    this.#indexes.set(rows, at);
    for (let number = 0; number < rows.length; number++) {
      this.#ends[at + number] = position + (ends[number] ?? 0);
      const keyText = keyTextOf(rows[number] ?? 0);
      if (keyText === this.#keyText) continue;
      this.#length = at + number;
      this.#endKeyRun(keyText);
    }
    this.#length = at + rows.length;
    this.#position = position + values.length;
  }

  /** The records so far. Call once. */
  finish(about: Pick<EncodedColumns, "ids" | "idInHeader" | "from">): EncodedRecords {
    this.#endKeyRun("");
    return new EncodedRecords({
      indexes: this.#indexes.subarray(0, this.#length),
      values: this.#buffer,
      ends: this.#ends.subarray(0, this.#length),
      keyRuns: this.#keyRuns,
      ...about,
    });
  }

  /** Counts a record whose value is in the buffer. */
  #note(index: number, keyText: string, end: number): void {
    const at = this.#length;
    this.#indexes[at] = index;
    this.#ends[at] = end;
    this.#position = end;
    if (keyText !== this.#keyText) this.#endKeyRun(keyText);
    this.#length = at + 1;
  }

  #endKeyRun(next: string): void {
    const to = this.#length;
    if (to > this.#keyFrom) this.#keyRuns.push({ keyText: this.#keyText, from: this.#keyFrom, to });
    this.#keyText = next;
    this.#keyFrom = to;
  }

  #write<R>(codec: InPlaceCodec<R>, record: R): number {
    const buffer = this.#buffer, header = this.#header, position = this.#position, body = position + HEADER_BYTES;
    if (body <= buffer.length) { for (let at = 0; at < HEADER_BYTES; at++) buffer[position + at] = header[at] ?? 0; }
    return codec.encodeInto(record, buffer, body);
  }

  /**
   * Makes room for this record and as much for each record to come, up to a bound: thousands of small records may
   * follow one large one.
   */
  #grow(missing: number): void {
    const position = this.#position;
    const bytes = this.#buffer.length - position + missing;
    const wanted = (this.#ends.length - this.#length) * (bytes + SPARE_BYTES);
    const grown = new Uint8Array(position + Math.max(bytes, Math.min(wanted, Math.max(position, MAX_ROOM))));
    grown.set(this.#buffer.subarray(0, position));
    this.#buffer = grown;
  }
}

function checkLength(bytes: number): void {
  if (bytes > MAX_BYTES) throw new RangeError(`A batch has more than ${MAX_BYTES} bytes of records`);
}
