import assert from "node:assert/strict";
import { ArraySource } from "../tests/array_source.ts";
import { checkpointAt, letterOf } from "../tests/checkpoints.ts";
import { target, trades } from "../tests/trades.ts";
import type { VersionFlag } from "../config/settings.ts";
import type { StoredCheckpoint } from "../state/checkpoint.ts";
import { type FileIdentity, FileShrunkError } from "../state/file_identity.ts";
import { DeliveryWindow, type PendingBatch } from "./delivery_window.ts";
import { ManualClock } from "./kernel/testing.ts";
import { SourceCheckpoint } from "./source_checkpoint.ts";
import type { StartPoint } from "./start_point.ts";

const TOPIC = target("v2").topic;
const identity: FileIdentity = {
  path: "/a.csv",
  size: 1_000,
  modifiedAt: 0,
  device: 1,
  inode: 1,
  content: { bytes: 0, head: "", tail: "" },
};

interface Bench {
  readonly checkpoint: SourceCheckpoint;
  readonly window: DeliveryWindow;
  readonly doubted: VersionFlag[];
  /** Markers that were opened and closed, and how many questions about the file there were at once at most. */
  readonly markers: { opened: number; closed: number; most: number };
  /** How many partitions the topic has been seen with. */
  partitions: number;
  /** What the next question about the file waits for. */
  hold: Promise<void>;
  begin(point?: Partial<StartPoint>, signal?: AbortSignal): Promise<StartPoint>;
  /** Admits rows, sends them, and has them acknowledged in partition 0 from an offset on; `null` leaves them under way. */
  rows(count: number, at: bigint | null): PendingBatch;
  acknowledge(pending: PendingBatch, at: bigint, partition?: number): void;
}

