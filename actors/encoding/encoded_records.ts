/**
 * The encoded records of one batch for one target, in columns: the values stand one after the other in one buffer, and
 * numbers tell where each ends and which row it was made of. A record becomes an object only when it is asked for.
 *
 * @module
 */
import type { SourceRow } from "../../sources/source.ts";
import type { RecordHeader } from "../../transport/log.ts";
import { REPLAYED } from "../../transport/source_header.ts";

/** One encoded record. */
export interface EncodedRecord {
  /** Index of its row in the batch. */
  readonly index: number;
  /** The key as text: what partitions are cached by. */
  readonly keyText: string;
  readonly value: Uint8Array;
  /** But for that of the origin. */
  readonly headers: readonly RecordHeader[];
  readonly messageId: string;
  readonly origin: Uint8Array | null;
  /** The number that its row has in its source. */
  readonly row: number;
}

/** The message ids of the rows of a batch, by their indexes. Of rows that were encoded, neither call throws. */
export interface RowIds {
  text(index: number): string;
  /** The 16 bytes of the UUID, where ids travel in headers. */
  bytes(index: number): Uint8Array;
}

/** Records next to each other that have the same key: `from` to `to`, exclusive. */
export interface KeyRun {
  readonly keyText: string;
  readonly from: number;
  readonly to: number;
}

/** Where the rows of a batch come from that a load has read: they have consecutive numbers in their source. */
export interface LoadOrigin {
  /** The origin of the load, as the header `src` has it. */
  readonly origin: Uint8Array;
  /** Number of the batch's first row. */
  readonly firstRow: number;
}

/** Where the rows of a batch come from; those of a replay say so one by one. */
export type BatchOrigin = LoadOrigin | { readonly replayed: readonly SourceRow[] };

/** The origin of the load that a replayed row is of; null for any other. */
export function replayOf(row: SourceRow | undefined): Uint8Array | null {
  return row?.ok === true ? row.replayOf ?? null : null;
}

/** What the records are made of. */
export interface EncodedColumns {
  /** For each record the index of its row in the batch. */
  readonly indexes: Int32Array;
  /** The framed values, one after the other from the beginning on. */
  readonly values: Uint8Array;
  /** For each record where its value ends. */
  readonly ends: Int32Array;
  /** Without gaps, from the first record to the last. */
  readonly keyRuns: readonly KeyRun[];
  readonly ids: RowIds;
  /** Null for rows of a source that a later run cannot know again. */
  readonly from: BatchOrigin | null;
  /** The id travels as a header, for a schema that has no field for it. */
  readonly idInHeader: boolean;
}

const NO_HEADERS: readonly RecordHeader[] = Object.freeze([]);

/** Encoded records, known by their place among them. The bytes of the values are never written again. */
export class EncodedRecords implements Iterable<EncodedRecord> {
  readonly keyRuns: readonly KeyRun[];
  /** For each record the index of its row in the batch. */
  readonly indexes: Int32Array;
  /** Holds the values. */
  readonly values: Uint8Array;
  /** For each record where its value ends among {@link values}. */
  readonly ends: Int32Array;
  readonly #ids: RowIds;
  readonly #idInHeader: boolean;
  readonly #origin: Uint8Array | null;
  readonly #firstRow: number;
  readonly #replayed: readonly SourceRow[] | null;

  constructor({ indexes, values, ends, keyRuns, ids, idInHeader, from }: EncodedColumns) {
    this.indexes = indexes;
    this.values = values;
    this.ends = ends;
    this.keyRuns = keyRuns;
    this.#ids = ids;
    this.#idInHeader = idInHeader;
    const load = from !== null && "origin" in from ? from : null;
    this.#origin = load?.origin ?? null;
    this.#firstRow = load?.firstRow ?? 0;
    this.#replayed = from !== null && "replayed" in from ? from.replayed : null;
  }

  get length(): number {
    return this.ends.length;
  }

  /** A view on the value of a record. */
  value(at: number): Uint8Array {
    return this.values.subarray(this.start(at), this.ends[at]);
  }

  /** Where the value of a record begins among {@link values}; one past the last record, where that ends. */
  start(at: number): number {
    return at === 0 ? 0 : this.ends[at - 1] ?? 0;
  }

  /** Where all records come from; null if they say it one by one, or not at all. */
  get load(): LoadOrigin | null {
    return this.#origin === null ? null : { origin: this.#origin, firstRow: this.#firstRow };
  }

  /** Whether a record may have headers besides that of {@link load}. */
  get hasHeaders(): boolean {
    return this.#idInHeader || this.#replayed !== null;
  }

  headers(at: number): readonly RecordHeader[] {
    const index = this.#indexOf(at);
    const headers: readonly RecordHeader[] = this.#idInHeader ? [["message_id", this.#ids.bytes(index)]] : NO_HEADERS;
    return this.#replayed !== null && replayOf(this.#replayed[index]) !== null ? [...headers, REPLAYED] : headers;
  }

  /** The origin that the record names in a header, with {@link row}; null if it names none. */
  origin(at: number): Uint8Array | null {
    return this.#replayed === null ? this.#origin : replayOf(this.#replayed[this.#indexOf(at)]);
  }

  /** The number that the record's row has in its source. */
  row(at: number): number {
    const index = this.#indexOf(at);
    return this.#replayed === null ? this.#firstRow + index : this.#replayed[index]?.row ?? 0;
  }

  messageId(at: number): string {
    return this.#ids.text(this.#indexOf(at));
  }

  *[Symbol.iterator](): Iterator<EncodedRecord> {
    for (const { keyText, from, to } of this.keyRuns) {
      for (let at = from; at < to; at++) {
        yield {
          index: this.#indexOf(at),
          keyText,
          value: this.value(at),
          headers: this.headers(at),
          messageId: this.messageId(at),
          origin: this.origin(at),
          row: this.row(at),
        };
      }
    }
  }

  #indexOf(at: number): number {
    const index = this.indexes[at];
    if (index === undefined) throw new RangeError(`There is no record ${at} among ${this.length}`);
    return index;
  }
}
