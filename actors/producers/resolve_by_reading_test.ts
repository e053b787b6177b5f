import assert from "node:assert/strict";
import { uuidToBytes } from "../../records/ids/uuid_text.ts";
import { frame } from "../../schemas/avro/wire.ts";
import { messageId } from "../../tests/support/trades.ts";
import type { LogProducer, LogRecord } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { FoundRecord } from "./topic_ledger.ts";
import { contentOf } from "./sent_record.ts";
import { foundRecord, type FoundRecords, readPastAcknowledged } from "./resolve_by_reading.ts";

const TOPIC = "t";
const SETTLE_MS = 100;

/** v2 has the id as its first field, v1 as a header. */
function recordOf(row: number, version: "v1" | "v2" = "v2"): LogRecord {
  const id = new TextEncoder().encode(messageId(row));
  const plain = { key: null, timestamp: 0 };
  if (version === "v1") {
    return { ...plain, value: frame(1, new Uint8Array([0])), headers: [["message_id", uuidToBytes(messageId(row))]] };
  }
  return { ...plain, value: frame(2, new Uint8Array([2 * id.length, ...id])) };
}

interface Bench {
  readonly log: MemoryLog;
  readonly clock: ManualClock;
  readonly client: LogProducer;
  /** Reads partition 1. */
  read(from: bigint, signal?: AbortSignal): Promise<FoundRecords<FoundRecord> | undefined>;
}

async function bench(body: (bench: Bench) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock, chunkRecords: 2 });
  await log.admin.createTopic({ name: TOPIC, partitions: 2 });
  const read = async (start: bigint, signal = new AbortController().signal) => {
    const from = new Map([[1, start]]);
    const at = { log, topic: TOPIC, from, pick: foundRecord };
    const options = { ...at, clock, settleMs: SETTLE_MS, signal, observe: () => {} };
    const [found] = await readPastAcknowledged(options);
    return found;
  };
  try {
    await body({ log, clock, client: await log.createProducer(), read });
  } finally {
    await log.close();
  }
  assert.equal(clock.pending, 0);
}

Deno.test("readPastAcknowledged() gives what stands past the last acknowledged record, and what each is known by", async () => {
  await bench(async ({ clock, client, read }) => {
    await client.send(TOPIC, 1, [1, 2, 3, 4].map((row) => recordOf(row)));
    const origin = new Uint8Array(8).fill(17);
    await client.send(TOPIC, 1, [recordOf(5, "v1"), { ...recordOf(4), origin, row: 300 }]);
    const found = (row: number, offset: bigint, version?: "v1") => {
      const content = contentOf(recordOf(row, version).value ?? new Uint8Array(0));
      const schemaId = version === "v1" ? 1 : 2;
      return { partition: 1, messageId: messageId(row), source: null, content, schemaId, offset };
    };
    const reading = read(2n);
    await clock.advance(SETTLE_MS);
    assert.deepEqual(await reading, {
      partition: 1,
      records: [
        found(3, 2n),
        found(4, 3n),
        found(5, 4n, "v1"),
        { ...found(4, 5n), source: { origin: "11".repeat(8), row: 300 } },
      ],
      end: 6n,
    });
  });
});

Deno.test("readPastAcknowledged() reads nothing of a partition that ends there", async () => {
  await bench(async ({ log, clock, read }) => {
    const reads = log.broker.faults.next("read", { type: "fail", code: "unreachable" });
    const reading = read(0n);
    await clock.advance(SETTLE_MS);
    assert.deepEqual(await reading, { partition: 1, records: [], end: 0n });
    assert.equal(reads.used, 0);
  });
});

Deno.test("readPastAcknowledged() believes an end only after it has stood still", async () => {
  await bench(async ({ clock, client, read }) => {
    let done = false;
    const reading = read(0n).finally(() => done = true);
    for (let row = 1; row <= 3; row++) {
      await clock.advance(SETTLE_MS - 1);
      await client.send(TOPIC, 1, [recordOf(row)]);
      await clock.advance(1);
      assert.equal(done, false);
    }
    await clock.advance(SETTLE_MS);
    assert.deepEqual([(await reading)?.records.length, (await reading)?.end], [3, 3n]);
  });
});

