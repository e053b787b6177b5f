/** Only its own record settles a row: equal rows, duplicated ids, many rows past a checkpoint, absent copies. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import { storedIdentity } from "../../records/ids/stored_identity.ts";
import { openFileSource } from "../../sources/files/file_source.ts";
import { audit, type AuditReport } from "../../cli/audit/audit.ts";
import type { RowSource } from "../../sources/source.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { timeUntil, whileTimePasses } from "../support/resume_harness.ts";
import { rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

const SMALL = { pipeline: { batchRows: 5, windowRows: 100, checkpointRows: 50 } };
const FILES = { pipeline: { ...SMALL.pipeline, checkpointRows: 1_000 } };

/** The records of the topics, as `origin row id version`. */
function copies({ broker }: Scene): { origin: string; row: number; messageId: string; topic: string }[] {
  const topics = new Set(broker.appends.map(({ topic }) => topic));
  return [...topics].flatMap((topic) =>
    (broker.topic(topic)?.partitions ?? []).flatMap((_, partition) =>
      broker.records(topic, partition).map((record) => {
        const source = sourceOf(record), identity = storedIdentity(record);
        assert.ok(source !== null && identity !== null);
        return { ...source, messageId: identity.messageId, topic };
      })
    )
  );
}

async function idsOf(source: RowSource): Promise<(string | null)[]> {
  const reader = await source.open();
  const ids: (string | null)[] = [];
  for (let batch = await reader.next(1_000); batch !== null; batch = await reader.next(1_000)) {
    for (const row of batch.rows) ids.push(row.ok ? row.messageId : null);
  }
  await reader.close();
  return ids;
}

/** Asserts that each topic has every row of every file once, under the origin of its file's checkpoint, in the file's order. */
async function assertOwnRecords(scene: Scene, paths: readonly string[]): Promise<void> {
  const { broker, database, sourceOf } = scene;
  const store = new CheckpointStore(database);
  const all = copies(scene);
  let expected = 0;
  for (const topic of new Set(all.map(({ topic }) => topic))) {
    for (const path of paths) {
      const source = sourceOf(path);
      const checkpoint = store.load({ source: source.id, versions: scene.settings.schemaVersion });
      assert.ok(checkpoint !== null && checkpoint.finished !== null);
      const own = all.filter((copy) => copy.topic === topic && copy.origin === checkpoint.origin);
      const ids = await idsOf(source);
      expected += ids.length;
      assert.deepEqual(
        own.toSorted((a, b) => a.row - b.row).map(({ row, messageId }) => [row, messageId]),
        ids.map((id, at) => [at + 1, id]),
        `${path} in ${topic}`,
      );
    }
  }
  assert.equal(all.length, expected, "and nothing else");
  assert.deepEqual(broker.misuses, []);
}

/** Starts loads of files, and kills them once a condition is true. */
async function killedWhen(
  scene: Scene,
  paths: readonly string[],
  { until, rate, ...options }: { rate: number; start?: "only_missing"; overlap?: "skip"; until: () => boolean },
): Promise<void> {
  const sources = paths.map(scene.sourceOf);
  const process = await scene.start(sources);
  for (const source of sources) await process.runtime.addSource(source, { rowsPerSecond: rate, ...options });
  await timeUntil(scene.clock, until);
  process.kill();
  await whileTimePasses(scene.clock, process.remove());
}

/** The content of two files that are cut between two equal rows. */
function splitRows(): [string[], string[]] {
  const rows = rowsOf(60);
  rows[30] = rows[29] ?? "";
  return [rows.slice(0, 30), rows.slice(30)];
}

Deno.test("equal rows of two files are each written, though the load is killed with one of them written", async () => {
  for (const schemaVersion of ["v1", "v2", "both"] as const) {
    await scene({ ...FILES, schemaVersion }, async (scene) => {
      const [one, other] = splitRows();
      // The equal rows: the last one of this file, the first one of the other.
      const paths = [scene.write("a.csv", one), scene.write("b.csv", other)];
      const versions = schemaVersion === "both" ? 2 : 1;
      await killedWhen(scene, paths, { rate: 10, until: () => written(scene) >= 20 * versions });
      assert.ok(copies(scene).length < 60 * versions);
      await scene.load(paths);
      await assertOwnRecords(scene, paths);
    });
  }
});

