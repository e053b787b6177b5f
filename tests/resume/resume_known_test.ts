/** Which checkpoint belongs to a file if several could; judged by the topics. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { storedIdentity } from "../../records/ids/stored_identity.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import type { Scene } from "../support/resume_scene.ts";
import { rowsOf, scene, written } from "../support/resume_scene.ts";
import { HEADER, timeUntil, topicsOf, whileTimePasses } from "../support/resume_harness.ts";

const SMALL = { pipeline: { batchRows: 10, windowRows: 100, checkpointRows: 40 } };
/** No checkpoint is written before the end. */
const FAR = { pipeline: { batchRows: 10, windowRows: 1_000, checkpointRows: 1_000 } };

/** Loads a file and kills the process before its first checkpoint. */
async function loadKilled(scene: Scene, path: string, rows: number): Promise<void> {
  const { clock, database } = scene;
  const before = written(scene);
  const process = await scene.start();
  await process.runtime.addSource(scene.sourceOf(path), { rowsPerSecond: 100 });
  await timeUntil(clock, () => written(scene) >= before + rows);
  process.kill();
  await whileTimePasses(clock, process.remove());
  const settled = [...new CheckpointStore(database).list()].map((entry) => entry.ok && entry.checkpoint.position.row);
  assert.ok(settled.includes(0), "nothing is settled");
}

Deno.test("a file that took the name of an empty one is known by its own content", async () => {
  await scene(SMALL, async (scene) => {
    const a = scene.write("a.csv", []), b = scene.write("b.csv", rowsOf(60));
    Deno.writeTextFileSync(a, "");
    await scene.load([a, b]);
    Deno.renameSync(b, a);
    assert.ok((await scene.load([a])).told.has("source_already_loaded"));
    assert.equal(written(scene), 60);
  });
});

Deno.test("a file that took the name of a part of itself is known by all of its content", async () => {
  await scene(SMALL, async (scene) => {
    const a = scene.write("a.csv", rowsOf(10)), b = scene.write("b.csv", rowsOf(60));
    await scene.load([a, b]);
    Deno.renameSync(b, a);
    await scene.load([a]);
    assert.equal(written(scene), 70);
    scene.write("a.csv", rowsOf(5, { from: 60 }), { append: true });
    await scene.load([a]);
    assert.equal(written(scene), 75);
  });
});

Deno.test("a copy of a file that is gone is known by all of its content, not by a part that was a file too", async () => {
  await scene(SMALL, async (scene) => {
    const a = scene.write("a.csv", rowsOf(10)), b = scene.write("b.csv", rowsOf(60));
    await scene.load([a, b]);
    const copy = scene.write("c.csv", rowsOf(60));
    for (const gone of [a, b]) Deno.removeSync(gone);
    assert.ok((await scene.load([copy])).told.has("source_already_loaded"));
    assert.equal(written(scene), 70);
  });
});

for (const [what, between] of [["empty", ""], ["a header", HEADER], ["half a row", HEADER + "BHP,20"]] as const) {
  Deno.test(`a file that was ${what} for a while is resumed when its rows are back`, async () => {
    await scene(SMALL, async (scene) => {
      const path = scene.write("a.csv", rowsOf(60));
      await scene.load([path]);
      for (let times = 0; times < 2; times++) {
        Deno.writeTextFileSync(path, between);
        await scene.load([path]);
      }
      scene.write("a.csv", rowsOf(80));
      await scene.load([path]);
      assert.equal(written(scene), 80);
      scene.write("a.csv", rowsOf(5, { from: 80 }), { append: true });
      await scene.load([path]);
      assert.equal(written(scene), 85);
    });
  });
}

Deno.test("a file that is copied back in place is refused while only some of its rows are there", async () => {
  await scene(SMALL, async (scene) => {
    const path = scene.write("a.csv", rowsOf(60));
    await scene.load([path]);
    Deno.writeTextFileSync(path, "");
    await scene.load([path]);
    scene.write("a.csv", rowsOf(10));
    assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
    scene.write("a.csv", rowsOf(60));
    await scene.load([path]);
    assert.equal(written(scene), 60);
  });
});

