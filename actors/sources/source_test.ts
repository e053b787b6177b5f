import assert from "node:assert/strict";
import type { FileStamp } from "../../records/content/file_stamp.ts";
import { type BadRow, type RowSource, SourceError, type SourceRow } from "../../sources/source.ts";
import { ArraySource } from "../../tests/support/array_source.ts";
import { target, trades } from "../../tests/support/trades.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { type LoneActor, startAlone } from "../../tests/support/actors.ts";
import { OutOfSequenceError, TopicParkedError } from "../delivery/delivery.ts";
import { DeliveryWindow } from "../delivery/delivery_window.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { ConverterMessage, DeadLettersMessage, Epoch, RowsAdmitted, Target, VersionChanged } from "../messages.ts";
import type { RowsSoFar } from "../delivery/letter_limit.ts";
import { RowFeed } from "./row_feed.ts";
import { RowPace } from "./row_pace.ts";
import { sourceActor } from "./source.ts";
import type { SourceActorOptions, SourceEnd } from "./source_actor_options.ts";

interface Bench {
  readonly actor: LoneActor<never>;
  readonly clock: ManualClock;
  readonly window: DeliveryWindow;
  readonly events: RuntimeEvent[];
  readonly ends: SourceEnd[];
  readonly letters: readonly DeadLettersMessage[];
  /** What the converter has got so far. */
  readonly admitted: readonly RowsAdmitted[];
  change(epoch: Epoch): void;
}

interface BenchOptions extends Partial<SourceActorOptions> {
  readonly windowRows?: number;
}

async function bench(source: RowSource, body: (bench: Bench) => Promise<void>, options: BenchOptions = {}) {
  const clock = new ManualClock();
  const admitted: RowsAdmitted[] = [];
  const letters: DeadLettersMessage[] = [];
  const ends: SourceEnd[] = [];
  const events: RuntimeEvent[] = [];
  const { windowRows = 100, ...rest } = options;
  const window = new DeliveryWindow({ source: source.id, windowRows, maxAttempts: 3, clock, start: null });
  const feed = new RowFeed(source);
  let epoch: Epoch = { number: 1, flag: "v2" };
  const spec = sourceActor("source", {
    source,
    window,
    feed,
    converter: refTo(admitted),
    deadLetters: refTo(letters),
    resolveTarget: (version) => Promise.resolve(target(version)),
    epoch: () => epoch,
    observe: (event) => events.push(event),
    batchRows: 10,
    tooManyDeadLetters: () => null,
    onEnded: (end) => ends.push(end),
    stallMs: 30_000,
    shutdownMs: 30_000,
    ...rest,
  });
  const actor = await startAlone(spec, clock);
  try {
    await actor.idle();
    await body({
      actor,
      clock,
      window,
      events,
      ends,
      letters,
      admitted,
      change: (next) => {
        epoch = next;
        const notice: VersionChanged = { type: "version_changed", ...next };
        actor.system.notify(notice);
      },
    });
  } finally {
    await actor[Symbol.asyncDispose]();
    await feed.close();
  }
}

/** Stands for an actor that only notes what it gets. */
function refTo<Message>(notes: Message[]): ActorRef<Message> {
  return { path: "notes", send: (message) => Promise.resolve(void notes.push(message)) };
}

const rowsOf = (count: number): SourceRow[] => [...trades(count, 0).rows];

function badRow(row: number): BadRow {
  return { ok: false, row, line: row, offset: row * 10, length: 9, rule: "not_a_number", reason: "no number" };
}

/** Plays converter and producer: acknowledges what is sent, gives back what is told. */
function deliver({ batch, targets, delivery }: RowsAdmitted, options: { give?: (row: number) => boolean } = {}) {
  targets.forEach((_, at) => {
    const pending = batch.rows.flatMap((_, index) => delivery.isPending(at, index) ? [index] : []);
    const part = delivery.openPart(at, "topic", pending.length);
    for (const index of pending) {
      if (options.give?.(batch.rows[index]?.row ?? 0) !== true) part.acknowledge([index], 0, BigInt(index));
    }
    part.settleIfEmpty();
    if (!part.settled) part.fail(new Error("producer died"));
  });
  delivery.finish();
}

const spans = (admitted: readonly RowsAdmitted[]) =>
  admitted.map(({ batch, place }) => `${place.run}/${place.index} ${batch.from.row}+${batch.rows.length}`);

