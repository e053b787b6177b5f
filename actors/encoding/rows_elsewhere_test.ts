import assert from "node:assert/strict";
import { target } from "../../tests/trades.ts";
import { ROW } from "../delivery.ts";
import { encodeRows } from "../encode_rows.ts";
import {
  admittedOf,
  batchOf,
  plain,
  QUOTES,
  TRADES,
  TRADES_AND_BAD,
  TRADES_TOO_FINE,
} from "../../tests/event_batches.ts";
import { encodeJob } from "./encode_job.ts";
import { jobElsewhere, recordsOf } from "./rows_elsewhere.ts";

for (const [kind, text] of [["trade", TRADES_AND_BAD], ["quote", QUOTES]] as const) {
  for (const version of ["v1", "v2"] as const) {
    Deno.test(`a job gives the records that encodeRows() gives, refusals too: ${kind}s as ${version}`, async () => {
      const batch = await batchOf(kind, text);
      const to = target(version);
      const [here, there] = [admittedOf(batch, [to]), admittedOf(batch, [to])];
      const records = encodeRows(here.message, 0, to);
      const job = jobElsewhere(there.message, 0, to) ?? assert.fail("all rows can be encoded elsewhere");
      const sent = structuredClone(job);
      assert.deepEqual(plain(recordsOf(there.message, to, encodeJob(sent))), plain(records));
      assert.deepEqual(there.record.refusals, here.record.refusals);
      assert.ok(records.length > 2);
    });
  }
}

Deno.test("a job has only the rows that are pending, and there is none without any", async () => {
  const batch = await batchOf("trade", TRADES_AND_BAD);
  const { message, record } = admittedOf(batch, [target("v2")]);
  record.states[0]?.fill(ROW.acknowledged, 0, 4);
  const job = jobElsewhere(message, 0, target("v2")) ?? assert.fail("a job");
  assert.deepEqual([...job.rows], [4, 6]);
  assert.deepEqual([...encodeJob(job).indexes], [4, 6]);
  record.states[0]?.fill(ROW.acknowledged);
  assert.equal(jobElsewhere(message, 0, target("v2")), null);
});

Deno.test("there is no job for rows whose records have to be made, and nothing is refused then", async () => {
  const { message, record } = admittedOf(await batchOf("trade", TRADES_TOO_FINE), [target("v1"), target("v2")]);
  assert.equal(jobElsewhere(message, 0, target("v1")), null);
  assert.deepEqual(record.refusals, []);
  assert.notEqual(jobElsewhere(message, 1, target("v2")), null);
  const objects = { ...message.batch, rows: message.batch.rows };
  assert.equal(jobElsewhere({ ...message, batch: objects }, 1, target("v2")), null);
});

Deno.test("the values of a job take no more memory than their bytes", async () => {
  const { message } = admittedOf(await batchOf("trade", TRADES), [target("v2")]);
  const job = jobElsewhere(message, 0, target("v2")) ?? assert.fail("a job");
  const { values, ends } = encodeJob(job);
  assert.equal(values.buffer.byteLength, ends.at(-1));
});
