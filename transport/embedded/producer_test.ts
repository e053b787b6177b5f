import assert from "node:assert/strict";
import { CommitError } from "../../storage/storage_error.ts";
import { EmbeddedProducer } from "./producer.ts";
import { TurnQueue } from "./turn_queue.ts";

const RECORDS = [{ key: null, value: new Uint8Array(1), timestamp: 1 }];

function failingWith(error: Error): EmbeddedProducer {
  const append = () => {
    throw error;
  };
  return new EmbeddedProducer({ store: { append }, file: "log.sqlite", turns: new TurnQueue(), onClose: () => {} });
}

Deno.test("EmbeddedProducer.send is unknown when the commit failed, since only reading tells", async () => {
  const producer = failingWith(
    new CommitError("inaccessible", "log.sqlite", "log.sqlite cannot be used: disk I/O error"),
  );
  const outcome = await producer.send("topic", 0, RECORDS);
  assert.equal(outcome.type, "unknown");
  assert.equal(outcome.error.code, "client");
  assert.ok(outcome.error.message.includes("disk I/O error"), outcome.error.message);
  await producer.close();
});

Deno.test("EmbeddedProducer.send is refused when the write failed before the commit: it was undone", async () => {
  for (
    const [sentence, code] of [["database or disk is full", "client"], ["database is locked", "timed_out"]] as const
  ) {
    const producer = failingWith(Object.assign(new Error(sentence), { code: "ERR_SQLITE_ERROR" }));
    const outcome = await producer.send("topic", 0, RECORDS);
    assert.equal(outcome.type, "refused");
    assert.equal(outcome.error.code, code);
    await producer.close();
  }
});