Deno.test("a source reads in order, and has ended when its last row has settled", async () => {
  await bench(new ArraySource(rowsOf(25)), async ({ actor, admitted, ends, window }) => {
    assert.deepEqual(spans(admitted), ["1/0 0+10", "1/1 10+10", "1/2 20+5"]);
    assert.deepEqual(admitted.map(({ targets }) => targets.map(({ version }) => version)), [["v2"], ["v2"], ["v2"]]);
    admitted.forEach((message) => deliver(message));
    assert.deepEqual(ends, []);
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
    assert.equal(actor.alive, false);
    const { read, acked, lost } = window.account.totals();
    assert.deepEqual({ read, acked, lost }, { read: 25, acked: 25, lost: 0 });
  });
});

Deno.test("a source has no more rows under way than its window holds", async () => {
  await bench(new ArraySource(rowsOf(100)), async ({ actor, admitted, window }) => {
    assert.deepEqual(spans(admitted), ["1/0 0+10", "1/1 10+10", "1/2 20+5"]);
    assert.equal(window.unsettledRows, 25);
    const [first] = admitted;
    assert.ok(first);
    deliver(first);
    await actor.idle();
    assert.deepEqual(spans(admitted.slice(3)), ["1/3 25+10"]);
  }, { windowRows: 25 });
});

Deno.test("a source sends what comes back again, in order, before anything new", async () => {
  await bench(new ArraySource(rowsOf(40)), async ({ actor, admitted, events, ends }) => {
    const [first, second, third] = admitted;
    assert.ok(first && second && third);
    deliver(second, { give: (row) => row === 15 });
    await actor.idle();
    assert.equal(admitted.length, 3, "the others are under way");
    deliver(first);
    deliver(third, { give: () => true });
    await actor.idle();
    assert.deepEqual(spans(admitted.slice(3)), ["2/0 10+10", "2/1 20+10"]);
    assert.deepEqual(events.filter(({ type }) => type === "batch_returned").length, 2);
    const again = admitted[3];
    assert.ok(again);
    assert.deepEqual([again.delivery.isPending(0, 3), again.delivery.isPending(0, 4)], [false, true]);
    admitted.slice(3).forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(spans(admitted.slice(5)), ["2/2 30+10"]);
    admitted.slice(5).forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  }, { windowRows: 30 });
});

Deno.test("a source continues after a batch that had the window to itself was condemned", async () => {
  await bench(new ArraySource(rowsOf(2)), async ({ actor, admitted, letters, ends }) => {
    for (let attempt = 0; attempt < 4; attempt++) {
      const last = admitted.at(-1);
      assert.ok(last?.batch.rows[0]?.row === 1);
      last.delivery.fail(new Error("converter died"));
      await actor.idle();
    }
    assert.equal(letters[0]?.letters[0]?.rule, "poison_row");
    letters[0]?.stored.reply();
    await actor.idle();
    const next = admitted.at(-1);
    assert.equal(next?.batch.rows[0]?.row, 2);
    if (next !== undefined) deliver(next);
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  }, { batchRows: 1, windowRows: 1 });
});

Deno.test("a source that dies while the converter has no room leaves nothing under way that no actor has", async () => {
  const taken: RowsAdmitted[] = [];
  let room = 3;
  const converter: ActorRef<ConverterMessage> = {
    path: "converter",
    send: (message, { signal } = {}) => {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (room-- > 0) return Promise.resolve(void taken.push(message));
      return new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    },
  };
  await bench(new ArraySource(rowsOf(30)), async ({ actor, ends, window }) => {
    // Everything comes back, so that several batches wait at once.
    taken.splice(0).forEach(({ delivery }) => delivery.fail(new Error("converter died")));
    room = 1;
    await actor.idle();
    assert.deepEqual(spans(taken), ["2/0 0+10"]);
    await actor.kill();
    room = Infinity;
    taken.splice(0).forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(spans(taken), ["3/0 10+10", "3/1 20+10"]);
    taken.splice(0).forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
    assert.equal(window.account.totals().acked, 30);
  }, { converter });
});

