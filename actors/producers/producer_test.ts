import assert from "node:assert/strict";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import { messageId } from "../../tests/support/trades.ts";
import { LogError, type LogProducer } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { encodedRecordsOf } from "../../tests/support/encoded_records.ts";
import { type LoneActor, startAlone } from "../../tests/support/actors.ts";
import { ReplyPort } from "../../kernel/obligation.ts";
import { Delivery, ROW, type RowStates, TopicParkedError } from "../delivery/delivery.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { AskWritten, ProducerMessage, RecordsEncoded, Stream, WrittenAnswer } from "../messages.ts";
import { TopicLedger } from "./topic_ledger.ts";
import { producerActor } from "./producer.ts";
import type { ProducerOptions } from "./producer_options.ts";

const TOPIC = "market.equities.trades.asx";
const SETTLE_MS = 200;
const BHP = partition("BHP", 2);
/** A key whose records go to the other of two partitions. */
const OTHER = ["RIO", "CBA", "NAB", "MWR", "ANZ"].find((key) => partition(key, 2) !== BHP) ?? "";

function partition(key: string, count: number): number {
  return partitionFor(new TextEncoder().encode(key), count, "murmur2");
}

/** A body as the converter makes it: length of the id, id. */
function bodyOf(row: number): Uint8Array {
  const id = new TextEncoder().encode(messageId(row));
  return new Uint8Array([2 * id.length, ...id]);
}

/** A batch on its way, and what becomes of it. */
interface Sent {
  readonly message: RecordsEncoded;
  readonly record: RowStates;
  /** Causes with which the attempt ended: empty while it is under way, `[undefined]` if all went well. */
  readonly causes: unknown[];
}

const stream: Stream = { source: "file" };

function batch(
  place: { stream?: Stream; run?: number; index: number },
  rows: readonly (readonly [row: number, key: string])[],
  epoch = 1,
): Sent {
  const record: RowStates = { rows: rows.length, states: [new Uint8Array(rows.length)], refusals: [] };
  const causes: unknown[] = [];
  const delivery = new Delivery(record, (cause) => causes.push(cause));
  const part = delivery.openPart(0, TOPIC, rows.length);
  delivery.finish();
  const given = rows.map(([row, keyText], index) => ({ index, keyText, messageId: messageId(row), body: bodyOf(row) }));
  const records = encodedRecordsOf(given, epoch);
  return {
    message: { type: "records_encoded", place: { stream, run: 1, ...place }, epoch, timestamp: 1_000, records, part },
    record,
    causes,
  };
}

interface Bench {
  readonly actor: LoneActor<ProducerMessage>;
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly ledger: TopicLedger;
  readonly events: RuntimeEvent[];
  send(sent: Sent): Promise<void>;
  /** Ids in a partition, as row numbers, in log order. */
  rowsIn(partition: number): number[];
}

interface BenchOptions extends Partial<ProducerOptions> {
  /** Before the producer starts. */
  readonly prepare?: (log: MemoryLog) => void;
}

async function bench(body: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
  const { prepare = () => {}, ...rest } = options;
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const ledger = new TopicLedger();
  const events: RuntimeEvent[] = [];
  prepare(log);
  const spec = producerActor({
    topic: { name: TOPIC, create: { name: TOPIC, partitions: 2 }, mustKeepAll: true, warnOfReplication: false },
    log,
    ledger,
    observe: (event) => events.push(event),
    partitioner: "murmur2",
    maxSendRecords: 100,
    maxSendBytes: 100_000,
    lingerMs: 0,
    capacity: 64,
    retry: { minMs: 100, maxMs: 1_000 },
    settleMs: SETTLE_MS,
    stallMs: 10_000,
    refreshMs: 60_000,
    shutdownMs: 30_000,
    random: () => 1,
    ...rest,
  });
  const actor = await startAlone(spec, clock);
  try {
    await actor.idle();
    await body({
      actor,
      clock,
      log,
      ledger,
      events,
      send: async ({ message }) => {
        await actor.ref.send(message);
        await actor.idle();
      },
      rowsIn: (at) => log.broker.records(TOPIC, at).map(({ value }) => rowOf(value)),
    });
  } finally {
    await actor[Symbol.asyncDispose]();
    await log.close();
  }
  assert.deepEqual(log.broker.misuses, []);
}

function rowOf(value: Uint8Array | null): number {
  return Number.parseInt(new TextDecoder().decode(value?.subarray(-12)), 16);
}

const types = (events: readonly RuntimeEvent[]) => events.map(({ type }) => type);
const producers = (log: MemoryLog) => new Set(log.broker.appends.map(({ producer }) => producer)).size;

