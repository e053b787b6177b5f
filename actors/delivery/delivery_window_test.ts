import assert from "node:assert/strict";
import fc from "fast-check";
import type { RowBatch, SourcePosition } from "../../sources/source.ts";
import { type Delivery, OutOfSequenceError } from "./delivery.ts";
import { DeliveryWindow } from "./delivery_window.ts";
import type { PendingBatch, RowAcknowledged } from "./pending_batch.ts";
import { systemClock } from "../../kernel/clock.ts";
import { ActorRestartedError, ActorStoppedError, ShutdownTimeoutError } from "../../kernel/errors.ts";
import { letterOf } from "../../tests/support/checkpoints.ts";
import { messageId, target, trades } from "../../tests/support/trades.ts";
import { SettledRows } from "./settled_rows.ts";
import { type AlreadyWritten, RowConflictError, type SoughtRow } from "./already_written.ts";

function windowOf(
  options: {
    windowRows?: number;
    maxAttempts?: number;
    checkpointed?: boolean;
    onReceipt?: (acknowledged: RowAcknowledged) => void;
  } = {},
) {
  const window = new DeliveryWindow({
    source: "file",
    windowRows: options.windowRows ?? 100,
    maxAttempts: options.maxAttempts ?? 2,
    clock: systemClock,
    start: null,
    checkpointed: options.checkpointed ?? false,
    ...(options.onReceipt === undefined ? {} : { onReceipt: options.onReceipt }),
  });
  const returned: PendingBatch[] = [];
  let changes = 0;
  window.attach({ changed: () => changes++, returned: (pending) => returned.push(pending) });
  return { window, returned, changes: () => changes };
}

function admit(window: DeliveryWindow, batch: RowBatch, targets = [target("v2")]): PendingBatch {
  return window.admit(batch, { epoch: 1, targets, readAt: 0 });
}

/** Everything that may go out now. */
function takeAll(window: DeliveryWindow) {
  const taken = [];
  for (let next = window.takeNext(); next !== null; next = window.takeNext()) taken.push(next);
  return taken;
}

/**
 * Plays converter and producer: acknowledges the given rows of each target, then ends the attempt. What is not acknowledged
 * has a cause: the producer died, or the converter.
 */
function deliver(
  delivery: Delivery,
  options: { rows: number; acknowledge: (index: number) => boolean; cause?: unknown; died?: "producer" | "converter" },
) {
  const cause = options.cause ?? new Error("it died");
  delivery.record.states.forEach((_, index) => {
    const part = delivery.openPart(index, "topic", options.rows);
    for (let row = 0; row < options.rows; row++) {
      if (delivery.isPending(index, row) && options.acknowledge(row)) part.acknowledge([row], 0, BigInt(row));
    }
    if (!part.settled) part.fail(cause);
  });
  if (options.died === "converter") delivery.fail(cause);
  else delivery.finish();
}

Deno.test("DeliveryWindow moves its frontier only over settled batches, in order", () => {
  const { window } = windowOf();
  const first = trades(3, 0);
  const second = trades(2, 3);
  admit(window, first);
  admit(window, second);
  const [one, two] = takeAll(window);
  assert.ok(one !== undefined && two !== undefined);
  deliver(two.delivery, { rows: 2, acknowledge: () => true });
  assert.equal(window.books.frontier, null, "the second batch alone moves nothing");
  deliver(one.delivery, { rows: 3, acknowledge: () => true });
  assert.equal(window.books.frontier, second.next);
  assert.equal(window.unsettledRows, 0);
  const { read, acked, lost } = window.account.totals();
  assert.deepEqual({ read, acked, lost }, { read: 5, acked: 5, lost: 0 });
});

Deno.test("DeliveryWindow has room for as many rows as may be unsettled", () => {
  const { window } = windowOf({ windowRows: 7 });
  admit(window, trades(5, 0));
  assert.equal(window.room, 2);
  admit(window, trades(2, 5));
  assert.equal(window.room, 0);
  const [first] = takeAll(window);
  assert.ok(first);
  deliver(first.delivery, { rows: 5, acknowledge: () => true });
  assert.equal(window.room, 5);
  window.markEnd({ exhausted: true });
  assert.equal(window.room, 0);
});