Deno.test("a source that is started again reads on from what was admitted", async () => {
  const opened: (number | undefined)[] = [];
  const rows = new ArraySource(rowsOf(40));
  let closed = 0;
  const source: RowSource = {
    ...rows,
    id: "s",
    name: "s",
    resumable: true,
    open: async (from) => {
      opened.push(from?.row);
      const reader = await rows.open(from);
      return { next: (count) => reader.next(count), close: () => Promise.resolve(void closed++) };
    },
  };
  await bench(source, async ({ actor, admitted, ends }) => {
    assert.equal(admitted.length, 2);
    await actor.kill();
    assert.deepEqual([opened, closed], [[undefined, 20], 1]);
    for (let at = 0; at < admitted.length; at++) {
      const message = admitted[at];
      if (message !== undefined) deliver(message);
      await actor.idle();
    }
    assert.deepEqual(spans(admitted), ["1/0 0+10", "1/1 10+10", "1/2 20+10", "1/3 30+10"]);
    assert.deepEqual(ends, [{ type: "completed" }]);
    assert.equal(closed, 2);
  }, { windowRows: 20 });
});

Deno.test("a source that dies while it finds out whether its end is the end has the next incarnation find out", async () => {
  const rows = new ArraySource(rowsOf(10));
  const stamp: FileStamp = { size: 100, modifiedAt: 1, changedAt: 1, device: 1, inode: 1, takenAt: 9_000 };
  const rewritten = new SourceError("rewritten", "written anew");
  let asked = 0;
  const source: RowSource = {
    ...rows,
    id: "s",
    name: "s",
    resumable: true,
    open: async (from) => {
      const reader = await rows.open(from);
      const confirmEnd = () => ++asked === 1 ? new Promise<never>(() => {}) : Promise.reject(rewritten);
      return { stamp, next: (count) => reader.next(count), close: () => reader.close(), confirmEnd };
    },
  };
  await bench(source, async ({ actor, admitted, ends }) => {
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual([asked, ends], [1, []]);
    await actor.kill();
    await actor.idle();
    assert.deepEqual([asked, ends], [2, [{ type: "stopped", cause: rewritten }]]);
  });
});

/** A source that can be read once, with a hook before each read. */
function stream(count: number, beforeRead: () => Promise<void> = () => Promise.resolve()): RowSource {
  const rows = new ArraySource(rowsOf(count), { beforeRead });
  let opened = false;
  return {
    ...rows,
    id: "-",
    name: "-",
    resumable: false,
    open: (from) => {
      if (opened) return Promise.reject(new Error("a stream can be read once"));
      opened = true;
      return rows.open(from);
    },
  };
}

Deno.test("a stream continues when its source was started again, with the rows that were read and not admitted", async () => {
  let reads = 0;
  const { promise: third, resolve: release } = Promise.withResolvers<void>();
  const source = stream(40, () => ++reads === 3 ? third : Promise.resolve());
  await bench(source, async ({ actor, admitted, ends }) => {
    assert.equal(admitted.length, 2, "the third read takes its time");
    await actor.kill();
    release();
    await actor.idle();
    assert.deepEqual(spans(admitted), ["1/0 0+10", "1/1 10+10", "1/2 20+10", "1/3 30+10"]);
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  });
});

Deno.test("a source admits nothing under a new epoch until its targets are known, and old rows keep theirs", async () => {
  const v1 = Promise.withResolvers<Target>();
  const resolveTarget: SourceActorOptions["resolveTarget"] = (version) =>
    version === "v1" ? v1.promise : Promise.resolve(target(version));
  await bench(new ArraySource(rowsOf(40)), async ({ actor, admitted, change }) => {
    change({ number: 2, flag: "both" });
    admitted.slice(0, 2).forEach((message) => deliver(message));
    await actor.idle();
    assert.equal(admitted.length, 2);
    v1.resolve(target("v1"));
    await actor.idle();
    const told = admitted.map(({ epoch, targets }) => [epoch, ...targets.map(({ version }) => version)]);
    assert.deepEqual(told, [[1, "v2"], [1, "v2"], [2, "v1", "v2"], [2, "v1", "v2"]]);
  }, { windowRows: 20, resolveTarget });
});

Deno.test("a source does not go back to an epoch whose targets are known only later", async () => {
  const v1 = Promise.withResolvers<Target>();
  const resolveTarget: SourceActorOptions["resolveTarget"] = (version) =>
    version === "v1" ? v1.promise : Promise.resolve(target(version));
  await bench(new ArraySource(rowsOf(40)), async ({ actor, admitted, change }) => {
    change({ number: 2, flag: "v1" });
    await actor.idle();
    change({ number: 3, flag: "v2" });
    await actor.idle();
    v1.resolve(target("v1"));
    await actor.idle();
    admitted.slice(0, 2).forEach((message) => deliver(message));
    await actor.idle();
    const told = admitted.map(({ epoch, targets }) => [epoch, ...targets.map(({ version }) => version)]);
    assert.deepEqual(told, [[1, "v2"], [1, "v2"], [3, "v2"], [3, "v2"]]);
  }, { windowRows: 20, resolveTarget });
});