function bench({ checkpointRows = 20, start = checkpointAt(0) }: {
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
  const markers = { opened: 0, closed: 0, most: 0 };
  let asking = 0;
  const checkpoint = new SourceCheckpoint({
    source: new ArraySource([]),
    flags: {},
    window,
    checkpointRows,
    openMarker: async () => {
      markers.opened += 1;
      await made.hold;
      const identify = async (bytes: number) => {
        markers.most = Math.max(markers.most, ++asking);
        await made.hold;
        asking -= 1;
        return identityOf(bytes);
      };
      return { identify, close: () => void (markers.closed += 1) };
    },
    start: async (marker) => {
      await marker.identify(0);
      return { checkpoint: start, written: null, found: 0, complete: false, ...next };
    },
    partitionsOf: () => made.partitions,
    doubt: (versions) => doubted.push(versions),
  });
  const made: Bench = {
    checkpoint,
    window,
    doubted,
    markers,
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

function identityOf(bytes: number): FileIdentity {
  if (bytes > identity.size) throw new FileShrunkError("/a.csv", { size: identity.size, bytes });
  return { ...identity, content: { bytes, head: "h", tail: "t" } };
}

Deno.test("SourceCheckpoint.next() passes over rows only in order, with the offsets of those before it", async () => {
  const { checkpoint, rows, begin, acknowledge } = bench();
  await begin();
  const first = rows(4, null);
  const second = rows(3, 110n);
  let { checkpoint: next } = await checkpoint.next({ atEnd: false });
  assert.deepEqual([next.position.row, next.topics[0]?.next], [0, [100n, 0n]], "the first rows are under way");
  acknowledge(first, 103n, 1);
  ({ checkpoint: next } = await checkpoint.next({ atEnd: false }));
  assert.deepEqual([next.position, next.topics[0]?.next], [second.batch.next, [113n, 107n]]);
  assert.deepEqual([next.counts.read, next.counts.acked, next.finished, next.ahead], [7, 7, null, 20]);
  assert.equal(next.file?.content.bytes, 70);
});

Deno.test("SourceCheckpoint.next() leaves a topic's offsets where they were once that has grown", async () => {
  const made = bench();
  const { checkpoint, rows, begin } = made;
  await begin();
  rows(4, 110n);
  const save = await checkpoint.next({ atEnd: false });
  checkpoint.saved(save);
  assert.deepEqual(save.checkpoint.topics[0]?.next, [114n, 0n]);
  made.partitions = 3;
  rows(4, 120n);
  const { checkpoint: { topics: [topic], position } } = await checkpoint.next({ atEnd: false });
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
  const save = await checkpoint.next({ atEnd: false });
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
  checkpoint.saved(await checkpoint.next({ atEnd: false }));
  assert.deepEqual([checkpoint.rowsToSave, checkpoint.due], [0, false]);
  window.settled?.addLetters([letterOf(1, 1024 * 1024)]);
  assert.ok(checkpoint.due);
});

Deno.test("SourceCheckpoint keeps letters until they are on disk, and gives each once, in row order", async () => {
  const { checkpoint, rows, begin, window } = bench();
  await begin();
  rows(8, 0n);
  window.settled?.addLetters([letterOf(7), letterOf(3)]);
  const save = await checkpoint.next({ atEnd: false });
  assert.deepEqual(save.deadLetters.map(({ row }) => row), [3, 7]);
  window.settled?.addLetters([letterOf(5)]);
  const again = await checkpoint.next({ atEnd: false });
  assert.deepEqual(again.deadLetters.map(({ row }) => row), [3, 5, 7], "the first one was lost");
  window.settled?.addLetters([letterOf(8)]);
  checkpoint.saved(again);
  assert.deepEqual(window.settled?.letters.map(({ row }) => row), [8]);
});

Deno.test("SourceCheckpoint at an orderly end says that nothing is past it, at the source's end that it is finished", async () => {
  const { checkpoint, rows, begin, window } = bench();
  await begin();
  rows(8, 0n);
  assert.equal(checkpoint.isFinal, false);
  const drained = await checkpoint.next({ atEnd: true });
  assert.deepEqual([drained.checkpoint.ahead, drained.checkpoint.finished], [0, null]);
  checkpoint.saved(drained);
  assert.ok(checkpoint.isFinal);
  window.markEnd({ exhausted: true });
  assert.equal(checkpoint.isFinal, false, "it is not known yet that this is all");
  const finished = await checkpoint.next({ atEnd: true });
  assert.deepEqual([finished.checkpoint.ahead, finished.checkpoint.finished], [0, { rows: 8 }]);
  checkpoint.saved(finished);
  assert.ok(checkpoint.isFinal);
});

Deno.test("SourceCheckpoint says that rows may be past it while some are under way, and while found ones are", async () => {
  const { checkpoint, rows, begin } = bench();
  const found = { before: false, place: null };
  await begin({ written: { lastRow: 30, find: (_, id) => id.endsWith("1e") ? found : null }, found: 1 });
  rows(8, 0n);
  const drained = await checkpoint.next({ atEnd: true });
  assert.equal(drained.checkpoint.ahead, 22, "up to row 30");
  rows(4, null);
  assert.equal((await checkpoint.next({ atEnd: true })).checkpoint.ahead, 22);
  assert.equal((await checkpoint.next({ atEnd: false })).checkpoint.ahead, 22);
});

Deno.test("SourceCheckpoint of which nobody knows what is past it stays so until the source's end", async () => {
  const { checkpoint, rows, begin, window } = bench({ start: checkpointAt(0, { ahead: null }) });
  await begin();
  rows(8, 0n);
  assert.equal((await checkpoint.next({ atEnd: true })).checkpoint.ahead, null);
  window.markEnd({ exhausted: true });
  assert.equal((await checkpoint.next({ atEnd: true })).checkpoint.ahead, 0);
});

Deno.test("SourceCheckpoint goes on with the counts and the place of the checkpoint it began with", async () => {
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
  const { checkpoint: { counts, position } } = await checkpoint.next({ atEnd: false });
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
  abort.abort();
  const second = begin();
  held.resolve();
  await Promise.allSettled([first]);
  await second;
  rows(4, 0n);
  assert.equal(window.frontier?.row, 4);
  assert.equal((await checkpoint.next({ atEnd: false })).checkpoint.position.row, 4);
});

Deno.test("SourceCheckpoint opens its file once, and asks one thing of it at a time", async () => {
  const { checkpoint, begin, markers, rows } = bench();
  await Promise.all([begin(), begin()]);
  rows(4, 0n);
  await Promise.all([checkpoint.next({ atEnd: false }), checkpoint.next({ atEnd: false })]);
  assert.deepEqual(markers, { opened: 1, closed: 0, most: 1 });
});

Deno.test("SourceCheckpoint that was closed while it opened its file closes that too", async () => {
  const made = bench();
  const held = Promise.withResolvers<void>();
  made.hold = held.promise;
  const beginning = made.begin();
  made.checkpoint.close();
  held.resolve();
  await assert.rejects(beginning, /has ended/);
  assert.deepEqual(made.markers, { opened: 1, closed: 1, most: 0 });
});

Deno.test("SourceCheckpoint.next() rejects if the file has less than was read", async () => {
  const { checkpoint, begin, rows } = bench({ start: checkpointAt(95) });
  await begin();
  rows(10, 0n);
  await assert.rejects(checkpoint.next({ atEnd: false }), FileShrunkError);
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
  assert.equal(window.settled, null);
});
