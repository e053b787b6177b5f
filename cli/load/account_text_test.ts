import assert from "node:assert/strict";
import { accountLines, type AccountReport } from "./account_text.ts";
import type { ReusedExample } from "./reused_example.ts";

const REPORT: AccountReport = {
  schema_version: "v2",
  read: 1_200,
  acked: 1_190,
  dead_lettered: 7,
  duplicates_skipped: 3,
  id_reused: 0,
  not_settled: 0,
  lost: 0,
  versions: {},
  latency_ms: { p50: 2, p99: 9 },
  topics: { "market.equities.trades.asx": 1_190 },
  days: {},
  dead_letter_reasons: { not_a_number: 7 },
  seconds: 1.5,
  startup_seconds: 0.25,
  records_per_second: 793,
  interrupted: false,
  held_back: [],
  stopped: [],
};

Deno.test("accountLines() says what became of every row, by topic and by rule", () => {
  assert.deepEqual(accountLines(REPORT), [
    "1,200 rows read = 1,190 acknowledged + 7 dead-lettered + 3 duplicates skipped",
    "1.50 s, 793 records/s, from read to acknowledged p50 2 ms, p99 9 ms (before that 0.25 s to start)",
    "  market.equities.trades.asx: 1,190 records",
    "  dead letters, not_a_number: 7",
  ]);
});

Deno.test("accountLines() gives no rate without rows, and one row is one row", () => {
  assert.deepEqual(
    accountLines({
      ...REPORT,
      read: 0,
      acked: 0,
      dead_lettered: 0,
      duplicates_skipped: 0,
      topics: {},
      dead_letter_reasons: {},
    }),
    [
      "0 rows read = 0 acknowledged + 0 dead-lettered + 0 duplicates skipped",
    ],
  );
  assert.match(accountLines({ ...REPORT, read: 1 })[0] ?? "", /^1 row read = /);
});

Deno.test("accountLines() names loudly the rows that are not accounted for", () => {
  assert.match(accountLines({ ...REPORT, lost: 2 })[0] ?? "", / \+ 2 NOT ACCOUNTED FOR$/);
});

Deno.test("accountLines() says what earlier runs have done, and that an interrupted load is incomplete", () => {
  const counts = { acked: 0, dead_lettered: 0, duplicates_skipped: 0 };
  const file = { offset: 9, found: 0, already_loaded: false, ...counts };
  const lines = accountLines({
    ...REPORT,
    resumed_from: [
      { ...file, source: "a.csv", row: 4_000 },
      { ...file, source: "b.csv", row: 10, found: 1_500 },
      { ...file, source: "c.csv", row: 2_000, already_loaded: true },
    ],
    interrupted: true,
  });
  assert.deepEqual(lines.slice(4), [
    "a.csv: earlier runs had loaded 4,000 rows",
    "b.csv: earlier runs had loaded 10 rows; 1,500 rows after that were found in the topics, and count as acknowledged",
    "c.csv: already loaded, 2,000 rows",
    "Interrupted: what was under way has settled, the rest of the files was not read.",
  ]);
});

Deno.test("accountLines() says that rows were written whose ids the topics had with other content", () => {
  assert.deepEqual(accountLines({ ...REPORT, id_reused: 1_020 }).slice(-1), [
    "1,020 rows have an id that the topics had with other content only, and are written too: rows that were corrected, " +
    "or ids that begin again. Both records stay; the header src tells them apart.",
  ]);
  const example = { message_id: "ID", source: "trades:/b.csv", row: 7, topic: "t", partition: 3, offset: 12 };
  const differs = { price: { row: "2", there: "1" }, currency: { row: "AUD", there: "USD" } };
  const shown = (differs: ReusedExample["differs"]) =>
    accountLines({ ...REPORT, id_reused: 1, id_reused_example: { ...example, differs } }).at(-1);
  assert.equal(
    shown(differs),
    "For example ID: row 7 of trades:/b.csv says price 2, currency AUD, partition 3 of t has it at offset 12 with price " +
      "1, currency USD.",
  );
  assert.equal(
    shown({}),
    "For example ID: row 7 of trades:/b.csv, partition 3 of t has it at offset 12.",
    "which could not be read",
  );
});