Deno.test("a row in doubt is not settled by the equal row of another file that the same process loads", async () => {
  for (const schemaVersion of ["v1", "v2"] as const) {
    await scene({ ...FILES, schemaVersion }, async (scene) => {
      const { broker, clock } = scene;
      const paths = ["a.csv", "b.csv"].map((name) => scene.write(name, rowsOf(3)));
      const sources = paths.map(scene.sourceOf);
      const process = await scene.start(sources);
      const [one, other] = sources;
      assert.ok(one && other);
      const fault = broker.faults.next("send", { type: "unknown", stored: "yes" });
      const stopped = await process.runtime.addSource(one);
      await timeUntil(clock, () => fault.used > 0);
      const forbidden = broker.faults.next("leader_offsets", { type: "fail", code: "unauthorized" }, {
        times: Infinity,
      });
      assert.equal((await whileTimePasses(clock, stopped.done)).type, "stopped");
      forbidden.release();
      const completed = await process.runtime.addSource(other);
      assert.equal((await whileTimePasses(clock, completed.done)).type, "completed");
      assert.equal(written(scene), 6);
      await whileTimePasses(clock, process.remove());
      await scene.load(paths);
      await assertOwnRecords(scene, paths);
    });
  }
});

Deno.test("an id that occurs twice in a file moves no checkpoint past rows that are not settled, over two kills", async () => {
  // A checkpoint comes only every 5 s.
  await scene(FILES, async (scene) => {
    const path = join(scene.folder, "a.csv");
    const line = (row: number) => {
      const id = row === 30 || row === 100 ? "DUP" : `T${row}`;
      return `BHP,${new Date(Date.UTC(2024, 4, 6) + row * 1_000).toISOString()},45.5,1,AUD,${id}\n`;
    };
    const lines = Array.from({ length: 200 }, (_, at) => line(at + 1)).join("");
    Deno.writeTextFileSync(path, `symbol,timestamp,price,quantity,currency,trade_id\n${lines}`);
    await killedWhen(scene, [path], { rate: 50, until: () => written(scene) >= 110 });
    const store = new CheckpointStore(scene.database);
    const rowOf = () => store.list().map((entry) => entry.ok ? entry.checkpoint.position.row : -1)[0] ?? -1;
    assert.equal(rowOf(), 0);
    await killedWhen(scene, [path], { rate: 8, until: () => rowOf() >= 30 });
    assert.ok(rowOf() < 100, "past the first of the two, and not past the second");
    await scene.load([path]);
    await assertOwnRecords(scene, [path]);
  });
});

Deno.test("thousands of rows past a checkpoint are found, each at its own record", async () => {
  const pipeline = { batchRows: 500, windowRows: 4_000, checkpointRows: 8_000 };
  await scene({ pipeline }, async (scene) => {
    const path = scene.write("a.csv", rowsOf(6_000));
    await killedWhen(scene, [path], { rate: 20_000, until: () => written(scene) >= 2_500 });
    const [entry] = new CheckpointStore(scene.database).list();
    assert.ok(entry?.ok && written(scene) - entry.checkpoint.position.row > 1_500);
    await scene.load([path]);
    await assertOwnRecords(scene, [path]);
  });
});

/** Simulates the loss of the data folder: no checkpoint is left. */
function forgetAll({ database }: Scene): void {
  const store = new CheckpointStore(database);
  for (const entry of store.list()) store.remove(entry.ok ? entry.checkpoint : entry.key);
}

/** Removes a record from a topic, as if it had never been written. */
function removeCopy({ broker }: Scene, isIt: (copy: { origin: string; row: number }) => boolean): void {
  for (const partition of broker.requireTopic(TOPIC).partitions) {
    const at = partition.records.findIndex((record) => {
      const source = sourceOf(record);
      return source !== null && isIt(source);
    });
    if (at >= 0) return void partition.records.splice(at, 1);
  }
  assert.fail("no such record");
}

