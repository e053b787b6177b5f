import assert from "node:assert/strict";
import { NOTHING_MARKED } from "../../records/content/content_chain.ts";
import { NO_SAMPLES } from "../../records/content/row_samples.ts";
import type { FileStamp } from "../../records/content/file_stamp.ts";
import type { ContentComparison, ExaminedFile } from "../../sources/source.ts";
import type { Checkpoint } from "../../state/checkpoint.ts";
import { checkpointAt, placed } from "../../tests/support/checkpoints.ts";
import { LoadRefusedError } from "./load_refused_error.ts";
import { type CheckpointReason, type LoadCandidate, verifyCheckpoint, verifyTopics } from "./verify_checkpoint.ts";

const PATH = "/data/a.csv";
const STAMP: FileStamp = { size: 400, modifiedAt: 1_000, changedAt: 1_000, device: 1, inode: 7, takenAt: 90_000 };
const WRITTEN: FileStamp = { ...STAMP, modifiedAt: 50_000, changedAt: 50_000 };
const MARK = { ...NOTHING_MARKED, bytes: 400, samples: { ...NO_SAMPLES, first: "0123456789abcdef" } };
const SAME: ContentComparison = { type: "same", bytes: 400 };
const CHANGED = { type: "changed", from: 100, to: 200 } as const;

/** Forty rows of a file, all of them written. */
function checkpoint(changes: Partial<Checkpoint> = {}): Checkpoint {
  const stored = checkpointAt(40, {
    file: { path: PATH, stamp: STAMP },
    flags: { symbol: "BHP", currency: "AUD" },
    finished: { rows: 40, bytes: 400, heldBack: null },
    ahead: 0,
  });
  return { ...stored, position: placed(stored.position, { content: MARK }), ...changes };
}

interface Now {
  readonly stamp?: FileStamp;
  readonly content?: ContentComparison;
  readonly beginsAs?: boolean;
  readonly related?: boolean;
  readonly hasLists?: boolean;
  readonly path?: string;
  readonly flags?: Checkpoint["flags"];
  readonly takesLastLine?: boolean;
  readonly clusterId?: string;
}

function candidate(checkpoint: Checkpoint, now: Now): LoadCandidate {
  const { stamp = STAMP, path = PATH, takesLastLine = false, clusterId = checkpoint.clusterId } = now;
  const file: ExaminedFile = {
    stamp,
    hasLists: now.hasLists ?? false,
    start: () => assert.fail("nothing is read"),
    beginsAs: () => Promise.resolve(now.beginsAs ?? assert.fail("not to be asked")),
    isPart: () => Promise.resolve(false),
    linesAfter: () => assert.fail("not to be asked"),
    rowsAmong: () => assert.fail("not to be asked"),
    isRelated: () => Promise.resolve(now.related ?? assert.fail("not to be asked")),
    compare: () => Promise.resolve(now.content ?? assert.fail("not to be read")),
    close: () => {},
  };
  const topics = checkpoint.topics.map(({ name, id, next }) => ({ name, id, ends: next }));
  const { flags = { currency: "AUD", symbol: "BHP" } } = now;
  return { source: { path, flags, takesLastLine }, file, clusterId, topics };
}

const HELD = { finished: { rows: 40, bytes: 407, heldBack: { line: 42, bytes: 7 } } };
const KILLED = { finished: null, ahead: 20 };
const CASES: readonly (readonly [what: string, Partial<Checkpoint>, Now, ...wanted: string[]])[] = [
  ["an untouched file, which is not read", {}, {}, "complete"],
  ["an untouched file that was not read to its end", KILLED, {}, "go_on"],
  ["an untouched file whose last line was held back", HELD, {}, "complete"],
  ["the same, to be taken now", HELD, { takesLastLine: true }, "go_on"],
  ["a file that was touched", {}, { stamp: WRITTEN, content: SAME }, "complete", "touched"],
  [
    "a file that has grown",
    {},
    { stamp: { ...WRITTEN, size: 500 }, content: { type: "same", bytes: 500 } },
    "go_on",
    "appended",
  ],
  [
    "a file that cannot be read to its end",
    {},
    { stamp: WRITTEN, content: { type: "same", bytes: null } },
    "go_on",
    "appended",
    "touched",
  ],
  ["a copy", {}, { stamp: { ...WRITTEN, inode: 8 }, content: SAME }, "complete", "other_inode"],
  ["a file of another name", {}, { path: "/data/a.csv.1" }, "complete", "renamed"],
  [
    "a change in the middle",
    {},
    { stamp: WRITTEN, content: { ...CHANGED, related: true } },
    "refused",
    "content_changed",
  ],
  [
    "a file that was cut",
    {},
    { stamp: WRITTEN, content: { ...CHANGED, type: "shorter", related: true } },
    "refused",
    "truncated",
  ],
  [
    "a file of lines with several rows, each of which was changed",
    {},
    { stamp: WRITTEN, hasLists: true, content: { ...CHANGED, related: false } },
    "refused",
    "content_changed",
  ],
  [
    "another file of such lines under another name",
    {},
    { stamp: WRITTEN, path: "/data/b.csv", hasLists: true, content: { ...CHANGED, related: false } },
    "other_file",
    "other_content",
  ],
  ["another file", {}, { stamp: WRITTEN, content: { ...CHANGED, related: false } }, "other_file", "other_content"],
  [
    "a file that was rewritten while it was read",
    { ...KILLED, rewritten: true },
    { stamp: WRITTEN },
    "refused",
    "rewritten",
  ],
  [
    "another file in place of one that was rewritten",
    { ...KILLED, rewritten: true },
    { stamp: { ...WRITTEN, inode: 8 }, content: { ...CHANGED, related: false } },
    "other_file",
    "other_content",
  ],
  ["other settings", {}, { flags: { symbol: "BHP", currency: "USD" } }, "refused", "flags_differ"],
  [
    "other settings of another file",
    {},
    { flags: {}, stamp: WRITTEN, content: { ...CHANGED, related: false } },
    "other_file",
    "other_content",
  ],
  ["another cluster", {}, { clusterId: "other" }, "only_missing", "cluster_differs"],
  ["a source that is no file", { file: null }, {}, "other_file", "no_file"],
];