Deno.test("a producer makes the topic, writes each key to its partition and acknowledges each row", async () => {
  await bench(async ({ events, log, send, rowsIn }) => {
    const sent = batch({ index: 0 }, [[1, "BHP"], [2, OTHER], [3, "BHP"]]);
    await send(sent);
    assert.deepEqual([rowsIn(BHP), rowsIn(1 - BHP)], [[1, 3], [2]]);
    assert.deepEqual(sent.causes, [undefined]);
    assert.deepEqual(types(events), ["topic_created", "topic_opened"]);
    const [first] = log.broker.records(TOPIC, BHP);
    assert.deepEqual([first?.timestamp, new TextDecoder().decode(first?.key ?? undefined)], [1_000, "BHP"]);
  });
});

Deno.test("a producer takes batches before the topic is there, and waits for a broker that is away, saying so", async () => {
  await bench(async ({ clock, events, send, rowsIn }) => {
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    assert.deepEqual(sent.causes, []);
    await clock.advance(100 + 200 + 400);
    assert.deepEqual(rowsIn(BHP), [1]);
    const delays = events.flatMap((event) => event.type === "topic_unavailable" ? [event.delayMs] : []);
    assert.deepEqual(delays, [100, 200, 400]);
  }, {
    prepare: ({ broker }) =>
      void broker.faults.next("describe_topic", { type: "fail", code: "unreachable" }, { times: 3 }),
  });
});