Deno.test("readPastAcknowledged() does not wait for ever for a partition that another program writes to", async () => {
  await bench(async ({ clock, client, read }) => {
    let done = false;
    const reading = read(0n).finally(() => done = true);
    for (let row = 1; row <= 100 && !done; row++) {
      await client.send(TOPIC, 1, [recordOf(row)]);
      await clock.advance(SETTLE_MS);
    }
    assert.equal(done, true);
    assert.ok(((await reading)?.records.length ?? 0) >= 40);
  });
});

Deno.test("readPastAcknowledged() finds what the leader has stored and the followers do not have yet", async () => {
  await bench(async ({ log, clock, client, read }) => {
    await client.send(TOPIC, 1, [recordOf(1)]);
    const followers = log.broker.freezeFollowers(TOPIC, 1);
    const sending = client.send(TOPIC, 1, [recordOf(2)]);
    await clock.advance(30_000);
    assert.equal((await sending).type, "unknown");
    let done = false;
    const reading = read(1n).finally(() => done = true);
    await clock.advance(60_000);
    assert.equal(done, false, "it is not known what is there");
    followers.release();
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual((await reading)?.records.map(({ messageId }) => messageId), [messageId(2)]);
  });
});

Deno.test("readPastAcknowledged() reads no partition before all of one client have settled", async () => {
  await bench(async ({ log, clock, client }) => {
    const followers = log.broker.freezeFollowers(TOPIC, 0);
    const held = client.send(TOPIC, 0, [recordOf(1)]);
    await clock.advance(30_000);
    await held;
    const from = new Map([[0, 0n], [1, 0n]]);
    const { signal } = new AbortController();
    const reading = readPastAcknowledged({
      log,
      topic: TOPIC,
      from,
      pick: foundRecord,
      clock,
      settleMs: SETTLE_MS,
      signal,
      observe: () => {},
    });
    await clock.advance(60_000);
    followers.release();
    // What the same connection carried behind it comes in only now.
    const behind = await log.createProducer();
    await behind.send(TOPIC, 1, [recordOf(2)]);
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual((await reading).map(({ records }) => records.length), [1, 1]);
  });
});

Deno.test("readPastAcknowledged() asks nothing where nothing is in doubt", async () => {
  await bench(async ({ log, clock }) => {
    const asked = log.broker.faults.next("leader_offsets", { type: "fail", code: "unreachable" });
    const { signal } = new AbortController();
    const at = { log, topic: TOPIC, from: new Map(), pick: foundRecord };
    const options = { ...at, clock, settleMs: SETTLE_MS, signal, observe: () => {} };
    assert.deepEqual(await readPastAcknowledged(options), []);
    assert.equal(asked.used, 0);
  });
});

Deno.test("readPastAcknowledged() begins where the log begins, if retention was faster", async () => {
  await bench(async ({ log, clock, client, read }) => {
    await client.send(TOPIC, 1, [1, 2, 3, 4].map((row) => recordOf(row)));
    log.broker.trim(TOPIC, 1, 3n);
    const reading = read(1n);
    await clock.advance(SETTLE_MS);
    assert.deepEqual((await reading)?.records.map(({ offset }) => offset), [3n]);
  });
});

Deno.test("readPastAcknowledged() passes over what is not a record of ours", async () => {
  await bench(async ({ clock, client, read }) => {
    const strange: LogRecord[] = [
      { key: null, value: null, timestamp: 0 },
      { key: null, value: new Uint8Array([1, 2, 3]), timestamp: 0 },
      { key: null, value: new Uint8Array(2), timestamp: 0, headers: [["message_id", uuidToBytes(messageId(9))]] },
      recordOf(1),
    ];
    await client.send(TOPIC, 1, strange);
    const reading = read(0n);
    await clock.advance(SETTLE_MS);
    assert.deepEqual((await reading)?.records.map(({ offset }) => offset), [3n]);
  });
});

Deno.test("readPastAcknowledged() ends when its incarnation ends", async () => {
  await bench(async ({ read }) => {
    const stop = new AbortController();
    const reading = read(0n, stop.signal);
    stop.abort(new Error("ended"));
    await assert.rejects(reading, /ended/);
  });
});
