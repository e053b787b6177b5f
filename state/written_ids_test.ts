import assert from "node:assert/strict";
import { join } from "node:path";
import { messageId } from "../tests/support/trades.ts";
import { exists, withFolder } from "./_test_folder.ts";
import { type WantedCopy, WRITTEN_IDS_FILE, WrittenIds } from "./written_ids.ts";

const [A, B, C] = ["a", "b", "c"].map((letter) => letter.repeat(16));

const identity = (id: number, version: "v1" | "v2" = "v2") => ({ messageId: messageId(id), version });
const copy = (id: number, origin: string | null = null, row = id) => ({
  ...identity(id),
  digest: 1,
  source: origin === null ? null : { origin, row },
});
const wanted = (id: number, row = id, changes: Partial<WantedCopy> = {}): WantedCopy => ({
  ...identity(id),
  topic: "t",
  source: { origin: C ?? "", row },
  digest: 1,
  file: "c.csv",
  ...changes,
});

function withIds(body: (ids: WrittenIds) => void): Promise<void> {
  return withFolder((folder) => {
    using ids = new WrittenIds(folder);
    body(ids);
  });
}

Deno.test("WrittenIds.takeOther() gives each record to one row, of its topic and version", async () => {
  await withIds((ids) => {
    for (const source of [null, { origin: A ?? "", row: 5 }]) ids.add("t", { ...identity(1), source, digest: 1 });
    ids.add("t", { ...identity(2, "v1"), source: null, digest: 1 });
    assert.deepEqual([1, 1, 1, 2].map((id) => ids.takeOther(wanted(id))), [true, true, false, false]);
    assert.equal(ids.takeOther(wanted(1, 1, { topic: "u" })), false);
    assert.equal(ids.takeOther(wanted(2, 2, { version: "v1" })), true);
  });
});

Deno.test("WrittenIds.takeOther() takes one of the row's number before any other, and never one of the own origin", async () => {
  await withIds((ids) => {
    for (const row of [1, 2, 3]) ids.add("t", copy(9, A, row));
    ids.add("t", copy(8, C, 4));
    assert.ok(ids.takeOther(wanted(9, 2)));
    assert.deepEqual(ids.originsOf("t", { ...identity(9), digest: 1 }, 2), [A]);
    assert.ok(ids.takeOther(wanted(9, 7)));
    assert.ok(ids.takeOther(wanted(9, 3)));
    assert.equal(ids.takeOther(wanted(9, 1)), false, "row 7 has taken what was left");
    assert.equal(ids.takeOther(wanted(8, 5)), false);
  });
});

Deno.test("WrittenIds.reserve() keeps what an origin has written for one file", async () => {
  await withIds((ids) => {
    ids.add("t", copy(1, A));
    ids.add("t", copy(2, B));
    ids.reserve(A ?? "", "a.csv");
    ids.reserve(B ?? "", "c.csv");
    assert.equal(ids.takeOther(wanted(1)), false);
    assert.ok(ids.takeOther(wanted(2)), "under another origin of the same file");
    assert.ok(ids.takeOther(wanted(1, 1, { file: "a.csv" })));
  });
});

Deno.test("WrittenIds.own() is every record that an origin has written of a row", async () => {
  await withIds((ids) => {
    ids.add("t", copy(1, A, 300));
    const of = (origin: string, row: number) => ids.own({ topic: "t", version: "v2", source: { origin, row } });
    assert.equal(of(A ?? "", 300)[0]?.messageId.toHex(), messageId(1).replaceAll("-", ""));
    assert.deepEqual([of(A ?? "", 1), of(B ?? "", 300)], [[], []]);
    assert.deepEqual([
      ids.rowsOf("t", { version: "v2", origin: A ?? "" }),
      ids.rowsOf("t", { version: "v1", origin: A ?? "" }),
    ], [
      1,
      0,
    ]);
  });
});

Deno.test("WrittenIds.hasOther() sees records of other origins and of none", async () => {
  await withIds((ids) => {
    ids.add("t", copy(1, A));
    ids.add("t", copy(2, C));
    ids.add("t", copy(3));
    assert.deepEqual([1, 2, 3, 4].map((id) => ids.hasOther(wanted(id))), [true, false, true, false]);
  });
});

Deno.test("WrittenIds keeps nothing of what is no id, and finds an id in upper and lower case", async () => {
  await withIds((ids) => {
    ids.add("t", { messageId: "order-17", version: "v2", source: null, digest: 1 });
    ids.add("t", copy(0xabc));
    assert.equal(ids.hasOther(wanted(0, 0, { messageId: "order-17" })), false);
    assert.ok(ids.hasOther(wanted(0, 0, { messageId: messageId(0xabc).toUpperCase() })));
  });
});

Deno.test("WrittenIds holds more than one transaction, and leaves no file behind", async () => {
  await withFolder((folder) => {
    const ids = new WrittenIds(folder);
    for (let id = 0; id < 25_000; id++) ids.add("t", copy(id));
    ids.flush();
    ids.flush();
    const found = [0, 9_999, 10_000, 24_999, 25_000].map((id) => ids.takeOther(wanted(id)));
    assert.deepEqual(found, [true, true, true, true, false]);
    ids.close();
    ids.close();
    assert.equal(exists(join(folder, WRITTEN_IDS_FILE)), false);
  });
});

Deno.test("WrittenIds does not believe what a process that was killed has left", async () => {
  await withFolder((folder) => {
    const killed = new WrittenIds(folder);
    killed.add("t", copy(1));
    killed.flush();
    using ids = new WrittenIds(folder);
    assert.equal(ids.hasOther(wanted(1)), false);
    killed.close();
  });
});

Deno.test("WrittenIds takes no record of other content, nor one whose content is not known", async () => {
  await withIds((ids) => {
    ids.add("t", copy(1, A));
    ids.add("t", { ...copy(2, A), digest: null });
    ids.add("t", copy(3, C));
    const other = [wanted(1, 1, { digest: 2 }), wanted(2), wanted(3, 9, { digest: 2 }), wanted(4)];
    assert.deepEqual(other.map((row) => ids.takeOther(row) || ids.hasOther(row)), [false, false, false, false]);
    assert.deepEqual(other.map((row) => ids.isReused(row)), [true, true, false, false], "of other origins");
    assert.equal(ids.isReused(wanted(1)), false, "it is equal");
    assert.deepEqual(ids.originsOf("t", { ...identity(1), digest: 2 }, 1), []);
    assert.deepEqual(ids.originsOf("t", { ...identity(1), digest: 1 }, 1), [A]);
  });
});

Deno.test("WrittenIds knows records of replays, and rows that were replayed by file and row", async () => {
  await withIds((ids) => {
    ids.add("t", copy(1, A));
    assert.equal(ids.hasAnyReplayed("t", "v2"), false);
    ids.add("t", { ...copy(2, A), replayed: true });
    assert.deepEqual([ids.hasAnyReplayed("t", "v2"), ids.hasAnyReplayed("t", "v1")], [true, false]);
    assert.deepEqual([1, 2].map((id) => ids.hasReplayed("t", identity(id))), [false, true]);
    ids.noteReplayed({ topic: "t", ...identity(2), row: 7, digest: 5, file: "c.csv" });
    assert.deepEqual(ids.replayed(wanted(9, 7)), { messageId: messageId(2), digest: 5 });
    assert.deepEqual([ids.replayed(wanted(9, 8)), ids.replayed(wanted(9, 7, { file: "a.csv" }))], [null, null]);
  });
});
