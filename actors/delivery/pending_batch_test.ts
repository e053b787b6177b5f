import assert from "node:assert/strict";
import { target, trades } from "../../tests/support/trades.ts";
import { ROW } from "./delivery.ts";
import { PartitionMarks } from "./partition_marks.ts";
import { keepMarks, outcomeOf, partOf, type PendingBatch, refuseBadRows } from "./pending_batch.ts";
import { SettledRows } from "./settled_rows.ts";

const { pending: open, acknowledged, refused } = ROW;

function pendingBatch(): PendingBatch {
  const batch = trades(4, 10);
  return {
    batch,
    firstRow: 11,
    epoch: 1,
    targets: [target("v1"), target("v2")],
    record: {
      rows: 4,
      states: [Uint8Array.of(open, refused, acknowledged, refused), Uint8Array.of(acknowledged, open, open, refused)],
      refusals: [
        { index: 3, target: 0, rule: "c", reason: "" },
        { index: 1, target: 0, rule: "a", reason: "" },
        { index: 3, target: 1, rule: "b", reason: "" },
      ],
      marks: [new PartitionMarks(), new PartitionMarks()],
    },
    readAt: 3,
    rowsBefore: 0,
    next: batch.next,
    settled: new SettledRows(),
    crashes: 0,
    state: "queued",
  };
}

Deno.test("partOf() takes rows with their states, refusals and bytes", () => {
  const whole = pendingBatch();
  const [first, second] = [partOf(whole, 0, 2), partOf(whole, 2, 4)];
  assert.deepEqual([first, second].map(({ batch }) => batch.rows.map(({ row }) => row)), [[11, 12], [13, 14]]);
  assert.deepEqual(first.states, [Uint8Array.of(open, refused), Uint8Array.of(acknowledged, open)]);
  assert.deepEqual(second.states, [Uint8Array.of(acknowledged, refused), Uint8Array.of(open, refused)]);
  assert.deepEqual(first.refusals, [{ index: 1, target: 0, rule: "a", reason: "" }]);
  assert.deepEqual(second.refusals.map(({ index, rule }) => [index, rule]), [[1, "c"], [1, "b"]]);
  const [, last] = second.batch.rows;
  assert.ok(last);
  assert.equal(new TextDecoder().decode(second.batch.raw(last)), "row 14");
  whole.record.states[0]?.fill(acknowledged);
  assert.deepEqual(first.states[0], Uint8Array.of(open, refused), "what settles later is not its own");
});

Deno.test("keepMarks() gives each topic's offsets to the checkpoint", () => {
  const { targets, record, ...rest } = pendingBatch();
  const settled = new SettledRows();
  record.marks?.[0]?.raise(2, 5n);
  record.marks?.[1]?.raise(0, 0n);
  keepMarks({ targets, record, ...rest, settled });
  assert.deepEqual([...settled.marksOf(target("v1").topic).entries()], [[2, 6n]]);
  assert.deepEqual([...settled.marksOf(target("v2").topic).entries()], [[0, 1n]]);
});

Deno.test("outcomeOf() names topic and version beside the states", () => {
  const whole = pendingBatch();
  const { targets, readAt, settledAt } = outcomeOf(whole, 8);
  assert.deepEqual([readAt, settledAt], [3, 8]);
  assert.deepEqual(targets.map(({ version, topic }) => [version, topic]), [
    ["v1", target("v1").topic],
    ["v2", target("v2").topic],
  ]);
  assert.equal(targets[1]?.states, whole.record.states[1]);
});

Deno.test("refuseBadRows() refuses what is no record for each target that does not have it, and nothing twice", () => {
  const { batch: { rows, ...about }, record } = pendingBatch();
  const bad = { ok: false, row: 12, line: 12, offset: 120, length: 9, rule: "bad_date", reason: "no date" } as const;
  const batch = { ...about, rows: rows.with(0, { ...bad, row: 11 }).with(1, bad) };
  record.refusals.length = 0;
  refuseBadRows({ batch, record });
  refuseBadRows({ batch, record });
  assert.deepEqual(record.states.map(([first, second]) => [first, second]), [[refused, refused], [
    acknowledged,
    refused,
  ]]);
  assert.deepEqual(record.refusals.map(({ index, target, rule, reason }) => [index, target, rule, reason]), [
    [0, 0, "bad_date", "no date"],
    [1, 1, "bad_date", "no date"],
  ]);
});
