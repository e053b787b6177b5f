/**
 * The audit: reads a topic from end to end and compares it, id by id and value by value, with the files it was loaded from.
 *
 * @module
 */
import { storedMessageId } from "../../records/stored_identity.ts";
import { DecodeError } from "../../schemas/codec.ts";
import { parseFrame, WireError } from "../../schemas/wire.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import type { Log, StoredRecord } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { ExpectedRows, type NumberedRow, RecordDigest } from "./expected_rows.ts";
import { KeyOrder } from "./key_order.ts";
import { TopicSchemas } from "./topic_schemas.ts";

/** What an audit compares. */
export interface AuditOptions {
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly sources: readonly RowSource[];
  readonly log: Log;
  readonly registry: SchemaRegistry;
  readonly signal?: AbortSignal;
  /** Called now and then with the records read so far. */
  readonly onProgress?: (records: number) => void;
}

/** The verdict. Counts are records or rows. */
export interface AuditReport {
  readonly topic: string;
  readonly schema_version: SchemaVersion;
  /** Rows of the files that can be written as this version. */
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  /** Records whose id was there before. */
  readonly twice: number;
  /** Records whose id is right and whose values are not those of the file. */
  readonly different: number;
  /** Records that stand behind a later row of the same key; where a key has moved, partitions that are interleaved. */
  readonly out_of_order: number;
  /** Of those found: records under an id by row number, which a replay gives a row that could not be read before. */
  readonly replayed: number;
  /** Records of these symbols and this time span that are in no file. */
  readonly unexpected: number;
  /** Records of other versions, symbols or times, which this audit does not judge. */
  readonly others: number;
  /** Records that could not be decoded. */
  readonly undecodable: number;
  /** Rows of the files that cannot be written as this version; a load dead-letters them. */
  readonly bad_rows: number;
  /** Rows of the files that say the same as an earlier row and carry its id. */
  readonly repeated_rows: number;
  /** Records of the audited version by schema id. */
  readonly schema_ids: Readonly<Record<string, number>>;
  readonly days: Readonly<Record<string, { readonly expected: number; readonly found: number }>>;
  /** Some of the missing ids. */
  readonly missing_ids: readonly string[];
}

const SHOWN_IDS = 10;
/** So many records of unknown ids are looked at once more; a topic may be full of them. */
const MAX_STRANGERS = 500_000;

/** A record whose id is that of no row of the files. */
interface Stranger {
  readonly messageId: string;
  readonly key: string;
  readonly digest: number;
  readonly partition: number;
  /** The last row of its key that stands before it in its partition. */
  readonly last: number;
}

/** True if nothing is missing, twice, different or out of order. */
export function auditPassed(report: AuditReport): boolean {
  const { missing, twice, different, out_of_order, undecodable } = report;
  return missing + twice + different + out_of_order + undecodable === 0;
}

