/** Loads that resume in a new process, one problem at a time. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { killActor } from "../../kernel/testing.ts";
import { NOTHING_MARKED } from "../../records/content/content_chain.ts";
import { START_OF_FILE } from "../../records/content/file_position.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { placed } from "../support/checkpoints.ts";
import { TOPIC } from "../support/pipeline_harness.ts";
import { assertWhole, timeUntil, whileTimePasses } from "../support/resume_harness.ts";
import { killed, rowsOf, scene, symbolIn, written } from "../support/resume_scene.ts";

/** Symbols that the two rules put into different partitions of this many. */
function symbolsApart(partitions: number): string[] {
  return Array.from({ length: 20 }, (_, at) => `S${at}`).filter((symbol) => {
    const key = new TextEncoder().encode(symbol);
    return partitionFor(key, partitions, "murmur2") !== partitionFor(key, partitions, "crc32");
  });
}

/** Faults of reading that one look at the end of a partition meets: at its beginning, and after its records. */
const LOOK_AT_PARTITION = 2;

const SMALL = { pipeline: { batchRows: 1, windowRows: 100, checkpointRows: 20 } };

Deno.test("a load resumes where it was killed, and writes nothing twice that it had sent past its checkpoint", async () => {
  await scene({ pipeline: { batchRows: 5, windowRows: 100, checkpointRows: 50 } }, async (scene) => {
    const { clock, load, write, start, database } = scene;
    const path = write("a.csv", rowsOf(200));
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 10 });
    const store = new CheckpointStore(database);
    await timeUntil(clock, () => {
      const [entry] = store.list();
      return entry !== undefined && entry.ok && entry.checkpoint.position.row > 50 &&
        entry.checkpoint.position.row < written(scene);
    });
    first.kill();
    await whileTimePasses(clock, first.remove());
    const { process, told } = await load([path]);
    assert.ok(told.has("source_resumed"));
    const resumed = process.events.find(({ type }) => type === "source_resumed");
    assert.ok(resumed?.type === "source_resumed" && resumed.row > 0 && resumed.found > 0);
    await assertWhole(scene, [path]);
  });
});

for (const mode of ["resume", "only_missing"] as const) {
  Deno.test(`a load that was killed finds what only its leader has, once the followers are back (${mode})`, async () => {
    await scene(SMALL, async (scene) => {
      const { clock, load, write, start, broker } = scene;
      const path = write("a.csv", rowsOf(30));
      const first = await start();
      await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 2 });
      await timeUntil(clock, () => written(scene) === 3);
      const frozen = broker.requireTopic(TOPIC).partitions.map((_, at) => broker.freezeFollowers(TOPIC, at));
      await timeUntil(clock, () => written(scene) === 4);
      first.kill();
      await whileTimePasses(clock, first.remove());
      let done = false;
      const second = load([path], { start: mode }).finally(() => done = true);
      // Minutes after the time at which the first process would have given its send up.
      clock.schedule(300_000, () => {
        assert.deepEqual([done, written(scene)], [false, 4], "it waits, and sends nothing");
        for (const followers of frozen) followers.release();
      });
      const { told } = await second;
      assert.ok(told.has("replication_awaited"), "the wait is told");
      assert.equal(written(scene), 30, "none twice");
      // A row that is found by its id counts as skipped.
      if (mode === "resume") await assertWhole(scene, [path]);
    });
  });
}

Deno.test("a load that was killed before its first checkpoint finds what it had sent", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, load, write, start } = scene;
    const path = write("a.csv", rowsOf(30));
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 2 });
    await timeUntil(clock, () => written(scene) === 3);
    first.kill();
    await whileTimePasses(clock, first.remove());
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

Deno.test("a load that resumes and is killed before its first checkpoint finds its sent rows", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, load, write, start } = scene;
    const path = write("a.csv", rowsOf(30));
    await load([path], { limitRows: 5 });
    const second = await start();
    await second.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 2 });
    await timeUntil(clock, () => written(scene) === 8);
    second.kill();
    await whileTimePasses(clock, second.remove());
    const { told } = await load([path]);
    await assertWhole(scene, [path]);
    assert.ok(!told.has("checkpoint_doubted"), "it has said before that rows may be past it");
  });
});