Deno.test("--only-missing finds equal rows of two files each, and writes exactly the one that is absent", async () => {
  for (const lost of ["none", "first", "last"] as const) {
    await scene(SMALL, async (scene) => {
      const [one, other] = splitRows();
      const paths = [scene.write("a.csv", one), scene.write("b.csv", other)];
      await scene.load(paths);
      const store = new CheckpointStore(scene.database);
      const origins = paths.map((path) => store.load({ source: scene.sourceOf(path).id, versions: "v2" })?.origin);
      if (lost === "first") removeCopy(scene, ({ origin, row }) => origin === origins[0] && row === 30);
      if (lost === "last") removeCopy(scene, ({ origin, row }) => origin === origins[1] && row === 1);
      forgetAll(scene);
      const before = copies(scene).length;
      for (let round = 0; round < 2; round++) {
        await scene.load(paths, { start: "only_missing" });
        assert.equal(copies(scene).length, 60, `${before} before`);
        await assertOwnRecords(scene, paths);
      }
    });
  }
});

Deno.test("--only-missing of one file after the other, with no checkpoint left, takes no other file's record", async () => {
  await scene(SMALL, async (scene) => {
    const [one, other] = splitRows();
    const paths = [scene.write("a.csv", one), scene.write("b.csv", other)];
    await scene.load(paths.slice(1));
    forgetAll(scene);
    await scene.load(paths.slice(1), { start: "only_missing" });
    assert.equal(copies(scene).length, 30);
    await scene.load(paths.slice(0, 1), { start: "only_missing" });
    await assertOwnRecords(scene, paths);
  });
});

Deno.test("--only-missing accepts records with any row number or none, each for one row", async () => {
  await scene(SMALL, async (scene) => {
    // Loaded as one file, then cut in two; one of the equal rows is lost.
    const [one, other] = splitRows();
    const whole = scene.write("whole.csv", [...one.slice(0, 29), ...other]);
    await scene.load([whole]);
    forgetAll(scene);
    await Deno.remove(whole);
    const paths = [scene.write("a.csv", one), scene.write("b.csv", other)];
    await scene.load(paths, { start: "only_missing" });
    const ids = copies(scene).map(({ messageId }) => messageId).sort();
    const wanted = (await Promise.all(paths.map((path) => idsOf(scene.sourceOf(path))))).flat().sort();
    assert.deepEqual(ids, wanted);
  });
});

/** By symbol and then by time, as many vendors sort: most rows come earlier than the latest one so far. */
const BY_SYMBOL = [..."ABC"].flatMap((
  symbol,
) => [...rowsOf(30, { symbol: () => symbol }), rowsOf(30, { symbol: () => symbol })[29] ?? ""]);
const OTHER_ORDERS: Readonly<Record<string, (rows: readonly string[]) => string[]>> = {
  "sorted by time": (rows) => rows.toSorted((one, other) => timeIn(one).localeCompare(timeIn(other))),
  "turned round": (rows) => rows.toReversed(),
  "with a row before all others": (rows) => [...rowsOf(1, { from: 500 }), ...rows],
  "without its first row": (rows) => rows.slice(1),
  "with its last row first": (rows) => [...rows.slice(-1), ...rows.slice(0, -1)],
};

function timeIn(row: string): string {
  return row.split(",")[1] ?? "";
}

for (const [what, change] of Object.entries(OTHER_ORDERS)) {
  for (const turned of [false, true]) {
    const direction = turned ? "the other way round" : "";
    Deno.test(`--only-missing of a file that was written anew ${what} ${direction} writes no row that is there`, async () => {
      await scene(SMALL, async (scene) => {
        const [then, now] = turned ? [change(BY_SYMBOL), BY_SYMBOL] : [BY_SYMBOL, change(BY_SYMBOL)];
        const path = scene.write("a.csv", then);
        await scene.load([path]);
        await Deno.remove(path);
        scene.write("a.csv", now);
        for (let round = 0; round < 2; round++) {
          assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
          assert.equal(written(scene), Math.max(then.length, now.length));
        }
        const other = scene.write("b.csv", BY_SYMBOL.slice(40, 45));
        await scene.load([other]);
        assert.equal(written(scene), Math.max(then.length, now.length) + 5, "a new file has rows of its own");
      });
    });
  }
}