Deno.test("a producer has one unsettled send for each partition", async () => {
  await bench(async ({ log, actor, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    const rows = [1, 2, 3].map((row, index) => batch({ index }, [[row, "BHP"]]));
    for (const sent of rows) await send(sent);
    assert.equal(log.broker.appends.length, 0);
    hung.release();
    await actor.idle();
    assert.deepEqual(rowsIn(BHP), [1, 2, 3]);
    assert.equal(log.broker.appends.length, 2, "what waited goes out together");
  });
});

Deno.test("a producer lets the records of a partition wait for more of them, for as long as it is told", async () => {
  await bench(async ({ clock, log, send }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(3);
    await send(batch({ index: 1 }, [[2, OTHER], [3, "BHP"]]));
    await clock.advance(1);
    assert.deepEqual(log.broker.appends, []);
    await clock.advance(1);
    const sent = () =>
      log.broker.appends.map(({ partition: at, records }) => [at, records.map(({ value }) => rowOf(value))]);
    assert.deepEqual(sent(), [[BHP, [1, 3]]], "5 ms after the first of them");
    await clock.advance(3);
    assert.deepEqual(sent().slice(1), [[1 - BHP, [2]]]);
    await send(batch({ index: 2 }, [4, 5, 6].map((row) => [row, "BHP"])));
    assert.deepEqual(sent().slice(2), [[BHP, [4, 5, 6]]], "as many as a send takes wait for nothing");
  }, { lingerMs: 5, maxSendRecords: 3 });
});

Deno.test("a producer counts the time of an unsettled send as waiting", async () => {
  await bench(async ({ actor, clock, log, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" }, { partition: BHP });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(5);
    await send(batch({ index: 1 }, [[2, "BHP"]]));
    await clock.advance(1);
    await send(batch({ index: 2 }, [[3, OTHER]]));
    await clock.advance(3);
    hung.release();
    await actor.idle();
    assert.deepEqual([rowsIn(BHP), rowsIn(1 - BHP)], [[1], []]);
    await clock.advance(1);
    assert.deepEqual([rowsIn(BHP), rowsIn(1 - BHP)], [[1, 2], []], "before those that came later");
    await clock.advance(1);
    assert.deepEqual(rowsIn(1 - BHP), [3]);
  }, { lingerMs: 5 });
});

Deno.test("a producer does not let records linger that have waited for its topic, or for the outcome of a send", async () => {
  const LINGER_MS = 500;
  await bench(async ({ clock, log, send, rowsIn }) => {
    log.broker.faults.next("send", { type: "unknown", stored: "no" });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(LINGER_MS + SETTLE_MS);
    assert.deepEqual(rowsIn(BHP), [1]);
  }, { lingerMs: LINGER_MS });
  await bench(async ({ clock, send, rowsIn }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(100 + 200 + 400);
    assert.deepEqual(rowsIn(BHP), [1]);
  }, {
    lingerMs: LINGER_MS,
    prepare: ({ broker }) =>
      void broker.faults.next("describe_topic", { type: "fail", code: "unreachable" }, { times: 3 }),
  });
});

Deno.test("a producer that is to end sends at once what waits for more", async () => {
  await bench(async ({ actor, send, rowsIn }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    const stopped = actor.system.stop();
    await actor.idle();
    assert.deepEqual(rowsIn(BHP), [1]);
    await stopped;
  }, { lingerMs: 60_000 });
});

Deno.test("a producer returns what is not next in its source's stream", async () => {
  await bench(async ({ send, rowsIn }) => {
    const late = batch({ index: 1 }, [[2, "BHP"]]);
    await send(late);
    assert.equal((late.causes[0] as Error).name, "OutOfSequenceError");
    const first = batch({ index: 0 }, [[1, "BHP"]]);
    await send(first);
    assert.deepEqual([first.causes, rowsIn(BHP)], [[undefined], [1]]);
  });
});

Deno.test("a producer settles a batch without rows, and keeps count of it", async () => {
  await bench(async ({ send }) => {
    const empty = batch({ index: 0 }, []);
    await send(empty);
    const next = batch({ index: 1 }, [[1, "BHP"]]);
    await send(next);
    assert.deepEqual([empty.causes, next.causes], [[undefined], [undefined]]);
  });
});

for (const stored of ["yes", "no"] as const) {
  Deno.test(`a producer reads what became of a send whose outcome is unknown (stored: ${stored})`, async () => {
    await bench(async ({ actor, clock, log, events, send, rowsIn }) => {
      await send(batch({ index: 0 }, [[1, "BHP"]]));
      log.broker.faults.next("send", { type: "unknown", stored });
      const sent = batch({ index: 1 }, [[2, "BHP"], [3, "BHP"]]);
      await send(sent);
      await actor.idle();
      assert.deepEqual(sent.causes, [], "its outcome is not known yet");
      await clock.advance(SETTLE_MS);
      assert.deepEqual(rowsIn(BHP), [1, 2, 3]);
      assert.deepEqual(sent.causes, [undefined]);
      const [found, sentAgain] = stored === "yes" ? [2, 0] : [0, 2];
      assert.deepEqual(events.slice(2), [
        { ...events[2], type: "send_unknown", partitions: [BHP] },
        { type: "topic_opened", stage: "sending", topic: TOPIC, partitions: 2 },
        { type: "send_resolved", stage: "sending", topic: TOPIC, found, sentAgain },
      ]);
      await send(batch({ index: 2 }, [[4, "BHP"]]));
      assert.equal(producers(log), 2, "a client is used no more after a send that failed");
    });
  });
}

Deno.test("a producer waits until the end of the log stands still before it believes it", async () => {
  await bench(async ({ clock, log, send, rowsIn }) => {
    log.broker.faults.next("send", { type: "unknown", stored: "late", afterMs: SETTLE_MS - 1 });
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(SETTLE_MS);
    assert.deepEqual(sent.causes, [], "the end has just moved");
    await clock.advance(SETTLE_MS);
    assert.deepEqual([sent.causes, rowsIn(BHP)], [[undefined], [1]]);
  });
});

Deno.test("a producer sends nothing again that its leader has stored and the followers do not have yet", async () => {
  await bench(async ({ actor, clock, log, events, send, rowsIn }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    const followers = log.broker.freezeFollowers(TOPIC, BHP);
    const sent = batch({ index: 1 }, [[2, "BHP"], [3, "BHP"]]);
    await send(sent);
    // Long past the delivery time-out: the followers are away for an hour.
    await clock.advance(3_600_000);
    await actor.idle();
    assert.deepEqual(
      [sent.causes, rowsIn(BHP)],
      [[], [1, 2, 3]],
      "their outcome is not known yet, and nothing is sent meanwhile",
    );
    const told = events.filter((event) => event.type === "replication_awaited");
    assert.deepEqual(told[0]?.partitions, [{ partition: BHP, records: 2 }]);
    followers.release();
    await clock.advance(2 * SETTLE_MS);
    assert.deepEqual([sent.causes, rowsIn(BHP)], [[undefined], [1, 2, 3]]);
    assert.deepEqual(events.at(-1), {
      type: "send_resolved",
      stage: "sending",
      topic: TOPIC,
      found: 2,
      sentAgain: 0,
    });
  });
});

Deno.test("a producer sends again what only a lost leader had", async () => {
  await bench(async ({ clock, log, send, rowsIn }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    log.broker.freezeFollowers(TOPIC, BHP);
    const sent = batch({ index: 1 }, [[2, "BHP"], [3, "BHP"]]);
    await send(sent);
    await clock.advance(60_000);
    log.broker.electFollower(TOPIC, BHP);
    assert.deepEqual(rowsIn(BHP), [1]);
    await clock.advance(3 * SETTLE_MS);
    assert.deepEqual([sent.causes, rowsIn(BHP)], [[undefined], [1, 2, 3]]);
  });
});

Deno.test("a producer waits for the sends to other partitions before it replaces its client, once", async () => {
  const memory = new MemoryLog();
  const { log, open } = countingClients(memory);
  const rowsIn = (at: number) => memory.broker.records(TOPIC, at).map(({ value }) => rowOf(value));
  await bench(async ({ actor, clock, events, send }) => {
    const hung = memory.broker.faults.next("send", { type: "hang" }, { partition: 1 - BHP });
    memory.broker.faults.next("send", { type: "unknown", stored: "no" }, { partition: BHP });
    const sent = batch({ index: 0 }, [[1, "BHP"], [2, OTHER]]);
    await send(sent);
    await clock.advance(5 * SETTLE_MS);
    assert.equal(types(events).includes("send_resolved"), false);
    hung.release();
    await actor.idle();
    await clock.advance(SETTLE_MS);
    assert.deepEqual([rowsIn(BHP), rowsIn(1 - BHP), sent.causes], [[1], [2], [undefined]]);
    assert.deepEqual([types(events).filter((type) => type === "topic_opened").length, open()], [2, 1]);
  }, { log });
  await memory.close();
});

Deno.test("a producer looks at nothing before the client that failed is closed", async () => {
  const memory = new MemoryLog();
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { log } = countingClients(memory, () => closed);
  await bench(async ({ clock, actor, events, send }) => {
    memory.broker.faults.next("send", { type: "unknown", stored: "no" });
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(10 * SETTLE_MS);
    assert.deepEqual(types(events), ["topic_created", "topic_opened", "send_unknown"]);
    close();
    await actor.idle();
    await clock.advance(SETTLE_MS);
    assert.deepEqual(sent.causes, [undefined]);
  }, { log });
  await memory.close();
});

Deno.test("a producer that dies leaves the reading for its sends to the next incarnation", async () => {
  await bench(async ({ actor, clock, log, ledger, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    const sent = batch({ index: 0 }, [[1, "BHP"], [2, "BHP"]]);
    await send(sent);
    actor.killNow();
    assert.equal((sent.causes[0] as Error).name, "ActorRestartedError");
    hung.release(); // now it is written, and no answer says so
    await clock.advance(SETTLE_MS + 100);
    assert.equal(ledger.unclaimed, 2);
    const again = batch({ run: 2, index: 0 }, [[1, "BHP"], [2, "BHP"], [3, "BHP"]]);
    await send(again);
    assert.deepEqual([rowsIn(BHP), again.causes, ledger.unclaimed], [[1, 2, 3], [undefined], 0]);
    assert.deepEqual([...again.record.states[0] ?? []], [ROW.acknowledged, ROW.acknowledged, ROW.acknowledged]);
  });
});

Deno.test("a producer reads nothing before the client of the incarnation before is closed", async () => {
  await bench(async ({ actor, clock, log, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    actor.killNow();
    await clock.advance(5_000);
    const again = batch({ run: 2, index: 0 }, [[1, "BHP"]]);
    await send(again);
    assert.deepEqual(again.causes, []);
    hung.release();
    await actor.idle();
    await clock.advance(SETTLE_MS);
    assert.deepEqual([rowsIn(BHP), again.causes], [[1], [undefined]]);
  });
});

Deno.test("a producer forgets no doubt when what comes before the reading fails", async () => {
  await bench(async ({ clock, log, events, send, rowsIn }) => {
    log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    for (const call of ["describe_topic", "offsets", "leader_offsets", "read", "create_producer"] as const) {
      log.broker.faults.next(call, { type: "fail", code: "unreachable" });
    }
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(20_000);
    assert.equal(types(events).filter((type) => type === "topic_unavailable").length, 5);
    assert.deepEqual([rowsIn(BHP), sent.causes], [[1], [undefined]]);
  });
});

/** Counts clients that are open, and closes them as it is told. */
function countingClients(log: MemoryLog, closing: () => Promise<void> = () => Promise.resolve()) {
  let open = 0;
  const counted = new Proxy(log, {
    get(target, name) {
      if (name !== "createProducer") {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (): Promise<LogProducer> => {
        const client = await target.createProducer();
        open += 1;
        let closed = false;
        return {
          send: (topic, at, records) => client.send(topic, at, records),
          close: async () => {
            if (!closed) open -= 1;
            closed = true;
            await client.close();
            await closing();
          },
        };
      };
    },
  });
  return { log: counted, open: () => open };
}

Deno.test("a producer leaves no client open: not after a failure, not when it is killed while it connects", async () => {
  const clock = new ManualClock();
  const memory = new MemoryLog({ clock });
  const { log, open } = countingClients(memory);
  await bench(async ({ actor, clock: time, send }) => {
    assert.equal(open(), 1);
    memory.broker.faults.next("send", { type: "unknown", stored: "no" });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await time.advance(10 * SETTLE_MS);
    await clock.runUntilIdle();
    assert.equal(open(), 1, "after a failure");
    const connecting = memory.broker.faults.next("create_producer", { type: "hang" });
    actor.killNow();
    await time.advance(20);
    await connecting.reached;
    assert.equal(open(), 0);
    actor.killNow();
    connecting.release();
    await time.advance(20);
    assert.equal(open(), 1, "of the third incarnation");
  }, { log });
  assert.equal(open(), 0);
  await memory.close();
});

Deno.test("a producer that is killed the moment its client is there closes it", async () => {
  const memory = new MemoryLog();
  let killing: () => void = () => {};
  const { log, open } = countingClients(memory);
  const killer = new Proxy(log, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "createProducer") return value;
      return async () => {
        const client = await target.createProducer();
        queueMicrotask(() => killing());
        return client;
      };
    },
  });
  await bench(async ({ actor, clock }) => {
    let kills = 0;
    killing = () => kills++ < 3 ? actor.killNow() : undefined;
    actor.killNow();
    await clock.advance(1_000);
    assert.equal(kills, 4);
    assert.equal(open(), 1);
  }, { log: killer });
  assert.equal(open(), 0);
  await memory.close();
});

Deno.test("a producer continues after a client that did not close in order", async () => {
  const memory = new MemoryLog();
  const { log } = countingClients(memory, () => Promise.reject(new Error("connection reset")));
  await bench(async ({ actor, clock, send }) => {
    memory.broker.faults.next("send", { type: "unknown", stored: "no" });
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(SETTLE_MS);
    assert.deepEqual(sent.causes, [undefined]);
    await actor.kill();
    const next = batch({ run: 2, index: 0 }, [[2, "BHP"]]);
    await send(next);
    assert.deepEqual(next.causes, [undefined]);
  }, { log });
  await memory.close();
});

Deno.test("a producer parks a topic that it may not write, gives everything back, and takes nothing more", async () => {
  await bench(async ({ clock, log, events, send }) => {
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" });
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    const [cause] = sent.causes;
    assert.match(String(cause), /TopicParkedError: Topic "market\.equities\.trades\.asx" is parked: .*unauthorized/);
    const next = batch({ index: 1 }, [[2, "BHP"]]);
    await send(next);
    assert.equal(next.causes[0], cause);
    await clock.advance(120_000);
    assert.deepEqual(types(events).slice(2), ["send_unknown", "topic_parked"], "said once, and left alone");
  });
});

Deno.test("a producer parks a topic that is not there and may not be made", async () => {
  await bench(async ({ send }) => {
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    assert.match(String(sent.causes[0]), /does not exist and topics\.create is false/);
  }, { topic: { name: TOPIC, create: null, mustKeepAll: true, warnOfReplication: false } });
});

Deno.test("a producer waits for what is being sent when the topic is parked, and acknowledges what was stored", async () => {
  await bench(async ({ actor, log, send, rowsIn, ledger }) => {
    const hung = log.broker.faults.next("send", { type: "hang" }, { partition: 1 - BHP });
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" }, { partition: BHP });
    const sent = batch({ index: 0 }, [[1, "BHP"], [2, OTHER], [3, OTHER]]);
    await send(sent);
    await send(batch({ index: 1 }, [[4, OTHER]]));
    const next = ledger.next(1 - BHP);
    hung.release();
    await actor.idle();
    assert.deepEqual(rowsIn(1 - BHP), [2, 3]);
    assert.deepEqual([...sent.record.states[0] ?? []], [ROW.pending, ROW.acknowledged, ROW.acknowledged]);
    assert.deepEqual([next, ledger.next(1 - BHP)], [0n, 2n]);
    assert.match(String(sent.causes[0]), /TopicParkedError/);
  });
});

Deno.test("a producer tries a parked topic again when another source comes", async () => {
  await bench(async ({ clock, log, events, send, rowsIn }) => {
    const refusal = log.broker.faults.next("send", { type: "refuse", code: "unauthorized" }, { times: 2 });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    const second = batch({ stream: { source: "second" }, index: 0 }, [[1, "BHP"]]);
    await send(second);
    await clock.advance(SETTLE_MS);
    assert.match(String(second.causes[0]), /TopicParkedError/);
    assert.equal(refusal.spent, true);
    const third = batch({ stream: { source: "third" }, index: 0 }, [[1, "BHP"]]);
    await send(third);
    await clock.advance(SETTLE_MS);
    assert.deepEqual([third.causes, rowsIn(BHP)], [[undefined], [1]]);
    assert.equal(types(events).filter((type) => type === "topic_parked").length, 2);
  });
});

Deno.test("a producer does not write on when its topic was deleted and made again", async () => {
  await bench(async ({ clock, log, send, rowsIn }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    log.broker.recreateTopic(TOPIC);
    await clock.advance(60_000);
    const sent = batch({ index: 1 }, [[2, "BHP"]]);
    await send(sent);
    assert.match(String(sent.causes[0]), /was deleted and made again/);
    const anew = batch({ stream: { source: "again" }, index: 0 }, [[1, "BHP"], [2, "BHP"]]);
    await send(anew);
    assert.deepEqual([anew.causes, rowsIn(BHP)], [[undefined], [1, 2]], "a load that begins anew may");
  });
});

Deno.test("a producer does not make a topic again that it has written to, and gives up on it after a while", async () => {
  await bench(async ({ clock, log, events, send }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    log.broker.deleteTopic(TOPIC);
    const sent = batch({ index: 1 }, [[2, "BHP"]]);
    await send(sent);
    await clock.advance(1_000);
    assert.deepEqual(sent.causes, [], "it may come into sight again");
    await clock.advance(20_000);
    assert.match(String(sent.causes[0]), /was written to and is not there/);
    assert.equal(log.broker.topic(TOPIC), undefined);
    assert.ok(types(events).includes("topic_unavailable"));
  });
});

Deno.test("a producer halves a send that is too large, and refuses the record that is too large alone", async () => {
  await bench(async ({ clock, log, send, rowsIn }) => {
    const refusal = { type: "refuse", code: "message_too_large" } as const;
    log.broker.faults.next("send", refusal, { times: 3 });
    const rows = [1, 2, 3, 4].map((row): [number, string] => [row, "BHP"]);
    const sent = batch({ index: 0 }, rows);
    await send(sent);
    await clock.advance(10 * SETTLE_MS);
    assert.deepEqual(rowsIn(BHP), [2, 3, 4]);
    assert.deepEqual(sent.record.refusals.map(({ index, rule }) => [index, rule]), [[0, "message_too_large"]]);
    assert.deepEqual(sent.causes, [undefined]);
  });
});

Deno.test("a producer does not refuse a record that may or may not be stored", async () => {
  await bench(async ({ clock, log, send, rowsIn }) => {
    log.broker.faults.next("send", { type: "unknown", stored: "yes", code: "message_too_large" });
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(SETTLE_MS);
    assert.deepEqual([sent.record.refusals, sent.causes, rowsIn(BHP)], [[], [undefined], [1]]);
  });
});

Deno.test("a producer does not mix epochs in a send", async () => {
  await bench(async ({ actor, log, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await send(batch({ index: 1 }, [[2, "BHP"]], 1));
    await send(batch({ index: 2 }, [[3, "BHP"], [4, "BHP"]], 2));
    hung.release();
    await actor.idle();
    assert.deepEqual(rowsIn(BHP), [1, 2, 3, 4]);
    assert.deepEqual(log.broker.appends.map(({ records }) => records.map(({ value }) => rowOf(value))), [
      [1],
      [2],
      [3, 4],
    ]);
  });
});

Deno.test("a producer drains first when its topic has grown, and then writes where the keys belong now", async () => {
  const moved = ["BHP", "RIO", "CBA", "NAB", "MWR", "ANZ", "WBC"].find((key) =>
    partition(key, 2) !== partition(key, 5)
  );
  assert.ok(moved !== undefined);
  await bench(async ({ actor, clock, log, events, send, rowsIn }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    await send(batch({ index: 0 }, [[1, moved]]));
    await send(batch({ index: 1 }, [[2, moved]]));
    log.broker.addPartitions(TOPIC, 5);
    await clock.advance(20_000);
    const third = batch({ index: 2 }, [[3, moved]]);
    await send(third);
    assert.equal(log.broker.appends.length, 0, "nothing is written elsewhere before the old partition has settled");
    hung.release();
    await actor.idle();
    assert.deepEqual([rowsIn(partition(moved, 2)), rowsIn(partition(moved, 5))], [[1], [2, 3]]);
    assert.deepEqual(third.causes, [undefined]);
    assert.ok(events.some((event) => event.type === "topic_grown" && event.from === 2 && event.to === 5));
    assert.equal(types(events).includes("send_unknown"), false);
  }, { refreshMs: 10_000 });
});

Deno.test("a producer reads the partition count again and again, also after a look that failed", async () => {
  await bench(async ({ clock, log, events }) => {
    log.broker.faults.next("describe_topic", { type: "fail", code: "unreachable" });
    await clock.advance(10_000);
    log.broker.addPartitions(TOPIC, 3);
    await clock.advance(10_000);
    assert.ok(types(events).includes("topic_grown"));
    log.broker.addPartitions(TOPIC, 4);
    await clock.advance(10_000);
    assert.equal(types(events).filter((type) => type === "topic_grown").length, 2);
  }, { refreshMs: 10_000 });
});

Deno.test("a producer parks its topic when it becomes a compacted one", async () => {
  const config: Record<string, string> = {};
  await bench(async ({ clock, send, rowsIn, events }) => {
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    config["cleanup.policy"] = "compact";
    await clock.advance(10_000);
    assert.ok(types(events).includes("topic_parked"));
    const next = batch({ index: 1 }, [[2, "BHP"]]);
    await send(next);
    assert.match(String(next.causes[0]), /TopicParkedError: .* has cleanup\.policy compact/);
    assert.deepEqual(rowsIn(BHP), [1]);
  }, {
    refreshMs: 10_000,
    topic: { name: TOPIC, create: { name: TOPIC, partitions: 2, config }, mustKeepAll: true, warnOfReplication: false },
  });
});

Deno.test("a producer says that the log does not answer, for as long as it does not", async () => {
  await bench(async ({ actor, clock, log, events, send }) => {
    const hung = log.broker.faults.next("send", { type: "hang" });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(25_000);
    const stalls = events.filter((event) => event.type === "send_stalled");
    assert.deepEqual(stalls.map(({ partitions, waitedMs }) => [partitions, waitedMs]), [[[BHP], 10_000], [
      [BHP],
      20_000,
    ]]);
    hung.release();
    await actor.idle();
    await clock.advance(60_000);
    assert.equal(types(events).filter((type) => type === "send_stalled").length, 2);
  });
});

Deno.test("a producer counts the wait for an answer from the send that waits, whenever it began", async () => {
  await bench(async ({ actor, clock, log, events, send }) => {
    log.broker.faults.slow({ sendMs: 6_000 });
    await send(batch({ index: 0 }, [[1, "BHP"]]));
    await clock.advance(6_000);
    log.broker.faults.slow({});
    const hung = log.broker.faults.next("send", { type: "hang" });
    await send(batch({ index: 1 }, [[2, "BHP"]]));
    await clock.advance(9_999);
    assert.equal(types(events).includes("send_stalled"), false);
    await clock.advance(1);
    assert.equal(events.find((event) => event.type === "send_stalled")?.waitedMs, 10_000);
    hung.release();
    await actor.idle();
  });
});

Deno.test("a producer that is to end writes what it has, also if it is only just opening or in doubt", async () => {
  for (const doubt of [false, true]) {
    await bench(async ({ actor, clock, log, send, rowsIn }) => {
      const sent = batch({ index: 0 }, [[1, "BHP"]]);
      if (doubt) log.broker.faults.next("send", { type: "unknown", stored: "no" });
      await send(sent);
      const stopped = actor.system.stop();
      await clock.advance(2 * SETTLE_MS + 100);
      await stopped;
      assert.deepEqual([rowsIn(BHP), sent.causes], [[1], [undefined]]);
    }, doubt ? {} : { prepare: (log) => void log.broker.faults.unreachable({ calls: 1 }) });
  }
});

Deno.test("a producer that has nothing to write ends at once, although the broker is away", async () => {
  await bench(async ({ actor, clock }) => {
    let ended = false;
    const stopped = actor.system.stop().then(() => ended = true);
    await clock.runUntilIdle();
    assert.equal(ended, true);
    await stopped;
  }, { prepare: (log) => void log.broker.faults.unreachable() });
});

Deno.test("a producer that is to end while its topic is parked waits for what is being sent", async () => {
  await bench(async ({ actor, log, send }) => {
    const hung = log.broker.faults.next("send", { type: "hang" }, { partition: 1 - BHP });
    log.broker.faults.next("send", { type: "refuse", code: "unauthorized" }, { partition: BHP });
    const sent = batch({ index: 0 }, [[1, "BHP"], [2, OTHER]]);
    await send(sent);
    const stopped = actor.system.stop();
    await actor.idle();
    hung.release();
    await actor.idle();
    await stopped;
    assert.deepEqual([...sent.record.states[0] ?? []], [ROW.pending, ROW.acknowledged]);
  });
});

Deno.test("a producer whose client throws takes the outcome for unknown", async () => {
  const memory = new MemoryLog();
  let broken = true;
  const throwing = new Proxy(memory, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name !== "createProducer") return typeof value === "function" ? value.bind(target) : value;
      return async (): Promise<LogProducer> => {
        const client = await target.createProducer();
        return {
          close: () => client.close(),
          send: (topic, at, records) => {
            if (!broken) return client.send(topic, at, records);
            broken = false;
            return Promise.reject(new LogError("client", "a bug of the client"));
          },
        };
      };
    },
  });
  await bench(async ({ clock, send }) => {
    const sent = batch({ index: 0 }, [[1, "BHP"]]);
    await send(sent);
    await clock.advance(SETTLE_MS);
    assert.deepEqual(sent.causes, [undefined]);
  }, { log: throwing });
  await memory.close();
});

