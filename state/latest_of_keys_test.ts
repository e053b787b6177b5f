import assert from "node:assert/strict";
import { messageId } from "../tests/support/trades.ts";
import { withFolder } from "./_test_folder.ts";
import type { KeyStanding, LatestOfKeys } from "./latest_of_keys.ts";
import { WrittenIds } from "./written_ids.ts";

const ONE = "1".repeat(16), TWO = "2".repeat(16);

/** A record of key `k`, of content number `id`. */
function note(latest: LatestOfKeys, offset: number, of: { id: number; origin?: string; row?: number; version?: "v1" }) {
  const { id, origin, row = id, version = "v2" } = of;
  latest.note({ topic: "t", key: "k", partition: 0, offset: BigInt(offset) }, {
    messageId: messageId(id),
    version,
    digest: version === "v1" ? -id : id,
    source: origin === undefined ? null : { origin, row },
  });
}

/** Rows of files: each a content number, in the order of the rows. */
function noteFiles(latest: LatestOfKeys, files: Readonly<Record<string, readonly number[]>>): void {
  for (const [place, [file, rows]] of Object.entries(files).entries()) {
    latest.notePlace(file, place);
    for (const [at, id] of rows.entries()) {
      const digestOf = (version: "v1" | "v2") => version === "v1" ? -id : id;
      latest.noteRow({ topic: "t", key: "k", messageId: messageId(id), row: at + 1, file, digestOf });
    }
  }
}

function standingOf(latest: LatestOfKeys, file: string, row: number, version: "v1" | "v2" = "v2"): string {
  const standing: KeyStanding = latest.standingOf({ topic: "t", key: "k", version, file, row });
  return typeof standing === "string" ? standing : "unknown";
}

async function withLatest(body: (latest: LatestOfKeys) => void): Promise<void> {
  await withFolder((folder) => {
    using ids = new WrittenIds(folder);
    body(ids.latest);
  });
}

Deno.test("LatestOfKeys takes a row for superseded by a later row of its file, and of a later file", async () => {
  await withLatest((latest) => {
    note(latest, 5, { id: 9, origin: TWO, row: 1 });
    note(latest, 7, { id: 4, origin: ONE, row: 2 });
    noteFiles(latest, { "a.csv": [3], "b.csv": [8, 4, 6], "c.csv": [1] });
    latest.noteOwner(ONE, "b.csv");
    assert.deepEqual(
      [["a.csv", 1], ["b.csv", 1], ["b.csv", 2], ["b.csv", 3], ["c.csv", 1]].map(([file, row]) =>
        standingOf(latest, String(file), Number(row))
      ),
      ["superseded", "superseded", "absent", "absent", "absent"],
    );
    assert.equal(latest.standingOf({ topic: "t", key: "other", version: "v2", file: "a.csv", row: 1 }), "absent");
    assert.equal(latest.standingOf({ topic: "u", key: "k", version: "v2", file: "a.csv", row: 1 }), "absent");
  });
});

Deno.test("LatestOfKeys knows by its content what an unknown origin, or none, has written", async () => {
  for (const origin of [ONE, undefined]) {
    await withLatest((latest) => {
      note(latest, 5, { id: 4, row: 7, ...(origin === undefined ? {} : { origin }) });
      noteFiles(latest, { "a.csv": [4, 3], "b.csv": [8, 4], "c.csv": [8] });
      assert.deepEqual([standingOf(latest, "a.csv", 2), standingOf(latest, "b.csv", 1)], ["superseded", "superseded"]);
      assert.equal(standingOf(latest, "c.csv", 1), "absent");
    });
  }
});

Deno.test("LatestOfKeys does not know a record of no row of the run, a tombstone, and one of a file that is not in the run", async () => {
  const strange: ((latest: LatestOfKeys) => void)[] = [
    (latest) => note(latest, 5, { id: 77, origin: ONE, row: 1 }),
    (latest) => note(latest, 5, { id: 77 }),
    (latest) => latest.note({ topic: "t", key: "k", partition: 0, offset: 5n }, null),
    (latest) => {
      note(latest, 5, { id: 3, origin: ONE, row: 1 });
      latest.noteOwner(ONE, "elsewhere.csv");
    },
  ];
  for (const write of strange) {
    await withLatest((latest) => {
      write(latest);
      noteFiles(latest, { "a.csv": [3, 4] });
      assert.deepEqual(latest.standingOf({ topic: "t", key: "k", version: "v2", file: "a.csv", row: 2 }), {
        unknown: { topic: "t", partition: 0, offset: 5n },
      });
    });
  }
});

Deno.test("LatestOfKeys takes what a file has no more for older than the last row of its key, and newer than those before that", async () => {
  await withLatest((latest) => {
    note(latest, 5, { id: 77, origin: ONE, row: 2 });
    latest.noteOwner(ONE, "b.csv");
    noteFiles(latest, { "a.csv": [3], "b.csv": [4, 5] });
    const standings = [["a.csv", 1], ["b.csv", 1], ["b.csv", 2]] as const;
    assert.deepEqual(standings.map(([file, row]) => standingOf(latest, file, row)), [
      "superseded",
      "superseded",
      "absent",
    ]);
  });
  await withLatest((latest) => {
    note(latest, 5, { id: 77, origin: ONE, row: 2 });
    latest.noteOwner(ONE, "b.csv");
    noteFiles(latest, { "a.csv": [3], "b.csv": [] });
    assert.equal(standingOf(latest, "a.csv", 1), "absent", "no file has the key after it");
  });
});

Deno.test("LatestOfKeys has v2 of a row take the place of v1, and does not know of the other way round", async () => {
  await withLatest((latest) => {
    note(latest, 5, { id: 4, origin: ONE, row: 1, version: "v1" });
    noteFiles(latest, { "a.csv": [4] });
    assert.equal(standingOf(latest, "a.csv", 1, "v2"), "absent");
    note(latest, 6, { id: 4, origin: TWO, row: 1 });
    assert.equal(standingOf(latest, "a.csv", 1, "v1"), "unknown");
  });
});
