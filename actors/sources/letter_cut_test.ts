import assert from "node:assert/strict";
import type { BadRow, SourceRow } from "../../sources/source.ts";
import { ArraySource } from "../../tests/support/array_source.ts";
import { letterOf } from "../../tests/support/checkpoints.ts";
import { target, trades } from "../../tests/support/trades.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";
import { systemClock } from "../../kernel/clock.ts";
import { LetterCut, type LetterCutMessage } from "./letter_cut.ts";
import { TooManyDeadLettersError } from "../delivery/letter_limit.ts";
import { SettledRows } from "../delivery/settled_rows.ts";

const bad = (row: number): BadRow => ({
  ok: false,
  row,
  line: row,
  offset: row * 10,
  length: 5,
  rule: "bad_date",
  reason: "so",
});

/** Rows of which those with these numbers are bad. */
function rowsOf(count: number, badRows: readonly number[]): SourceRow[] {
  return trades(count, 0).rows.map((row) => badRows.includes(row.row) ? bad(row.row) : row);
}

interface Bench {
  readonly window: DeliveryWindow;
  readonly cut: LetterCut;
  readonly letters: number[];
  /** Everything has an answer: good rows are acknowledged at offset 100 + row, bad ones refused. */
  settle(pending: PendingBatch): void;
  /** Stores what may be stored, as the actor does. */
  store(): void;
  /** Until nothing is left to be done. */
  finish(): Promise<void>;
}

/** Batches of ten rows, all sent, of a source that may have so many letters. */
async function bench(
  rows: readonly SourceRow[],
  { most, checkpointed = true }: { readonly most: number; readonly checkpointed?: boolean },
  run: (bench: Bench, batches: readonly PendingBatch[]) => Promise<void>,
): Promise<void> {
  const source = new ArraySource(rows);
  const window = new DeliveryWindow({
    source: "s",
    windowRows: 100,
    maxAttempts: 2,
    clock: systemClock,
    start: null,
    checkpointed,
  });
  const reader = await source.open();
  const first = await reader.next(10);
  assert.ok(first);
  if (checkpointed) window.resume({ position: first.from, settled: new SettledRows(), written: null, origin: null });
  window.attach({ changed: () => {}, returned: () => {} });
  for (let batch: typeof first | null = first; batch !== null; batch = await reader.next(10)) {
    window.admit(batch, { epoch: 1, targets: [target("v2")], readAt: 0 });
  }
  const taken: { readonly pending: PendingBatch; readonly delivery: Delivery }[] = [];
  for (let next = window.takeNext(); next !== null; next = window.takeNext()) taken.push(next);
  const found: Promise<LetterCutMessage>[] = [];
  const cut = new LetterCut({
    source,
    window,
    limit: ({ deadLettered }) => deadLettered > most ? new TooManyDeadLettersError("too many", most) : null,
    context: { pipeToSelf: (work, ok, failed) => void found.push(work.then(ok, failed)) },
  });
  const letters: number[] = [];
  const on: Bench = {
    window,
    cut,
    letters,
    settle(pending) {
      const delivery = taken.find((one) => one.pending === pending)?.delivery;
      assert.ok(delivery);
      pending.batch.rows.forEach((row, index) => {
        if (!row.ok) delivery.refuse({ index, target: 0, rule: row.rule, reason: row.reason });
      });
      const part = delivery.openPart(0, target("v2").topic, pending.batch.rows.filter(({ ok }) => ok).length);
      pending.batch.rows.forEach((row, index) => {
        if (row.ok) part.acknowledge([index], 0, BigInt(100 + row.row));
      });
      delivery.finish();
    },
    store() {
      for (const { pending } of [...window.refused()]) {
        if (!cut.allows(pending, [])) continue;
        const refused = pending.batch.rows.filter(({ ok }) => !ok).map(({ row }) => row);
        letters.push(...refused);
        window.deadLettersStored(pending, refused.map((row) => letterOf(row)));
      }
    },
    async finish() {
      for (cut.finish(); !cut.finished; cut.finish()) {
        for (const message of await Promise.all(found.splice(0))) cut.receive(message);
        on.store();
      }
    },
  };
  await run(on, taken.map(({ pending }) => pending));
}

Deno.test("LetterCut keeps the letters that a source may have, and its place before the next one", async () => {
  await bench(
    rowsOf(20, [3, 5, 7, 9]),
    { most: 2 },
    async ({ window, settle, store, finish, letters }, [first, second]) => {
      assert.ok(first && second);
      settle(first);
      settle(second);
      store();
      assert.equal(window.inFlight, false);
      await finish();
      assert.deepEqual([letters, window.books.frontier?.row, window.unsettledRows], [[3, 5], 6, 4]);
      assert.deepEqual(window.books.settled?.counts.stored().read, 6);
      assert.deepEqual(window.books.settled?.letters.map(({ row }) => row), [3, 5]);
      // Rows past that place are in the topic: they are looked for from before it on.
      assert.deepEqual(window.books.settled?.marksOf(target("v2").topic).raised([50n, 50n]), [50n, 50n]);
    },
  );
});

Deno.test("LetterCut cuts in the order of rows, not of refusals, and the account has what is kept", async () => {
  await bench(rowsOf(30, [2, 4, 12, 14, 16, 22]), { most: 3 }, async (on, [first, second, third]) => {
    assert.ok(first && second && third);
    const { window, settle, store, finish } = on;
    settle(second);
    store();
    settle(third);
    store();
    assert.deepEqual(on.letters, [12, 14, 16], "as many as it may have; the last batch is held");
    settle(first);
    store();
    await finish();
    assert.deepEqual(on.letters, [12, 14, 16, 2, 4]);
    assert.equal(window.books.frontier?.row, 9, "the first batch has none too many, and its last row stays");
    const inMemory = window.books.settled?.letters.map(({ row }) => row);
    assert.deepEqual(inMemory, [2, 4], "those of the second are not passed on");
    window.books.settled?.forgetLetters(window.books.settled.letters.slice(0, 2));
    window.closeAccount();
    const { read, acked, dead_lettered, not_settled, lost } = window.account.totals();
    assert.deepEqual([dead_lettered, read - acked - dead_lettered - not_settled, lost], [2, 0, 0]);
  });
});

Deno.test("LetterCut waits for no batch that came back, and leaves the place before it", async () => {
  await bench(rowsOf(20, [12, 13, 14]), { most: 1 }, async ({ window, settle, store, finish, letters }, [, second]) => {
    assert.ok(second);
    settle(second);
    store();
    await finish();
    assert.deepEqual([letters, window.books.frontier?.row], [[], 0]);
  });
});

Deno.test("LetterCut keeps the letters of a stream, which has no place to resume at", async () => {
  const rows = rowsOf(10, [3, 5, 7]);
  await bench(rows, { most: 2, checkpointed: false }, async ({ window, settle, store, finish, letters }, [only]) => {
    assert.ok(only);
    settle(only);
    store();
    await finish();
    assert.deepEqual([letters, window.account.deadLettered, window.unsettledRows], [[3, 5], 2, 4]);
  });
});
