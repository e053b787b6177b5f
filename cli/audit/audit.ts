/**
 * The audit: reads a whole topic and compares it, id by id and value by value, with the files that were loaded into it.
 * It checks every record, also where several have the same id.
 *
 * @module
 */
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { DecodeError } from "../../schemas/codec.ts";
import { parseFrame, WireError } from "../../schemas/avro/wire.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import type { Log, StoredRecord } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { ExpectedRows, type Matched, type NumberedRow } from "./expected_rows.ts";
import { isReplayed, sourceOf, type SourceRowRef } from "../../transport/source_header.ts";
import { KeyOrder } from "./key_order.ts";
import { type ContentDigest, RecordDigest } from "../../records/record_digest.ts";
import { TopicSchemas } from "./topic_schemas.ts";

/** What an audit compares. */
export interface AuditOptions {
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly sources: readonly RowSource[];
  readonly log: Log;
  readonly registry: SchemaRegistry;
  /** Whether each file's copy of a shared row must be in the topic, or one record for all of them. @default "write" */
  readonly overlap?: Overlap | undefined;
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
  /** Surplus records: more of an id, or of an origin and row number, than there are rows. */
  readonly twice: number;
  /** Records with the id of a row, but with the values of no row of that id. */
  readonly different: number;
  /**
   * Records that come after a later row of the same key and the same load; for a key that has moved, partitions whose
   * rows interleave.
   */
  readonly out_of_order: number;
  /** Records that come after a later row of their file and key which an earlier load had written. */
  readonly late_loads: number;
  /** Of those found: records under an id by row number. A replay gives such an id to a row that could not be read before. */
  readonly replayed: number;
  /**
   * Of those found: rows whose record has their content and another id. When rows are inserted or removed, later rows
   * that are equal or out of time order get other ids.
   */
  readonly other_ids: number;
  /** Records of these symbols and this time span that are in no file. */
  readonly unexpected: number;
  /** Records of other versions, symbols or times, which this audit does not judge. */
  readonly others: number;
  /** Records that could not be decoded. */
  readonly undecodable: number;
  /** Rows of the files that cannot be written as this version; a load dead-letters them. */
  readonly bad_rows: number;
  /** Ids that several files have: a record of each is expected. */
  readonly shared: number;
  /** Ids that several rows of one file have: a record of each is expected. */
  readonly repeated: number;
  /** Of the shared and the repeated ids: those whose rows differ. Such rows are no copies, so each is expected. */
  readonly id_reused: number;
  /** Some of those ids. */
  readonly id_reused_ids: readonly string[];
  /** Records of the audited version by schema id. */
  readonly schema_ids: Readonly<Record<string, number>>;
  readonly days: Readonly<Record<string, { readonly expected: number; readonly found: number }>>;
  /** Some of the missing ids. */
  readonly missing_ids: readonly string[];
}

const SHOWN_IDS = 10;
/** Maximum number of unknown records that are matched by content; a topic may be full of them. */
const MAX_STRANGERS = 500_000;

/** A record whose id no row of the files has. */
interface Stranger {
  readonly messageId: string;
  readonly key: string;
  readonly digest: ContentDigest;
  readonly partition: number;
  /** By file, the last row of its key that comes before it in its partition. */
  readonly before: ReadonlyMap<number, number>;
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
  const description = await options.log.admin.describeTopic(options.topic);
  const compacted = description?.config["cleanup.policy"]?.includes("compact") ?? false;
  const acrossFiles = options.overlap === "skip" ? "once" : "each";
  const expected = new ExpectedRows({ acrossFiles, ofKey: compacted ? "latest" : "each" });
  for (const source of options.sources) await expected.addSource(source, options.version);
  const scan = new TopicScan(options, expected);
  for (const { partition, start, end } of await options.log.admin.offsets(options.topic)) {
    const from = { from: start, to: end, signal: options.signal };
    const latest = new Map<string, StoredRecord>();
    for await (const records of options.log.read(options.topic, partition, from)) {
      for (const record of records) {
        // A compacted topic keeps only the latest value of a key, so each version is audited by itself.
        if (!compacted) await scan.judge(record, partition);
        else if (await scan.isAudited(record)) keepLatest(latest, record);
        else scan.skip();
      }
      options.onProgress?.(scan.records);
    }
    for (const record of latest.values()) await scan.judge(record, partition);
  }
  await scan.matchReplayed();
  await scan.matchContents();
  scan.settleDifferent();
  expected.settleShared();
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
  /** By load: the order that is promised. */
  readonly #order = new KeyOrder();
  /** By file, for all loads that have written it. */
  readonly #orderOfFiles = new KeyOrder();
  readonly #schemaIds = new Map<number, number>();
  /** Loads that have written records, by negative numbers. */
  readonly #origins = new Map<string, number>();
  /** The first records whose id no row of the files has, in the order of the topic. */
  #strangers: Stranger[] = [];
  /** By content, how many more records than rows of their ids there are; they count as duplicates. */
  readonly #surplus = new Map<ContentDigest, number>();
  #found = 0;
  #replayed = 0;
  #otherIds = 0;
  #twice = 0;
  #different = 0;
  #outOfOrder = 0;
  #lateLoads = 0;
  #unexpected = 0;
  #others = 0;
  #undecodable = 0;

  constructor(options: AuditOptions, expected: ExpectedRows) {
    this.#options = options;
    this.#expected = expected;
    this.#schemas = new TopicSchemas(options.registry);
  }

