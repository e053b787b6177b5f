/**
 * Shows some of what an audit has found: the files and the topic are read again at these places.
 *
 * @module
 */
import { decoderFor } from "../../schemas/avro/generic.ts";
import { isObject, type JsonObject, type JsonValue } from "../../schemas/avro/schema_model.ts";
import { HEADER_BYTES } from "../../schemas/avro/wire.ts";
import { loadSchema } from "../../schemas/load.ts";
import { inOneOrder } from "../../records/record_digest.ts";
import type { RecordKind, SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { Log, StoredRecord } from "../../transport/log.ts";
import { readRows } from "./encoded_rows.ts";
import type { ExpectedRows } from "./expected_rows.ts";
import { RecordContents } from "./record_contents.ts";
import type { DifferentExample, FieldDifference, RecordExample, RowExample } from "./report.ts";
import type { Compared } from "./tally.ts";
import type { TopicRecords } from "./topic_records.ts";
import { uuidOf } from "./record_id.ts";

/** Where examples are read. */
export interface ExampleSources {
  readonly expected: ExpectedRows;
  readonly records: TopicRecords;
  readonly sources: readonly RowSource[];
  readonly version: SchemaVersion;
  readonly log: Log;
  readonly topic: string;
}

/** A row that was read again. */
interface ReadRow {
  readonly messageId: string;
  readonly body: Uint8Array;
}

/** What differs by nature. */
const NOT_COMPARED = ["message_id", "ingestion_timestamp"];

/** Makes the examples. */
export class Examples {
  readonly #from: ExampleSources;

  constructor(from: ExampleSources) {
    this.#from = from;
  }

  /** Rows by their indexes. */
  async rows(indexes: readonly number[]): Promise<RowExample[]> {
    const ids = this.#from.expected.idsOf(indexes);
    const rows = ids.size < indexes.length ? await this.#readRows(indexes) : null;
    return indexes.map((index) => {
      return { message_id: ids.get(index) ?? rows?.get(index)?.messageId ?? null, ...this.#placeOf(index) };
    });
  }

  async records(records: readonly Compared[]): Promise<RecordExample[]> {
    const examples: RecordExample[] = [];
    for (const record of records) examples.push(this.#shown(record, await this.#readRecord(record.ordinal)));
    return examples;
  }

  async different(records: readonly Compared[]): Promise<DifferentExample[]> {
    const rows = await this.#readRows(records.flatMap(({ index }) => index === null ? [] : [index]));
    const examples: DifferentExample[] = [];
    for (const record of records) {
      const stored = await this.#readRecord(record.ordinal), row = rows.get(record.index ?? -1);
      const fields = row === undefined || record.index === null || !stored?.value
        ? []
        : differences(row.body, stored.value.subarray(HEADER_BYTES), {
          kind: this.#sourceOf(record.index)?.kind ?? "trade",
          version: this.#from.version,
        });
      examples.push({ ...this.#shown(record, stored), fields });
    }
    return examples;
  }

  #shown({ ordinal, index }: Compared, stored: StoredRecord | null): RecordExample {
    const { partition, offset } = this.#from.records.placeOf(ordinal);
    const message_id = stored === null ? null : storedMessageId(stored);
    return { message_id, partition, offset: offset.toString(), ...(index === null ? {} : this.#placeOf(index)) };
  }

  #placeOf(index: number): { file: string; row: number } {
    return { file: this.#sourceOf(index)?.name ?? "", row: this.#from.expected.numberOf(index) };
  }

  #sourceOf(index: number): RowSource | undefined {
    return this.#from.sources[this.#from.expected.fileOf(index)];
  }

  /** Null if it is gone by now. */
  async #readRecord(ordinal: number): Promise<StoredRecord | null> {
    const { log, topic, records } = this.#from, { partition, offset } = records.placeOf(ordinal);
    for await (const chunk of log.read(topic, partition, { from: offset, to: offset + 1n })) return chunk[0] ?? null;
    return null;
  }

  /** Rows of files that can be read a second time. */
  async #readRows(indexes: readonly number[]): Promise<ReadonlyMap<number, ReadRow>> {
    const { expected, sources, version } = this.#from;
    const rows = new Map<number, ReadRow>();
    for (const [file, ofFile] of Map.groupBy(indexes, (index) => expected.fileOf(index))) {
      const source = sources[file];
      if (source?.resumable !== true) continue;
      const left = new Set(ofFile), start = expected.startOf(file);
      await readRows(source, { version, until: () => left.size === 0 }, (row) => {
        if (!left.delete(start + row.at)) return;
        rows.set(start + row.at, { messageId: uuidOf(row.id, 0), body: row.value.slice(HEADER_BYTES) });
      });
    }
    return rows;
  }
}

function differences(
  expected: Uint8Array,
  found: Uint8Array,
  { kind, version }: { readonly kind: RecordKind; readonly version: SchemaVersion },
): FieldDifference[] {
  const decode = decoderFor(loadSchema(kind, version).text), contents = new RecordContents(kind, version);
  const hasOwnId = (body: Uint8Array) => {
    contents.read({ bytes: body, ranges: Uint32Array.of(0, body.length), isOurs: false });
    return !contents.hasVenueId(0);
  };
  const leftOut = hasOwnId(expected) && hasOwnId(found) ? [...NOT_COMPARED, "trade_id", "quote_id"] : NOT_COMPARED;
  const before = fieldsIn(decode(expected)), now = fieldsIn(decode(found));
  return Object.keys(before).filter((field) => !leftOut.includes(field) && textOf(before[field]) !== textOf(now[field]))
    .map((field) => ({ field, expected: before[field] ?? null, found: now[field] ?? null }));
}

/** Equal for equal values. */
function textOf(value: JsonValue | undefined): string | undefined {
  return JSON.stringify(isObject(value) ? inOneOrder(value) : value);
}

/** The body of a record is an object. */
function fieldsIn(value: JsonValue): JsonObject {
  return isObject(value) ? value : {};
}
