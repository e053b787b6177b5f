import assert from "node:assert/strict";
import type { LogRecord } from "../../transport/log.ts";
import { allHeaders, REPLAYED } from "../../transport/source_header.ts";
import { TopicPart } from "../delivery/delivery.ts";
import { BatchEncoder } from "../encoding/batch_encoder.ts";
import type { BatchOrigin, EncodedRecords } from "../encoding/encoded_records.ts";
import { plainCodec, runsOf } from "../../tests/support/encoded_records.ts";
import { recordOfRun } from "../../tests/support/record_of_run.ts";
import { trades } from "../../tests/support/trades.ts";
import { RunRecords } from "./record_run.ts";

const part = new TopicPart(0, "topic", { record: { rows: 0, states: [], refusals: [] }, rows: 0, onCause: () => {} });
const ORIGIN = new Uint8Array(8).fill(7);

/** Ten records of rows 0, 2, 4 and so on, of three keys. */
function encoded(from: BatchOrigin | null, idInHeader: boolean): EncodedRecords {
  const encoder = new BatchEncoder({ schemaId: 1, records: 10 });
  for (let at = 0; at < 10; at++) {
    const keyText = at < 4 ? "BHP" : at < 9 ? "RIO" : "CSL";
    encoder.add({ index: 2 * at, keyText }, plainCodec, new Uint8Array(at).fill(at));
  }
  const ids = { text: String, bytes: (index: number) => new Uint8Array(16).fill(index) };
  return encoder.finish({ ids, idInHeader, from });
}

/** The records as their runs tell them. */
function* fromRuns({ runs }: RunRecords): Iterable<LogRecord> {
  for (const run of runs) {
    for (let at = 0; at < run.length; at++) yield recordOfRun(run, at);
  }
}

Deno.test("RunRecords are the same records in runs and one by one, also of parts of runs", () => {
  for (const from of [null, { origin: ORIGIN, firstRow: 300 }]) {
    for (const idInHeader of [false, true]) {
      const records = encoded(from, idInHeader);
      const [first, second, third] = runsOf({ records, timestamp: 5, epoch: 1, part });
      assert.ok(first !== undefined && second !== undefined && third !== undefined);
      const of = new RunRecords([first.slice(1, 3), second.slice(2, 5), third]);
      const expected = [1, 2, 6, 7, 8, 9].map((at) => ({
        key: new TextEncoder().encode(at < 4 ? "BHP" : at < 9 ? "RIO" : "CSL"),
        value: records.value(at),
        timestamp: 5,
        headers: idInHeader ? [["message_id", new Uint8Array(16).fill(2 * at)]] : [],
        origin: from === null ? null : ORIGIN,
        row: (from === null ? 0 : 300) + 2 * at,
      }));
      assert.equal(of.length, 6);
      assert.deepEqual([...of], expected);
      // What says nothing of its source has no row there.
      assert.deepEqual([...fromRuns(of)], expected.map((each) => from === null ? { ...each, row: 0 } : each));
    }
  }
});

Deno.test("RunRecords of a replay have what each is of, in runs too", () => {
  const replayed = trades(19, 0).rows.map((row, index) => {
    return { ...row, row: 1_000 - index, ...(index % 4 === 0 ? { replayOf: ORIGIN } : {}) };
  });
  const records = encoded({ replayed }, false);
  const of = new RunRecords(runsOf({ records, timestamp: 5, epoch: 1, part }));
  const told = Array.from(of, ({ headers, origin, row }) => ({ headers, origin, row }));
  assert.deepEqual(
    told,
    Array.from({ length: 10 }, (_, at) => ({
      headers: at % 2 === 0 ? [REPLAYED] : [],
      origin: at % 2 === 0 ? ORIGIN : null,
      row: 1_000 - 2 * at,
    })),
  );
  // A run has one origin, so that each record has its own among its headers.
  assert.deepEqual(Array.from(fromRuns(of), allHeaders), Array.from(of, allHeaders));
});
