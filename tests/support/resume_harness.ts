/** Helpers for tests of loads that resume in a new process: files, an in-memory cluster, a state file, manual time. */
import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { ManualClock } from "../../kernel/testing.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { Settings } from "../../config/settings.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import type { RowSource } from "../../sources/source.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { MemoryBroker } from "../../transport/memory/broker.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import type { Surroundings } from "./mortal_process.ts";
import { TOPIC } from "./pipeline_harness.ts";

/** First line of the files. */
export const HEADER = "symbol,timestamp,price,quantity,currency\n";

const STEP_MS = 50;

/** A cluster and a data folder for all processes of a test. */
export interface ResumeBench extends Disposable {
  readonly clock: ManualClock;
  readonly broker: MemoryBroker;
  readonly database: StateDatabase;
  readonly settings: Settings;
  readonly around: Surroundings;
  /** A CSV file with {@link HEADER}. */
  sourceOf(path: string): RowSource;
}

/** Options of {@link resumeBench}. */
export interface ResumeBenchOptions {
  readonly schemaVersion?: VersionFlag;
  readonly pipeline?: Partial<Settings["pipeline"]>;
  readonly topics?: Partial<Pick<Settings["topics"], "foreign">>;
  /** Whether a last line without its line end counts as a row. */
  readonly takeLastLine?: boolean;
  readonly synced?: Surroundings["synced"];
}

/** Makes the surroundings of processes; dispose of it before the folder is removed. */
export function resumeBench(
  folder: string,
  { schemaVersion = "v2", pipeline = {}, topics = {}, takeLastLine, synced }: ResumeBenchOptions = {},
): ResumeBench {
  const clock = new ManualClock();
  const broker = new MemoryBroker({ clock });
  const database = StateDatabase.open(folder);
  // No machine dies here, only simulated processes.
  database.prepare("PRAGMA synchronous = OFF").run();
  const format = { format: "csv", kind: "trade", exchange: "ASX", assetClass: "equities", companyId: "7" } as const;
  return {
    clock,
    broker,
    database,
    settings: settingsFrom({ schemaVersion, pipeline, topics }, { cwd: folder }),
    around: { broker, registry: new MemoryRegistry({ clock }), database, dataDir: folder, clock, synced },
    sourceOf: (path) =>
      openFileSource({ path, ...format, takeLastLine, currency: "AUD", timeZone: "Australia/Sydney", clock }),
    [Symbol.dispose]: () => database.close(),
  };
}

/** Advances the manual clock; between two steps the event loop turns, because files are read in the machine's own time. */
export async function passTime(clock: ManualClock, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += STEP_MS) {
    await clock.advance(STEP_MS);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Advances the manual clock until the promise has settled. */
export async function whileTimePasses<T>(clock: ManualClock, work: Promise<T>): Promise<T> {
  let done = false;
  work.catch(() => {}).finally(() => done = true);
  const stop = AbortSignal.timeout(60_000);
  while (!done) {
    stop.throwIfAborted();
    await passTime(clock, STEP_MS);
  }
  return await work;
}

/** Advances the manual clock until the condition is true. */
export async function timeUntil(clock: ManualClock, isSo: () => boolean): Promise<void> {
  const stop = AbortSignal.timeout(60_000);
  while (!isSo()) {
    stop.throwIfAborted();
    await passTime(clock, STEP_MS);
  }
}

/** The topic of each version that a flag writes. */
export function topicsOf(flag: VersionFlag): (readonly [SchemaVersion, string])[] {
  return flag === "both" ? [["v1", `${TOPIC}.v1`], ["v2", TOPIC]] : [[flag, TOPIC]];
}

/**
 * Asserts that every good row of the files is in each topic once and in order, that every bad one is a dead letter, and
 * that the account says so.
 */
export async function assertWhole(bench: ResumeBench, paths: readonly string[]): Promise<void> {
  const { broker, database, settings: { schemaVersion } } = bench;
  for (const [version, topic] of topicsOf(schemaVersion)) await assertExact(version, topic, { bench, paths });
  assert.deepEqual(broker.misuses, []);
  for (const entry of new CheckpointStore(database).list()) {
    assert.ok(entry.ok && entry.checkpoint.finished !== null && entry.checkpoint.ahead === 0);
    const { read, acked, dead_lettered } = entry.checkpoint.counts;
    assert.equal(acked + dead_lettered, read);
  }
}

async function assertExact(
  version: SchemaVersion,
  topic: string,
  { bench, paths }: { bench: ResumeBench; paths: readonly string[] },
): Promise<void> {
  const { broker, database, sourceOf } = bench;
  const records = broker.appends.filter((append) => append.topic === topic).flatMap(({ records }) => records);
  const written = records.map((record) => storedMessageId(record) ?? "?");
  const places = new Map(written.map((id, at) => [id, at]));
  const bad = new Set<string>();
  let good = 0;
  for (const path of paths) {
    const source = sourceOf(path);
    const reader = await source.open();
    const lastOfKey = new Map<string, number>();
    for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
      for (const row of batch.rows) {
        if (!row.ok) {
          bad.add(`${source.id} ${row.row}`);
          continue;
        }
        good += 1;
        const place = places.get(row.messageId);
        assert.ok(place !== undefined, `row ${row.row} of ${path} is missing as ${version}`);
        assert.ok(place > (lastOfKey.get(row.record.symbol) ?? -1), `row ${row.row} of ${path} is late as ${version}`);
        lastOfKey.set(row.record.symbol, place);
      }
    }
    await reader.close();
  }
  assert.equal(places.size, written.length, `no row twice as ${version}`);
  assert.equal(written.length, good, `nothing else as ${version}`);
  const letters = [...new DeadLetterStore(database).list({ limit: 10_000 })].map(({ source, row }) =>
    `${source} ${row}`
  );
  assert.deepEqual(letters.toSorted(), [...bad].sort(), "each bad row is one dead letter");
}