Deno.test("rows that an earlier load had written are not those of this one", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, broker } = scene;
    const path = write("a.csv", rowsOf(30));
    await load([path]);
    await load([path], { start: "restart" });
    assert.equal(written(scene), 60, "a restart writes all of it again");
    const ids = broker.appends.flatMap(({ records }) => records.map(({ value }) => String(value?.subarray(5, 42))));
    assert.equal(new Set(ids).size, 30, "with the same ids");
    const { told } = await load([path]);
    assert.ok(told.has("source_already_loaded"));
    assert.equal(written(scene), 60);
  });
});

Deno.test("a load that was stopped in order reads no more of the topics than what they end with", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, broker } = scene;
    const path = write("a.csv", rowsOf(60));
    await load([path], { limitRows: 25 });
    // The only partition with records is read when the source starts, and before the first record.
    broker.faults.next("read", { type: "hang" }, { skip: 2 * LOOK_AT_PARTITION, times: Infinity });
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

Deno.test("a row that comes before an earlier one, as its topic has grown, is found all the same", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, broker, load, write, start } = scene;
    const [early, late] = [symbolIn(1, 2), symbolIn(2, 2)];
    const path = write("a.csv", rowsOf(2, { symbol: (row) => row === 0 ? early : late }));
    broker.createTopic({ name: TOPIC, partitions: 3, replicationFactor: 1, config: {} });
    broker.faults.next("send", { type: "hang", lost: true }, { partition: 1 });
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path));
    await timeUntil(clock, () => written(scene) === 1);
    first.kill();
    await whileTimePasses(clock, first.remove());
    broker.addPartitions(TOPIC, 4);
    await load([path], { limitRows: 1 });
    assert.equal(written(scene), 2);
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

Deno.test("rows of a topic that has grown since are found where they were written", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, broker, load, write, start } = scene;
    const symbol = symbolIn(1, 3);
    const path = write("a.csv", rowsOf(8, { symbol: () => symbol }));
    broker.createTopic({ name: TOPIC, partitions: 3, replicationFactor: 1, config: {} });
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 2 });
    await timeUntil(clock, () => written(scene) === 4);
    first.kill();
    await whileTimePasses(clock, first.remove());
    broker.addPartitions(TOPIC, 4);
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

Deno.test("rows are found where another partitioner has put them, and offsets stay while both may have", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, broker, database, load, write, start } = scene;
    const topicsAt = (path: string) =>
      new CheckpointStore(database).list().flatMap((entry) =>
        entry.ok && entry.checkpoint.file?.path === path ? entry.checkpoint.topics : []
      );
    broker.createTopic({ name: TOPIC, partitions: 3, replicationFactor: 1, config: {} });
    const [one = "", other = "", symbol = ""] = symbolsApart(3);
    // Both rules have written to the topic, so neither is refused.
    await load([write("one.csv", rowsOf(1, { symbol: () => one }))]);
    const [{ records: [record] = [] } = {}] = broker.appends;
    const key = new TextEncoder().encode(other);
    assert.ok(record !== undefined);
    const place = { topic: TOPIC, partition: partitionFor(key, 3, "crc32"), producer: "another", late: false };
    broker.append([{ ...record, key }], place);
    const path = Deno.realPathSync(write("a.csv", rowsOf(8, { symbol: () => symbol })));
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 2 });
    await timeUntil(clock, () => written(scene) === 6);
    first.kill();
    await whileTimePasses(clock, first.remove());
    const [before] = topicsAt(path);
    Object.assign(scene.settings.topics, { partitioner: "crc32" }); // as a later process has it
    await load([path], { limitRows: 1 });
    const [between] = topicsAt(path);
    assert.deepEqual([before?.partitioner, between?.partitioner], ["murmur2", null]);
    assert.deepEqual(between?.next, before?.next);
    await load([path]);
    assert.equal(written(scene), 10, "each row once");
  });
});

Deno.test("an incarnation that looks for the start and ends does not set the next one back", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, broker, write, start, load } = scene;
    const path = write("a.csv", rowsOf(60));
    const hung = broker.faults.next("cluster_id", { type: "hang" });
    const process = await start();
    await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 4, start: "restart" });
    await hung.reached;
    killActor(process.runtime.system, "root/sources/source-1");
    await timeUntil(clock, () => clock.monotonic() > 10_000);
    hung.release();
    await timeUntil(clock, () => clock.monotonic() > 12_000);
    process.kill();
    await whileTimePasses(clock, process.remove());
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

