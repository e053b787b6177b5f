/**
 * What a topic must hold: the rows of the source files, by message id, in file order. Kept compact, because it holds every
 * row of the files: one map entry and a few bytes each.
 *
 * @module
 */
import { RecordError } from "../../records/errors.ts";
import { ALL_BY_ROW } from "../../records/open_instant.ts";
import { sipHash128, sipHashKey } from "../../records/siphash.ts";
import { unscaledToV1 } from "../../records/unscaled.ts";
import { codecFor, EncodeError } from "../../schemas/codec.ts";
import type { MarketRecord, RecordKind, RecordV2, SchemaVersion, Unscaled } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";

/** How a record of the topic compares with the files. */
export type Match = "found" | "twice" | "different";

const BATCH_ROWS = 1_000;
const START = { row: 0, line: 0, offset: 0 };
const DIGEST_KEY = sipHashKey(new Uint8Array(16));

/** A record's content but for the time of ingestion, which differs from load to load. */
export type ContentDigest = number;

/** A decoded record, as far as an audit looks at it. */
export interface DecodedRecord {
  readonly digest: ContentDigest;
  readonly symbol: string;
  /** Micros since the epoch; 0 for reference data. */
  readonly time: number;
}

/** The codec of any of the records: it checks every field of what it is given, so the loose type costs nothing. */
interface AnyCodec {
  encode(record: object): Uint8Array;
  decodeUnscaled(body: Uint8Array): Unscaled<MarketRecord>;
}

/** An expected row under its id by row number. */
export interface NumberedRow {
  readonly messageId: string;
  /** Its place in file order. */
  readonly index: number;
  readonly digest: ContentDigest;
}

/** Digests what a decoded record says. */
export class RecordDigest {
  readonly #codec: AnyCodec;
  readonly #hash = new Uint32Array(4);

  constructor(readonly kind: RecordKind, readonly version: SchemaVersion) {
    this.#codec = codecFor(kind, version);
  }

  /** @param body an Avro body of this kind and version. */
  ofBody(body: Uint8Array): DecodedRecord {
    const record = this.#codec.decodeUnscaled(body);
    return { digest: this.#of(record), symbol: record.symbol, time: timeOf(record) };
  }

  /** @throws {RecordError | EncodeError} If the row cannot be written as this version. */
  ofRow(record: Unscaled<RecordV2>): ContentDigest {
    return this.#of(this.version === "v1" ? unscaledToV1(this.kind, record) : record);
  }

  #of(record: object): ContentDigest {
    const bytes = this.#codec.encode("ingestion_timestamp" in record ? { ...record, ingestion_timestamp: 0 } : record);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    sipHash128(DIGEST_KEY, { view, length: bytes.length, out: this.#hash });
    // 52 of the 128 bits, so that a digest fits into a number.
    return (this.#hash[0] ?? 0) * 2 ** 20 + ((this.#hash[1] ?? 0) >>> 12);
  }
}

function timeOf(record: Unscaled<MarketRecord>): number {
  if ("exchange_timestamp" in record) return record.exchange_timestamp * 1_000;
  return "timestamp" in record ? record.timestamp : 0;
}

/** The rows that one version's topic must hold. */
export class ExpectedRows {
  readonly #indexOf = new Map<string, number>();
  readonly #digests: number[] = [];
  readonly #days: string[] = [];
  #foundTimes = new Uint8Array(1024);
  readonly symbols = new Set<string>();
  /** Rows that are in no topic because they cannot be written; a load dead-letters them. */
  bad = 0;
  /** Rows whose id an earlier row has: the files hold the same row twice. */
  repeated = 0;
  firstTime = Infinity;
  lastTime = -Infinity;

  get size(): number {
    return this.#digests.length;
  }