Deno.test("--only-missing knows the rows of a file that has got a late one, beside a file of equal rows", async () => {
  await scene(SMALL, async (scene) => {
    const rows = rowsOf(5);
    const [one, other] = [scene.write("a.csv", rows), scene.write("b.csv", rows)];
    await scene.load([one, other]);
    const changed = scene.write("a.new", [...rowsOf(1, { from: 30 }), ...rows]);
    await Deno.rename(changed, one);
    for (let round = 0; round < 2; round++) {
      assert.deepEqual((await scene.load([one, other], { start: "only_missing" })).ends, ["completed", "completed"]);
      assert.equal(written(scene), 11);
    }
  });
});

for (const [code, stopped] of [["timed_out", 0], ["end_lost", 1]] as const) {
  Deno.test(`--only-missing counts no record twice, even if reading a topic failed and started again: ${code}`, async () => {
    await scene(SMALL, async (scene) => {
      const shared = rowsOf(20, { symbol: (row) => `S${row}` });
      const whole = scene.write("whole.csv", shared);
      await scene.load([whole]);
      forgetAll(scene);
      await Deno.remove(whole);
      // With other row numbers, so that no file is known to have written them.
      const files = [1, 2, 3].map((file) => scene.write(`${file}.csv`, [...rowsOf(1, { from: -3 * file }), ...shared]));
      // First it reads the end of each partition that has records: one call at its start and one after them.
      const { partitions } = scene.broker.requireTopic(TOPIC);
      const looks = 2 * partitions.filter(({ records }) => records.length > 0).length;
      const broken = scene.broker.faults.next("read", { type: "fail", code }, { skip: looks + 1 });
      const { ends } = await scene.load(files, { start: "only_missing" });
      // It waits for brokers that are away, and stops the source that finds a topic without its end.
      const done = files.length - stopped;
      assert.deepEqual([broken.used, ends.filter((end) => end === "completed").length, ends.length], [1, done, 3]);
      assert.equal(copies(scene).length, done * (1 + shared.length), "each record stands for one row of one file");
    });
  });
}

Deno.test("--only-missing that is killed in the middle resumes exactly, with the same command or without the flag", async () => {
  for (const again of ["only_missing", "resume"] as const) {
    await scene({ pipeline: { ...SMALL.pipeline, checkpointRows: 20 } }, async (scene) => {
      const [one, other] = splitRows();
      const paths = [scene.write("a.csv", one), scene.write("b.csv", other)];
      await scene.load(paths.slice(0, 1), { limitRows: 10 });
      forgetAll(scene);
      // Further than a checkpoint allows: only reading whole topics tells what was sent.
      await killedWhen(scene, paths, { rate: 10, start: "only_missing", until: () => written(scene) >= 40 });
      const store = new CheckpointStore(scene.database);
      assert.deepEqual(store.list().map((entry) => entry.ok && entry.checkpoint.ahead), [null, null]);
      await scene.load(paths, { start: again });
      await assertOwnRecords(scene, paths);
    });
  }
});

Deno.test("a checkpoint that is older than what was sent is not believed: rows far past it are found too", async () => {
  await scene({ pipeline: { ...SMALL.pipeline, checkpointRows: 20 } }, async (scene) => {
    const path = scene.write("a.csv", rowsOf(100));
    await scene.load([path], { limitRows: 10 });
    const [entry] = new CheckpointStore(scene.database).list();
    assert.ok(entry?.ok);
    await killedWhen(scene, [path], { rate: 50, until: () => written(scene) >= 60 });
    // Simulates a folder that was restored from a copy.
    const store = new CheckpointStore(scene.database);
    store.remove(entry.checkpoint);
    const { startedAt: _started, writtenAt: _written, ...old } = entry.checkpoint;
    const nothing = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
    store.begin({ ...old, position: START_OF_FILE, counts: { read: 0, ...nothing, versions: {} }, ahead: 20 });
    store.save({ ...old, ahead: 20 });
    await scene.load([path]);
    await assertOwnRecords(scene, [path]);
  });
});