for (const actor of ["sources/source-1", "stores/checkpoints", "converters/converter", `producers/${TOPIC}`]) {
  Deno.test(`a load is whole when root/${actor} is killed again and again, and then the process`, async () => {
    await scene({ ...SMALL, schemaVersion: "both" }, async (scene) => {
      const { clock, write, start, load } = scene;
      const path = write("a.csv", [...rowsOf(40), "BHP,not a time,1,1,AUD", ...rowsOf(40, { from: 40 })]);
      const process = await start();
      await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 20 });
      for (let kills = 1; kills <= 6; kills++) {
        await timeUntil(clock, () => written(scene) >= kills * 16 && killed(process, `root/${actor}`));
      }
      process.kill();
      await whileTimePasses(clock, process.remove());
      await load([path]);
      await assertWhole(scene, [path]);
    });
  });
}

Deno.test("a load whose file is cut while it is read stops, and says so", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, write, start } = scene;
    const path = write("a.csv", rowsOf(60));
    const process = await start();
    const handle = await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 4 });
    await timeUntil(clock, () => written(scene) > 2);
    Deno.truncateSync(path, 10);
    const end = await whileTimePasses(clock, handle.done);
    assert.ok(end.type === "stopped" && end.cause instanceof Error);
    assert.ok("code" in end.cause && end.cause.code === "rewritten");
    await whileTimePasses(clock, process.remove());
  });
});

Deno.test("files that were rotated are loaded together: a known file resumes, a new one begins", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, folder } = scene;
    const path = write("a.csv", rowsOf(40));
    await load([path], { limitRows: 25 });
    await Deno.rename(path, join(folder, "a.csv.1"));
    write("a.csv", rowsOf(40, { from: 1_000 }));
    const paths = [path, join(folder, "a.csv.1")];
    const { ends, told } = await load(paths);
    assert.deepEqual(ends, ["completed", "completed"]);
    assert.ok(told.has("checkpoint_adopted"));
    await assertWhole(scene, paths);
    await load(paths.toReversed());
    await assertWhole(scene, paths);
  });
});

Deno.test("a file that was replaced is resumed under its new name, also after the new file was loaded", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, folder } = scene;
    const path = write("a.csv", rowsOf(40)), old = join(folder, "a.csv.1");
    await load([path], { limitRows: 25 });
    await Deno.rename(path, old);
    write("a.csv", rowsOf(40, { from: 1_000 }));
    assert.ok((await load([path])).told.has("checkpoint_discarded"));
    assert.ok((await load([old])).told.has("checkpoint_adopted"));
    await assertWhole(scene, [path, old]);
  });
});

Deno.test("a file and another name of it do not take the checkpoint from each other", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, load, write, start, folder } = scene;
    const path = write("a.csv", rowsOf(60));
    await load([path], { limitRows: 5 });
    await Deno.link(path, join(folder, "b.csv"));
    const process = await start();
    const first = await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 10 });
    await timeUntil(clock, () => written(scene) > 10);
    const second = await process.runtime.addSource(scene.sourceOf(join(folder, "b.csv")));
    const ends = await whileTimePasses(clock, Promise.all([first.done, second.done]));
    assert.deepEqual(ends.map(({ type }) => type), ["completed", "completed"]);
    await whileTimePasses(clock, process.remove());
  });
});

Deno.test("a file that has grown is resumed at its old end", async () => {
  await scene({ ...SMALL, schemaVersion: "both" }, async (scene) => {
    const { load, write } = scene;
    const path = write("a.csv", rowsOf(30));
    await load([path]);
    write("a.csv", rowsOf(12, { from: 30 }), { append: true });
    const { told } = await load([path]);
    assert.ok(told.has("source_resumed"));
    await assertWhole(scene, [path]);
  });
});

