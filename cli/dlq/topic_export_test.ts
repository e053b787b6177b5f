import assert from "node:assert/strict";
import fc from "fast-check";
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetter, DeadLetterStore } from "../../state/dead_letters.ts";
import { type Log, LogError } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import type { SendFault } from "../../transport/memory/log_faults.ts";
import { exportToTopic, type TopicExport, type TopicExportOptions } from "./topic_export.ts";

const TOPIC = "market.dead-letters";

function letter(row: number, change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    source: "trades:/data/7078.csv",
    dataType: "trades",
    row,
    schemaVersion: null,
    versions: null,
    file: "/data/7078.csv",
    line: row,
    offset: row * 50,
    length: 3,
    stage: "receiving",
    rule: "bad_date",
    reason: "It was so.",
    bytes: Uint8Array.of(row % 256, 255, 0),
    messageId: null,
    recordedAt: 1_400_000_000_000,
    ...change,
  };
}

function letters(count: number, from = 1): DeadLetter[] {
  return Array.from({ length: count }, (_, index) => letter(from + index));
}

interface Bench {
  readonly log: MemoryLog;
  readonly database: StateDatabase;
  readonly store: DeadLetterStore;
  run(options?: Partial<TopicExportOptions>): Promise<TopicExport>;
  /** Ids of letters in the order in which they were written. */
  ids(topic?: string): number[];
}