Deno.test("a row whose key has a later record in a compacted topic is not written again over it", async () => {
  const reference = { format: "csv", kind: "reference_data", exchange: "ASX", assetClass: "equities" } as const;
  const topic = "market.equities.reference_data.asx";
  for (const forgotten of [false, true]) {
    await scene(SMALL, async (made) => {
      const sourceOf = (path: string) =>
        openFileSource({ path, ...reference, currency: "AUD", timeZone: "Australia/Sydney", clock: made.clock });
      const scene = { ...made, sourceOf };
      const path = join(scene.folder, "companies.csv");
      const lines = Array.from({ length: 40 }, (_, row) => `${row % 4},S${row % 4},Company ${row}\n`).join("");
      Deno.writeTextFileSync(path, `company_id,symbol,company_name\n${lines}`);
      await killedWhen(scene, [path], { rate: 10, until: () => written(scene) >= 20 });
      assert.equal(scene.broker.requireTopic(topic).spec.config?.["cleanup.policy"], "compact");
      scene.broker.compact(topic);
      const before = copies(scene);
      assert.ok(before.length <= 4 && before.every(({ row }) => row > 10));
      if (forgotten) forgetAll(scene);
      const process = await scene.start();
      const handle = await process.runtime.addSource(sourceOf(path), { start: forgotten ? "only_missing" : "resume" });
      assert.deepEqual(await whileTimePasses(scene.clock, handle.done), { type: "completed" });
      await whileTimePasses(scene.clock, process.remove());
      const rows = copies(scene).map(({ row }) => row);
      const first = Math.max(...before.map(({ row }) => row)) + 1;
      assert.deepEqual(
        rows.slice(before.length),
        Array.from({ length: 41 - first }, (_, at) => first + at),
        "what comes after, once, and nothing of before",
      );
    });
  }
});

Deno.test("--overlap skip writes rows that files share once, also when it is killed, and each row of one file", async () => {
  await scene(FILES, async (scene) => {
    const rows = rowsOf(80);
    const paths = [scene.write("a.csv", rows.slice(0, 50)), scene.write("b.csv", rows.slice(20))];
    const wanted = (await idsOf(scene.sourceOf(scene.write("all.csv", rows)))).sort();
    for (const until of [15, 40]) {
      await killedWhen(scene, paths, { rate: 15, overlap: "skip", until: () => written(scene) >= until });
    }
    const { process } = await scene.load(paths, { overlap: "skip" });
    assert.deepEqual(copies(scene).map(({ messageId }) => messageId).sort(), wanted);
    const { read, acked, duplicates_skipped } = process.runtime.account().totals();
    assert.ok(duplicates_skipped > 0 && acked + duplicates_skipped === read);
    const again = await scene.load(paths, { overlap: "skip" });
    assert.ok(again.told.has("source_already_loaded"));
    assert.equal(copies(scene).length, 80);
  });
});

/** The result of an audit of files that were loaded with `--overlap skip`. */
async function auditOf(
  { broker, around: { registry }, sourceOf }: Scene,
  paths: readonly string[],
): Promise<AuditReport> {
  const log = new MemoryLog(broker);
  const report = await audit({
    topic: TOPIC,
    version: "v2",
    sources: paths.map(sourceOf),
    log,
    registry,
    overlap: "skip",
  });
  await log.close();
  return report;
}

Deno.test("--overlap skip writes rows out of time order once, wherever files have them, and equal rows of one file each", async () => {
  await scene(FILES, async (scene) => {
    const rows = rowsOf(40), late = rows[3] ?? "";
    const a = [...rows.slice(0, 20), late, late, ...rows.slice(20)];
    const b = [...rows.slice(1, 30), late, late, late, ...rows.slice(30)];
    const paths = [scene.write("a.csv", a), scene.write("b.csv", b)];
    const { process } = await scene.load(paths, { overlap: "skip" });
    assert.equal(copies(scene).length, 40 + 3, "b.csv has one row four times");
    const { acked, duplicates_skipped } = process.runtime.account().totals();
    assert.deepEqual([acked, duplicates_skipped], [43, a.length + b.length - 43]);
    const found = new Set(copies(scene).map(({ messageId }) => messageId));
    for (const id of await idsOf(scene.sourceOf(scene.write("all.csv", rows)))) assert.ok(id !== null && found.has(id));
    const audited = await auditOf(scene, paths);
    assert.partialDeepStrictEqual(audited, { expected: 43, found: 43, missing: 0, unexpected: 0, twice: 0 });
    // One row is missing of a content that a file has once more than the topic.
    const more = await auditOf(scene, [...paths, scene.write("c.csv", [...rows.slice(3, 10), late, late, late, late])]);
    assert.partialDeepStrictEqual(more, { expected: 44, found: 43, missing: 1 });
  });
});

