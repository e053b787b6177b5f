import assert from "node:assert/strict";
import documentation from "../../docs/dead_letters.md" with { type: "text" };
import type { StoredDeadLetter } from "../../state/dead_letters.ts";
import { exportedIdentity, HEADER_PREFIX, letterRecord } from "./letter_record.ts";

const LETTER: StoredDeadLetter = {
  id: 42,
  source: "trades:/data/é.csv",
  dataType: "trades",
  row: 17,
  header: "timestamp,prix é",
  origin: "00000000000000aa",
  schemaVersion: "v1",
  versions: "both",
  retired: { at: Date.UTC(2014, 2, 11), why: "it was loaded again" },
  file: "é.csv",
  line: 18,
  offset: 640,
  length: 3,
  stage: "processing",
  rule: "lossy",
  reason: "The price has 7 decimals: 0.1234567 €.",
  bytes: Uint8Array.of(255, 0, 10),
  messageId: "01234567-89ab-8def-8123-456789abcdef",
  recordedAt: Date.UTC(2014, 2, 10, 3, 4, 5, 678),
  intact: true,
};
const OPTIONS = { exportId: "e1", timestamp: 1_700_000_000_000 };
const utf8 = new TextDecoder("utf-8", { fatal: true });

function headersOf(letter: StoredDeadLetter): Record<string, string> {
  const { headers = [] } = letterRecord(letter, OPTIONS);
  return Object.fromEntries(headers.map(([name, bytes]) => [name, utf8.decode(bytes)]));
}

Deno.test("letterRecord() has the original bytes as value, the letter's identity as key, and everything else in headers", () => {
  const { key, value, timestamp } = letterRecord(LETTER, OPTIONS);
  assert.deepEqual(value, Uint8Array.of(255, 0, 10));
  assert.equal(utf8.decode(key ?? undefined), '["trades:/data/é.csv","trades",17,"v1","both"]');
  assert.equal(timestamp, OPTIONS.timestamp, "the time of the export: that of recording may be past retention");
  assert.deepEqual(headersOf(LETTER), {
    "dlq.id": "42",
    "dlq.recorded_at": "2014-03-10T03:04:05.678Z",
    "dlq.stage": "processing",
    "dlq.rule": "lossy",
    "dlq.reason": "The price has 7 decimals: 0.1234567 €.",
    "dlq.data_type": "trades",
    "dlq.schema_version": "v1",
    "dlq.load_versions": "both",
    "dlq.state": "retired",
    "dlq.retired_at": "2014-03-11T00:00:00.000Z",
    "dlq.retired_why": "it was loaded again",
    "dlq.message_id": "01234567-89ab-8def-8123-456789abcdef",
    "dlq.header": "timestamp,prix é",
    "dlq.origin": "00000000000000aa",
    "dlq.source": "trades:/data/é.csv",
    "dlq.file": "é.csv",
    "dlq.row": "17",
    "dlq.line": "18",
    "dlq.offset": "640",
    "dlq.length": "3",
    "dlq.intact": "true",
    "dlq.export": "e1",
  });
});

Deno.test("letterRecord() leaves out headers of null values", () => {
  const headers = headersOf({ ...LETTER, schemaVersion: null, versions: null, messageId: null, retired: null });
  assert.deepEqual(
    Object.keys(headersOf(LETTER)).filter((name) => !Object.hasOwn(headers, name)),
    ["dlq.schema_version", "dlq.load_versions", "dlq.retired_at", "dlq.retired_why", "dlq.message_id"],
  );
});

Deno.test("letterRecord() cuts an overlong reason, and leaves no half character", () => {
  const { "dlq.reason": reason = "" } = headersOf({ ...LETTER, reason: `${"x".repeat(4_095)}😀😀` });
  assert.equal(reason, `${"x".repeat(4_095)}\ufffd…`);
});

Deno.test("exportedIdentity() recognises the records of its own export, and distinguishes letters", () => {
  const record = letterRecord(LETTER, OPTIONS);
  const identity = exportedIdentity(record, "e1");
  assert.notEqual(identity, null);
  assert.equal(
    exportedIdentity(letterRecord({ ...LETTER, reason: "Another.", recordedAt: 5 }, OPTIONS), "e1"),
    identity,
  );
  for (
    const change of [{ id: 43 }, { row: 18 }, { schemaVersion: null }, { versions: "v1" as const }, { source: "x" }, {
      dataType: "quotes" as const,
    }]
  ) {
    assert.notEqual(exportedIdentity(letterRecord({ ...LETTER, ...change }, OPTIONS), "e1"), identity);
  }
  assert.equal(exportedIdentity(record, "e2"), null);
  assert.equal(exportedIdentity({ ...record, key: null }, "e1"), null);
  assert.equal(exportedIdentity({ ...record, headers: [] }, "e1"), null);
});

Deno.test("docs/dead_letters.md lists each header of a record, and no others", () => {
  const section = documentation.slice(documentation.indexOf("### To a topic"), documentation.indexOf("## Looking"));
  const listed = Array.from(section.matchAll(/`(dlq\.[a-z_]+)`/g), ([, name]) => name);
  assert.deepEqual([...new Set(listed)].sort(), Object.keys(headersOf(LETTER)).sort());
  assert.ok(listed.every((name) => name?.startsWith(HEADER_PREFIX)));
});