Deno.test("the producer keeps a bounded number of found records that no row claims, such as those of v1 calls", async () => {
  await bench(async ({ actor, clock, log, ledger, send, rowsIn }) => {
    const found: number[] = [];
    for (let round = 0; round < 3; round++) {
      const given: { source: string; ended: boolean } = { source: `push ${round}`, ended: false };
      const rows = Array.from({ length: 6_000 }, (_, at) => [round * 6_000 + at + 1, "BHP"] as const);
      const fault = log.broker.faults.next("send", { type: "unknown", stored: "yes" });
      const away = log.broker.faults.next("leader_offsets", { type: "fail", code: "unreachable" }, { times: Infinity });
      await send(batch({ stream: given, index: 0 }, rows));
      await fault.reached;
      // Its source gives the rows up, and a caller who tries again gets other ids.
      given.ended = true;
      await actor.kill();
      away.release();
      await clock.advance(10_000);
      found.push(ledger.unclaimed);
    }
    assert.equal(rowsIn(BHP).length, 18_000);
    assert.deepEqual(found, [6_000, 10_000, 10_000]);
  }, { maxSendRecords: 6_000, maxSendBytes: 10_000_000 });
});

/** Asks a producer for a record of version v2; null until it is answered. */
function ask({ actor }: Bench, row: number, { schemaId = 1, source = null }: Partial<AskWritten> = {}) {
  const answers: unknown[] = [];
  const answer = new ReplyPort<WrittenAnswer>({
    reply: (found) => answers.push(found),
    fail: (cause) => answers.push(cause),
  });
  const sent = actor.ref.send({ type: "ask_written", messageId: messageId(row), schemaId, source, answer });
  return { answers, sent };
}

