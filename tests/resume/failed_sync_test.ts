/** Checkpoints that are committed, and that the disk does not take. */
import assert from "node:assert/strict";
import { CommitError } from "../../storage/storage_error.ts";
import { rowsOf, scene, written } from "../support/resume_scene.ts";

const SMALL = { pipeline: { batchRows: 10, windowRows: 100, checkpointRows: 40 } };

for (const failing of [1, 2, 3]) {
  Deno.test(`a load ends at once when sync ${failing} of its state file fails, and the next one writes each row once`, async () => {
    let syncs = 0;
    const synced = () => {
      if (++syncs !== failing) return Promise.resolve();
      return Promise.reject(new CommitError("inaccessible", "state.sqlite", "the disk is gone"));
    };
    await scene({ ...SMALL, synced }, async (scene) => {
      const path = scene.write("a.csv", rowsOf(200));
      const { ends, stops, process } = await scene.load([path]);
      assert.deepEqual(ends, ["stopped"]);
      assert.match(stops.join(), /the disk is gone/);
      if (failing === 1) assert.equal(written(scene), 0, "nothing is sent before its checkpoint is on disk");
      const starts = process.events.filter((event) =>
        event.type === "actor_started" && event.path === "root/stores/checkpoints"
      );
      assert.equal(starts.length, 1, "nothing is tried again that cannot succeed");
      assert.deepEqual((await scene.load([path])).ends, ["completed"]);
      assert.equal(written(scene), 200);
    });
  });
}
