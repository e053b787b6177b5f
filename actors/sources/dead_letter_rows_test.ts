import assert from "node:assert/strict";
import type { BadRow, RowSource } from "../../sources/source.ts";
import { ArraySource } from "../../tests/support/array_source.ts";
import { target, trades } from "../../tests/support/trades.ts";
import { deadLettersOf } from "./dead_letter_rows.ts";
import type { Refusal } from "../delivery/delivery.ts";
import type { PendingBatch } from "../delivery/pending_batch.ts";

const source: RowSource = new ArraySource([], { id: "trades:/data/7078.csv" });
const bad: BadRow = {
  ok: false,
  row: 3,
  line: 4,
  offset: 30,
  length: 9,
  rule: "not_a_number",
  reason: "price is not a number",
};

function pending(refusals: Refusal[]): PendingBatch {
  const batch = { ...trades(3, 0), rows: [...trades(2, 0).rows, bad] };
  const targets = [target("v1"), target("v2")];
  const states = targets.map(() => new Uint8Array(3));
  const record = { rows: 3, states, refusals };
  return {
    batch,
    firstRow: 1,
    epoch: 1,
    targets,
    record,
    readAt: 0,
    rowsBefore: 0,
    next: batch.next,
    settled: null,
    crashes: 0,
    state: "storing",
  };
}

const refusal = (index: number, at: number, rule: string): Refusal => ({ index, target: at, rule, reason: `${rule}!` });

Deno.test("deadLettersOf() says where a bad row stood, which rule it broke and what its bytes were, once", () => {
  const letters = deadLettersOf(source, pending([refusal(2, 0, "not_a_number"), refusal(2, 1, "not_a_number")]), {
    now: 77,
    origin: "00000000000000aa",
  });
  assert.deepEqual(letters, [{
    source: "trades:/data/7078.csv",
    file: "trades:/data/7078.csv",
    dataType: "trades",
    row: 3,
    line: 4,
    offset: 30,
    header: null,
    origin: "00000000000000aa",
    length: 9,
    bytes: new TextEncoder().encode("row 3"),
    stage: "receiving",
    rule: "not_a_number",
    reason: "not_a_number!",
    messageId: null,
    recordedAt: 77,
    schemaVersion: null,
    versions: "both",
  }]);
});

Deno.test("deadLettersOf() gives a letter for each version that a good row cannot be written as", () => {
  const letters = deadLettersOf(
    source,
    pending([refusal(0, 0, "lossy"), refusal(1, 0, "lossy"), refusal(1, 1, "x")]),
    { now: 0, origin: null },
  );
  assert.deepEqual(letters.map(({ row, schemaVersion, stage }) => [row, schemaVersion, stage]), [
    [1, "v1", "processing"],
    [2, "v1", "processing"],
    [2, "v2", "processing"],
  ]);
  assert.ok(letters.every(({ messageId }) => messageId !== null));
});

Deno.test("deadLettersOf() tells rows that the log or a crash refused from those that conversion did", () => {
  const rules = ["message_too_large", "poison_row", "lossy"];
  const stages = rules.map((rule) =>
    deadLettersOf(source, pending([refusal(0, 1, rule)]), { now: 0, origin: null })[0]?.stage
  );
  assert.deepEqual(stages, ["sending", "sending", "processing"]);
});

Deno.test("deadLettersOf() gives a bad row a letter for the version alone whose topic lacks it", () => {
  const letters = deadLettersOf(source, pending([refusal(2, 0, "not_a_number")]), { now: 0, origin: null });
  assert.deepEqual(letters.map(({ row, schemaVersion, stage }) => [row, schemaVersion, stage]), [[
    3,
    "v1",
    "receiving",
  ]]);
});