Deno.test("the producer answers what became of a record only after its doubtful sends were read for", async () => {
  await bench(async (all) => {
    const { actor, log, clock, send } = all;
    const settled = batch({ index: 0 }, [[1, "BHP"]]);
    await send(settled);
    const fault = log.broker.faults.next("send", { type: "unknown", stored: "yes" });
    await send(batch({ index: 1 }, [[2, "BHP"]]));
    await fault.reached;
    const away = log.broker.faults.unreachable();
    await actor.kill();
    const others = [ask(all, 2, { schemaId: 2 }), ask(all, 2, { source: { origin: "00".repeat(8), row: 2 } })];
    const [there, gone] = [ask(all, 2), ask(all, 3)];
    await clock.advance(60_000);
    assert.deepEqual([there.answers, gone.answers], [[], []], "nothing is known while the topic cannot be read");
    away.release();
    await clock.advance(5_000);
    const [found] = there.answers;
    assert.ok(found !== null && typeof found === "object" && "offset" in found);
    assert.deepEqual(found.offset, 1n);
    for (const { answers } of [gone, ...others]) assert.deepEqual(answers, [null]);
    const again = ask(all, 2);
    await actor.idle();
    assert.deepEqual(again.answers, [null], "it was claimed");
  });
});

Deno.test("the producer whose topic is parked fails the questions for its records", async () => {
  await bench(async (all) => {
    const { actor, log, clock } = all;
    log.broker.faults.next("offsets", { type: "fail", code: "unauthorized" }, { times: Infinity });
    await actor.kill();
    const early = ask(all, 1);
    await clock.advance(1_000);
    const late = ask(all, 1);
    await actor.idle();
    for (const { answers: [cause] } of [early, late]) assert.ok(cause instanceof TopicParkedError);
    log.broker.faults.clear();
  });
});

Deno.test("the producer that dies with a question gives it back", async () => {
  await bench(async (all) => {
    const { actor, log } = all;
    const away = log.broker.faults.unreachable();
    await actor.kill();
    const question = ask(all, 1);
    await actor.idle();
    await actor.kill();
    assert.equal(question.answers.length, 1);
    assert.ok(question.answers[0] instanceof Error);
    away.release();
  });
});
