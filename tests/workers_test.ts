/** The whole tree with encoder shards: what stands in the log and in the account is what it is without them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock } from "../actors/kernel/clock.ts";
import { killActor } from "../actors/kernel/testing.ts";
import { EncoderWorkerError, type StartEncoderWorker } from "../actors/encoding/encoder_worker.ts";
import { startEncoderThread } from "../actors/encoding/start_encoder_thread.ts";
import { settingsFrom } from "../config/load_settings.ts";
import type { VersionFlag } from "../config/settings.ts";
import { storedMessageId } from "../records/stored_identity.ts";
import { type Runtime, startRuntime } from "../runtime.ts";
import { generateSample } from "../scripts/sample_data.ts";
import { parseFrame } from "../schemas/wire.ts";
import { openFileSource } from "../sources/file_source.ts";
import type { DeadLetter } from "../state/dead_letters.ts";
import type { RuntimeEvent } from "../telemetry/events.ts";
import { MemoryLog } from "../transport/memory/log.ts";
import { MemoryRegistry } from "../transport/memory/registry.ts";
import { FakeWorkers } from "./fake_encoders.ts";
import { TOPIC, whenRunning, whenStored } from "./pipeline_bench.ts";

const ROWS = 4_000;
const TOPICS: Readonly<Record<VersionFlag, readonly string[]>> = {
  v1: [TOPIC],
  v2: [TOPIC],
  both: [TOPIC, `${TOPIC}.v2`],
};

interface Load {
  readonly log: MemoryLog;
  readonly runtime: Runtime;
  readonly letters: readonly DeadLetter[];
  readonly events: readonly RuntimeEvent[];
  /** Resolves when every file has ended. */
  readonly ended: Promise<readonly string[]>;
}

interface LoadOptions {
  readonly workers: number;
  readonly schemaVersion?: VersionFlag;
  readonly verify?: boolean;
  readonly startEncoder?: StartEncoderWorker;
  /** While it runs. */
  readonly meanwhile?: (load: Load) => Promise<void>;
}

/** Loads the files of a folder, then stops the tree. */
async function load(paths: readonly string[], options: LoadOptions): Promise<Load> {
  const { workers, schemaVersion = "v2", verify = false, startEncoder, meanwhile } = options;
  const log = new MemoryLog();
  const letters: DeadLetter[] = [], events: RuntimeEvent[] = [];
  const pipeline = { workers, verify, batchRows: 100, windowRows: 1_000 };
  const runtime = await startRuntime(settingsFrom({ schemaVersion, pipeline }, { cwd: "/" }), {
    log,
    registry: new MemoryRegistry(),
    deadLetters: { add: (added) => void letters.push(...added) },
    observe: (event) => events.push(event),
    // No wait before a restart.
    random: () => 0,
    // What differs between two loads is not to be the time.
    clock: { ...systemClock, now: () => Date.UTC(2025, 0, 1) },
    ...(startEncoder === undefined ? {} : { startEncoder }),
  });
  try {
    const handles = await Promise.all(paths.map((path, at) =>
      runtime.addSource(openFileSource({
        path,
        format: "asx-ticks",
        kind: "trade",
        exchange: "ASX",
        assetClass: "equities",
        symbol: `S${at}`,
        companyId: String(at),
        currency: "AUD",
        timeZone: "Australia/Sydney",
        clock: { ...systemClock, now: () => Date.UTC(2025, 0, 1) },
      }))
    ));
    const ended = Promise.all(handles.map(({ done }) => done.then(({ type }) => type, () => "cut off")));
    const result = { log, runtime, letters, events, ended };
    await meanwhile?.(result);
    await ended;
    return result;
  } finally {
    await runtime.stop();
    await log.close();
  }
}

/** Values and headers of each key in log order, and the dead letters. */
function contentOf({ log, letters }: Load, topics: readonly string[]) {
  const records = topics.flatMap((topic) =>
    (log.broker.topic(topic)?.partitions ?? []).flatMap(({ records }) =>
      records.map(({ key, value, headers }) => ({
        topic,
        key: new TextDecoder().decode(key ?? undefined),
        value: value?.toHex(),
        headers: headers.map(([name, bytes]) => [name, bytes?.toHex()]),
      }))
    )
  );
  const byKey = Object.groupBy(records, ({ topic, key }) => `${topic} ${key}`);
  const refused = letters.map(({ file, row, rule, schemaVersion }) => `${file} ${row} ${rule} ${schemaVersion}`);
  return { byKey, letters: refused.toSorted() };
}

