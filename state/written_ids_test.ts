import assert from "node:assert/strict";
import { join } from "node:path";
import { messageId } from "../tests/trades.ts";
import { exists, withFolder } from "./_test_folder.ts";
import { WRITTEN_IDS_FILE, WrittenIds } from "./written_ids.ts";

const identity = (row: number, version: "v1" | "v2" = "v2") => ({ messageId: messageId(row), version });

Deno.test("WrittenIds.has() tells topics and versions apart, and takes an id twice", async () => {
  await withFolder((folder) => {
    using ids = new WrittenIds(folder);
    ids.add("a", identity(1));
    ids.add("a", identity(1));
    ids.add("b", identity(2, "v1"));
    assert.ok(ids.has("a", identity(1)), "before the transaction has ended too");
    ids.flush();
    ids.flush();
    assert.ok(ids.has("a", identity(1)));
    assert.ok(ids.has("b", identity(2, "v1")));
    assert.deepEqual(
      [ids.has("b", identity(1)), ids.has("a", identity(1, "v1")), ids.has("a", identity(3))],
      [false, false, false],
    );
  });
});

Deno.test("WrittenIds keeps nothing of what is no id, and finds an id in whatever case it is written", async () => {
  await withFolder((folder) => {
    using ids = new WrittenIds(folder);
    ids.add("a", { messageId: "order-17", version: "v2" });
    ids.add("a", identity(0xabc));
    ids.flush();
    assert.equal(ids.has("a", { messageId: "order-17", version: "v2" }), false);
    assert.ok(ids.has("a", { messageId: messageId(0xabc).toUpperCase(), version: "v2" }));
  });
});

Deno.test("WrittenIds holds more than one transaction, and leaves no file behind", async () => {
  await withFolder((folder) => {
    const ids = new WrittenIds(folder);
    for (let row = 0; row < 25_000; row++) ids.add("a", identity(row));
    ids.flush();
    assert.deepEqual([0, 9_999, 10_000, 24_999, 25_000].map((row) => ids.has("a", identity(row))), [
      true,
      true,
      true,
      true,
      false,
    ]);
    ids.close();
    ids.close();
    assert.equal(exists(join(folder, WRITTEN_IDS_FILE)), false);
  });
});

Deno.test("WrittenIds does not believe what a process that was killed has left", async () => {
  await withFolder((folder) => {
    const killed = new WrittenIds(folder);
    killed.add("a", identity(1));
    killed.flush();
    using ids = new WrittenIds(folder);
    assert.equal(ids.has("a", identity(1)), false);
    killed.close();
  });
});
