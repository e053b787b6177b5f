import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { z } from "zod";
import { NO_OPEN_INSTANT } from "../records/ids/open_instant.ts";
import { withFolder } from "./_test_folder.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";
import { Marks, offsetsSchema } from "./marks.ts";
import { ReplayMarks } from "./replay_mark.ts";

const schema = z.strictObject({ last: z.int(), next: offsetsSchema });
const MARK = { last: 7, next: [12n, 2n ** 62n] };
const TOPIC = { topic: "market.equities.trades.asx", version: "v1" } as const;

function marksIn(database: StateDatabase, kind: "export" | "replay" = "export") {
  return new Marks(database, { kind, schema });
}

Deno.test("Marks keep what was put last under each name and kind", async () => {
  await withFolder((folder) => {
    {
      using database = StateDatabase.open(folder);
      marksIn(database).put("a", { last: 1, next: [] });
      marksIn(database).put("a", MARK);
      marksIn(database).put("b", { last: 2, next: [] });
      marksIn(database).remove("b");
    }
    using database = StateDatabase.open(folder);
    assert.deepEqual([marksIn(database).get("a"), marksIn(database).get("b")], [MARK, null]);
    assert.deepEqual([marksIn(database).names(), marksIn(database, "replay").get("a")], [["a"], null]);
  });
});

Deno.test("Marks give none that is not what was put", async () => {
  const changes = [
    'body = \'{"last":8,"next":["12"]}\'',
    "body = 'no JSON'",
    "digest = x'00'",
    "digest = NULL, body = 'no JSON'",
    "digest = NULL, body = '{\"last\":8}'",
    "name = 'b'",
    "kind = 'replay'",
  ];
  for (const change of changes) {
    await withFolder((folder) => {
      using database = StateDatabase.open(folder);
      marksIn(database).put("a", MARK);
      database.prepare(`UPDATE marks SET ${change}`).run();
      const found = [marksIn(database).get("a"), marksIn(database).get("b"), marksIn(database, "replay").get("a")];
      assert.deepEqual(found.filter((mark) => mark !== null), ["damaged"], change);
    });
  }
});

Deno.test("ReplayMarks read a topic from its start where the mark is damaged", async () => {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    const marks = new ReplayMarks(database);
    assert.equal(marks.get(TOPIC), null);
    marks.set(TOPIC, { next: [5n], reopened: false });
    assert.deepEqual(marks.get(TOPIC), { next: [5n], reopened: false });
    assert.equal(marks.get({ ...TOPIC, version: "v2" }), null);
    marks.doubtAll();
    assert.deepEqual(marks.get(TOPIC), { next: [5n], reopened: true });
    database.prepare("UPDATE marks SET body = ''").run();
    assert.deepEqual(marks.get(TOPIC), { next: [], reopened: false });
    marks.clear(TOPIC);
    assert.equal(marks.get(TOPIC), null);
  });
});

/** A checkpoint as the format before wrote it for a place of an export, or for the mark of a replay. */
function formerMark(source: string, { row, ahead, next }: { row: number; ahead: 0 | null; next: readonly string[] }) {
  return JSON.stringify({
    file: null,
    origin: null,
    flags: source.startsWith("export:") ? { export: "5a5e" } : {},
    position: { row, line: 0, offset: 0, openInstant: NO_OPEN_INSTANT },
    counts: { read: row, acked: row, dead_lettered: 0, duplicates_skipped: 0, versions: {} },
    finished: null,
    ahead,
    clusterId: "cluster",
    topics: [{ name: "t", version: "v1", id: null, next, partitions: next.length, partitioner: null }],
    startedAt: 1,
    writtenAt: 2,
  });
}

Deno.test("StateDatabase takes the marks of the format before from among the checkpoints", async () => {
  await withFolder((folder) => {
    StateDatabase.open(folder).close();
    const before = new DatabaseSync(`${folder}/state.sqlite`);
    before.exec("DROP TABLE marks; DROP INDEX dead_letters_by_row; PRAGMA user_version = 6;");
    const insert = before.prepare("INSERT INTO checkpoints (source, versions, body, digest) VALUES (?, ?, ?, x'')");
    const name = JSON.stringify(["cluster", "t", null, null, null]);
    const source = `export:${name}`;
    insert.run(source, "v2", formerMark(source, { row: 9, ahead: 0, next: ["9223372036854775807", "3"] }));
    insert.run(`replay:${TOPIC.topic}`, "v1", formerMark("replay:", { row: 0, ahead: 0, next: ["8"] }));
    insert.run(`replay:${TOPIC.topic}`, "v2", formerMark("replay:", { row: 0, ahead: null, next: [] }));
    insert.run("replay:damaged", "v2", "{");
    before.close();
    using database = StateDatabase.open(folder);
    const former = z.strictObject({ exportId: z.string(), last: z.int(), topicId: z.null(), next: offsetsSchema });
    const place = new Marks(database, { kind: "export", schema: former }).get(name);
    assert.deepEqual(place, { exportId: "5a5e", last: 9, topicId: null, next: [2n ** 63n - 1n, 3n] });
    const replays = new ReplayMarks(database);
    assert.deepEqual(replays.get(TOPIC), { next: [8n], reopened: false });
    assert.deepEqual(replays.get({ ...TOPIC, version: "v2" }), { next: [], reopened: true });
    assert.deepEqual(replays.get({ topic: "damaged", version: "v2" }), { next: [], reopened: false });
    assert.deepEqual(new CheckpointStore(database).list(), []);
  });
});
