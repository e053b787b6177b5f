/**
 * Random topics against a model: rows that are lost, written again by the same load or by another one, or changed, in any
 * combination, and records of other programs. The model judges by what the test has done to each row, in a plain map.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { ManualClock } from "../../kernel/testing.ts";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { defaultRecordId } from "../../records/builder_options.ts";
import { unscaledToV1 } from "../../records/values/unscaled.ts";
import { codecFor } from "../../schemas/codec.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { RecordV2, SchemaVersion, TradeV2, Unscaled } from "../../schemas/record_types.ts";
import { frame } from "../../schemas/avro/wire.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource } from "../../sources/source.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { MemoryBroker } from "../../transport/memory/broker.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { SOURCE_HEADER, sourceValue } from "../../transport/source_header.ts";
import { audit, auditPassed, type AuditReport } from "./audit.ts";
import type { MatchBy } from "./report.ts";

const TOPIC = "market.equities.trades.asx";
const PARTITIONS = 3;
const SYMBOLS = ["AAA", "BBB", "CCC", "DDD"];
const LOAD = new Uint8Array(8).fill(1), OTHER_LOAD = new Uint8Array(8).fill(2);

/** One record of a row: of the load or another one, as it was or with another currency. */
interface Copy {
  readonly byOther: boolean;
  readonly changed: boolean;
}

/** What happens to the rows of a file, one after the other. */
type Fate = readonly (readonly Copy[])[];

/** Most rows are written once. */
const fate: fc.Arbitrary<Fate> = fc.array(
  fc.oneof(
    { arbitrary: fc.constant([{ byOther: false, changed: false }]), weight: 4 },
    { arbitrary: fc.array(fc.record({ byOther: fc.boolean(), changed: fc.boolean() }), { maxLength: 3 }), weight: 1 },
  ),
  { minLength: 1, maxLength: 30 },
);

/** What is written. */
interface TopicPlan {
  readonly files: readonly Fate[];
  /** Records of symbols and times of the files that are of no row. */
  readonly foreign: number;
  readonly version: SchemaVersion;
  /** Records of the other version beside them. */
  readonly otherVersion: boolean;
  /** Every record has an id of its own. */
  readonly randomIds: boolean;
  /** Bytes in memory: 1 puts all on disk. */
  readonly memory: number;
  readonly seed: number;
}

const plan: fc.Arbitrary<TopicPlan> = fc.record({
  files: fc.array(fate, { minLength: 1, maxLength: 3 }),
  foreign: fc.integer({ min: 0, max: 3 }),
  version: fc.constantFrom("v1", "v2"),
  otherVersion: fc.boolean(),
  randomIds: fc.boolean(),
  memory: fc.constantFrom(1, 50_000, 10_000_000),
  seed: fc.nat({ max: 1_000_000_000 }),
});

/** Counts that the model knows. */
type Counts = Pick<
  AuditReport,
  "expected" | "found" | "missing" | "twice" | "different" | "unexpected" | "others" | "undecodable"
>;

/** Judges by the copies of each row; `foreign` and `others` are counted as such. */
function modelOf({ files, foreign, randomIds }: TopicPlan, others: number): Counts {
  const counts = {
    expected: 0,
    found: 0,
    missing: 0,
    twice: 0,
    different: 0,
    unexpected: foreign,
    others,
    undecodable: 0,
  };
  for (const copies of files.flat()) {
    counts.expected += 1;
    const changed = copies.filter((copy) => copy.changed).length, good = copies.length - changed;
    // Without its id a changed record is one of no row.
    const known = randomIds ? good : copies.length;
    counts.found += Math.min(1, known);
    counts.missing += known === 0 ? 1 : 0;
    counts.twice += Math.max(0, known - 1);
    if (randomIds) counts.unexpected += changed;
    else counts.different += changed;
  }
  return counts;
}

Deno.test("audit() judges every copy of every row as a plain map does, in memory and on disk", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (plan) => {
      await withTopic(plan, async ({ sources, log, registry, others, folder }) => {
        const match: MatchBy = plan.randomIds ? "values" : "ids";
        const { version, memory } = plan;
        const options = { topic: TOPIC, version, sources, log, registry, match, memory, tempDir: folder };
        const report = await audit(options);
        assert.partialDeepStrictEqual(report, modelOf(plan, others));
        const isWhole = plan.files.flat().every(([first, ...rest]) => first?.changed === false && rest.length === 0);
        if (isWhole) assert.ok(auditPassed(report), JSON.stringify(report));
        assert.deepEqual([...Deno.readDirSync(folder)], [], "nothing is left of what was on disk");
      });
    }),
    { numRuns: 30 },
  );
});

/** A record as the topic has it. */
interface Written {
  readonly key: string;
  readonly record: Omit<StoredRecord, "offset">;
}

