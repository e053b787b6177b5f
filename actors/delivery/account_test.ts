import assert from "node:assert/strict";
import type { BadRow } from "../../sources/source.ts";
import { letterOf as letterAt } from "../../tests/support/checkpoints.ts";
import { trades } from "../../tests/support/trades.ts";
import { Account, type BatchOutcome } from "./account.ts";
import { type Refusal, ROW } from "./delivery.ts";

const { acknowledged, refused } = ROW;

function outcome(options: {
  states: readonly (readonly number[])[];
  refusals?: readonly Refusal[];
  readAt?: number;
  settledAt?: number;
}): BatchOutcome {
  const rows = options.states[0]?.length ?? 0;
  return {
    batch: trades(rows, 0),
    targets: options.states.map((states, at) => ({
      topic: `topic-v${at + 1}`,
      version: at === 0 ? "v1" : "v2",
      states: Uint8Array.from(states),
    })),
    refusals: options.refusals ?? [],
    readAt: options.readAt ?? 0,
    settledAt: options.settledAt ?? 0,
  };
}

Deno.test("Account counts a row as acked when every target has it, else as dead-lettered, once", () => {
  const account = new Account();
  account.countRead(4);
  account.countSettled(outcome({
    states: [[acknowledged, refused, acknowledged, refused], [acknowledged, acknowledged, refused, refused]],
    refusals: [
      { index: 1, target: 0, rule: "lossy", reason: "" },
      { index: 2, target: 1, rule: "message_too_large", reason: "" },
      { index: 3, target: 0, rule: "not_a_number", reason: "" },
      { index: 3, target: 1, rule: "not_a_number", reason: "" },
    ],
  }));
  const totals = account.totals();
  assert.deepEqual([totals.read, totals.acked, totals.dead_lettered, totals.lost], [4, 1, 3, 0]);
  assert.deepEqual(totals.versions, {
    v1: { acked: 2, dead_lettered: 2, duplicates_skipped: 0 },
    v2: { acked: 2, dead_lettered: 2, duplicates_skipped: 0 },
  });
  assert.deepEqual(totals.topics, { "topic-v1": 2, "topic-v2": 2 });
  assert.deepEqual(totals.days, { "2014-03-10": 1 });
  assert.deepEqual(totals.dead_letter_reasons, { lossy: 1, message_too_large: 1, not_a_number: 1 });
  assert.equal(account.settled, 4);
});

Deno.test("Account has a row that is neither acknowledged nor dead-lettered as lost", () => {
  const account = new Account();
  account.countRead(5);
  account.countSettled(outcome({ states: [[acknowledged, acknowledged]] }));
  assert.equal(account.totals().lost, 3);
});

Deno.test("Account lasts from the first source opened to the last row settled", () => {
  const account = new Account();
  assert.deepEqual([account.openedAt, account.durationMs], [Infinity, 0]);
  account.countOpened(200);
  account.countOpened(300);
  assert.equal(account.durationMs, 0, "nothing has settled");
  account.countSettled(outcome({ states: [[acknowledged]], settledAt: 900 }));
  account.countSettled(outcome({ states: [[acknowledged]], settledAt: 700 }));
  assert.deepEqual([account.openedAt, account.durationMs], [200, 700]);
});

Deno.test("Account.merge() is the account of both", () => {
  const both = new Account();
  const parts = [new Account(), new Account()];
  for (const [at, account] of parts.entries()) {
    for (const counted of [account, both]) {
      counted.countOpened(100 * (at + 1));
      counted.countRead(3);
      counted.countSettled(outcome({
        states: [[acknowledged, refused, acknowledged]],
        refusals: [{ index: 1, target: 0, rule: at === 0 ? "lossy" : "empty", reason: "" }],
        readAt: 0,
        settledAt: 1000 * (at + 1),
      }));
    }
  }
  const { kind, rows: [row] } = trades(1, 0);
  assert.ok(row?.ok);
  const about = { topic: "topic-v2", version: "v2", kind, source: "a.csv", row: 1, place: null } as const;
  const example = { ...about, messageId: row.messageId, record: row.record };
  for (const account of [both, ...parts]) {
    account.countIdReused(account === both ? 4 : 2, account === parts[0] ? null : example);
  }
  const sum = new Account();
  for (const account of parts) sum.merge(account);
  assert.equal(sum.firstReused, example);
  assert.deepEqual(sum.totals(), both.totals());
  assert.equal(sum.totals().id_reused, 4);
  assert.deepEqual([sum.durationMs, sum.settled, sum.deadLettered], [both.durationMs, 6, 2]);
  assert.deepEqual(parts[0]?.totals().read, 3, "the parts stay as they are");
});

Deno.test("Account knows no trade date of a bad row", () => {
  const account = new Account();
  const bad: BadRow = { ok: false, row: 1, line: 1, offset: 0, length: 1, rule: "not_a_number", reason: "" };
  account.countRead(1);
  account.countSettled({ ...outcome({ states: [[refused]] }), batch: { ...trades(1, 0), rows: [bad] } });
  assert.deepEqual([account.totals().days, account.totals().dead_lettered], [{}, 1]);
});

Deno.test("Account measures from read to settled, by rows", () => {
  const account = new Account();
  account.countSettled(outcome({ states: [Array(99).fill(acknowledged)], readAt: 10, settledAt: 20 }));
  account.countSettled(outcome({ states: [[acknowledged]], readAt: 0, settledAt: 1000 }));
  const { p50, p99 } = account.totals().latency_ms;
  assert.ok(p50 > 9 && p50 < 11 && p99 > 9 && p99 < 11, `${p50} ${p99}`);
});

Deno.test("Account takes back letters that are not on disk, and names what has not settled", () => {
  const account = new Account();
  account.countRead(6);
  account.countSettled(outcome({
    states: [[acknowledged, refused, refused], [acknowledged, acknowledged, refused]],
    refusals: [
      { index: 1, target: 0, rule: "lossy", reason: "" },
      { index: 2, target: 0, rule: "empty", reason: "" },
      { index: 2, target: 1, rule: "empty", reason: "" },
    ],
  }));
  const letter = { ...letterAt(2), rule: "lossy", schemaVersion: "v1", versions: "both" } as const;
  account.takeBack([
    letter,
    { ...letter, row: 3, rule: "empty", schemaVersion: "v1" },
    { ...letter, row: 3, rule: "empty", schemaVersion: "v2" },
  ]);
  account.leaveUnsettled();
  const totals = account.totals();
  const { read, acked, dead_lettered, not_settled, lost } = totals;
  assert.deepEqual({ read, acked, dead_lettered, not_settled, lost }, {
    read: 6,
    acked: 1,
    dead_lettered: 0,
    not_settled: 5,
    lost: 0,
  });
  assert.deepEqual(totals.versions, {
    v1: { acked: 1, dead_lettered: 0, duplicates_skipped: 0 },
    v2: { acked: 2, dead_lettered: 0, duplicates_skipped: 0 },
  });
  assert.deepEqual(totals.dead_letter_reasons, {});
});
