import assert from "node:assert/strict";
import { BackgroundSync } from "./background_sync.ts";

/** A file whose syncs end when they are told to. */
class ScriptedFile {
  readonly syncs: PromiseWithResolvers<void>[] = [];
  closed = 0;

  syncData(): Promise<void> {
    const sync = Promise.withResolvers<void>();
    this.syncs.push(sync);
    return sync.promise;
  }

  close(): void {
    this.closed++;
  }
}

/** All that waits for nothing but promises has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("BackgroundSync shares the sync after the one under way among all that ask meanwhile", async () => {
  const file = new ScriptedFile(), told: string[] = [];
  const sync = new BackgroundSync(file);
  const first = sync.synced().then(() => told.push("first"));
  await turn();
  assert.equal(file.syncs.length, 1);
  const second = sync.synced().then(() => told.push("second")), third = sync.synced().then(() => told.push("third"));
  await turn();
  assert.equal(file.syncs.length, 1, "what came later may not be in it");
  file.syncs[0]?.resolve();
  await first;
  await turn();
  assert.deepEqual([told, file.syncs.length], [["first"], 2]);
  file.syncs[1]?.resolve();
  await Promise.all([second, third]);
  assert.deepEqual(told, ["first", "second", "third"]);
});

Deno.test("BackgroundSync believes no sync after one that failed", async () => {
  const file = new ScriptedFile(), sync = new BackgroundSync(file);
  const first = sync.synced();
  await turn();
  const second = sync.synced();
  const failures = Promise.all([first, second].map((each) => assert.rejects(each, /the disk is gone/)));
  file.syncs[0]?.reject(new Error("the disk is gone"));
  await failures;
  await assert.rejects(sync.synced(), /the disk is gone/);
  assert.equal(file.syncs.length, 1);
  assert.match(String(sync.failed?.cause), /the disk is gone/);
});

Deno.test("BackgroundSync closes its file once, and believes no sync after that", async () => {
  const file = new ScriptedFile(), sync = new BackgroundSync(file);
  const synced = sync.synced();
  await turn();
  file.syncs[0]?.resolve();
  await synced;
  sync[Symbol.dispose]();
  sync[Symbol.dispose]();
  await assert.rejects(sync.synced(), /closed before it was synced/);
  assert.equal(file.closed, 1);
});
