import assert from "node:assert/strict";
import { numberOf, numbers } from "./_test_journal.ts";
import { withFolder } from "./_test_folder.ts";
import { startProcess } from "./_test_process.ts";
import { Journal } from "./journal.ts";

const KILLS = 20;

function lastOf(lines: readonly string[], word: string): number {
  return Number(lines.findLast((line) => line.startsWith(word))?.split(" ").at(1) ?? 0);
}

Deno.test(`Journal keeps what it has accepted through ${KILLS} kills of the process that writes`, async () => {
  await withFolder(async (dataDir) => {
    let [appended, forgotten] = [0, 0];
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startProcess("_journal_process.ts", dataDir);
      await writer.printed(1 + kill * 5 % 40);
      await writer.kill();
      appended = Math.max(appended, lastOf(writer.lines, "appended"));
      forgotten = Math.max(forgotten, lastOf(writer.lines, "forgotten"));
      await using journal = Journal.open(dataDir);
      const { first, next, records } = journal.state;
      const { repaired } = journal.opened;
      assert.ok(repaired === null || repaired.cause === "unfinished_commit", repaired?.message ?? "");
      assert.ok(next > appended, `${appended} accepted, ${next - 1} there`);
      assert.ok(first !== null && first > forgotten && first <= appended);
      const found = journal.read({ from: 0, maxRecords: 1e9, maxBytes: 1e9 });
      assert.equal(found.length, records);
      assert.deepEqual(found.map(({ sequence }) => sequence), numbers(first, next - 1));
      assert.deepEqual(found.map(numberOf), numbers(first, next - 1));
    }
    assert.ok(forgotten > 0, "it had forgotten something");
  });
});
