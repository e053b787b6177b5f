import assert from "node:assert/strict";
import { NOTHING_MARKED } from "../records/content/content_chain.ts";
import { placed } from "../tests/support/checkpoints.ts";
import { KEY, letterAt, sample, type SampleOptions, STILL } from "./_test_checkpoint.ts";
import { withFolder } from "./_test_folder.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { CheckpointError, type CheckpointErrorCode } from "./checkpoint_error.ts";
import { CheckpointStore } from "./checkpoints.ts";
import { StateDatabase } from "./database.ts";
import { type DeadLetter, DeadLetterStore } from "./dead_letters.ts";

interface Stores {
  readonly store: CheckpointStore;
  readonly letters: DeadLetterStore;
  readonly database: StateDatabase;
}

async function withStore(run: (stores: Stores) => void): Promise<void> {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    run({ store: new CheckpointStore(database, { clock: STILL }), letters: new DeadLetterStore(database), database });
  });
}

function isCheckpointError(code: CheckpointErrorCode, pattern: RegExp): (error: unknown) => boolean {
  return (error) => error instanceof CheckpointError && error.code === code && pattern.test(error.message);
}

const TIMES = { startedAt: STILL.now(), writtenAt: STILL.now() };

Deno.test("CheckpointStore gives back what it was given, to the last digit", async () => {
  await withFolder((folder) => {
    const file = {
      path: "/data/7078.csv",
      stamp: {
        size: 2 ** 45,
        modifiedAt: 1_700_000_000_123,
        changedAt: 1_700_000_000_000,
        device: 5,
        inode: null,
        takenAt: 1_700_000_009_123.5,
      },
    };
    const at100 = sample({ versions: "both", row: 100, bad: 3 });
    const mark = (bytes: number) => ({
      ...NOTHING_MARKED,
      bytes,
      chain: "f".repeat(64),
      samples: { first: "0123456789abcdef", rows: ["0123456789abcdef"], stride: 1, last: null },
    });
    const { position } = sample({ row: 99 });
    const full: Checkpoint = {
      ...at100,
      file,
      position: placed(at100.position, { content: mark(4_000), unended: placed(position, { content: mark(3_960) }) }),
      finished: { rows: 100, bytes: 4_007, heldBack: { line: 101, bytes: 7 } },
      rewritten: true,
    };
    {
      using database = StateDatabase.open(folder);
      const store = new CheckpointStore(database, { clock: STILL });
      assert.deepEqual(store.begin({ ...sample({ versions: "both" }), file }), {
        ...sample({ versions: "both" }),
        file,
        ...TIMES,
      });
      assert.deepEqual(store.save(full), { ...full, ...TIMES });
    }
    using database = StateDatabase.open(folder);
    assert.deepEqual(new CheckpointStore(database).load(full), { ...full, ...TIMES });
  });
});

Deno.test("CheckpointStore keeps one checkpoint for each source and version flag", async () => {
  await withStore(({ store }) => {
    const samples: SampleOptions[] = [{}, { versions: "v1" }, { versions: "both" }, { source: "trades:/a" }];
    for (const options of samples) store.begin(sample(options));
    store.save(sample({ row: 5 }));
    assert.equal(store.load(KEY)?.position.row, 5);
    assert.equal(store.load({ ...KEY, versions: "v1" })?.position.row, 0);
    assert.equal(store.load({ ...KEY, source: "trades:/b" }), null);
    const keys = store.list().map((entry) => entry.ok ? [entry.checkpoint.source, entry.checkpoint.versions] : []);
    assert.deepEqual(keys, [["trades:/a", "v2"], [KEY.source, "both"], [KEY.source, "v1"], [KEY.source, "v2"]]);
    assert.equal(store.remove({ ...KEY, versions: "both" }), true);
    assert.equal(store.remove({ ...KEY, versions: "both" }), false);
    assert.equal(store.list().length, 3);
  });
});

