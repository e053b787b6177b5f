/** Checkpoints whose positions were stored before what is beside the row was the source's own. */
import assert from "node:assert/strict";
import { NOTHING_MARKED } from "../records/content/content_chain.ts";
import { placed } from "../tests/support/checkpoints.ts";
import { KEY, sample } from "./_test_checkpoint.ts";
import { withFolder } from "./_test_folder.ts";
import { digestOf, encodeBody, type StoredCheckpoint } from "./checkpoint.ts";
import { CheckpointError } from "./checkpoint_error.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";

const mark = (bytes: number) => ({ ...NOTHING_MARKED, bytes, chain: "f".repeat(64) });
const { position: before } = sample({ row: 99 });
const { position: after, ...ofLoad } = sample({ row: 100, bad: 3 });
const WHOLE: StoredCheckpoint = {
  ...ofLoad,
  counts: { ...ofLoad.counts, read: 101, acked: 98 },
  position: placed(after, {
    content: mark(4_000),
    again: 1,
    halves: [{ row: 102, offset: 4_040, bytes: 7 }],
    unended: placed(before, { content: mark(3_960) }),
  }),
  startedAt: 1,
  writtenAt: 2,
};

/** The body as it was: line, offset and the others beside the row. */
function formerBody(checkpoint: StoredCheckpoint): string {
  const { position: { row, at: { unended, ...at } } } = checkpoint;
  const position = { row, ...at, ...(unended === undefined ? {} : { unended: { row: unended.row, ...unended.at } }) };
  return JSON.stringify({ ...JSON.parse(encodeBody(checkpoint)), position });
}

async function withStored(body: string, run: (store: CheckpointStore, database: StateDatabase) => void): Promise<void> {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    database.prepare("INSERT INTO checkpoints (source, versions, body, digest) VALUES (?, ?, ?, ?)")
      .run(KEY.source, KEY.versions, body, digestOf(KEY, body));
    run(new CheckpointStore(database), database);
  });
}

for (
  const [what, stored] of Object.entries({ whole: WHOLE, plain: { ...sample({ row: 5 }), startedAt: 1, writtenAt: 2 } })
) {
  Deno.test(`a checkpoint with a position of the former kind is read as it was, and resumed from (${what})`, async () => {
    await withStored(formerBody(stored), (store, database) => {
      assert.deepEqual(store.load(KEY), stored);
      store.save({ ...stored, ahead: 7 });
      const row = database.prepare("SELECT body FROM checkpoints").get();
      assert.deepEqual(JSON.parse(String(row?.body)).position, stored.position, "from then on in the form of now");
    });
  });
}

Deno.test("a position that is of neither kind is of a damaged checkpoint", async () => {
  const flat = JSON.parse(formerBody(WHOLE));
  for (
    const position of [{ ...flat.position, offset: -1 }, { ...flat.position, at: WHOLE.position.at }, { row: 100 }]
  ) {
    await withStored(JSON.stringify({ ...flat, position }), (store) => {
      assert.throws(
        () => store.load(KEY),
        (error) => error instanceof CheckpointError && error.code === "damaged" && /--only-missing/.test(error.message),
      );
    });
  }
});