Deno.test("DeliveryWindow sends nothing new until a returned batch went out again, as a new run in order", () => {
  const { window, returned } = windowOf();
  for (let at = 0; at < 3; at++) admit(window, trades(2, 2 * at));
  const [a, b, c] = takeAll(window);
  assert.ok(a && b && c);
  assert.deepEqual([a.place.index, b.place.index, c.place.index], [0, 1, 2]);
  deliver(a.delivery, { rows: 2, acknowledge: (row) => row === 0, died: "converter" });
  assert.equal(returned.length, 1);
  assert.equal(window.room, 0);
  assert.deepEqual(takeAll(window), [], "b and c are still under way");
  deliver(b.delivery, { rows: 2, acknowledge: () => false, cause: new OutOfSequenceError("b") });
  deliver(c.delivery, { rows: 2, acknowledge: () => false, cause: new OutOfSequenceError("c") });
  const again = takeAll(window);
  assert.deepEqual(again.map(({ place }) => [place.run, place.index]), [[2, 0], [2, 1], [2, 2]]);
  assert.deepEqual(again.map(({ pending }) => pending.batch.from.row), [0, 2, 4]);
  assert.equal(again[0]?.delivery.isPending(0, 0), false, "the acknowledged row is not sent twice");
  assert.equal(again[0]?.delivery.isPending(0, 1), true);
  assert.deepEqual(again.map(({ pending }) => pending.crashes), [1, 0, 0], "a return for order alone counts no crash");
});

Deno.test("DeliveryWindow sends a suspect alone, halves it, and condemns only the poisonous row", () => {
  const { window } = windowOf({ maxAttempts: 2 });
  const poison = 5;
  admit(window, trades(8, 0));
  admit(window, trades(8, 8));
  let attempts = 0;
  while (window.account.settled < 16) {
    assert.ok(attempts++ < 100, "the search for the poison ends");
    const taken = takeAll(window);
    const suspects = taken.filter(({ pending }) => pending.crashes >= 2);
    if (suspects.length > 0) assert.equal(taken.length, 1, "a suspect goes out alone");
    for (const { pending, delivery } of taken) {
      const holdsPoison = pending.batch.rows.some((row) => row.row === poison + 1);
      if (holdsPoison) delivery.fail(new Error("converter died"));
      else deliver(delivery, { rows: pending.batch.rows.length, acknowledge: () => true });
    }
    for (const { pending } of [...window.refused()]) window.deadLettersStored(pending);
  }
  const totals = window.account.totals();
  assert.equal(totals.acked, 15);
  assert.deepEqual(totals.dead_letter_reasons, { poison_row: 1 });
  assert.equal(window.books.frontier?.row, 16);
});

Deno.test("DeliveryWindow suspects no row because of a producer that dies, however often", () => {
  const { window } = windowOf({ maxAttempts: 1 });
  admit(window, trades(1, 0));
  const causes = [
    new Error("a bug of the client"),
    new ActorRestartedError("root/producers/t", 1, { cause: new Error("killed") }),
    new OutOfSequenceError("order"),
  ];
  for (let round = 0; round < 30; round++) {
    const [only] = takeAll(window);
    assert.equal(only?.pending.crashes, 0);
    deliver(only.delivery, { rows: 1, acknowledge: () => false, cause: causes[round % causes.length] });
  }
  assert.deepEqual([...window.refused(), ...window.doubts()], []);
});

Deno.test("DeliveryWindow suspects no row because of a converter that is stopped or started together with others", () => {
  const { window } = windowOf({ maxAttempts: 1 });
  admit(window, trades(1, 0));
  const causes = [
    new ActorStoppedError("root/converters/converter", "shutdown"),
    new ActorRestartedError("root/converters/converter", 1),
    new ActorRestartedError("root/converters/converter", 2, { cause: new ShutdownTimeoutError("converter", 5_000) }),
  ];
  for (const cause of causes) takeAll(window)[0]?.delivery.fail(cause);
  assert.equal(takeAll(window)[0]?.pending.crashes, 0);
});