Deno.test("files that are rotated over empty days are each loaded once", async () => {
  await scene(SMALL, async ({ folder, load, write, ...rest }) => {
    const nameOf = (day: number) => join(folder, day === 0 ? "x.csv" : `x.${day}.csv`);
    const rotate = (days: number) => {
      for (let day = days; day > 0; day--) Deno.renameSync(nameOf(day - 1), nameOf(day));
      Deno.writeTextFileSync(nameOf(0), "");
    };
    const all = (days: number) => Array.from({ length: days + 1 }, (_, day) => nameOf(day));
    write("x.csv", rowsOf(40));
    await load(all(0));
    for (const days of [1, 2]) {
      rotate(days);
      await load(all(days));
    }
    write("x.csv", rowsOf(20, { from: 500 }));
    await load(all(2).toReversed());
    rotate(3);
    await load(all(3));
    assert.equal(written(rest), 60);
  });
});

for (const inode of ["the same", "another"] as const) {
  Deno.test(`a killed load of which nothing was settled is found again in ${inode} file, seen empty meanwhile`, async () => {
    await scene(FAR, async (scene) => {
      const path = scene.write("a.csv", rowsOf(60));
      await loadKilled(scene, path, 20);
      Deno.writeTextFileSync(path, "");
      await scene.load([path]);
      if (inode === "another") Deno.renameSync(scene.write("new.csv", rowsOf(60)), path);
      else scene.write("a.csv", rowsOf(60));
      const { ends, told } = await scene.load([path]);
      assert.deepEqual(ends, ["completed"]);
      assert.equal(told.has("checkpoint_doubted"), inode === "another");
      assert.equal(written(scene), 60);
    });
  });
}

Deno.test("a killed load of which nothing was settled is found again in a compressed copy", async () => {
  await scene(FAR, async (scene) => {
    const path = scene.write("a.csv", rowsOf(60));
    await loadKilled(scene, path, 20);
    Deno.writeFileSync(`${path}.gz`, gzipSync(Deno.readFileSync(path)));
    Deno.removeSync(path);
    const { told } = await scene.load([`${path}.gz`]);
    assert.ok(told.has("checkpoint_doubted"));
    assert.equal(written(scene), 60);
  });
});

Deno.test("a new file that begins with the rows of a killed one is another file: both are written", async () => {
  await scene(FAR, async (scene) => {
    const path = scene.write("x.csv", rowsOf(60)), old = join(scene.folder, "x.1.csv");
    await loadKilled(scene, path, 20);
    Deno.renameSync(path, old);
    scene.write("x.csv", rowsOf(10));
    await scene.load([path]);
    await scene.load([path, old]);
    assert.equal(written(scene), 70);
  });
});

Deno.test("a killed load of which nothing was settled is resumed, though its rows have line ends within quotes", async () => {
  await scene(FAR, async (scene) => {
    const path = join(scene.folder, "a.csv");
    const rows = rowsOf(60).map((row) => `${row},"two\nlines"\n`);
    Deno.writeTextFileSync(path, HEADER.replace("\n", ",vendor_data.note\n") + rows.join(""));
    await loadKilled(scene, path, 20);
    const { ends } = await scene.load([path]);
    assert.deepEqual(ends, ["completed"]);
    assertEachOnce(scene, "v2", 60);
  });
});

/** Each row once in each topic, as each version. */
function assertEachOnce({ broker }: Scene, flag: "v1" | "v2" | "both", rows: number): void {
  for (const [version, topic] of topicsOf(flag)) {
    const records = broker.appends.filter((append) => append.topic === topic).flatMap(({ records }) => records);
    const ids = records.map((record) => storedIdentity(record)).filter((found) => found?.version === version);
    assert.equal(ids.length, rows, `as ${version}`);
    assert.equal(new Set(ids.map((found) => found?.messageId)).size, rows);
  }
}

for (const [first, then] of [["v2", "both"], ["both", "v2"]] as const) {
  for (const how of ["killed", "finished"] as const) {
    Deno.test(`a load as ${first} that was ${how} is no load of its own as ${then}`, async () => {
      await scene({ ...FAR, schemaVersion: first }, async (scene) => {
        const path = scene.write("a.csv", rowsOf(60));
        if (how === "killed") await loadKilled(scene, path, 20);
        else await scene.load([path]);
        const { told } = await scene.load([path], {}, then);
        assert.ok(told.has("checkpoint_doubted"));
        assertEachOnce(scene, then, 60);
        // Each of them includes rows that the other has appended.
        for (const [from, flag] of [[60, then], [70, first], [80, then]] as const) {
          scene.write("a.csv", rowsOf(10, { from }), { append: true });
          await scene.load([path], {}, flag);
          assertEachOnce(scene, "v2", from + 10);
        }
      });
    });
  }
}
