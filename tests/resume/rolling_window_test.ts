/** A file that is replaced by some of its rows and new ones: a person must choose, and nothing is written twice. */
import assert from "node:assert/strict";
import { rowsOf, scene, written } from "../support/resume_scene.ts";

const SETTINGS = { pipeline: { batchRows: 100, windowRows: 1_000, checkpointRows: 1_000 } };
const ROWS = 2_000;

for (const inode of ["the same", "another"] as const) {
  for (const kept of [1, 63, 400, 1_999]) {
    Deno.test(`a file with the last ${kept} of its ${ROWS} rows and new ones, in ${inode} inode, is refused`, async () => {
      await scene(SETTINGS, async (scene) => {
        const path = scene.write("a.csv", rowsOf(ROWS));
        await scene.load([path]);
        const window = rowsOf(kept + 50, { from: ROWS - kept });
        if (inode === "another") Deno.renameSync(scene.write("new.csv", window), path);
        else scene.write("a.csv", window);
        assert.deepEqual((await scene.load([path])).ends, ["stopped"]);
        assert.equal(written(scene), ROWS);
        assert.deepEqual((await scene.load([path], { start: "only_missing" })).ends, ["completed"]);
        assert.equal(written(scene), ROWS + 50);
        // From then on it is this file.
        scene.write("a.csv", rowsOf(10, { from: ROWS + 50 }), { append: true });
        assert.deepEqual((await scene.load([path])).ends, ["completed"]);
        assert.equal(written(scene), ROWS + 60);
      });
    });
  }
}

Deno.test("a file with any 32nd of its rows in its middle, and others, is refused", async () => {
  for (const from of [0, 63, 64, 500, 1_000, 1_937]) {
    await scene(SETTINGS, async (scene) => {
      const path = scene.write("a.csv", rowsOf(ROWS));
      await scene.load([path]);
      scene.write("a.csv", [...rowsOf(63, { from }), ...rowsOf(10, { from: 5_000 })]);
      assert.deepEqual((await scene.load([path])).ends, ["stopped"], `${from}`);
      assert.equal(written(scene), ROWS);
    });
  }
});

Deno.test("a file with none of its rows is another one, also if both end with the same bad line", async () => {
  await scene(SETTINGS, async (scene) => {
    const path = scene.write("a.csv", [...rowsOf(ROWS), "END"]);
    await scene.load([path]);
    scene.write("a.csv", [...rowsOf(ROWS, { from: ROWS }), "END"]);
    assert.deepEqual((await scene.load([path])).ends, ["completed"]);
    assert.equal(written(scene), 2 * ROWS);
  });
});