for (const [what, then, now, ...wanted] of CASES) {
  Deno.test(`verifyCheckpoint() takes ${what} for ${wanted.join(", ")}`, async () => {
    const stored = checkpoint(then);
    const { verdict, reasons } = await verifyCheckpoint(stored, candidate(stored, now));
    assert.deepEqual([verdict, ...reasons.map(({ code }) => code)], wanted);
  });
}

Deno.test("verifyCheckpoint() knows a file of which nothing was settled by its first rows", async () => {
  const start = checkpointAt(0, { file: { path: PATH, stamp: STAMP } });
  const killed = { ...start, position: placed(start.position, { content: { ...MARK, bytes: 0 } }) };
  const cases = [
    [{ beginsAs: true, content: { type: "same", bytes: 400 } }, "go_on"],
    [{ beginsAs: false, related: true }, "refused"],
    [{ beginsAs: false, related: false }, "other_file"],
    // A mark of nothing is true of every file, also of one that begins alike.
    [{ beginsAs: true, content: { type: "same", bytes: 400 }, stamp: { ...WRITTEN, inode: 8 } }, "other_file"],
  ] as const;
  for (const [now, wanted] of cases) {
    const { verdict } = await verifyCheckpoint(killed, candidate(killed, { stamp: WRITTEN, ...now, flags: {} }));
    assert.equal(verdict, wanted);
  }
});

Deno.test("LoadRefusedError names the commands to choose from", () => {
  const because = (code: CheckpointReason["code"]) =>
    new LoadRefusedError("a.csv", [{ code, text: "It was so." }]).message;
  assert.match(because("content_changed"), /It was so\. Nothing was written\. --only-missing .* --restart /);
  const mended = 'It was loaded with other settings: mapping was "a", is "b".';
  assert.match(
    new LoadRefusedError("a.csv", [{ code: "flags_differ", text: mended }]).message,
    /; `dlq replay --format mine\.json`, with your mapping as it is now, writes the refused rows alone; --restart /,
  );
  assert.doesNotMatch(because("flags_differ"), /dlq replay/);
  assert.match(because("flags_differ"), /It was so\. Nothing was written\. Run with the settings.* --restart /);
  assert.doesNotMatch(because("flags_differ"), /--only-missing/, "it would write nothing");
});

Deno.test("verifyTopics() tells the same topics from other ones", () => {
  const stored = checkpoint({
    topics: [{ name: "t", version: "v2", id: "id", next: [100n, 0n], partitions: 2, partitioner: "murmur2" }],
  });
  const { clusterId } = stored;
  const live = { name: "t", id: "id", ends: [100n, 5n] };
  const cases: readonly (readonly [Partial<typeof live>, ...wanted: string[]])[] = [
    [{}, "go_on"],
    [{ ends: [200n, 5n] }, "go_on"],
    [{ ends: [100n, 5n, 3n] }, "go_on", "partitions_added"],
    [{ ends: [99n, 5n] }, "only_missing", "topic_behind"],
    [{ ends: [100n] }, "only_missing", "topic_behind"],
    [{ id: "other" }, "only_missing", "topic_differs"],
    [{ name: "other" }, "only_missing", "topic_differs"],
  ];
  for (const [change, ...wanted] of cases) {
    const { verdict, reasons } = verifyTopics(stored, { clusterId, topics: [{ ...live, ...change }] });
    assert.deepEqual([verdict, ...reasons.map(({ code }) => code)], wanted);
  }
  const unnamed = verifyTopics(stored, { clusterId, topics: [{ ...live, id: null }] });
  assert.equal(unnamed.verdict, "go_on", "a client that tells no ids");
});
