import assert from "node:assert/strict";
import { ArraySource } from "../../tests/support/array_source.ts";
import { checkpointAt, letterOf } from "../../tests/support/checkpoints.ts";
import { target, trades } from "../../tests/support/trades.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import { SourceError } from "../../sources/source.ts";
import type { CheckpointFile, StoredCheckpoint } from "../../state/checkpoint.ts";
import { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";
import { ManualClock } from "../../kernel/testing.ts";
import { SourceCheckpoint } from "./source_checkpoint.ts";
import type { StartPoint } from "./start_point.ts";
import type { AlreadyWritten } from "../delivery/already_written.ts";

const TOPIC = target("v2").topic;
const FILE: CheckpointFile = {
  path: "/a.csv",
  stamp: { size: 1_000, modifiedAt: 0, changedAt: 0, device: 1, inode: 1, takenAt: 5_000 },
};

interface Bench {
  readonly checkpoint: SourceCheckpoint;
  readonly window: DeliveryWindow;
  readonly doubted: VersionFlag[];
  /** How many partitions the topic has been seen with. */
  partitions: number;
  /** What the next look for the start waits for. */
  hold: Promise<void>;
  begin(point?: Partial<StartPoint>, signal?: AbortSignal): Promise<StartPoint>;
  /** Admits rows, sends them, and has them acknowledged in partition 0 from an offset on; `null` leaves them under way. */
  rows(count: number, at: bigint | null): PendingBatch;
  acknowledge(pending: PendingBatch, at: bigint, partition?: number): void;
}

function bench({ checkpointRows = 20, start = checkpointAt(0, { file: FILE }) }: {
  checkpointRows?: number;
  start?: StoredCheckpoint;
} = {}): Bench {
  const window = new DeliveryWindow({
    source: "array",
    windowRows: 100,
    maxAttempts: 2,
    clock: new ManualClock(),
    start: null,
    checkpointed: true,
  });
  const doubted: VersionFlag[] = [];
  let next: Partial<StartPoint> = {};
  const checkpoint = new SourceCheckpoint({
    source: new ArraySource([]),
    window,
    checkpointRows,
    start: async () => {
      await made.hold;
      return { checkpoint: start, written: null, found: 0, sentTo: 0, complete: false, ...next };
    },
    partitionsOf: () => made.partitions,
    openLetters: () => Infinity,
    doubt: (versions) => doubted.push(versions),
  });
  const made: Bench = {
    checkpoint,
    window,
    doubted,
    partitions: 2,
    hold: Promise.resolve(),
    begin: (point = {}, signal = new AbortController().signal) => {
      next = point;
      return checkpoint.begin({ versions: "v2", targets: [target("v2")], signal });
    },
    rows: (count, at) => {
      const batch = trades(count, window.readPosition?.row ?? 0);
      const pending = window.admit(batch, { epoch: 1, targets: [target("v2")], readAt: 0 });
      if (at !== null) made.acknowledge(pending, at);
      return pending;
    },
    acknowledge: (pending, at, partition = 0) => {
      // Earlier batches stay where they are: this one alone goes out.
      let taken = window.takeNext();
      while (taken !== null && taken.pending !== pending) {
        held.set(taken.pending, taken);
        taken = window.takeNext();
      }
      const { delivery } = taken ?? held.get(pending) ?? {};
      assert.ok(delivery);
      const part = delivery.openPart(0, TOPIC, pending.batch.rows.length);
      pending.batch.rows.forEach((_, index) => part.acknowledge([index], partition, at + BigInt(index)));
      delivery.finish();
    },
  };
  const held = new Map<PendingBatch, NonNullable<ReturnType<DeliveryWindow["takeNext"]>>>();
  return made;
}

Deno.test("SourceCheckpoint.next() passes over rows only in order, with the offsets of those before it", async () => {
  const { checkpoint, rows, begin, acknowledge } = bench();
  await begin();
  const first = rows(4, null);
  const second = rows(3, 110n);
  let { checkpoint: next } = checkpoint.next({ atEnd: false });
  assert.deepEqual([next.position.row, next.topics[0]?.next], [0, [100n, 0n]], "the first rows are under way");
  acknowledge(first, 103n, 1);
  ({ checkpoint: next } = checkpoint.next({ atEnd: false }));
  assert.deepEqual([next.position, next.topics[0]?.next], [second.batch.next, [113n, 107n]]);
  assert.deepEqual([next.counts.read, next.counts.acked, next.finished, next.ahead], [7, 7, null, 20]);
  assert.deepEqual(next.file, FILE);
});

Deno.test("SourceCheckpoint.next() leaves a topic's offsets where they were once that has grown", async () => {
  const made = bench();
  const { checkpoint, rows, begin } = made;
  await begin();
  rows(4, 110n);
  const save = checkpoint.next({ atEnd: false });
  checkpoint.saved(save);
  assert.deepEqual(save.checkpoint.topics[0]?.next, [114n, 0n]);
  made.partitions = 3;
  rows(4, 120n);
  const { checkpoint: { topics: [topic], position } } = checkpoint.next({ atEnd: false });
  assert.deepEqual([position.row, topic?.next, topic?.partitions], [8, [114n, 0n], 2]);
});

Deno.test("SourceCheckpoint.room is what may be sent before the next checkpoint is on disk", async () => {
  const { checkpoint, rows, begin } = bench();
  assert.equal(checkpoint.room, Infinity, "nothing is read before it is known where to start");
  await begin();
  rows(8, 0n);
  assert.equal(checkpoint.room, 12);
  rows(12, null);
  assert.equal(checkpoint.room, 0);
  const save = checkpoint.next({ atEnd: false });
  assert.equal(checkpoint.room, 0, "it is not on disk");
  checkpoint.saved(save);
  assert.equal(checkpoint.room, 8);
});

Deno.test("SourceCheckpoint is due with half of the rows that may be sent past it, or with much of letters", async () => {
  const { checkpoint, rows, begin, window } = bench();
  await begin();
  rows(9, 0n);
  assert.deepEqual([checkpoint.rowsToSave, checkpoint.due], [9, false]);
  rows(1, 9n);
  assert.deepEqual([checkpoint.rowsToSave, checkpoint.due], [10, true]);
  checkpoint.saved(checkpoint.next({ atEnd: false }));
  assert.deepEqual([checkpoint.rowsToSave, checkpoint.due], [0, false]);
  window.books.settled?.addLetters([letterOf(1, 1024 * 1024)]);
  assert.ok(checkpoint.due);
});

Deno.test("SourceCheckpoint keeps letters until they are on disk, and gives each once, in row order", async () => {
  const { checkpoint, rows, begin, window } = bench();
  await begin();
  rows(8, 0n);
  window.books.settled?.addLetters([letterOf(7), letterOf(3)]);
  const save = checkpoint.next({ atEnd: false });
  assert.deepEqual(save.deadLetters.map(({ row }) => row), [3, 7]);
  window.books.settled?.addLetters([letterOf(5)]);
  const again = checkpoint.next({ atEnd: false });
  assert.deepEqual(again.deadLetters.map(({ row }) => row), [3, 5, 7], "the first one was lost");
  window.books.settled?.addLetters([letterOf(8)]);
  checkpoint.saved(again);
  assert.deepEqual(window.books.settled?.letters.map(({ row }) => row), [8]);
});

Deno.test("SourceCheckpoint at an orderly end says that nothing is past it, at the source's end that it is finished", async () => {
  const { checkpoint, rows, begin, window } = bench();
  await begin();
  rows(8, 0n);
  assert.equal(checkpoint.isFinal, false);
  const drained = checkpoint.next({ atEnd: true });
  assert.deepEqual([drained.checkpoint.ahead, drained.checkpoint.finished], [0, null]);
  checkpoint.saved(drained);
  assert.ok(checkpoint.isFinal);
  window.markEnd({ exhausted: true });
  checkpoint.confirmEnd(null);
  assert.equal(checkpoint.isFinal, false, "it is not known yet that this is all");
  const finished = checkpoint.next({ atEnd: true });
  assert.deepEqual([finished.checkpoint.ahead, finished.checkpoint.finished], [0, {
    rows: 8,
    bytes: null,
    heldBack: null,
  }]);
  checkpoint.saved(finished);
  assert.ok(checkpoint.isFinal);
});

Deno.test("SourceCheckpoint.next() leaves offsets where they were if the topic had grown before, and nothing is sent yet", async () => {
  // An earlier run has written to three partitions of what had two: rows need not stand in row order in any of them.
  const topic = {
    name: target("v2").topic,
    version: "v2",
    id: "id",
    next: [100n, 0n, 0n],
    partitions: 2,
    partitioner: "murmur2",
  } as const;
  const made = bench({ start: checkpointAt(0, { topics: [topic] }) });
  made.partitions = 0;
  await made.begin();
  made.rows(8, 111n);
  const { checkpoint: { topics } } = await made.checkpoint.next({ atEnd: false });
  assert.deepEqual(topics, [topic]);
});

Deno.test("SourceCheckpoint says that rows may be past it while some are under way, and while found ones are", async () => {
  const { checkpoint, rows, begin } = bench();
  const found = { before: false, place: null };
  const take: AlreadyWritten["take"] = (_, { row }) => row === 30 ? found : null;
  await begin({ written: { lastRow: 30, furthestRow: 0, firstReused: null, take }, found: 1, sentTo: 30 });
  rows(8, 0n);
  const drained = checkpoint.next({ atEnd: true });
  assert.equal(drained.checkpoint.ahead, 22, "up to row 30");
  rows(4, null);
  assert.equal(checkpoint.next({ atEnd: true }).checkpoint.ahead, 22);
  assert.equal(checkpoint.next({ atEnd: false }).checkpoint.ahead, 22);
});

Deno.test("SourceCheckpoint whose rows past it are not known stays so until the source's end", async () => {
  const { checkpoint, rows, begin, window } = bench({ start: checkpointAt(0, { ahead: null }) });
  await begin();
  rows(8, 0n);
  assert.equal(checkpoint.next({ atEnd: true }).checkpoint.ahead, null);
  window.markEnd({ exhausted: true });
  checkpoint.confirmEnd(null);
  assert.equal(checkpoint.next({ atEnd: true }).checkpoint.ahead, 0);
});

Deno.test("SourceCheckpoint continues the counts and the place of the checkpoint it began with", async () => {
  const { checkpoint, rows, begin, window } = bench({ start: checkpointAt(40) });
  await begin();
  assert.partialDeepStrictEqual(checkpoint.resumed, {
    row: 40,
    offset: 400,
    found: 0,
    complete: false,
    counts: { acked: 40, dead_lettered: 0 },
  });
  assert.equal(window.readPosition?.row, 40);
  rows(5, 0n);
  const { checkpoint: { counts, position } } = checkpoint.next({ atEnd: false });
  assert.deepEqual([counts.read, counts.acked, position.row], [45, 45, 45]);
  assert.equal(window.account.totals().read, 5, "the account is of this run");
});

Deno.test("SourceCheckpoint.begin() waits for one that is under way, whose signal may have ended", async () => {
  const made = bench();
  const { checkpoint, begin, rows, window } = made;
  const held = Promise.withResolvers<void>();
  made.hold = held.promise;
  const abort = new AbortController();
  const first = begin({}, abort.signal);
  const clock = new ManualClock();
  await clock.runUntilIdle();
  abort.abort();
  made.hold = Promise.resolve();
  let found = false;
  const second = begin().then(() => found = true);
  await clock.runUntilIdle();
  assert.equal(found, false, "the first one is still looking");
  held.resolve();
  await Promise.allSettled([first]);
  await second;
  rows(4, 0n);
  assert.equal(window.books.frontier?.row, 4);
  assert.equal(checkpoint.next({ atEnd: false }).checkpoint.position.row, 4);
});

Deno.test("SourceCheckpoint says that the source is finished only once its end was confirmed", async () => {
  const { checkpoint, begin, rows, window } = bench();
  await begin();
  rows(4, 0n);
  const heldBack = { line: 5, bytes: 7 };
  window.markEnd({ exhausted: true, end: { bytes: 47, heldBack } });
  const before = checkpoint.next({ atEnd: true }).checkpoint;
  assert.deepEqual([before.finished, before.ahead], [null, 0], "nothing was sent past it");
  const stamp = { ...FILE.stamp, size: 47 };
  checkpoint.confirmEnd(stamp);
  assert.equal(checkpoint.isFinal, false);
  const save = checkpoint.next({ atEnd: true });
  assert.deepEqual([save.checkpoint.finished, save.checkpoint.file?.stamp], [{ rows: 4, bytes: 47, heldBack }, stamp]);
  checkpoint.saved(save);
  assert.equal(checkpoint.isFinal, true);
});

Deno.test("SourceCheckpoint.confirmEnd() keeps the file as it began if that has more by now", async () => {
  const { checkpoint, begin, rows, window } = bench();
  await begin();
  rows(4, 0n);
  window.markEnd({ exhausted: true, end: { bytes: 40, heldBack: null } });
  checkpoint.confirmEnd(null);
  assert.deepEqual(checkpoint.next({ atEnd: true }).checkpoint.file, FILE);
});

Deno.test("SourceCheckpoint.refuteEnd() has it stored that the file was rewritten, and not that it is finished", async () => {
  const { checkpoint, begin, rows, window } = bench();
  await begin();
  rows(4, 0n);
  checkpoint.saved(checkpoint.next({ atEnd: true }));
  window.markEnd({ exhausted: true });
  checkpoint.refuteEnd();
  assert.equal(checkpoint.isFinal, false, "though its position is stored");
  const save = checkpoint.next({ atEnd: true });
  assert.deepEqual([save.checkpoint.rewritten, save.checkpoint.finished], [true, null]);
  checkpoint.saved(save);
  assert.equal(checkpoint.isFinal, true);
});

Deno.test("SourceCheckpoint.checkOpened() refuses another file than the one that was looked at", async () => {
  const { checkpoint, begin } = bench();
  await begin();
  checkpoint.checkOpened({ ...FILE.stamp, size: 2_000 });
  checkpoint.checkOpened(null);
  assert.throws(
    () => checkpoint.checkOpened({ ...FILE.stamp, inode: 2 }),
    (error) => error instanceof SourceError && error.code === "replaced",
  );
});

Deno.test("SourceCheckpoint.leave() has the other version's doubted, and keeps nothing more", async () => {
  const { checkpoint, begin, doubted, window } = bench();
  await begin();
  checkpoint.leave("v1");
  assert.deepEqual([doubted, checkpoint.left, checkpoint.versions], [["v1"], true, null]);
  assert.deepEqual([checkpoint.room, checkpoint.rowsToSave, checkpoint.due, checkpoint.isFinal], [
    Infinity,
    0,
    false,
    true,
  ]);
  assert.equal(window.books.settled, null);
});