interface Topic {
  readonly sources: readonly RowSource[];
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  /** Records of the other version. */
  readonly others: number;
  /** An empty folder. */
  readonly folder: string;
}

/** Writes files and the topic that the plan tells. */
export async function withTopic(plan: TopicPlan, body: (topic: Topic) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const clock = new ManualClock();
    const registry = new MemoryRegistry({ clock }), broker = new MemoryBroker({ clock });
    const log = new MemoryLog(broker);
    await log.admin.createTopic({ name: TOPIC, partitions: PARTITIONS });
    const ids = {
      v1: await registry.register("v1", loadSchema("trade", "v1").text),
      v2: await registry.register("v2", loadSchema("trade", "v2").text),
    };
    const sources = plan.files.map((fate, file) => fileOf(join(folder, `${file}.csv`), fate.length, { file, clock }));
    const written: Written[] = [];
    for (const [file, source] of sources.entries()) {
      for (const [row, record] of (await recordsOf(source)).entries()) {
        for (const { byOther, changed } of plan.files[file]?.[row] ?? []) {
          const now = changed ? { ...record, exchange: "NZX" } : record;
          // A load of one file has one origin.
          const origin = (byOther ? OTHER_LOAD : LOAD).with(7, file), src = sourceValue(origin, row + 1);
          written.push(stored(now, { plan, version: plan.version, ids, headers: [[SOURCE_HEADER, src]] }));
          if (!plan.otherVersion) continue;
          const other = plan.version === "v1" ? "v2" : "v1";
          written.push(stored(now, { plan, version: other, ids, headers: [[SOURCE_HEADER, src]] }));
        }
      }
    }
    const others = plan.otherVersion ? written.length / 2 : 0;
    const [some] = await recordsOf(sources[0] ?? assert.fail());
    for (let number = 0; number < plan.foreign; number++) {
      const record = {
        ...some ?? assert.fail(),
        price: BigInt(number + 1) * 1_000_000n,
        message_id: crypto.randomUUID(),
      };
      written.push(stored(record, { plan, version: plan.version, ids, headers: [] }));
    }
    for (const { key, record } of written) {
      const partition = broker.requireTopic(TOPIC).partitions[SYMBOLS.indexOf(key) % PARTITIONS] ?? assert.fail();
      partition.records.push({ ...record, offset: partition.end });
      partition.end = partition.highWatermark = partition.end + 1n;
    }
    const disk = join(folder, "disk");
    await Deno.mkdir(disk);
    await body({ sources, log, registry, others, folder: disk });
    await log.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fileOf(path: string, rows: number, { file, clock }: { file: number; clock: ManualClock }): RowSource {
  const lines = Array.from({ length: rows }, (_, row) => {
    const time = new Date(Date.UTC(2024, 4, 6) + (file * 1_000 + row) * 1_000).toISOString();
    return `${SYMBOLS[row % SYMBOLS.length]},${time},45.5,${1 + row},AUD`;
  });
  Deno.writeTextFileSync(path, `symbol,timestamp,price,quantity,currency\n${lines.join("\n")}\n`);
  const format = { format: "csv", kind: "trade", exchange: "ASX", assetClass: "equities", companyId: "7" } as const;
  return openFileSource({ path, ...format, timeZone: "Australia/Sydney", clock });
}

async function recordsOf(source: RowSource): Promise<Unscaled<TradeV2>[]> {
  const reader = await source.open(), records: Unscaled<TradeV2>[] = [];
  for (let batch = await reader.next(100); batch !== null; batch = await reader.next(100)) {
    for (const row of batch.rows) if (row.ok && isTrade(row.record)) records.push(row.record);
  }
  await reader.close();
  return records;
}

function isTrade(record: Unscaled<RecordV2>): record is Unscaled<TradeV2> {
  return "trade_id" in record;
}

/** A trade as a record of a version, under its id or a random one. */
function stored(
  trade: Unscaled<TradeV2>,
  { plan, version, ids, headers }: {
    readonly plan: TopicPlan;
    readonly version: SchemaVersion;
    readonly ids: Readonly<Record<SchemaVersion, number>>;
    readonly headers: StoredRecord["headers"];
  },
): Written {
  const message_id = plan.randomIds ? crypto.randomUUID() : trade.message_id;
  const own = {
    ...trade,
    message_id,
    trade_id: defaultRecordId(trade, message_id),
    ingestion_timestamp: plan.seed * 1_000,
  };
  const body = version === "v2"
    ? codecFor("trade", "v2").encode(own)
    : codecFor("trade", "v1").encode(unscaledToV1("trade", own) as never);
  const inHeader: StoredRecord["headers"] = version === "v1" ? [["message_id", uuidToBytes(message_id)]] : [];
  return {
    key: trade.symbol,
    record: {
      key: new TextEncoder().encode(trade.symbol),
      value: frame(ids[version], body),
      timestamp: 1,
      headers: [...inHeader, ...headers],
    },
  };
}
