/** Files that were loaded with another data folder: the load says so before it writes them again. */
import assert from "node:assert/strict";
import { CheckpointStore } from "../../state/checkpoints.ts";
import { type Ended, rowsOf, type Scene, scene, written } from "../support/resume_scene.ts";

/** Two symbols, in two partitions. */
const rows = (from: number) => rowsOf(10, { from, symbol: (row) => row % 2 === 0 ? "BHP" : "CBA" });

/** Simulates another data folder. */
function forgetAll({ database }: Scene): void {
  const store = new CheckpointStore(database);
  for (const entry of store.list()) store.remove(entry.ok ? entry.checkpoint : entry.key);
}

function told({ process: { events } }: Ended): string[] {
  return events.flatMap((event) => event.type === "loads_unknown" ? [event.topic] : []);
}

Deno.test("a load reports once a topic that holds records of loads with another data folder", async () => {
  await scene({}, async (scene) => {
    const paths = [scene.write("a.csv", rows(0)), scene.write("b.csv", rows(10))];
    assert.deepEqual(told(await scene.load(paths)), [], "the topic is empty");
    assert.deepEqual(told(await scene.load([scene.write("c.csv", rows(20))])), [], "all of it is known");
    forgetAll(scene);
    assert.deepEqual(told(await scene.load(paths, { start: "only_missing" })), [], "which compares");
    assert.equal(written(scene), 30);
    forgetAll(scene);
    const again = await scene.load(paths);
    assert.deepEqual([again.ends, told(again).length], [["completed", "completed"], 1]);
    assert.equal(written(scene), 50, "it is told, and no error");
    assert.deepEqual(told(await scene.load(paths)), [], "they are known now");
    assert.deepEqual(told(await scene.load(paths, { start: "restart" })), [], "as it was wanted");
  });
});
