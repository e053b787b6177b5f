/** Helpers for tests of the whole tree: a runtime on the in-memory log and registry, rows, and exact checks of the log. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { DeadLetterSink } from "../../actors/stores/dead_letters.ts";
import type { TreeSnapshot } from "../../kernel/types.ts";
import type { SourceEnd } from "../../actors/sources/source_actor_options.ts";
import { settingsFrom } from "../../config/load_settings.ts";
import type { SettingsInput } from "../../config/settings.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import { type Runtime, type SourceOptions, startRuntime } from "../../runtime.ts";
import type { BadRow, GoodRow, RowSource, SourceRow } from "../../sources/source.ts";
import type { DeadLetter } from "../../state/dead_letters.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { messageId, trade } from "./trades.ts";

/** The topic for trades of the ASX. */
export const TOPIC = "market.equities.trades.asx";

/** A row that becomes a trade whose id contains the row number. */
export function good(row: number, symbol = "BHP"): GoodRow {
  const record = trade(row, symbol);
  const tradeDate = "2014-03-10";
  return { ok: true, row, line: row, offset: row * 10, length: 9, record, messageId: record.message_id, tradeDate };
}

/** A row that cannot become a trade. */
export function bad(row: number): BadRow {
  return {
    ok: false,
    row,
    line: row,
    offset: row * 10,
    length: 9,
    rule: "not_a_number",
    reason: "price is not a number",
  };
}

/** Good rows, numbered from 1, with the symbols in turn. */
export function rows(count: number, symbols: readonly string[] = ["BHP"]): SourceRow[] {
  return Array.from({ length: count }, (_, at) => good(at + 1, symbols[at % symbols.length]));
}

/** A running tree with its surroundings. */
export interface Bench {
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  readonly letters: DeadLetter[];
  readonly events: RuntimeEvent[];
  readonly runtime: Runtime;
  /** Moves the tree's time, if the bench uses manual time. */
  readonly clock: ManualClock;
  /** Adds a source and resolves with its end. */
  load(source: RowSource, options?: SourceOptions): Promise<SourceEnd>;
}

/** Differences from a plain bench. */
export interface BenchOptions {
  readonly config?: SettingsInput;
  /** Receives the dead letters before they are noted; may throw. */
  readonly sink?: DeadLetterSink;
  /** Whether `clock.advance` moves the tree's time. @default false */
  readonly manual?: boolean;
  /** @default Math.random */
  readonly random?: () => number;
}

/** Runs a test on its own tree, then stops the tree and asserts that the log's rule of use was kept. */
export async function bench(run: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
  const { config = {}, sink, manual = false, random = Math.random } = options;
  const manualClock = new ManualClock();
  const clock = manual ? manualClock : systemClock;
  const log = new MemoryLog({ clock });
  const registry = new MemoryRegistry({ clock });
  const letters: DeadLetter[] = [];
  const events: RuntimeEvent[] = [];
  const settings = settingsFrom({ pipeline: { batchRows: 100, windowRows: 1000 }, ...config }, { cwd: "/" });
  const runtime = await startRuntime(settings, {
    log,
    registry,
    clock,
    random,
    deadLetters: {
      add: async (added) => {
        await sink?.add(added);
        letters.push(...added);
      },
    },
    observe: (event) => events.push(event),
  });
  try {
    const load = async (source: RowSource, options?: SourceOptions) =>
      await (await runtime.addSource(source, options)).done;
    await run({ log, registry, letters, events, runtime, clock: manualClock, load });
  } finally {
    const stopped = runtime.stop();
    if (manual) await manualClock.advance(300_000);
    await stopped;
    await log.close();
  }
  assert.deepEqual(log.broker.misuses, []);
}

/** Every id in a topic by partition, in log order. */
export function idsIn(log: MemoryLog, topic = TOPIC): string[] {
  const partitions = log.broker.topic(topic)?.partitions ?? [];
  return partitions.flatMap(({ records }) => records.map((record) => storedMessageId(record) ?? "?"));
}

/** Asserts that nothing is missing or duplicated, and that the rows of each key are in order. */
export function assertExact(log: MemoryLog, count: number, topic = TOPIC): void {
  const ids = idsIn(log, topic);
  assert.equal(ids.length, new Set(ids).size, "no row twice");
  assert.deepEqual(
    [...ids].sort(),
    Array.from({ length: count }, (_, at) => messageId(at + 1)).sort(),
    "no row missing",
  );
  for (const { records } of log.broker.topic(topic)?.partitions ?? []) {
    const lastOfKey = new Map<string, string>();
    for (const record of records) {
      const key = new TextDecoder().decode(record.key ?? new Uint8Array(0));
      const id = storedMessageId(record) ?? "";
      assert.ok(id > (lastOfKey.get(key) ?? ""), `row ${id} of ${key} is late`);
      lastOfKey.set(key, id);
    }
  }
}

/** Resolves once this many records are in the topic. */
export async function whenStored(log: MemoryLog, count: number): Promise<void> {
  const stop = AbortSignal.timeout(20_000);
  while (idsIn(log).length < count) {
    stop.throwIfAborted();
    await log.broker.nextChange(stop);
  }
}

/** Resolves once the actor runs, after its restart. */
export async function whenRunning(runtime: Runtime, path: string): Promise<void> {
  const stop = AbortSignal.timeout(20_000);
  const find = (node: TreeSnapshot): TreeSnapshot | undefined =>
    node.path === path ? node : node.children.map(find).find((found) => found !== undefined);
  while (find(runtime.snapshot())?.state !== "running") await systemClock.sleep(5, stop);
}
