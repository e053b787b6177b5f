import assert from "node:assert/strict";
import { join } from "node:path";
import { mock } from "node:test";
import { BUCKETS, Spill, SpillError } from "./spill.ts";

async function inFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const memory of [1, 500, 1_000_000]) {
  Deno.test(`Spill gives the entries of each bucket in their order, with ${memory} bytes in memory`, async () => {
    await inFolder((folder) => {
      using spill = new Spill(3, { folder, memory });
      const wanted = new Map<number, number[]>();
      for (let entry = 0; entry < 1_500; entry++) {
        const bucket = (entry * entry) % 7 * 40;
        spill.add(bucket, Uint32Array.of(entry, 2 ** 32 - 1 - entry, 7));
        wanted.set(bucket, [...wanted.get(bucket) ?? [], entry, 2 ** 32 - 1 - entry, 7]);
      }
      for (let bucket = 0; bucket < BUCKETS; bucket++) {
        for (const last of [false, true]) {
          assert.deepEqual([...spill.whole(bucket, { last })], wanted.get(bucket) ?? [], `bucket ${bucket}`);
        }
        assert.equal(spill.whole(bucket).length, 0, "what was read for the last time is gone");
      }
      assert.equal(spill.size, 1_500);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    });
  });
}

Deno.test("Spill says where there is no room, and leaves nothing behind", async () => {
  await inFolder((folder) => {
    using spill = new Spill(3, { folder, memory: 1 });
    const write = mock.method(Deno.FsFile.prototype, "writeSync", () => {
      throw new Error("No space left on device (os error 28)");
    });
    try {
      assert.throws(() => spill.add(0, Uint32Array.of(1, 2, 3)), (error: unknown) => {
        assert.ok(error instanceof SpillError);
        assert.match(error.message, /has no room.*No space left on device/);
        assert.ok(error.message.includes(folder));
        return true;
      });
    } finally {
      write.mock.restore();
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  });
});

Deno.test("Spill needs its folder only for what memory does not hold", async () => {
  await inFolder((folder) => {
    const room = { folder: join(folder, "gone"), memory: 8 * 3 * 4 * BUCKETS };
    using spill = new Spill(3, room);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (let entry = 1; entry < 8; entry++) spill.add(bucket, Uint32Array.of(entry, 0, 0));
    }
    assert.throws(() => spill.add(0, Uint32Array.of(8, 0, 0)), SpillError);
  });
});