/**
 * Audits a topic.
 *
 * @throws {LogError} If the topic is not there or cannot be read.
 * @throws {RegistryError} If the registry cannot say what a schema id stands for.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const expected = new ExpectedRows();
  for (const source of options.sources) await expected.addSource(source, options.version);
  const scan = new TopicScan(options, expected);
  const description = await options.log.admin.describeTopic(options.topic);
  const compacted = description?.config["cleanup.policy"]?.includes("compact") ?? false;
  for (const { partition, start, end } of await options.log.admin.offsets(options.topic)) {
    const from = { from: start, to: end, ...(options.signal === undefined ? {} : { signal: options.signal }) };
    const latest = new Map<string, StoredRecord>();
    for await (const records of options.log.read(options.topic, partition, from)) {
      for (const record of records) {
        // Of a compacted topic only the latest value of a key is there for good; versions are audited one by one.
        if (!compacted) await scan.judge(record, partition);
        else if (await scan.isAudited(record)) keepLatest(latest, record);
        else scan.skip();
      }
      options.onProgress?.(scan.records);
    }
    for (const record of latest.values()) await scan.judge(record, partition);
  }
  await scan.matchReplayed();
  return scan.report();
}

function keepLatest(latest: Map<string, StoredRecord>, record: StoredRecord): void {
  const key = keyText(record);
  latest.delete(key);
  latest.set(key, record);
}

function keyText(record: StoredRecord): string {
  return record.key === null ? "" : new TextDecoder().decode(record.key);
}

class TopicScan {
  records = 0;
  readonly #options: AuditOptions;
  readonly #expected: ExpectedRows;
  readonly #schemas: TopicSchemas;
  readonly #digests = new Map<string, RecordDigest>();
  readonly #order = new KeyOrder();
  readonly #schemaIds = new Map<number, number>();
  /** Records that no row of the files has the id of, in the order of the topic; the first ones. */
  readonly #strangers: Stranger[] = [];
  #found = 0;
  #replayed = 0;
  #twice = 0;
  #different = 0;
  #outOfOrder = 0;
  #unexpected = 0;
  #others = 0;
  #undecodable = 0;

  constructor(options: AuditOptions, expected: ExpectedRows) {
    this.#options = options;
    this.#expected = expected;
    this.#schemas = new TopicSchemas(options.registry);
  }

  /** True if the record is of the audited version, or cannot be told. */
  async isAudited({ value }: StoredRecord): Promise<boolean> {
    if (value === null) return false;
    try {
      const meaning = await this.#schemas.meaningOf(parseFrame(value).schemaId);
      return meaning?.version === this.#options.version;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      return true;
    }
  }

  /** Counts a record that this audit does not judge. */
  skip(): void {
    this.records += 1;
    this.#others += 1;
  }

  async judge(record: StoredRecord, partition: number): Promise<void> {
    if (record.value === null) return this.skip();
    try {
      const { schemaId, body } = parseFrame(record.value);
      const meaning = await this.#schemas.meaningOf(schemaId);
      if (meaning === null || meaning.version !== this.#options.version) return this.skip();
      this.records += 1;
      this.#schemaIds.set(schemaId, (this.#schemaIds.get(schemaId) ?? 0) + 1);
      const decoded = this.#digestOf(meaning.kind).ofBody(body);
      const messageId = storedMessageId(record) ?? "";
      const index = this.#expected.indexOf(messageId);
      const { digest } = decoded;
      if (index !== undefined) this.#match(index, { key: keyText(record), partition, digest });
      else if (this.#expected.covers(decoded)) this.#keep(keyText(record), { messageId, partition, digest });
      else this.#others += 1;
    } catch (error) {
      if (!(error instanceof WireError || error instanceof DecodeError)) throw error;
      this.#undecodable += 1;
    }
  }

  /**
   * Matches the records that are under the id by row number of a row that is missing otherwise: a replay gives such an id to
   * a row whose fields could not be read when it was loaded.
   */
  async matchReplayed(): Promise<void> {
    const strangers = this.#strangers;
    if (strangers.length === 0 || !this.#expected.isMissingAny) return;
    const wanted = new Set(strangers.map(({ messageId }) => messageId));
    const rows = new Map<string, NumberedRow>();
    const { sources, version } = this.#options;
    for (const source of sources) {
      for await (const row of this.#expected.rowsByNumber(source, { version, wanted })) rows.set(row.messageId, row);
    }
    const lastOfKey = new Map<string, number>();
    for (const { messageId, key, partition, digest, last } of strangers) {
      const row = rows.get(messageId);
      if (row === undefined) continue;
      this.#unexpected -= 1;
      const place = `${partition} ${key}`;
      this.#order.setLast(key, { partition, last: Math.max(last, lastOfKey.get(place) ?? -1) });
      if (this.#match(row.index, { key, partition, digest, expected: row.digest })) this.#replayed += 1;
      lastOfKey.set(place, this.#order.lastOf(key, partition));
    }
  }

  /** @returns whether the row had not been found before. */
  #match(
    index: number,
    { key, partition, digest, expected }: Omit<Stranger, "messageId" | "last"> & { readonly expected?: number },
  ): boolean {
    const match = this.#expected.found(index, digest, expected);
    if (match === "twice") {
      this.#twice += 1;
      return false;
    }
    this.#found += 1;
    if (match === "different") this.#different += 1;
    if (this.#order.isLate(key, { partition, index })) this.#outOfOrder += 1;
    return true;
  }

  #keep(key: string, found: Omit<Stranger, "key" | "last">): void {
    this.#unexpected += 1;
    if (this.#strangers.length >= MAX_STRANGERS) return;
    this.#strangers.push({ ...found, key, last: this.#order.lastOf(key, found.partition) });
  }

  #digestOf(kind: RecordDigest["kind"]): RecordDigest {
    const digest = this.#digests.get(kind) ?? new RecordDigest(kind, this.#options.version);
    this.#digests.set(kind, digest);
    return digest;
  }

  report(): AuditReport {
    const expected = this.#expected;
    const missing = expected.missing(SHOWN_IDS);
    return {
      topic: this.#options.topic,
      schema_version: this.#options.version,
      expected: expected.size,
      found: this.#found,
      missing: missing.count,
      twice: this.#twice,
      different: this.#different,
      out_of_order: this.#outOfOrder + this.#order.interleaved,
      replayed: this.#replayed,
      unexpected: this.#unexpected,
      others: this.#others,
      undecodable: this.#undecodable,
      bad_rows: expected.bad,
      repeated_rows: expected.repeated,
      schema_ids: Object.fromEntries(this.#schemaIds),
      days: expected.days(),
      missing_ids: missing.ids,
    };
  }
}
