import assert from "node:assert/strict";
import { PartitionLedger } from "./partition_ledger.ts";

Deno.test("PartitionLedger knows from where to read after a send that nobody heard of", () => {
  const ledger = new PartitionLedger();
  ledger.open(3, 100n);
  ledger.open(3, 999n);
  assert.equal(ledger.next(3), 100n, "the first end offset counts");
  ledger.sendStarted(3);
  assert.deepEqual(ledger.unsettled, [3]);
  ledger.settled(3, 150n);
  assert.deepEqual(ledger.unsettled, []);
  assert.equal(ledger.next(3), 150n);
});

Deno.test("PartitionLedger keeps found records until each is claimed once, over further findings", () => {
  const ledger = new PartitionLedger();
  ledger.sendStarted(0);
  ledger.found(0, new Map([["a", 5n], ["b", 6n]]), 7n);
  assert.deepEqual(ledger.unsettled, []);
  ledger.found(0, new Map([["c", 7n]]), 8n);
  assert.equal(ledger.unclaimed, 3);
  assert.equal(ledger.claim(0, "b"), 6n);
  assert.equal(ledger.claim(0, "b"), undefined, "a row that comes again is a new row");
  assert.equal(ledger.claim(1, "a"), undefined, "of another partition");
  assert.equal(ledger.claim(0, "c"), 7n);
  assert.equal(ledger.claim(0, "a"), 5n);
  assert.equal(ledger.unclaimed, 0);
  assert.equal(ledger.next(0), 8n);
});