Deno.test("CheckpointStore.begin() takes only a beginning, and replaces a load only if told to", async () => {
  await withStore(({ store }) => {
    assert.throws(() => store.begin(sample({ row: 1 })), isCheckpointError("invalid", /begins at row 1/));
    const nowhere = { ...sample(), topics: [] };
    assert.throws(() => store.begin(nowhere), isCheckpointError("invalid", /no version, not of v2/));
    store.begin(sample());
    store.save(sample({ row: 9 }));
    assert.throws(() => store.begin(sample()), isCheckpointError("exists", /begun already/));
    assert.equal(store.load(KEY)?.position.row, 9);
    store.begin({ ...sample(), clusterId: "cluster-2" }, { replace: true });
    assert.equal(store.load(KEY)?.clusterId, "cluster-2");
    assert.equal(store.load(KEY)?.position.row, 0);
  });
});

Deno.test("CheckpointStore.save() needs a load that has begun", async () => {
  await withStore(({ store }) => {
    assert.throws(() => store.save(sample({ row: 1 })), isCheckpointError("not_begun", /Begin it before/));
    assert.equal(store.load(KEY), null);
  });
});

Deno.test("CheckpointStore.save() commits dead letters and checkpoint together, or neither", async () => {
  await withStore(({ store, letters, database }) => {
    store.begin(sample());
    store.save(sample({ row: 5, bad: 2 }), { deadLetters: [letterAt(2), letterAt(5)] });
    assert.deepEqual(letters.list().map(({ row }) => row), [2, 5]);
    assert.throws(
      () => store.save(sample({ row: 4 }), { deadLetters: [letterAt(4)] }),
      isCheckpointError("went_back", /row 5 to 4/),
    );
    // @ts-expect-error a reason is text
    const broken: DeadLetter = { ...letterAt(7), reason: null };
    assert.throws(() => store.save(sample({ row: 8, bad: 2 }), { deadLetters: [letterAt(6), broken] }));
    assert.throws(() =>
      database.transaction(() => {
        store.save(sample({ row: 8, bad: 1 }), { deadLetters: [letterAt(8)] });
        throw new Error("something around it");
      }), /something around it/);
    assert.equal(letters.count(), 2);
    assert.equal(store.load(KEY)?.position.row, 5);
  });
});

Deno.test("CheckpointStore.save() refuses dead letters that do not belong to it", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample());
    const next = sample({ row: 5, bad: 1 });
    assert.throws(() => store.save(next, { deadLetters: [letterAt(6)] }), isCheckpointError("invalid", /of row 6/));
    const other = { ...letterAt(1), source: "trades:/other" };
    assert.throws(() => store.save(next, { deadLetters: [other] }), isCheckpointError("invalid", /trades:\/other/));
    assert.equal(letters.count(), 0);
    assert.equal(store.load(KEY)?.position.row, 0);
  });
});

const AT_10 = sample({ row: 10 });
const [TOPIC] = AT_10.topics;
assert.ok(TOPIC);

