/**
 * The audit: reads a whole topic and compares it, id by id and value by value, with the files that were loaded into it.
 * It checks every record, also where several have the same id.
 *
 * Rows and records are divided into buckets by id, so that a bucket of both fits in memory; what memory does not hold
 * meanwhile waits in files without a name.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import type { RowSource } from "../../sources/source.ts";
import type { Overlap } from "../../runtime/resuming/find_start_point.ts";
import type { Log, PartitionOffsets } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";
import { checkOrder, type OrderReport } from "./check_order.ts";
import { RECORD, ROW } from "./entries.ts";
import { Examples } from "./examples.ts";
import { ExpectedRows } from "./expected_rows.ts";
import { ContentMatching } from "./match_by_content.ts";
import { type Comparison, Leftovers, matchById } from "./match_by_id.ts";
import { matchReplayed } from "./match_replayed.ts";
import type { AuditReport, MatchBy } from "./report.ts";
import type { WantedRows } from "./row_groups.ts";
import { type SpillRoom } from "./spill.ts";
import { SHOWN, Tally } from "./tally.ts";
import { TopicRecords } from "./topic_records.ts";

export { auditPassed, type AuditReport } from "./report.ts";

/** What an audit compares. */
export interface AuditOptions {
  readonly topic: string;
  readonly version: SchemaVersion;
  readonly sources: readonly RowSource[];
  readonly log: Log;
  readonly registry: SchemaRegistry;
  /** Whether each file's copy of a shared row must be in the topic, or one record for all of them. @default "write" */
  readonly overlap?: Overlap | undefined;
  /** What makes a record that of a row. @default "ids" */
  readonly match?: MatchBy | undefined;
  /** The folder for what memory does not hold. @default that of the system */
  readonly tempDir?: string | undefined;
  /** Bytes of each kind of entry that are kept in memory: of rows, of records, and of pairs of both. @default 8 MiB */
  readonly memory?: number | undefined;
  readonly signal?: AbortSignal;
  /** Called before anything is read, with an estimate of what memory does not hold. */
  readonly onDiskNeeded?: (bytes: number) => void;
  /** Called now and then with the rows and records read so far. */
  readonly onProgress?: (read: number) => void;
}

/** More makes it no faster: it only writes longer pieces. */
const MEMORY = 8 * 1024 * 1024;

/**
 * Audits a topic.
 *
 * @throws {LogError} If the topic is not there or cannot be read.
 * @throws {RegistryError} If the registry cannot say what a schema id stands for.
 * @throws {SpillError} If there is no room for what memory does not hold.
 */
export async function audit(options: AuditOptions): Promise<AuditReport> {
  const { topic, version, sources, log, match = "ids", onProgress } = options;
  const description = await log.admin.describeTopic(topic);
  const isCompacted = description?.config["cleanup.policy"]?.includes("compact") ?? false;
  tellDiskNeeded(options, await log.admin.offsets(topic));
  const how: WantedRows & { match: MatchBy } = {
    acrossFiles: options.overlap === "skip" ? "once" : "each",
    ofKey: isCompacted ? "latest" : "each",
    match,
  };
  const room: SpillRoom = { folder: options.tempDir, memory: options.memory ?? MEMORY };
  using expected = new ExpectedRows(how, room);
  let rows = 0;
  for (const source of sources) {
    await expected.addSource(source, version, () => {
      rows += 1;
      if (rows % 1_000 === 0) onProgress?.(rows);
    });
  }
  expected.decide();
  using records = new TopicRecords(
    { ...options, match, isCompacted, onProgress: (read) => onProgress?.(rows + read) },
    expected,
    room,
  );
  await records.readAll(await log.admin.offsets(topic));
  using leftovers = new Leftovers(room);
  const tally = new Tally();
  const comparison: Comparison = { expected, tally, leftovers, ordinals: records.ordinals, match };
  matchById(records.entries, comparison);
  using contents = new ContentMatching(comparison, how, room);
  await matchReplayed(comparison, { sources, version, room }, (words, at) => contents.addStranger(words, at));
  contents.match();
  const order = checkOrder(leftovers.pairs, { expected, records, ordinals: records.ordinals });
  return await report(options, { expected, records, tally, order });
}

function tellDiskNeeded({ memory = MEMORY, onDiskNeeded }: AuditOptions, offsets: readonly PartitionOffsets[]): void {
  const records = offsets.reduce((sum, { start, end }) => sum + Number(end - start), 0);
  if (records * RECORD.words * 4 > memory) onDiskNeeded?.(records * (RECORD.words + ROW.words) * 4);
}

async function report(
  options: AuditOptions,
  { expected, records, tally, order }: {
    readonly expected: ExpectedRows;
    readonly records: TopicRecords;
    readonly tally: Tally;
    readonly order: OrderReport;
  },
): Promise<AuditReport> {
  const examples = new Examples({ ...options, expected, records });
  const missing = await examples.rows(expected.wanted.firstNotIn(expected.found, SHOWN));
  return {
    topic: options.topic,
    schema_version: options.version,
    match: options.match ?? "ids",
    expected: expected.wanted.size,
    found: tally.found,
    missing: expected.wanted.size - expected.found.size,
    twice: tally.twice,
    different: tally.different,
    out_of_order: order.outOfOrder,
    late_loads: options.overlap === "skip" ? 0 : order.lateLoads,
    replayed: tally.replayed,
    other_ids: tally.otherIds,
    unexpected: tally.unexpected,
    others: tally.others + records.others,
    undecodable: records.undecodable,
    bad_rows: expected.bad,
    shared: expected.shared,
    repeated: expected.repeated,
    id_reused: expected.reused,
    id_reused_ids: expected.reusedIds.items,
    schema_ids: Object.fromEntries(records.schemaIds),
    days: expected.days(),
    missing_ids: missing.flatMap(({ message_id }) => message_id === null ? [] : [message_id]),
    examples: {
      missing,
      twice: await examples.records(tally.twiceExamples.items),
      different: await examples.different(tally.differentExamples.items),
      out_of_order: await examples.records(order.examples),
      unexpected: await examples.records(tally.unexpectedExamples.items),
    },
  };
}