/** A window whose only row was given to a client as both versions, and then crashed the converter until it was suspected. */
function suspected(
  { origin = null, ...options }: { onReceipt?: (acknowledged: RowAcknowledged) => void; origin?: Uint8Array | null } =
    {},
) {
  const { window } = windowOf({ maxAttempts: 1, ...options });
  const row = trades(1, 0);
  window.resume({ position: row.from, settled: new SettledRows(), written: null, origin });
  admit(window, row, [target("v1"), target("v2")]);
  const [first] = takeAll(window);
  assert.ok(first);
  const [v1, v2] = [first.delivery.openPart(0, "v1", 1), first.delivery.openPart(1, "v2", 1)];
  first.delivery.finish();
  for (const part of [v1, v2]) {
    part.sending([0]);
    part.fail(new Error("the producer died"));
  }
  for (let crash = 0; crash < 2; crash++) takeAll(window)[0]?.delivery.fail(new Error("the converter died"));
  return window;
}

Deno.test("DeliveryWindow condemns a row that was sent only where its topic does not have it", () => {
  const receipts: RowAcknowledged[] = [];
  const window = suspected({ onReceipt: (acknowledged) => receipts.push(acknowledged) });
  assert.deepEqual([...window.refused()], [], "nothing is said before the topics were asked");
  assert.deepEqual([window.inFlight, takeAll(window).length], [true, 0]);
  const [v1, v2] = [...window.doubts()];
  assert.ok(v1 && v2);
  assert.deepEqual([v1.target.version, v2.target.version, v1.messageId], ["v1", "v2", messageId(1)]);
  window.answered(v2, { partition: 3, offset: 7n });
  assert.deepEqual([...window.refused()], [], "one topic is not asked yet");
  assert.deepEqual([...window.doubts()].map(({ at }) => at), [0]);
  window.answered(v1, null);
  const [{ refusals } = { refusals: [] }] = [...window.refused()];
  assert.deepEqual(refusals.map(({ target, rule }) => [target, rule]), [[0, "poison_row"]]);
  assert.deepEqual(receipts.map(({ receipt, target: { version } }) => [version, receipt]), [
    ["v2", { topic: "market.equities.trades.asx.v2", partition: 3, offset: 7n }],
  ]);
});

Deno.test("DeliveryWindow asks for the record that names the suspected row, if records name any", () => {
  const origin = Uint8Array.fromHex("0123456789abcdef");
  const sourcesOf = (window: DeliveryWindow) => [...window.doubts()].map(({ source }) => source);
  assert.deepEqual(sourcesOf(suspected()), [null, null]);
  const source = { origin: "0123456789abcdef", row: 1 };
  assert.deepEqual(sourcesOf(suspected({ origin })), [source, source]);
});

Deno.test("DeliveryWindow settles a suspected row that every topic has", () => {
  const window = suspected();
  for (const doubt of [...window.doubts()]) window.answered(doubt, { partition: 0, offset: 1n });
  assert.equal(window.unsettledRows, 0);
  assert.equal(window.account.totals().acked, 1);
});

Deno.test("DeliveryWindow says nothing of a suspected row whose topic cannot be asked", () => {
  const window = suspected();
  const [doubt] = window.doubts();
  assert.ok(doubt);
  window.unanswerable(doubt);
  assert.deepEqual([...window.refused(), ...window.doubts()], []);
  assert.deepEqual([...window.rowsInDoubt()], [1]);
  assert.equal(window.inFlight, false, "a source that stops does not wait for it");
});

Deno.test("DeliveryWindow.rowsInDoubt() has the rows that were given to a client, and those that one of two topics has", () => {
  const { window } = windowOf();
  admit(window, trades(4, 0), [target("v1"), target("v2")]);
  const [only] = takeAll(window);
  assert.ok(only);
  const part = only.delivery.openPart(0, "v1", 4);
  part.sending([1]);
  part.acknowledge([3], 0, 0n);
  part.fail(new Error("the producer died"));
  only.delivery.finish();
  assert.deepEqual([...window.rowsInDoubt()], [2, 4]);
});

