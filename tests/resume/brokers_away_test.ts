/** Files that change while a load waits for its brokers: what they are when these answer counts. */
import assert from "node:assert/strict";
import { passTime, whileTimePasses } from "../support/resume_harness.ts";
import { rowsOf, scene, written } from "../support/resume_scene.ts";

Deno.test("a file that is another one when the brokers answer is loaded as it is then", async () => {
  await scene({}, async (scene) => {
    const path = scene.write("a.csv", rowsOf(10));
    await scene.load([path]);
    const away = scene.broker.faults.next("describe_topic", { type: "hang" }, { times: Infinity });
    const source = scene.sourceOf(path), process = await scene.start([source]);
    const handle = await process.runtime.addSource(source, {});
    // A look at the file before that would take the machine's own time.
    for (let reads = 0; reads < 200; reads++) {
      await passTime(scene.clock, 10);
      await Deno.readFile(path);
    }
    Deno.renameSync(path, `${path}.1`);
    scene.write("a.csv", rowsOf(7, { from: 1_000 }));
    away.release();
    assert.equal((await whileTimePasses(scene.clock, handle.done)).type, "completed");
    await whileTimePasses(scene.clock, process.remove());
    assert.equal(written(scene), 17);
  });
});