for (
  const [what, code, change] of [
    ["an earlier row", "went_back", sample({ row: 9 })],
    ["an earlier byte", "went_back", { ...AT_10, position: placed(AT_10.position, { offset: 399 }) }],
    ["an earlier line", "went_back", { ...AT_10, position: placed(AT_10.position, { line: 9 }) }],
    ["an earlier offset", "went_back", { ...AT_10, topics: [{ ...TOPIC, next: [2n ** 60n + 10n, 6n] }] }],
    ["a partition less", "went_back", { ...AT_10, topics: [{ ...TOPIC, next: [2n ** 60n + 10n] }] }],
    ["another cluster", "other_load", { ...AT_10, clusterId: "cluster-2" }],
    ["a topic that was made again", "other_load", { ...AT_10, topics: [{ ...TOPIC, id: "topic-new" }] }],
    ["another topic", "other_load", { ...AT_10, topics: [{ ...TOPIC, name: "another" }] }],
    ["other flags", "other_load", { ...AT_10, flags: { ...AT_10.flags, currency: "USD" } }],
    ["one flag more", "other_load", { ...AT_10, flags: { ...AT_10.flags, extra: null } }],
    ["rows without an account", "invalid", { ...AT_10, counts: { ...AT_10.counts, acked: 9 } }],
    ["an account of other rows", "invalid", { ...AT_10, counts: { ...AT_10.counts, read: 11, acked: 11 } }],
    ["an end elsewhere", "invalid", { ...AT_10, finished: { rows: 11, bytes: null, heldBack: null } }],
    ["no topic", "other_load", { ...AT_10, topics: [] }],
    ["a topic of another version", "invalid", { ...AT_10, topics: [TOPIC, { ...TOPIC, name: "b", version: "v1" }] }],
    ["a topic twice", "invalid", { ...AT_10, topics: [TOPIC, TOPIC] }],
    ["half a row", "invalid", {
      ...AT_10,
      position: { ...AT_10.position, row: 10.5 },
      counts: { ...AT_10.counts, read: 10.5, acked: 10.5 },
    }],
  ] satisfies [string, CheckpointErrorCode, Checkpoint][]
) {
  Deno.test(`CheckpointStore.save() refuses ${what}, and keeps what it has`, async () => {
    await withStore(({ store }) => {
      store.begin(sample());
      store.save(AT_10);
      assert.throws(() => store.save(change), isCheckpointError(code, /./));
      assert.deepEqual(store.load(KEY), { ...AT_10, ...TIMES });
    });
  });
}

Deno.test("CheckpointStore.save() takes partitions that were added, and a client that cannot tell ids", async () => {
  await withStore(({ store }) => {
    store.begin(sample());
    const grown = { ...AT_10, topics: [{ ...TOPIC, id: null, next: [...TOPIC.next, 0n] }] };
    store.save(grown);
    assert.deepEqual(store.load(KEY)?.topics, grown.topics);
    store.save({ ...grown, topics: [{ ...TOPIC, next: [...TOPIC.next, 4n] }] });
    assert.deepEqual(store.load(KEY)?.topics, [{ ...TOPIC, next: [...TOPIC.next, 4n] }]);
  });
});

Deno.test("CheckpointStore.save() keeps the end of a source, and continues one that has grown", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample());
    const finished = { rows: 12, bytes: 490, heldBack: { line: 13, bytes: 10 } };
    store.save({ ...sample({ row: 12, bad: 1 }), finished }, { deadLetters: [letterAt(12)] });
    assert.deepEqual(store.load(KEY)?.finished, finished);
    assert.equal(letters.count(), 1);
    store.save(sample({ row: 20, bad: 1 }));
    assert.equal(store.load(KEY)?.finished, null);
  });
});

Deno.test("CheckpointStore.rename() moves a load to the new id of its source", async () => {
  await withStore(({ store }) => {
    store.begin(sample());
    store.save(AT_10);
    store.begin(sample({ source: "trades:/new" }));
    store.rename(KEY, "trades:/new");
    assert.equal(store.load(KEY), null);
    assert.deepEqual(store.load({ ...KEY, source: "trades:/new" }), { ...AT_10, source: "trades:/new", ...TIMES });
    assert.throws(() => store.rename(KEY, "trades:/x"), isCheckpointError("not_begun", /renamed/));
  });
});

Deno.test("CheckpointStore keeps the time of the beginning", async () => {
  await withFolder((folder) => {
    using database = StateDatabase.open(folder);
    let now = 1_000;
    const store = new CheckpointStore(database, { clock: { ...STILL, now: () => now++ } });
    store.begin(sample());
    store.save(sample({ row: 1 }));
    store.save(sample({ row: 2 }));
    const { startedAt, writtenAt } = store.load(KEY) ?? {};
    assert.deepEqual([startedAt, writtenAt], [1_000, 1_002]);
  });
});