  /** True if the record is of the audited version, or if its version is unknown. */
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
      const { digest } = decoded;
      const source = sourceOf(record);
      const matched = this.#expected.take({ messageId, digest, source });
      // A replay writes after its load: its records are in order only among themselves.
      const of = isReplayed(record) ? null : source;
      if (matched?.match === "surplus") count(this.#surplus, digest, 1);
      if (matched !== null) this.#count(matched, { key: keyText(record), partition, source: of });
      else if (this.#expected.covers(decoded)) this.#keep(keyText(record), { messageId, partition, digest });
      else this.#others += 1;
    } catch (error) {
      if (!(error instanceof WireError || error instanceof DecodeError)) throw error;
      this.#undecodable += 1;
    }
  }

  /**
   * Matches records under the id by row number of a row. A replay gives such an id to a row whose fields could not be
   * read when it was loaded. A row that is also there under its other id counts as a duplicate.
   */
  async matchReplayed(): Promise<void> {
    const strangers = this.#strangers;
    if (strangers.length === 0) return;
    const wanted = new Set(strangers.map(({ messageId }) => messageId));
    const rows = new Map<string, NumberedRow>();
    const { sources, version } = this.#options;
    for (const source of sources) {
      for await (const row of this.#expected.rowsByNumber(source, { version, wanted })) rows.set(row.messageId, row);
    }
    const lastOfKey = new Map<string, number>();
    this.#strangers = strangers.filter(({ messageId }) => !rows.has(messageId));
    for (const { messageId, key, partition, digest, before } of strangers) {
      const row = rows.get(messageId);
      if (row === undefined) continue;
      this.#unexpected -= 1;
      const file = this.#expected.fileOf(row.index);
      const place = `${partition} ${file} ${key}`;
      const last = Math.max(before.get(file) ?? -1, lastOfKey.get(place) ?? -1);
      this.#orderOfFiles.setLast(key, { partition, file, last });
      const match = this.#expected.found(row, digest);
      if (match !== "twice") this.#replayed += 1;
      this.#count({ match, index: row.index }, { key, partition, source: null });
      if (match === "different") this.#found += 1;
      lastOfKey.set(place, this.#orderOfFiles.lastOf(key, partition).get(file) ?? -1);
    }
  }

  /**
   * Matches rows that were not found with records of the same content under any id. A record that is left over and has
   * the content of a row counts as a duplicate.
   */
  async matchContents(): Promise<void> {
    const strangers = new Map<ContentDigest, number>();
    for (const { digest } of this.#strangers) count(strangers, digest, 1);
    const found = new Set<ContentDigest>();
    for (const source of strangers.size + this.#surplus.size > 0 ? this.#options.sources : []) {
      for await (
        const { index, digest, isAbsent } of this.#expected.rowsWithoutVenueId(source, this.#options.version)
      ) {
        if (isAbsent) {
          if (count(this.#surplus, digest, -1)) this.#twice -= 1;
          else if (count(strangers, digest, -1)) this.#unexpected -= 1;
          else continue;
          this.#expected.found({ index, digest }, digest);
          this.#otherIds += 1;
          this.#found += 1;
        }
        found.add(digest);
      }
    }
    for (const [digest, left] of strangers) {
      if (!found.has(digest)) continue;
      this.#unexpected -= left;
      this.#twice += left;
    }
  }

  /** Assigns records of other content to rows that were not found, as long as there are such rows. */
  settleDifferent(): void {
    const { found, left } = this.#expected.settleDifferent();
    this.#found += found;
    this.#twice += left;
  }

  #count(
    { match, index }: Matched,
    { key, partition, source }: Pick<Stranger, "key" | "partition"> & { readonly source: SourceRowRef | null },
  ): void {
    if (match === "twice" || match === "surplus" || match === "twice_different") this.#twice += 1;
    if (match === "different" || match === "twice_different") this.#different += 1;
    if (match !== "found") return;
    this.#found += 1;
    const ofFile = { file: this.#expected.fileOf(index), index };
    const isLate = this.#order.isLate(key, { partition, ...this.#placeOf(ofFile, source) });
    const isBehind = this.#orderOfFiles.isLate(key, { partition, ...ofFile });
    if (isLate) this.#outOfOrder += 1;
    // If rows are written once for several files, only the record tells for which file it was written.
    else if (isBehind && this.#options.overlap !== "skip") this.#lateLoads += 1;
  }

  /**
   * Order is promised within one load, not between loads: an old row that a later load has written really comes later
   * in the log.
   */
  #placeOf(
    ofFile: { readonly file: number; readonly index: number },
    source: SourceRowRef | null,
  ): { readonly file: number; readonly index: number } {
    if (source === null) return ofFile;
    const number = this.#origins.get(source.origin) ?? -1 - this.#origins.size;
    this.#origins.set(source.origin, number);
    return { file: number, index: source.row };
  }

  #keep(key: string, found: Omit<Stranger, "key" | "before">): void {
    this.#unexpected += 1;
    if (this.#strangers.length >= MAX_STRANGERS) return;
    this.#strangers.push({ ...found, key, before: this.#orderOfFiles.lastOf(key, found.partition) });
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
      late_loads: this.#lateLoads,
      replayed: this.#replayed,
      other_ids: this.#otherIds,
      unexpected: this.#unexpected,
      others: this.#others,
      undecodable: this.#undecodable,
      bad_rows: expected.bad,
      shared: expected.shared,
      repeated: expected.repeated,
      id_reused: expected.reused.size,
      id_reused_ids: [...expected.reused.keys().take(SHOWN_IDS)],
      schema_ids: Object.fromEntries(this.#schemaIds),
      days: expected.days(),
      missing_ids: missing.ids,
    };
  }
}

/** Adds to a count, which never becomes negative. @returns whether it changed */
function count<T>(counts: Map<T, number>, of: T, more: 1 | -1): boolean {
  const next = (counts.get(of) ?? 0) + more;
  if (next >= 0) counts.set(of, next);
  return next >= 0;
}