Deno.test("a source is stopped by a target that is refused, but not by one that is not wanted any more", async () => {
  const answers = [Promise.withResolvers<Target>(), Promise.withResolvers<Target>()];
  let asked = 0;
  const resolveTarget: SourceActorOptions["resolveTarget"] = (version) =>
    version === "v2" ? Promise.resolve(target(version)) : answers[asked++]?.promise ?? Promise.reject(new Error("?"));
  await bench(new ArraySource(rowsOf(40)), async ({ actor, admitted, change, ends }) => {
    change({ number: 2, flag: "v1" });
    await actor.idle();
    change({ number: 3, flag: "v2" });
    await actor.idle();
    answers[0]?.reject(new Error("409 of epoch 2"));
    await actor.idle();
    assert.deepEqual(ends, []);
    change({ number: 4, flag: "v1" });
    await actor.idle();
    const refused = new Error("409 of epoch 4");
    answers[1]?.reject(refused);
    await actor.idle();
    assert.deepEqual(ends, [], "rows are under way");
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "stopped", cause: refused }]);
  }, { windowRows: 20, resolveTarget });
});

Deno.test("a source has refused rows stored before they count, and asks again if the question was lost", async () => {
  const rows: SourceRow[] = [...rowsOf(3), badRow(4)];
  await bench(new ArraySource(rows), async ({ actor, admitted, letters, ends, window }) => {
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.equal(letters.length, 1);
    assert.deepEqual(letters[0]?.letters.map(({ row, rule }) => [row, rule]), [[4, "not_a_number"]]);
    assert.equal(window.account.settled, 0);
    letters[0]?.stored.fail(new Error("the disk is full"));
    await actor.idle();
    assert.equal(letters.length, 2);
    assert.deepEqual(ends, []);
    letters[1]?.stored.reply();
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
    assert.equal(window.account.totals().dead_lettered, 1);
  });
});

Deno.test("a source that dies while its dead letters are stored has them stored by the next incarnation", async () => {
  await bench(new ArraySource([badRow(1)]), async ({ actor, admitted, letters, ends }) => {
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    await actor.kill();
    assert.equal(letters.length, 2);
    letters.forEach(({ stored }) => stored.reply());
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  });
});

Deno.test("a source gives refused rows to the caller that waits for them, instead of storing them", async () => {
  const refused: number[] = [];
  const onRefused: SourceActorOptions["onRefused"] = (batch, refusals) => {
    for (const { index } of refusals) refused.push(batch.rows[index]?.row ?? 0);
  };
  await bench(new ArraySource([badRow(1), ...trades(2, 1).rows]), async ({ actor, admitted, letters, ends }) => {
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual([refused, letters.length, ends.length], [[1], 0, 1]);
  }, { onRefused });
});

Deno.test("a source keeps as many dead letters as it may, reads no more, and ends when what is under way has settled", async () => {
  const tooMany = new Error("too many");
  const rows = Array.from({ length: 60 }, (_, at) => badRow(at + 1));
  await bench(new ArraySource(rows), async ({ actor, admitted, letters, ends, window }) => {
    await actor.idle();
    assert.deepEqual(admitted, [], "what is no record never leaves its source");
    assert.deepEqual([letters.length, ends], [1, []], "the second has one too many, the letters under way counted");
    letters[0]?.stored.reply();
    await actor.idle();
    assert.deepEqual(letters.map(({ letters }) => letters.map(({ row }) => row)), [
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      [11, 12, 13, 14, 15],
    ]);
    letters[1]?.stored.reply();
    await actor.idle();
    assert.deepEqual([ends, window.account.read], [[{ type: "stopped", cause: tooMany }], 20]);
    assert.deepEqual([window.account.deadLettered, window.unsettledRows], [15, 5]);
  }, { windowRows: 20, tooManyDeadLetters: ({ deadLettered }) => deadLettered > 15 ? tooMany : null });
});

