import assert from "node:assert/strict";
import { type FoundRecord, TopicLedger } from "./topic_ledger.ts";
import type { SentRecord } from "./sent_record.ts";

const sent = (messageId: string, content = "as v2"): SentRecord => ({ messageId, source: null, content });

const record = (messageId: string, offset: bigint, content?: string): FoundRecord => ({
  ...sent(messageId, content),
  partition: 0,
  schemaId: 2,
  offset,
});

/** The offset at which a ledger finds a record. */
const claim = (ledger: TopicLedger, messageId: string, content = "as v2") =>
  ledger.claim(messageId, (found) => found.content === content)?.offset;

Deno.test("TopicLedger knows from where to read after a send without an answer", () => {
  const ledger = new TopicLedger();
  ledger.open(3, 100n);
  ledger.open(3, 999n);
  assert.equal(ledger.next(3), 100n, "the first end offset counts");
  ledger.sendStarted(3, () => [sent("a")]);
  assert.deepEqual(ledger.unsettled, [3]);
  ledger.settled(3, 150n);
  assert.deepEqual(ledger.unsettled, []);
  assert.equal(ledger.next(3), 150n);
});

Deno.test("TopicLedger keeps found records until each is claimed once, over further findings", () => {
  const ledger = new TopicLedger();
  ledger.sendStarted(0, () => [sent("a"), sent("b")]);
  ledger.found(0, [record("a", 5n), record("b", 6n)], 7n);
  assert.deepEqual(ledger.unsettled, []);
  ledger.sendStarted(0, () => [sent("c")]);
  ledger.found(0, [record("c", 7n)], 8n);
  assert.equal(ledger.unclaimed, 3);
  assert.equal(claim(ledger, "b"), 6n);
  assert.equal(claim(ledger, "b"), undefined, "a row that comes again is a new row");
  assert.equal(claim(ledger, "c"), 7n);
  assert.equal(claim(ledger, "a"), 5n);
  assert.equal(ledger.unclaimed, 0);
  assert.equal(ledger.next(0), 8n);
});

Deno.test("TopicLedger keeps nothing of what another program has written", () => {
  const ledger = new TopicLedger();
  ledger.sendStarted(0, () => [sent("a")]);
  const others = Array.from({ length: 1000 }, (_, at) => record(`other ${at}`, BigInt(at)));
  ledger.found(0, [...others, record("a", 1000n)], 1001n);
  assert.equal(ledger.unclaimed, 1);
  assert.equal(claim(ledger, "a"), 1000n);
});

Deno.test("TopicLedger knows the ids of every send since the last outcome that was known", () => {
  const ledger = new TopicLedger();
  ledger.sendStarted(0, () => [sent("a"), sent("b")]);
  ledger.sendStarted(0, () => [sent("a")]);
  ledger.found(0, [record("a", 0n), record("b", 1n)], 2n);
  assert.equal(claim(ledger, "b"), 1n, "of the first send, written late");
});

Deno.test("TopicLedger keeps 10,000 found records of sources that have ended, and every one of those that have not", () => {
  const ledger = new TopicLedger();
  let open = true;
  const find = (name: string, count: number, wanted: () => boolean) => {
    const ids = Array.from({ length: count }, (_, at) => `${name} ${at}`);
    ledger.sendStarted(0, () => ids.map((id) => sent(id)), wanted);
    ledger.found(0, ids.map((id, at) => record(id, BigInt(at))), 0n);
  };
  find("open", 12_000, () => open);
  assert.equal(ledger.unclaimed, 12_000);
  for (let round = 0; round < 3; round++) find(`ended ${round}`, 6_000, () => false);
  assert.equal(ledger.unclaimed, 22_000);
  assert.equal(claim(ledger, "ended 1 1999"), undefined);
  assert.equal(claim(ledger, "ended 1 2000"), 2000n, "the latest are kept, for those who try again");
  assert.equal(claim(ledger, "open 0"), 0n);
  open = false;
  find("last", 1, () => true);
  assert.equal(ledger.unclaimed, 10_001);
});