const withIds = (rows: readonly string[], quantity: number) =>
  `symbol,timestamp,price,quantity,currency,trade_id\n${
    rows.map((_, at) =>
      `BHP,${new Date(Date.UTC(2024, 4, 6) + at * 1_000).toISOString()},45.5,${at + quantity},AUD,${at}\n`
    ).join("")
  }`;

Deno.test("--only-missing writes corrected rows under their ids, and says how many", async () => {
  for (const forgotten of [false, true]) {
    for (const schemaVersion of ["v1", "v2"] as const) {
      await scene({ ...SMALL, schemaVersion }, async (scene) => {
        const path = join(scene.folder, "a.csv");
        const before = withIds(rowsOf(50), 1).split("\n"), after = withIds(rowsOf(50), 1_000).split("\n");
        Deno.writeTextFileSync(path, before.join("\n"));
        await scene.load([path]);
        if (forgotten) forgetAll(scene);
        Deno.writeTextFileSync(path, [...before.slice(0, 31), ...after.slice(31)].join("\n"));
        const { process } = await scene.load([path], { start: "only_missing" });
        assert.partialDeepStrictEqual(process.runtime.account().totals(), {
          acked: 20,
          duplicates_skipped: 30,
          id_reused: 20,
        });
        assert.equal(copies(scene).length, 70);
        const again = await scene.load([path], { start: "only_missing" });
        assert.partialDeepStrictEqual(again.process.runtime.account().totals(), {
          acked: 0,
          duplicates_skipped: 50,
          id_reused: 0,
        });
      });
    }
  }
});

Deno.test("--overlap skip writes rows of two files that have one id and other content", async () => {
  await scene(SMALL, async (scene) => {
    const paths = ["a.csv", "b.csv", "c.csv"].map((name, at) => {
      const path = join(scene.folder, name);
      Deno.writeTextFileSync(path, withIds(rowsOf(50), at === 2 ? 1 : 1 + at * 1_000));
      return path;
    });
    const { process } = await scene.load(paths, { overlap: "skip" });
    assert.equal(copies(scene).length, 100);
    assert.partialDeepStrictEqual(process.runtime.account().totals(), {
      acked: 100,
      duplicates_skipped: 50,
      id_reused: 50,
    });
  });
});

/** Copies every checkpoint, like a backup of the data folder, to restore it later. */
function copyOfFolder({ database }: Scene): () => void {
  const store = new CheckpointStore(database);
  const bodies = database.prepare("SELECT * FROM checkpoints").all();
  return () => {
    for (const entry of store.list()) store.remove(entry.ok ? entry.checkpoint : entry.key);
    const insert = database.prepare("INSERT INTO checkpoints (source, versions, body, digest) VALUES (?, ?, ?, ?)");
    for (const { source, versions, body, digest } of bodies) {
      insert.run(source ?? null, versions ?? null, body ?? null, digest ?? null);
    }
  };
}

Deno.test("a restored data folder, with checkpoints of loads that had ended, is not believed", async () => {
  for (const appended of [1, 40]) {
    await scene(SMALL, async (scene) => {
      const paths = [scene.write("a.csv", rowsOf(50)), scene.write("b.csv", rowsOf(50, { from: 500 }))];
      await scene.load(paths);
      const putBack = copyOfFolder(scene);
      scene.write("a.csv", rowsOf(appended, { from: 50 }), { append: true });
      await scene.load(paths);
      scene.write("b.csv", rowsOf(5, { from: 550 }), { append: true });
      putBack();
      scene.write("a.csv", rowsOf(3, { from: 200 }), { append: true });
      const { told } = await scene.load(paths);
      assert.ok(told.has("checkpoint_doubted"));
      await assertOwnRecords(scene, paths);
    });
  }
});
