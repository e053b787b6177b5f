import assert from "node:assert/strict";
import { KEY, sample } from "./_test_checkpoint.ts";
import { withFolder } from "./_test_folder.ts";
import { startProcess } from "./_test_process.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";
import { DeadLetterStore } from "./dead_letters.ts";

const KILLS = 30;

Deno.test(`CheckpointStore has the last checkpoint after each of ${KILLS} kills of the process that writes`, async () => {
  await withFolder(async (dataDir) => {
    let last = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startProcess("_checkpoint_process.ts", dataDir);
      // Sooner or later after a checkpoint, so that all parts of a commit are hit.
      await writer.printed(1 + kill % 7);
      await writer.kill();
      const reported = Number(writer.lines.at(-1));
      using database = StateDatabase.open(dataDir, { inspect: true });
      assert.equal(database.lostCommits, false);
      const { startedAt, writtenAt, ...checkpoint } = new CheckpointStore(database).load(KEY) ?? assert.fail("none");
      const { row } = checkpoint.position;
      assert.ok(writtenAt >= startedAt);
      assert.ok(row >= reported && reported > last, `row ${row}, ${reported} reported, ${last} before`);
      // One commit may have been stored and not reported yet.
      assert.ok(row <= reported + 5, `row ${row}, ${reported} reported`);
      assert.deepEqual(checkpoint, sample({ row, bad: row / 5 }));
      const letters = new DeadLetterStore(database);
      assert.equal(letters.count(), row / 5);
      assert.equal(letters.list({ after: row / 5 - 1 })[0]?.row, row);
      last = row;
    }
  });
});