Deno.test("TopicLedger gives rows with the same id as many records as were found", () => {
  const ledger = new TopicLedger();
  ledger.sendStarted(0, () => [sent("a"), sent("a"), sent("a")]);
  ledger.found(0, [record("a", 3n), record("a", 4n)], 5n);
  assert.deepEqual([1, 2, 3].map(() => claim(ledger, "a")), [3n, 4n, undefined]);
});

Deno.test("TopicLedger keeps what was sent and was found, and nothing else of the same id", () => {
  const ledger = new TopicLedger();
  const source = { origin: "00".repeat(8), row: 7 };
  ledger.sendStarted(0, () => [sent("a"), { ...sent("b"), source }, sent("C")]);
  const found = [record("a", 3n, "as v1"), record("b", 4n), record("c", 5n)];
  const rows = [{ ...source, row: 8 }, { ...source, origin: "11".repeat(8) }];
  ledger.found(0, [...found, ...rows.map((row, at) => ({ ...record("b", BigInt(6 + at)), source: row }))], 9n);
  assert.equal(ledger.unclaimed, 1);
  assert.equal(claim(ledger, "C"), 5n, "as v1 an id is found in lower case");
  ledger.sendStarted(0, () => [{ ...sent("b"), source }]);
  ledger.found(0, [{ ...record("b", 9n), source }], 10n);
  assert.equal(claim(ledger, "b", "as v1"), undefined);
  assert.equal(claim(ledger, "b"), 9n);
});

Deno.test("TopicLedger says where a record was found, as its key may belong elsewhere by now", () => {
  const ledger = new TopicLedger();
  ledger.sendStarted(3, () => [sent("a")]);
  ledger.found(3, [{ ...record("a", 9n), partition: 3 }], 10n);
  assert.equal(ledger.claim("a", () => true)?.partition, 3);
});

Deno.test("TopicLedger.forget() knows nothing any more", () => {
  const ledger = new TopicLedger();
  ledger.topicId = "x";
  ledger.open(0, 9n);
  ledger.sendStarted(0, () => [sent("a")]);
  ledger.found(0, [record("a", 9n)], 10n);
  ledger.sendStarted(1, () => [sent("b")]);
  ledger.forget();
  assert.deepEqual([ledger.topicId, ledger.next(0), ledger.unclaimed, ledger.unsettled], [undefined, undefined, 0, []]);
});

Deno.test("TopicLedger keeps as few of one id, which a caller has given to every record", () => {
  const ledger = new TopicLedger();
  for (let round = 0; round < 3; round++) {
    const contents = Array.from({ length: 6_000 }, (_, at) => `${round} ${at}`);
    ledger.sendStarted(0, () => contents.map((content) => sent("same", content)), () => false);
    ledger.found(0, contents.map((content, at) => record("same", BigInt(at), content)), 0n);
  }
  assert.equal(ledger.unclaimed, 10_000);
  assert.equal(claim(ledger, "same", "1 1999"), undefined);
  assert.equal(claim(ledger, "same", "1 2000"), 2000n);
});

Deno.test("TopicLedger seeks the records of doubtful sends only, however much others have written", () => {
  const ledger = new TopicLedger();
  ledger.open(0, 0n);
  assert.equal(ledger.isSought(0, sent("a")), false);
  ledger.sendStarted(0, () => [sent("a")]);
  assert.equal(ledger.isSought(0, sent("a")), true);
  assert.equal(ledger.isSought(1, sent("a")), false, "in its partition");
  assert.equal(ledger.isSought(0, sent("a", "as v1")), false, "with its content");
  const source = { origin: "11".repeat(8), row: 1 };
  assert.equal(ledger.isSought(0, { ...sent("a"), source }), false, "of its row");
  ledger.sendStarted(0, () => [sent("b")]);
  assert.equal(ledger.isSought(0, sent("b")), true, "of a send that began since");
  ledger.found(0, [record("a", 5n)], 6n);
  assert.equal(ledger.isSought(0, sent("b")), false, "once all is known");
});