Deno.test("a source sends what is left of a batch with bad rows, and stores their letters when that has settled", async () => {
  const rows = rowsOf(10).map((row) => row.row % 3 === 0 ? badRow(row.row) : row);
  await bench(new ArraySource(rows), async ({ actor, admitted, letters }) => {
    const [first] = admitted;
    assert.ok(first);
    const pending = rows.flatMap((_, index) => first.delivery.isPending(0, index) ? [index + 1] : []);
    assert.deepEqual(pending, [1, 2, 4, 5, 7, 8, 10]);
    assert.equal(letters.length, 0);
    deliver(first);
    await actor.idle();
    assert.deepEqual(letters.map(({ letters }) => letters.map(({ row }) => row)), [[3, 6, 9]]);
    letters[0]?.stored.reply();
  });
});

Deno.test("a source whose first rows are good and under way is not said to have bad ones only", async () => {
  const rows = [...rowsOf(10), ...Array.from({ length: 10 }, (_, at) => badRow(at + 11))];
  const allBad = ({ rows, deadLettered }: RowsSoFar) =>
    deadLettered >= 10 && deadLettered === rows ? new Error("the first ten rows are all bad") : null;
  await bench(new ArraySource(rows), async ({ actor, admitted, letters, ends }) => {
    await actor.idle();
    assert.deepEqual(letters.map(({ letters }) => letters.length), [10], "while the good ones are under way");
    letters[0]?.stored.reply();
    await actor.idle();
    assert.deepEqual(ends, []);
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  }, { windowRows: 20, tooManyDeadLetters: allBad });
});

Deno.test("a source counts letters of later rows, which are stored first, among the rows that they are of", async () => {
  const rows = [badRow(1), ...rowsOf(10).slice(1), ...Array.from({ length: 10 }, (_, at) => badRow(at + 11))];
  const more = ({ rows, deadLettered }: RowsSoFar) => deadLettered > rows ? new Error("more letters than rows") : null;
  await bench(new ArraySource(rows), async ({ actor, admitted, letters, ends, window }) => {
    await actor.idle();
    assert.deepEqual(letters.map(({ letters }) => letters.length), [10], "while the good ones are under way");
    letters[0]?.stored.reply();
    await actor.idle();
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    letters[1]?.stored.reply();
    await actor.idle();
    assert.deepEqual([ends, window.account.deadLettered], [[{ type: "completed" }], 11]);
  }, { windowRows: 20, tooManyDeadLetters: more });
});

Deno.test("a source whose topic is parked sends nothing again, and ends when the rest has settled", async () => {
  await bench(new ArraySource(rowsOf(20)), async ({ actor, admitted, ends, window }) => {
    const [first, second] = admitted;
    assert.ok(first && second);
    const parked = new TopicParkedError("t", new Error("no right"));
    first.delivery.fail(parked);
    await actor.idle();
    assert.deepEqual(ends, []);
    deliver(second);
    await actor.idle();
    assert.deepEqual(ends, [{ type: "stopped", cause: parked }]);
    assert.equal(admitted.length, 2);
    assert.deepEqual(window.account.totals().lost, 10);
  }, { windowRows: 20 });
});

Deno.test("a source that cannot be opened, or read on, stops with the reason", async () => {
  const gone = new Error("no such file");
  const rows = new ArraySource(rowsOf(20));
  const closed: RowSource = { ...rows, id: "s", name: "s", resumable: true, open: () => Promise.reject(gone) };
  await bench(closed, ({ ends }) => Promise.resolve(assert.deepEqual(ends, [{ type: "stopped", cause: gone }])));
  const broken = new Error("input/output error");
  const source = new ArraySource(rowsOf(20), {
    beforeRead: (row) => row === 10 ? Promise.reject(broken) : Promise.resolve(),
  });
  await bench(source, async ({ actor, admitted, ends }) => {
    assert.equal(admitted.length, 1);
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "stopped", cause: broken }]);
  });
});

Deno.test("a source that cannot be read on delivers what it has read first, also if that comes back or it dies", async () => {
  const broken = new Error("the file is cut off");
  const source = new ArraySource(rowsOf(30), {
    beforeRead: (row) => row === 20 ? Promise.reject(broken) : Promise.resolve(),
  });
  await bench(source, async ({ actor, admitted, ends, window }) => {
    const [first, second] = admitted;
    assert.ok(first && second);
    deliver(first, { give: (row) => row > 5 });
    deliver(second);
    await actor.kill();
    assert.deepEqual(ends, []);
    assert.deepEqual(spans(admitted.slice(2)), ["2/0 0+10"]);
    admitted.slice(2).forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "stopped", cause: broken }]);
    assert.deepEqual(window.account.totals().acked, 20);
  });
});