Deno.test("CheckpointStore.beginAgain() retires the letters of the load before in the transaction in which it begins", async () => {
  await withStore(({ store, letters, database }) => {
    store.begin(sample({}));
    store.save(sample({ row: 5, bad: 2 }), { deadLetters: [letterAt(2), letterAt(4)] });
    letters.add([{ ...letterAt(2), versions: "v1" }]);
    assert.throws(() =>
      database.transaction(() => {
        store.beginAgain(sample({}), { why: "a new load" });
        throw new Error("killed");
      }), /killed/);
    assert.equal(letters.count({ state: "open" }), 3, "all or nothing");
    const { retired, checkpoint } = store.beginAgain(sample({}), { why: "a new load" });
    assert.deepEqual([retired, checkpoint.position.row], [2, 0]);
    assert.deepEqual(letters.list({ state: "retired" }).map(({ row, retired }) => [row, retired]), [
      [2, { at: STILL.now(), why: "a new load" }],
      [4, { at: STILL.now(), why: "a new load" }],
    ]);
  });
});

Deno.test("CheckpointStore.putAside() keeps the letters open, which count for the name until the file is found again", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample({}));
    store.save(sample({ row: 5, bad: 1 }), { deadLetters: [letterAt(2)] });
    const states = () => letters.list().map(({ source, file, retired }) => [source, file, retired]);
    const named = (source: string) => letters.count({ named: source, versions: KEY.versions, state: "open" });
    const { source } = store.putAside(KEY, { device: 1, inode: 2 });
    assert.match(source, /^replaced:/);
    assert.deepEqual(states(), [[source, letterAt(2).file, null]]);
    assert.deepEqual([named(KEY.source), named("trades:/b"), letters.count({ source: KEY.source })], [1, 0, 0]);
    store.rename({ ...KEY, source }, "trades:/b", { file: "b" });
    assert.deepEqual(states(), [["trades:/b", "b", null]]);
    assert.deepEqual([named(KEY.source), named("trades:/b")], [0, 1]);
  });
});

Deno.test("CheckpointStore.beginAgain() retires the letters of a former text, which rename() opens again, and no others", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample({}));
    store.save(sample({ row: 5, bad: 2 }), { deadLetters: [letterAt(2), letterAt(4)] });
    letters.retire({ ...KEY, row: 2 }, { at: 1, why: "for a reason of its own" });
    const former = store.putAside(KEY, { device: 1, inode: 2 });
    assert.equal(store.beginAgain(sample({}), { why: "a new load", former }).retired, 1);
    assert.equal(letters.count({ named: KEY.source, state: "open" }), 0);
    store.rename(former, "trades:/b", { file: "b" });
    assert.deepEqual(letters.list({ state: "open" }).map(({ source, row }) => [source, row]), [["trades:/b", 4]]);
  });
});

Deno.test("CheckpointStore.save() retires the letter of a half row once it has passed the whole of it, and no other", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample({}));
    const half = sample({ row: 5, bad: 2 });
    const { position: { at: { content, openInstant } } } = half;
    const unended = { row: 4, at: { line: 4, offset: 160, openInstant, content } };
    store.save({ ...half, position: placed(half.position, { unended }) }, { deadLetters: [letterAt(2), letterAt(5)] });
    const open = () => letters.list({ state: "open" }).map(({ row }) => row);
    const ended = sample({ row: 6, bad: 2 });
    const whole = { ...ended, position: placed(ended.position, { again: 1 }) };
    const { read, acked } = whole.counts;
    const counts = { ...whole.counts, read: read + 1, acked: acked + 1 };
    assert.deepEqual(open(), [2, 5]);
    store.save({ ...whole, counts });
    assert.deepEqual(open(), [2]);
    assert.deepEqual(letters.list({ state: "retired" }).map(({ row, retired }) => [row, retired?.why]), [
      [5, "the row was half when it was read, and was read again, whole"],
    ]);
  });
});

Deno.test("CheckpointStore.save() keeps the letter of a last row that only got its line end", async () => {
  await withStore(({ store, letters }) => {
    store.begin(sample({}));
    const half = sample({ row: 5, bad: 1 });
    const { position: { at: { content, openInstant } } } = half;
    const unended = { row: 4, at: { line: 4, offset: 160, openInstant, content } };
    store.save({ ...half, position: placed(half.position, { unended }) }, { deadLetters: [letterAt(5)] });
    store.save(sample({ row: 6, bad: 1 }));
    assert.equal(letters.count({ state: "open" }), 1);
  });
});