Deno.test("DeliveryWindow keeps what was sent of each half when it halves a suspect", () => {
  const { window } = windowOf({ maxAttempts: 1 });
  admit(window, trades(2, 0));
  const [first] = takeAll(window);
  assert.ok(first);
  const part = first.delivery.openPart(0, "t", 2);
  part.sending([1]);
  part.fail(new Error("the producer died"));
  first.delivery.fail(new Error("the converter died"));
  takeAll(window)[0]?.delivery.fail(new Error("it died again"));
  assert.deepEqual([...window.rowsInDoubt()], [2]);
});

Deno.test("DeliveryWindow keeps each half's own refusals when it halves a suspect", () => {
  const { window } = windowOf({ maxAttempts: 1 });
  admit(window, trades(4, 0));
  const [first] = takeAll(window);
  assert.ok(first);
  first.delivery.refuse({ index: 0, target: 0, rule: "empty", reason: "" });
  first.delivery.refuse({ index: 3, target: 0, rule: "lossy", reason: "" });
  first.delivery.fail(new Error("converter died"));
  takeAll(window)[0]?.delivery.fail(new Error("converter died again, alone"));
  const refused: [number | undefined, string][] = [];
  for (let half = 0; half < 2; half++) {
    const [taken] = takeAll(window);
    assert.ok(taken);
    deliver(taken.delivery, { rows: 2, acknowledge: () => true });
    for (const { pending, refusals } of [...window.refused()]) {
      refused.push(...refusals.map(({ index, rule }): [number | undefined, string] => [
        pending.batch.rows[index]?.row,
        rule,
      ]));
      window.deadLettersStored(pending);
    }
  }
  assert.deepEqual(refused, [[1, "empty"], [4, "lossy"]]);
  assert.deepEqual(window.account.totals().dead_letter_reasons, { empty: 1, lossy: 1 });
  assert.equal(window.account.settled, 4);
});

Deno.test("DeliveryWindow has room again when the only batch in it was condemned and stored", () => {
  const { window } = windowOf({ maxAttempts: 1 });
  admit(window, trades(1, 0));
  for (let attempt = 0; attempt < 2; attempt++) {
    for (const { delivery } of takeAll(window)) delivery.fail(new Error("converter died"));
  }
  const [condemned] = window.refused();
  assert.ok(condemned);
  assert.equal(window.room, 0, "its dead letters are not stored yet");
  window.deadLettersStored(condemned.pending);
  assert.equal(window.recovering, false, "there is nothing left to send again");
  assert.equal(window.room, 100);
  admit(window, trades(1, 1));
  const [next] = takeAll(window);
  assert.deepEqual([next?.place.run, next?.place.index], [3, 0], "what comes next starts a new run all the same");
});

Deno.test("DeliveryWindow settles refused rows only when their dead letters are stored", () => {
  const { window } = windowOf();
  const pending = admit(window, trades(2, 0), [target("v1"), target("v2")]);
  const [only] = takeAll(window);
  assert.ok(only);
  only.delivery.refuse({ index: 1, target: 0, rule: "lossy", reason: "v1 has six decimals" });
  const v1 = only.delivery.openPart(0, "t1", 1);
  const v2 = only.delivery.openPart(1, "t2", 2);
  only.delivery.finish();
  v1.acknowledge([0], 0, 0n);
  v2.acknowledge([0], 0, 0n);
  v2.acknowledge([1], 0, 1n);
  assert.equal(window.account.settled, 0);
  assert.equal([...window.refused()].length, 1);
  window.deadLettersStored(pending);
  const totals = window.account.totals();
  assert.deepEqual(totals.versions, {
    v1: { acked: 1, dead_lettered: 1, duplicates_skipped: 0 },
    v2: { acked: 2, dead_lettered: 0, duplicates_skipped: 0 },
  });
  assert.equal(totals.acked, 1, "a row counts as acked when every target has it");
  assert.equal(totals.dead_lettered, 1);
  assert.equal(totals.lost, 0);
});