Deno.test("a source ends after as many rows as it may read", async () => {
  await bench(new ArraySource(rowsOf(100)), async ({ actor, admitted, ends }) => {
    assert.deepEqual(spans(admitted), ["1/0 0+10", "1/1 10+3"]);
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    assert.deepEqual(ends, [{ type: "completed" }]);
  }, { limitRows: 13 });
});

Deno.test("a source reads no more rows a second than it may, in an even stream", async () => {
  await bench(new ArraySource(rowsOf(100)), async ({ clock, admitted }) => {
    assert.deepEqual(spans(admitted), ["1/0 0+1"]);
    await clock.advance(249);
    assert.equal(admitted.length, 1);
    await clock.advance(1);
    assert.deepEqual(spans(admitted), ["1/0 0+1", "1/1 1+1"]);
    await clock.advance(4_750);
    assert.equal(admitted.length, 21);
  }, { pace: new RowPace(4) });
});

Deno.test("a source gives back of its turn what it cannot read, at its end and when it is stopped", async () => {
  /** Milliseconds until another source would have a turn. */
  const waitFor = (pace: RowPace, clock: ManualClock) => {
    const { at, rows } = pace.take(1, clock.monotonic());
    pace.giveBack(rows);
    return at - clock.monotonic();
  };
  const short = new RowPace(1_000);
  await bench(new ArraySource(rowsOf(7)), async ({ clock, admitted }) => {
    await clock.advance(5);
    assert.deepEqual(spans(admitted), ["1/0 0+5", "1/1 5+2"]);
    // It has a turn once more, and learns at its end that there is nothing to read.
    assert.equal(waitFor(short, clock), 7);
    await clock.advance(2);
    assert.equal(waitFor(short, clock), 0);
  }, { pace: short });
  const long = new RowPace(1_000);
  await bench(new ArraySource(rowsOf(100)), async ({ clock, actor, admitted }) => {
    assert.deepEqual(spans(admitted), ["1/0 0+5"]);
    assert.equal(waitFor(long, clock), 10);
    const stopped = actor.system.stop();
    admitted.forEach((message) => deliver(message));
    await stopped;
    assert.equal(waitFor(long, clock), 5);
  }, { pace: long });
});

Deno.test("a source that holds its pace takes notice of what settles or comes back meanwhile", async () => {
  await bench(new ArraySource(rowsOf(100)), async ({ actor, admitted, ends }) => {
    const [first] = admitted;
    assert.ok(first);
    first.delivery.fail(new OutOfSequenceError("once"));
    await actor.idle();
    assert.equal(admitted.length, 2, "sent again at once");
    const stopped = actor.system.stop();
    await actor.idle();
    assert.deepEqual(ends, []);
    admitted.slice(1).forEach((message) => deliver(message));
    await actor.idle();
    await stopped;
    assert.deepEqual(ends, [{ type: "drained" }]);
  }, { pace: new RowPace(1), batchRows: 1 });
});

Deno.test("a source that is to end reads no more, and sends again what comes back", async () => {
  await bench(new ArraySource(rowsOf(100)), async ({ actor, admitted, ends, window }) => {
    const stopped = actor.system.stop();
    await actor.idle();
    const [first, second] = admitted;
    assert.ok(first && second);
    deliver(first);
    deliver(second, { give: (row) => row === 12 });
    await actor.idle();
    assert.deepEqual(spans(admitted.slice(2)), ["2/0 10+10"]);
    admitted.slice(2).forEach((message) => deliver(message));
    await actor.idle();
    await stopped;
    assert.deepEqual(ends, [{ type: "drained" }]);
    const { read, acked } = window.account.totals();
    assert.deepEqual({ read, acked }, { read: 20, acked: 20 });
  }, { windowRows: 20 });
});

Deno.test("a source tells of rows that are under way and do not settle", async () => {
  await bench(new ArraySource(rowsOf(20)), async ({ clock, actor, admitted, events }) => {
    const stalls = () => events.filter((event) => event.type === "source_stalled");
    await clock.advance(60_000);
    assert.deepEqual(stalls().map(({ unsettledRows, waitedMs }) => [unsettledRows, waitedMs]), [[20, 30_000]]);
    admitted.forEach((message) => deliver(message));
    await actor.idle();
    await clock.advance(120_000);
    assert.equal(stalls().length, 1);
  });
});