  /** Adds the rows of a source, in its order. */
  async addSource(source: RowSource, version: SchemaVersion): Promise<void> {
    const digest = new RecordDigest(source.kind, version);
    const reader = await source.open();
    try {
      for (let batch = await reader.next(BATCH_ROWS); batch !== null; batch = await reader.next(BATCH_ROWS)) {
        for (const row of batch.rows) {
          if (!row.ok) {
            this.bad += 1;
            continue;
          }
          try {
            this.#add(row.record, { messageId: row.messageId, day: row.tradeDate, digest: digest.ofRow(row.record) });
          } catch (error) {
            if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;
            this.bad += 1;
          }
        }
      }
    } finally {
      await reader.close();
    }
  }

  /**
   * Reads a source once more: those of its expected rows whose ids by row number are wanted. Nothing for a source that can
   * be read only once.
   */
  async *rowsByNumber(
    source: RowSource,
    { version, wanted }: { readonly version: SchemaVersion; readonly wanted: ReadonlySet<string> },
  ): AsyncGenerator<NumberedRow> {
    if (!source.resumable) return;
    const digest = new RecordDigest(source.kind, version);
    const rows = await source.open(), numbered = await source.open({ ...START, openInstant: ALL_BY_ROW });
    try {
      for (;;) {
        const batch = await rows.next(BATCH_ROWS), same = await numbered.next(BATCH_ROWS);
        if (batch === null || same === null) return;
        for (const [at, row] of batch.rows.entries()) {
          const other = same.rows[at];
          const index = row.ok ? this.indexOf(row.messageId) : undefined;
          if (index === undefined || !other?.ok || !wanted.has(other.messageId)) continue;
          yield { messageId: other.messageId, index, digest: digest.ofRow(other.record) };
        }
      }
    } finally {
      await rows.close();
      await numbered.close();
    }
  }

  #add(record: Unscaled<RecordV2>, row: { messageId: string; day: string; digest: ContentDigest }): void {
    if (this.#indexOf.has(row.messageId)) {
      this.repeated += 1;
      return;
    }
    const index = this.#digests.length;
    this.#indexOf.set(row.messageId, index);
    this.#digests.push(row.digest);
    this.#days.push(row.day);
    const time = timeOf(record);
    this.firstTime = Math.min(this.firstTime, time);
    this.lastTime = Math.max(this.lastTime, time);
    this.symbols.add(record.symbol);
    if (index >= this.#foundTimes.length) {
      const larger = new Uint8Array(this.#foundTimes.length * 2);
      larger.set(this.#foundTimes);
      this.#foundTimes = larger;
    }
  }

  /** True if a file could hold such a record: its symbol is there, and its time is within the files' span. */
  covers({ symbol, time }: DecodedRecord): boolean {
    return this.symbols.has(symbol) && time >= this.firstTime && time <= this.lastTime;
  }

  /** Place of a row in file order, undefined if no file holds it. */
  indexOf(messageId: string): number | undefined {
    return this.#indexOf.get(messageId);
  }

  /** Notes that the topic holds a row. */
  found(index: number, digest: ContentDigest, expected: ContentDigest | undefined = this.#digests[index]): Match {
    const before = this.#foundTimes[index] ?? 0;
    this.#foundTimes[index] = Math.min(before + 1, 255);
    if (before > 0) return "twice";
    return expected === digest ? "found" : "different";
  }

  /** Rows by trade date: expected, and found. */
  days(): Record<string, { expected: number; found: number }> {
    const days = new Map<string, { expected: number; found: number }>();
    this.#days.forEach((day, index) => {
      const count = days.get(day) ?? { expected: 0, found: 0 };
      count.expected += 1;
      if ((this.#foundTimes[index] ?? 0) > 0) count.found += 1;
      days.set(day, count);
    });
    return Object.fromEntries([...days].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** True if the topic does not hold all rows. */
  get isMissingAny(): boolean {
    return this.#foundTimes.subarray(0, this.size).includes(0);
  }

  /** Rows that the topic does not hold, as many as asked for. */
  missing(limit: number): { count: number; ids: string[] } {
    const ids: string[] = [];
    let count = 0;
    for (const [messageId, index] of this.#indexOf) {
      if ((this.#foundTimes[index] ?? 0) > 0) continue;
      count += 1;
      if (ids.length < limit) ids.push(messageId);
    }
    return { count, ids };
  }
}