Deno.test("a checkpoint that was left behind when the version changed is not believed", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, load, write, start, broker } = scene;
    const path = write("a.csv", rowsOf(60));
    await load([path], { limitRows: 10 });
    const process = await start();
    process.runtime.setSchemaVersion("v1");
    const handle = await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 10 });
    await timeUntil(clock, () => written(scene) > 30);
    process.runtime.setSchemaVersion("v2");
    assert.deepEqual(await whileTimePasses(clock, handle.done), { type: "completed" });
    await whileTimePasses(clock, process.remove());
    await load([path]);
    const v2 = broker.appends.flatMap(({ records }) =>
      records.filter(({ headers = [] }) => !headers.some(([name]) => name === "message_id")).map(({ value }) =>
        String(value?.subarray(5, 42))
      )
    );
    assert.equal(v2.length, 60);
    assert.equal(new Set(v2).size, 60, "each row once as v2");
  });
});

Deno.test("bad rows are stored with the checkpoint that passes them, also if the store dies with it", async () => {
  await scene({ pipeline: { batchRows: 5, windowRows: 50, checkpointRows: 20 } }, async (scene) => {
    const { clock, write, start, database, load } = scene;
    const bad = Array.from({ length: 20 }, (_, row) => `BHP,never ${row},1,1,AUD`);
    const path = write("a.csv", rowsOf(60).flatMap((line, row) => row % 3 === 0 ? [line, bad[row / 3] ?? ""] : line));
    const process = await start();
    await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 10 });
    const letters = new DeadLetterStore(database);
    for (const count of [1, 6]) {
      await timeUntil(clock, () => letters.count() >= count && killed(process, "root/stores/checkpoints"));
    }
    process.kill();
    const [entry] = new CheckpointStore(database).list();
    assert.ok(entry?.ok);
    assert.equal(letters.count(), entry.checkpoint.counts.dead_lettered);
    await whileTimePasses(clock, process.remove());
    await load([path]);
    await assertWhole(scene, [path]);
  });
});

Deno.test("if commits were lost, a load writes only the absent rows", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, database } = scene;
    const path = write("a.csv", rowsOf(60));
    await load([path], { limitRows: 40 });
    database.prepare("DELETE FROM checkpoints").run();
    await load([path], { start: "only_missing" });
    assert.equal(written(scene), 60);
    const { told } = await load([path]);
    assert.ok(told.has("source_already_loaded"));
  });
});

Deno.test("a topic that was deleted and recreated has no records of an earlier load: all rows are written, and a message says so", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, broker } = scene;
    const path = write("a.csv", rowsOf(30));
    await load([path]);
    broker.recreateTopic(TOPIC);
    broker.appends.length = 0;
    const { process } = await load([path]);
    const doubted = process.events.find(({ type }) => type === "checkpoint_doubted");
    assert.ok(doubted?.type === "checkpoint_doubted");
    assert.match(doubted.reasons.join(), /deleted and made again/);
    await assertWhole(scene, [path]);
  });
});

Deno.test("a rewritten file is loaded anew, and a message says so", async () => {
  await scene(SMALL, async (scene) => {
    const { load, write, broker } = scene;
    const path = write("a.csv", rowsOf(30));
    await load([path]);
    broker.appends.length = 0;
    write("a.csv", rowsOf(40, { from: 500 }));
    assert.ok((await load([path])).told.has("checkpoint_discarded"));
    await assertWhole(scene, [path]);
  });
});

Deno.test("a checkpoint whose commits were lost makes a load read the whole topics", async () => {
  await scene(SMALL, async (scene) => {
    const { clock, load, write, start, database } = scene;
    const path = write("a.csv", rowsOf(60));
    await load([path], { limitRows: 10 });
    const old = new CheckpointStore(database);
    const [entry] = old.list();
    assert.ok(entry?.ok);
    const first = await start();
    await first.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 20 });
    await timeUntil(clock, () => written(scene) >= 50);
    first.kill();
    await whileTimePasses(clock, first.remove());
    // Simulates an older state file: the topic has rows far past its checkpoint.
    old.begin({
      ...entry.checkpoint,
      position: placed(START_OF_FILE, { content: NOTHING_MARKED }),
      counts: { read: 0, acked: 0, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
    }, { replace: true });
    old.doubt(entry.checkpoint);
    await load([path]);
    assert.equal(written(scene), 60);
    const { told } = await load([path]);
    assert.ok(told.has("source_already_loaded"));
  });
});
