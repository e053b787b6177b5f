import assert from "node:assert/strict";
import { join } from "node:path";
import { ManualClock } from "../../kernel/testing.ts";
import { lockDataDir } from "../../state/lock.ts";
import { LogError } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { lockedLog } from "./locked_log.ts";

const RECORDS = [{ key: null, value: new Uint8Array([1]), timestamp: 0 }];

for (const taken of [false, true]) {
  Deno.test(`lockedLog() writes nothing more once the lock was removed${taken ? " and taken by another" : ""}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      await using lock = await lockDataDir(folder, { command: "load" });
      const memory = new MemoryLog({ clock: new ManualClock() });
      await memory.admin.createTopic({ name: "t", partitions: 1 });
      const log = lockedLog(memory, () => lock.isHeld());
      const producer = await log.createProducer();
      assert.equal((await producer.send("t", 0, RECORDS)).type, "stored");
      await Deno.remove(join(folder, "lock"));
      await using _other = taken ? await lockDataDir(folder, { command: "load" }) : null;
      const outcome = await producer.send("t", 0, RECORDS);
      assert.ok(outcome.type === "refused" && outcome.error.code === "lock_lost");
      await assert.rejects(log.createProducer(), (error) => error instanceof LogError && error.code === "lock_lost");
      const [offsets] = await log.admin.offsets("t");
      assert.equal(offsets?.end, 1n);
      await producer.close();
      await log.close();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("lockedLog() looks at the lock once for sends that are made at a time, and again before the next ones", async () => {
  const memory = new MemoryLog({ clock: new ManualClock() });
  await memory.admin.createTopic({ name: "t", partitions: 3 });
  let looks = 0;
  const log = lockedLog(memory, () => ++looks <= 2);
  const producer = await log.createProducer();
  const sendAll = () => Promise.all([0, 1, 2].map((partition) => producer.send("t", partition, RECORDS)));
  assert.deepEqual((await sendAll()).map(({ type }) => type), ["stored", "stored", "stored"]);
  assert.deepEqual((await sendAll()).map(({ type }) => type), ["refused", "refused", "refused"]);
  assert.equal(looks, 3);
  await producer.close();
  await log.close();
});