Deno.test("DeliveryWindow accounts for every row exactly once, with failures in any order", () => {
  fc.assert(fc.property(
    fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 99 })),
    (sizes, dice) => {
      const { window } = windowOf({ maxAttempts: 3, windowRows: 1000 });
      const roll = () => dice.next().value as number;
      let row = 0;
      let end: SourcePosition | null = null;
      for (const size of sizes) {
        const batch = trades(size, row);
        admit(window, batch);
        end = batch.next;
        row += size;
      }
      window.markEnd({ exhausted: true });
      const acknowledged = new Map<number, number>();
      for (let round = 0; round < 400 && !window.complete; round++) {
        const order = takeAll(window);
        for (const { pending, delivery } of roll() < 50 ? order : order.reverse()) {
          deliver(delivery, {
            rows: pending.batch.rows.length,
            acknowledge: (index) => {
              if (roll() < 20) return false;
              const number = pending.batch.rows[index]?.row ?? 0;
              acknowledged.set(number, (acknowledged.get(number) ?? 0) + 1);
              return true;
            },
            cause: roll() < 50 ? new Error("crash") : new OutOfSequenceError("order"),
            died: roll() < 50 ? "converter" : "producer",
          });
        }
        for (const { pending } of [...window.refused()]) window.deadLettersStored(pending);
      }
      assert.ok(window.complete);
      assert.ok([...acknowledged.values()].every((times) => times === 1), "no row twice");
      const totals = window.account.totals();
      assert.equal(totals.read, row);
      assert.equal(totals.lost, 0);
      assert.equal(totals.acked, acknowledged.size);
      assert.equal(window.books.frontier, end);
    },
  ));
});

Deno.test("DeliveryWindow does not send rows that a topic has, and keeps where they are for the checkpoint", () => {
  const { window } = windowOf({ checkpointed: true });
  const place = (row: number) => ({ before: false, place: { partition: row % 2, offset: BigInt(row) } });
  const rows = new Map([[messageId(2), place(2)], [messageId(5), place(5)]]);
  const start = trades(1, 0).from;
  const written: AlreadyWritten = {
    lastRow: 5,
    firstReused: null,
    furthestRow: 0,
    take: ({ version }, { messageId }) => version === "v2" ? rows.get(messageId ?? "") ?? null : null,
  };
  window.resume({ position: start, settled: new SettledRows(), written, origin: null });
  const batches = [trades(3, 0), trades(3, 3), trades(3, 6)];
  for (const batch of batches) admit(window, batch, [target("v1"), target("v2")]);
  rows.set(messageId(8), place(8));
  const taken = takeAll(window);
  assert.deepEqual(
    taken.map(({ delivery }) => delivery.record.states.map((states) => [...states].join(""))),
    [["000", "010"], ["000", "010"], ["000", "000"]],
    "nothing is asked for rows after the last one that was sent",
  );
  for (const { delivery } of taken) deliver(delivery, { rows: 3, acknowledge: (row) => row !== 1, cause: new Error() });
  assert.equal(window.books.frontier?.row, 0);
  for (const { delivery } of takeAll(window)) deliver(delivery, { rows: 3, acknowledge: () => true });
  assert.equal(window.books.frontier?.row, 9);
  assert.equal(window.books.settled?.counts.acked, 9);
  assert.deepEqual([...window.books.settled?.marksOf("market.equities.trades.asx.v2").entries() ?? []].sort(), [
    [0, 3n],
    [1, 6n],
  ]);
});

Deno.test("DeliveryWindow counts rows as skipped that a topic had before the load began", () => {
  const { window } = windowOf({ checkpointed: true });
  const written: AlreadyWritten = {
    lastRow: Infinity,
    firstReused: null,
    furthestRow: 0,
    take: (_, { row }) => row === 1 ? { before: true, place: null } : null,
  };
  window.resume({ position: trades(1, 0).from, settled: new SettledRows(), written, origin: null });
  admit(window, trades(2, 0));
  const [only] = takeAll(window);
  assert.ok(only);
  deliver(only.delivery, { rows: 2, acknowledge: () => true });
  assert.partialDeepStrictEqual(window.account.totals(), { read: 2, acked: 1, duplicates_skipped: 1, lost: 0 });
});

