/** Rows in columns against the same rows as objects. */
import assert from "node:assert/strict";
import { type RowBatch, rowCount, rowsAlone, tradeDateOf } from "../../sources/source.ts";
import { admittedOf, batchOf, plain } from "../../tests/support/event_batches.ts";
import { target } from "../../tests/support/trades.ts";
import { ROW } from "../delivery/delivery.ts";
import { encodeRows } from "./encode_rows.ts";
import type { Target } from "../messages.ts";
import { verifyEncoding } from "../converters/verify_encoding.ts";

const TRADES = `03/10/2014,10:00:06.717,36.78,358,0,,
03/10/2014,10:00:06.717,36.78,358,0,,
03/10/2014,10:00:06.717,36.78,358,3,X,
not,a,row
03/10/2014,10:00:06.717,36.12345678,1,25,,36.77

03/10/2014,10:00:06.718,9999999999.99999999,9999999999,2147483647,Ω,"quoted, ""twice"""
03/10/2014,10:00:06.718,90071992.54740991,90071992,0,,
03/10/2014,10:00:06.718,90071992.54740992,90071993,0,,
03/10/2014,10:00:06.718,1e3,2.0,0,,
03/10/2014,10:00:06.718,0,0,0,,
03/10/2014,09:00:06.718,12,1.5,0,,
03/10/2014,09:00:06.718,12,15,0,,
03/11/2014,09:00:06.718,12,15,0,,
`;
const QUOTES = `03/10/2014,10:00:06.717,36.78,36.79,358,1000
03/10/2014,10:00:06.717,0,36.7912345,0,9999999999
03/10/2014,10:00:06.717,0,36.791234,0,9999999999
03/10/2014,10:00:06.717,0,0,0,0
03/10/2014,10:00:06.717,0,0,0
03/11/2014,10:00:06.717,36.78,36.79,358,1000
`;

function encode(batch: RowBatch, to: Target, settled: readonly number[] = []) {
  const { message, record } = admittedOf(batch, [to]);
  for (const index of settled) record.states[0]?.fill(ROW.acknowledged, index, index + 1);
  const encoded = encodeRows(message, 0, to);
  verifyEncoding(message, to, encoded);
  const refusals = record.refusals.toSorted((a, b) => a.index - b.index);
  return { indexes: [...encoded.indexes], records: plain(encoded), refusals };
}

for (const [kind, text] of [["trade", TRADES], ["quote", QUOTES]] as const) {
  for (const version of ["v1", "v2"] as const) {
    for (const companyId of ["7078", undefined]) {
      const title = `${kind}s as ${version}, ${companyId === undefined ? "without" : "with"} a company number`;
      Deno.test(`encodeRows() makes of rows in columns what it makes of them as objects: ${title}`, async () => {
        const batch = await batchOf(kind, text, { companyId });
        assert.ok(batch.events !== undefined);
        const plain = rowsAlone(batch, 0, rowCount(batch));
        assert.equal(plain.events, undefined, "rows alone have no columns, which are of the whole batch");
        assert.equal(rowCount(batch), plain.rows.length);
        for (const index of plain.rows.keys()) assert.equal(tradeDateOf(batch, index), tradeDateOf(plain, index));
        const found = encode(batch, target(version));
        assert.deepEqual(found, encode(plain, target(version)));
        if (version === "v2" || companyId !== undefined) assert.ok(found.records.length > 2);
        assert.equal(found.records.length + found.refusals.length, plain.rows.length);
        const rest = encode(batch, target(version), [0, 2, 3]);
        assert.deepEqual(rest.records, found.records.filter((_, at) => ![0, 2, 3].includes(found.indexes[at] ?? -1)));
      });
    }
  }
}

Deno.test("encodeRows() refuses rows of columns with the rules that conversion has for them", async () => {
  const { refusals } = encode(await batchOf("trade", TRADES), target("v1"));
  assert.deepEqual(refusals.map(({ index, rule }) => [index, rule]), [
    [3, "wrong_column_count"],
    [4, "lossy"],
    [5, "blank_line"],
    [6, "lossy"],
    [7, "lossy"],
    [8, "lossy"],
    [11, "not_an_integer"],
  ]);
});