async function bench(given: readonly DeadLetter[], body: (bench: Bench) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const log = new MemoryLog({ deliveryTimeoutMs: 5 });
  try {
    using database = StateDatabase.open(folder);
    const store = new DeadLetterStore(database);
    store.add(given);
    const run = (options: Partial<TopicExportOptions> = {}) =>
      exportToTopic({
        database,
        log,
        topic: TOPIC,
        create: { allowed: true },
        filter: {},
        partitioner: "murmur2",
        signal: new AbortController().signal,
        retry: { minMs: 1, maxMs: 2 },
        settleMs: 1,
        ...options,
      });
    const ids = (topic = TOPIC) =>
      (log.broker.topic(topic)?.partitions ?? []).flatMap(({ records }) =>
        records.map(({ headers }) => {
          const id = headers.find(([name]) => name === "dlq.id")?.[1];
          return Number(new TextDecoder().decode(id));
        })
      );
    await body({ log, database, store, run, ids });
    assert.deepEqual(log.broker.misuses, []);
  } finally {
    await log.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** From 1 to a number. */
function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

const DONE = { topic: TOPIC, found_in_topic: 0, complete: true, restarted: null };

Deno.test("exportToTopic() makes a topic of one partition, and writes each letter once, in order", async () => {
  await bench(letters(250), async ({ log, run, ids }) => {
    assert.deepEqual(await run(), { ...DONE, letters: 250, last: 250 });
    assert.deepEqual(ids(), upTo(250));
    const [{ records } = { records: [] }] = log.broker.topic(TOPIC)?.partitions ?? [];
    assert.deepEqual(records[6]?.value, Uint8Array.of(7, 255, 0));
    assert.ok(Math.abs((records[6]?.timestamp ?? 0) - Date.now()) < 60_000, "the time of the export");
  });
});

Deno.test("exportToTopic() resumes after the last letter of the previous export", async () => {
  await bench(letters(3), async ({ store, run, ids }) => {
    await run();
    assert.deepEqual(await run(), { ...DONE, letters: 0, last: 3 });
    store.remove([2]);
    store.add([letter(4), letter(1, { reason: "Refused again." }), letter(5)]);
    const [first, , ...added] = store.list().map(({ id }) => id);
    assert.deepEqual([first, added.length], [1, 2]);
    assert.equal((await run()).letters, 2);
    assert.deepEqual(ids(), [1, 2, 3, ...added]);
  });
});

Deno.test("exportToTopic() creates no topic if there is no letter", async () => {
  await bench([], async ({ log, run }) => {
    assert.deepEqual(await run(), { ...DONE, letters: 0, last: 0 });
    assert.deepEqual(log.broker.topicNames, []);
  });
});

Deno.test("exportToTopic() keeps a place of its own for each topic and each choice of letters", async () => {
  const quotes = letter(9, { dataType: "quotes", rule: "spaces" });
  await bench([...letters(2), quotes, letter(10)], async ({ run, ids }) => {
    assert.equal((await run({ topic: "quotes", filter: { dataType: "quotes" } })).letters, 1);
    assert.equal((await run({ topic: "dates", filter: { rule: "bad_date" } })).letters, 3);
    assert.equal((await run({ topic: "dates", filter: { rule: "spaces" } })).letters, 1);
    assert.equal((await run({ topic: "dates", filter: { sourcePart: "no such" } })).letters, 0);
    assert.equal((await run()).letters, 4);
    assert.equal((await run({ topic: "dates", filter: { rule: "bad_date" } })).letters, 0);
    assert.deepEqual([ids("quotes"), ids("dates"), ids()], [[3], [1, 2, 4, 3], [1, 2, 3, 4]]);
  });
});

Deno.test("exportToTopic() refuses a topic that does not exist if it may not create one", async () => {
  await bench(letters(1), async ({ log, run, ids }) => {
    const refused = run({ create: { allowed: false } });
    await assert.rejects(refused, (error) => error instanceof LogError && /topics.create is false/.test(error.message));
    await log.admin.createTopic({ name: TOPIC, partitions: 3 });
    await run({ create: { allowed: false } });
    assert.deepEqual(ids(), [1]);
  });
});

Deno.test("exportToTopic() always writes a letter to the partition of its key", async () => {
  await bench(letters(60), async ({ log, run, ids }) => {
    await log.admin.createTopic({ name: TOPIC, partitions: 3 });
    await run();
    assert.deepEqual(ids().sort((a, b) => a - b), upTo(60));
    const partitions = log.broker.topic(TOPIC)?.partitions ?? [];
    assert.ok(partitions.every(({ records }) => records.length > 0));
  });
});

const UNKNOWN: readonly (readonly [what: string, fault: SendFault])[] = [
  ["is stored", { type: "unknown", stored: "yes" }],
  ["is not stored", { type: "unknown", stored: "no" }],
  ["is refused for the moment", { type: "refuse", code: "leader_changed" }],
  ["never gets an answer", { type: "hang", lost: true }],
];
for (const [what, fault] of UNKNOWN) {
  Deno.test(`exportToTopic() writes each letter once when a send ${what}`, async () => {
    await bench(letters(250), async ({ log, run, ids }) => {
      await log.admin.createTopic({ name: TOPIC, partitions: 2 });
      for (const skip of [0, 1, 2]) log.broker.faults.next("send", fault, { skip });
      const { letters, found_in_topic, complete } = await run();
      assert.equal(letters + found_in_topic, 250);
      assert.equal(found_in_topic > 0, fault.type === "unknown" && fault.stored === "yes");
      assert.ok(complete);
      assert.deepEqual(ids().sort((a, b) => a - b), upTo(250));
    });
  });
}

Deno.test("exportToTopic() reads and sends nothing before the client that failed is closed", async () => {
  await bench(letters(3), async ({ log, run, ids }) => {
    const closing = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const createProducer = async () => {
      const client = await log.createProducer();
      return {
        send: client.send.bind(client),
        close: async () => {
          closing.resolve();
          await closed.promise;
          await client.close();
        },
      };
    };
    log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    const looked = log.broker.faults.next("leader_offsets", { type: "fail", code: "unreachable" });
    const running = run({ log: portOf(log, { createProducer }) });
    await closing.promise;
    await systemClock.sleep(20);
    assert.equal(looked.used, 0);
    closed.resolve();
    assert.deepEqual(await running, { ...DONE, letters: 0, found_in_topic: 3, last: 3 });
    assert.deepEqual(ids(), [1, 2, 3]);
  });
});

function portOf(log: MemoryLog, change: Pick<Log, "createProducer">): Log {
  return {
    admin: log.admin,
    read: log.read.bind(log),
    offsetForTime: log.offsetForTime.bind(log),
    close: log.close.bind(log),
    ...change,
  };
}

Deno.test("exportToTopic() writes each letter once over several runs, however its sends and calls end", async () => {
  const fault = fc.constantFrom<SendFault>(
    { type: "unknown", stored: "yes" },
    { type: "unknown", stored: "no" },
    { type: "refuse", code: "leader_changed" },
    { type: "refuse", code: "unauthorized" },
    { type: "unknown", stored: "yes", code: "unauthorized" },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fault, fc.nat(3)), { maxLength: 8 }),
      fc.array(
        fc.constantFrom("offsets" as const, "leader_offsets" as const, "read" as const, "create_producer" as const),
        { maxLength: 4 },
      ),
      fc.integer({ min: 1, max: 3 }),
      async (sends, calls, partitions) => {
        await bench(letters(120), async ({ log, store, run, ids }) => {
          await log.admin.createTopic({ name: TOPIC, partitions });
          for (const [each, skip] of sends) log.broker.faults.next("send", each, { skip });
          for (const call of calls) log.broker.faults.next(call, { type: "fail", code: "unreachable" });
          let count = 120;
          // Failed runs are repeated, as a user does; meanwhile there are more letters.
          for (let runs = 0; runs < 20; runs++) {
            const result = await run().catch((error) => {
              if (error instanceof LogError) return null;
              throw error;
            });
            if (result?.complete) break;
            store.add(letters(10, count + 1));
            count += 10;
          }
          assert.deepEqual(ids().sort((a, b) => a - b), upTo(count));
        });
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("exportToTopic() finds the letters of an export that was killed before it noted them", async () => {
  await bench(letters(130), async ({ log, database, run, ids }) => {
    // Restores the state from before the sends, as a killed process leaves it.
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" });
    await assert.rejects(run(), LogError);
    const before = database.prepare("SELECT body, digest FROM marks").get();
    assert.deepEqual((await run()).letters, 130);
    database.prepare("UPDATE marks SET body = ?, digest = ?").run(before?.body ?? "", before?.digest ?? "");
    assert.deepEqual(await run(), { ...DONE, letters: 0, found_in_topic: 130, last: 130 });
    assert.deepEqual(ids(), upTo(130));
  });
});

Deno.test("exportToTopic() does not mistake the letters of another data folder for its own", async () => {
  await bench(letters(2), async ({ log, run, ids }) => {
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" });
    await assert.rejects(run(), LogError);
    // Meanwhile another data folder exports letters with the same ids to the same topic.
    const folder = await Deno.makeTempDir();
    try {
      using database = StateDatabase.open(folder);
      new DeadLetterStore(database).add(letters(2));
      await run({ database });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
    assert.deepEqual(await run(), { ...DONE, letters: 2, last: 2 });
    assert.deepEqual(ids(), [1, 2, 1, 2]);
  });
});

Deno.test("exportToTopic() loses no letter that has the id of one that a damaged state file has lost", async () => {
  await bench(letters(2), async ({ database, store, run, ids, log }) => {
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" });
    await assert.rejects(run(), LogError);
    const before = database.prepare("SELECT body, digest FROM marks").get();
    await run();
    // Later commits are lost: the place, a letter and its id.
    database.prepare("UPDATE marks SET body = ?, digest = ?").run(before?.body ?? "", before?.digest ?? "");
    store.remove([2]);
    database.prepare("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'dead_letters'").run();
    store.add([letter(77)]);
    assert.deepEqual(await run(), { ...DONE, letters: 1, found_in_topic: 1, last: 2 });
    assert.deepEqual(ids(), [1, 2, 2]);
  });
});

Deno.test("exportToTopic() begins with the first letter when the topic was recreated, and says so", async () => {
  await bench(letters(3), async ({ log, run, ids }) => {
    await run();
    log.broker.recreateTopic(TOPIC);
    // Records of another export do not make it the same topic.
    const producer = await log.createProducer();
    await producer.send(TOPIC, 0, Array.from({ length: 5 }, () => ({ key: null, value: null, timestamp: 0 })));
    assert.deepEqual(await run(), { ...DONE, letters: 3, last: 3, restarted: "topic_changed" });
    assert.deepEqual(ids().slice(5), [1, 2, 3]);
    log.broker.deleteTopic(TOPIC);
    assert.equal((await run()).restarted, "topic_changed");
    assert.deepEqual(ids(), [1, 2, 3]);
  });
});

Deno.test("exportToTopic() ends when its topic is recreated while it writes, and then begins with the first letter", async () => {
  await bench(letters(150), async ({ log, run, ids }) => {
    const held = log.broker.faults.next("send", { type: "hang", lost: true }, { skip: 1 });
    const running = run();
    await held.reached;
    log.broker.recreateTopic(TOPIC);
    await assert.rejects(running, (error) => error instanceof LogError && /deleted and made again/.test(error.message));
    assert.deepEqual(await run(), { ...DONE, letters: 150, last: 150, restarted: "topic_changed" });
    assert.deepEqual(ids(), upTo(150));
  });
});

Deno.test("exportToTopic() begins with the first letter when its note is damaged, and says so", async () => {
  await bench(letters(3), async ({ database, run, ids }) => {
    await run();
    database.prepare("UPDATE marks SET body = '{}'").run();
    assert.deepEqual(await run(), { ...DONE, letters: 3, last: 3, restarted: "damaged" });
    assert.deepEqual(ids(), [1, 2, 3, 1, 2, 3]);
    assert.equal((await run()).letters, 0);
  });
});

Deno.test("exportToTopic() resumes when the topic has grown", async () => {
  await bench(letters(40), async ({ log, store, run, ids }) => {
    await run();
    log.broker.addPartitions(TOPIC, 3);
    store.add(letters(40, 41));
    assert.equal((await run()).letters, 40);
    assert.deepEqual(ids().sort((a, b) => a - b), upTo(80));
  });
});

Deno.test("exportToTopic() resumes when retention has deleted what it wrote", async () => {
  await bench(letters(5), async ({ log, store, run, ids }) => {
    await run();
    log.broker.trim(TOPIC, 0, 5n);
    store.add(letters(2, 6));
    assert.equal((await run()).letters, 2);
    assert.deepEqual(ids(), [6, 7]);
  });
});

Deno.test("exportToTopic() sends fewer letters at a time if the topic takes no more", async () => {
  await bench(letters(100), async ({ log, run, ids }) => {
    const config = { "max.message.bytes": "2000" };
    await log.admin.createTopic({ name: TOPIC, partitions: 1, config });
    await run();
    assert.deepEqual(ids(), upTo(100));
    assert.ok(log.broker.appends.every(({ records }) => records.length < 10));
  });
});

Deno.test("exportToTopic() halves a batch that is refused as too large", async () => {
  await bench(letters(8), async ({ log, run, ids }) => {
    log.broker.faults.next("send", { type: "refuse", code: "message_too_large" }, { times: 2 });
    await run();
    assert.deepEqual(ids(), upTo(8));
    assert.deepEqual(log.broker.appends[0]?.records.length, 1, "8, then 3 for the half of the bytes, then 1");
  });
});

Deno.test("exportToTopic() ends before a letter that no send can take, and names it", async () => {
  const large = letter(3, { bytes: new Uint8Array(3_000) });
  await bench([...letters(2), large, letter(4)], async ({ log, run, ids }) => {
    await log.admin.createTopic({ name: TOPIC, partitions: 1, config: { "max.message.bytes": "2000" } });
    for (let runs = 0; runs < 2; runs++) {
      await assert.rejects(run(), (error) => {
        return error instanceof LogError && error.code === "message_too_large" && /letter 3 /.test(error.message);
      });
    }
    assert.deepEqual(ids(), [1, 2], "and the others are not written a second time");
  });
});

Deno.test("exportToTopic() writes a letter of the longest row, in a topic that it has created", async () => {
  const long = letter(1, { bytes: new Uint8Array(1024 * 1024), reason: "x".repeat(100_000) });
  await bench([long], async ({ run, ids }) => {
    await run();
    assert.deepEqual(ids(), [1]);
  });
});

Deno.test("exportToTopic() gives up on brokers that stay away, and a later run resumes", async () => {
  await bench(letters(3), async ({ log, run, ids }) => {
    await log.admin.createTopic({ name: TOPIC, partitions: 1 });
    const away = log.broker.faults.next("send", { type: "unknown", stored: "no" }, { times: Infinity });
    await assert.rejects(run(), (error) => error instanceof LogError && error.code === "timed_out");
    assert.equal(away.used, 10);
    away.release();
    assert.equal((await run()).letters, 3);
    assert.deepEqual(ids(), upTo(3));
  });
});

Deno.test("exportToTopic() settles pending sends when it is stopped, and a later run resumes", async () => {
  await bench(letters(250), async ({ log, run, ids }) => {
    const stopping = new AbortController();
    const held = log.broker.faults.next("send", { type: "hang" }, { skip: 1 });
    const running = run({ signal: stopping.signal });
    await held.reached;
    stopping.abort();
    held.release();
    assert.deepEqual(await running, { ...DONE, letters: 200, last: 200, complete: false });
    assert.deepEqual(await run(), { ...DONE, letters: 50, last: 250 });
    assert.deepEqual(ids(), upTo(250));
  });
});

Deno.test("exportToTopic() does not retry once it is stopped, and a later run loses nothing", async () => {
  for (const during of ["sending", "reading"] as const) {
    await bench(letters(3), async ({ log, run, ids }) => {
      const { faults } = log.broker;
      await log.admin.createTopic({ name: TOPIC, partitions: 1 });
      const send = faults.next("send", { type: "unknown", stored: "no" }, { times: Infinity });
      const look = faults.next("leader_offsets", { type: "fail", code: "unreachable" }, {
        times: during === "reading" ? Infinity : 0,
      });
      const stopping = new AbortController();
      await assert.rejects(run({ signal: stopping.signal, clock: stopAtFirstWait(stopping) }), LogError);
      assert.deepEqual([send.used, look.used], during === "reading" ? [1, 1] : [2, 0]);
      faults.clear();
      await run();
      assert.deepEqual(ids(), [1, 2, 3]);
    });
  }
});

/** A clock that requests a stop at the first wait, in the middle of an unknown outcome. */
function stopAtFirstWait(stopping: AbortController): Clock {
  return {
    ...systemClock,
    sleep(delayMs, signal) {
      stopping.abort();
      return systemClock.sleep(delayMs, signal);
    },
  };
}