Deno.test("DeliveryWindow tells of each batch which rows of which load it has, also of halves and of rows in columns", async () => {
  const { window } = windowOf({ checkpointed: true, maxAttempts: 1 });
  const origin = Uint8Array.fromHex("0123456789abcdef");
  const start = trades(1, 6).next;
  window.resume({ position: start, settled: new SettledRows(), written: null, origin });
  admit(window, trades(5, 7));
  for (const firstRows of [[8], [8], [8]]) {
    const taken = takeAll(window);
    assert.deepEqual(taken.map(({ from }) => from), firstRows.map((firstRow) => ({ origin, firstRow })));
    for (const { delivery } of taken) delivery.fail(new Error("crash"));
  }
  await Promise.resolve();
  const seen: number[] = [];
  for (let rounds = 0; window.unsettledRows > 0; rounds++) {
    assert.ok(rounds < 50);
    for (const { from, pending: { batch }, delivery } of takeAll(window)) {
      assert.ok(from !== null && "origin" in from);
      batch.rows.forEach(({ row }, index) => assert.equal(from.firstRow + index, row));
      seen.push(...batch.rows.map(({ row }) => row));
      deliver(delivery, { rows: batch.rows.length, acknowledge: () => true });
    }
  }
  assert.deepEqual(seen, [8, 9, 10, 11, 12]);
});

Deno.test("DeliveryWindow.admit() takes nothing of a batch whose row is another one in the topic", () => {
  const { window } = windowOf({ checkpointed: true });
  const take = (_: unknown, { row, messageId }: SoughtRow) => {
    if (row === 2) throw new RowConflictError("topic", { row, messageId }, "another");
    return null;
  };
  window.resume({
    position: trades(1, 0).from,
    settled: new SettledRows(),
    written: { lastRow: 9, furthestRow: 0, firstReused: null, take },
    origin: null,
  });
  assert.throws(() => admit(window, trades(3, 0)), RowConflictError);
  assert.deepEqual([window.unsettledRows, window.account.read, window.readPosition?.row], [0, 0, 0]);
});

Deno.test("DeliveryWindow accounts for exactly the rows before its frontier, however batches settle and are halved", () => {
  const shape = fc.record({
    sizes: fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 6 }),
    poison: fc.integer({ min: 1, max: 36 }),
    order: fc.infiniteStream(fc.nat(100)),
  });
  fc.assert(fc.property(shape, ({ sizes, poison, order }) => {
    const { window } = windowOf({ checkpointed: true, maxAttempts: 1 });
    window.resume({ position: trades(1, 0).from, settled: new SettledRows(), written: null, origin: null });
    let row = 0;
    for (const size of sizes) row = admit(window, trades(size, row)).batch.next.row;
    window.markEnd({ exhausted: true });
    for (let rounds = 0; !window.complete; rounds++) {
      assert.ok(rounds < 200, "it comes to an end");
      const taken = takeAll(window);
      for (let left = taken.length; left > 0; left--) {
        const [one] = taken.splice((order.next().value ?? 0) % left, 1);
        assert.ok(one);
        const { pending: { batch }, delivery } = one;
        const crashes = batch.rows.some((each) => each.row === poison);
        deliver(delivery, {
          rows: batch.rows.length,
          acknowledge: (index) => !crashes || index % 2 === 0 && batch.rows[index]?.row !== poison,
          died: "converter",
        });
        assert.equal(window.books.settled?.counts.settled, window.books.frontier?.row);
      }
      for (const { pending } of [...window.refused()]) {
        const [letter] = pending.batch.rows;
        assert.ok(letter);
        window.deadLettersStored(pending, [letterOf(letter.row)]);
        assert.equal(window.books.settled?.counts.settled, window.books.frontier?.row);
      }
      const beyond = window.books.settled?.letters.filter(({ row }) => row > (window.books.frontier?.row ?? 0));
      assert.deepEqual(beyond, [], "no letter of a row after it");
    }
    assert.equal(window.books.frontier?.row, row);
    assert.equal(window.books.settled?.letters.length, poison <= row ? 1 : 0);
  }));
});