/** Two tick files with bad rows among the good ones, and rows that v1 cannot hold in the second. */
async function withFiles(body: (paths: readonly string[]) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    const { trades } = await generateSample({ seed: 11, dir, rows: ROWS, symbols: 2, kinds: ["trades"] });
    const paths = trades.map(({ path }) => path);
    for (const [at, path] of paths.entries()) {
      const lines = (await Deno.readTextFile(path)).split("\r\n");
      const mixed = lines.flatMap((line, row) => {
        if (row % 97 === 5) return ["not,a,row", line];
        return at === 1 && row % 601 === 7 ? [line.replace(/^([^,]+,[^,]+),[^,]+/, "$1,1.12345678")] : [line];
      });
      await Deno.writeTextFile(join(dir, `${at}.csv`), mixed.join("\r\n"));
    }
    await body(paths.map((_, at) => join(dir, `${at}.csv`)));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

for (const schemaVersion of ["v1", "v2", "both"] as const) {
  Deno.test(`a load with threads writes the bytes that it writes without them: ${schemaVersion}`, async () => {
    await withFiles(async (paths) => {
      const alone = await load(paths, { workers: 0, schemaVersion });
      let jobs = 0;
      const counted: StartEncoderWorker = (listener) => {
        const worker = startEncoderThread(listener);
        return {
          ...worker,
          post: (message) => {
            if (message.type === "encode") jobs += 1;
            worker.post(message);
          },
        };
      };
      const shared = await load(paths, { workers: 2, schemaVersion, startEncoder: counted, verify: true });
      const topics = TOPICS[schemaVersion];
      assert.deepEqual(contentOf(shared, topics), contentOf(alone, topics));
      const { latency_ms: _, ...account } = shared.runtime.account().totals();
      const { latency_ms: __, ...expected } = alone.runtime.account().totals();
      assert.deepEqual(account, expected);
      assert.ok(account.dead_lettered > 40 && account.acked > ROWS - 100);
      assert.ok(jobs > ROWS / 100 / 2, `${jobs} batches were encoded by threads`);
      assert.deepEqual(shared.events.filter(({ type }) => type === "restart_scheduled"), []);
      if (schemaVersion !== "v2") assert.ok(shared.letters.some(({ rule }) => rule === "lossy"));
    });
  });
}

/** Numbers that look random and only depend on the seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const PATHS = ["root/converters/encoder_1", "root/converters/encoder_2", "root/converters/converter"];

for (const seed of [1, 2, 3, 4, 5, 6]) {
  Deno.test(`threads that die at any moment lose no row and write none twice: seed ${seed}`, async () => {
    await withFiles(async (paths) => {
      const alone = await load(paths, { workers: 0 });
      const random = randomOf(seed);
      // Rows that are out before the first death, then before the next.
      const moments = Array.from({ length: 4 }, (_, at) => at * 800 + random(800));
      const deaths: (() => void)[] = [];
      const mortal: StartEncoderWorker = (listener) => {
        deaths.push(() => listener.onError(new EncoderWorkerError("dead")));
        return startEncoderThread(listener);
      };
      const shared = await load(paths, {
        workers: 2,
        startEncoder: mortal,
        meanwhile: async ({ log, runtime }) => {
          for (const moment of moments) {
            await whenStored(log, moment);
            const path = PATHS[random(PATHS.length)] ?? "";
            await whenRunning(runtime, path);
            if (random(2) === 0) killActor(runtime.system, path);
            else deaths.at(-1 - random(2))?.();
          }
        },
      });
      assert.deepEqual(contentOf(shared, [TOPIC]), contentOf(alone, [TOPIC]));
      const { acked, lost } = shared.runtime.account().totals();
      assert.deepEqual([acked, lost], [alone.runtime.account().totals().acked, 0]);
      assert.ok(shared.events.some(({ type }) => type === "restart_scheduled"));
      assert.deepEqual(shared.log.broker.misuses, []);
    });
  });
}

Deno.test("a row that kills threads again and again is found, encoded without them, and all others are written", async () => {
  await withFiles(async (paths) => {
    const alone = await load(paths, { workers: 0 });
    let deaths = 0;
    const killed: StartEncoderWorker = (listener) => {
      const worker = startEncoderThread(listener);
      return {
        ...worker,
        post: (message) => {
          // The row with this number in its file, of whichever batch.
          if (message.type === "encode" && message.job.columns.sequences.includes(777)) {
            deaths += 1;
            return listener.onError(new EncoderWorkerError("killed by row 777"));
          }
          worker.post(message);
        },
      };
    };
    const shared = await load(paths, { workers: 1, startEncoder: killed });
    assert.deepEqual(contentOf(shared, [TOPIC]), contentOf(alone, [TOPIC]));
    assert.ok(deaths >= 4, `${deaths} deaths`);
    assert.equal(shared.events.filter(({ type }) => type === "budget_exhausted").length, 0);
  });
});

Deno.test("the version flag changed while threads encode: no send mixes versions, no row is lost", async () => {
  await withFiles(async (paths) => {
    const shared = await load(paths, {
      workers: 2,
      meanwhile: async ({ log, runtime }) => {
        await whenStored(log, 1_000);
        runtime.setSchemaVersion("v1");
      },
    });
    const versions = shared.log.broker.appends.map((
      { records },
    ) => [...new Set(records.map(({ value }) => parseFrame(value ?? new Uint8Array(0)).schemaId))]);
    assert.ok(versions.every((ids) => ids.length === 1));
    assert.equal(new Set(versions.flat()).size, 2);
    const ids = shared.log.broker.appends.flatMap(({ records }) => records.map((record) => storedMessageId(record)));
    const { acked, read, dead_lettered } = shared.runtime.account().totals();
    assert.deepEqual([new Set(ids).size, ids.length, acked + dead_lettered], [acked, acked, read]);
  });
});

Deno.test("stop() lets what threads have in hand be written, and ends them", async () => {
  await withFiles(async (paths) => {
    const workers = new FakeWorkers();
    const { runtime, log, ended } = await load(paths, {
      workers: 3,
      startEncoder: workers.start,
      meanwhile: async ({ runtime, log }) => {
        await whenStored(log, 500);
        await runtime.stop();
      },
    });
    assert.ok((await ended).every((end) => end === "drained" || end === "completed"));
    const { read, acked, dead_lettered, lost } = runtime.account().totals();
    assert.deepEqual([acked + dead_lettered, lost], [read, 0]);
    assert.equal(log.broker.appends.flatMap(({ records }) => records).length, acked);
    assert.ok(read < 2 * ROWS);
    assert.deepEqual(workers.all.map(({ terminated }) => terminated), [true, true, true]);
  });
});
