/** The keeper at its work: in a source's actor, whose rows and whose store the test plays. */
import assert from "node:assert/strict";
import { ArraySource } from "../../tests/support/array_source.ts";
import { checkpointAt } from "../../tests/support/checkpoints.ts";
import { target, trades } from "../../tests/support/trades.ts";
import { type LoneActor, startAlone } from "../../tests/support/actors.ts";
import { DeliveryWindow } from "../delivery/delivery_window.ts";
import { ManualClock } from "../../kernel/testing.ts";
import type { ActorRef } from "../../kernel/types.ts";
import type { CheckpointsMessage, DeadLettersMessage, RowsAdmitted } from "../messages.ts";
import { RowFeed } from "./row_feed.ts";
import { sourceActor } from "./source.ts";
import type { SourceEnd } from "./source_actor_options.ts";
import { SourceCheckpoint } from "./source_checkpoint.ts";

interface Bench {
  readonly actor: LoneActor<never>;
  readonly clock: ManualClock;
  readonly window: DeliveryWindow;
  readonly ends: readonly SourceEnd[];
  /** Checkpoints that were sent to the store and are not answered. */
  readonly asked: CheckpointsMessage[];
  /** Acknowledges everything that is under way. */
  settle(): Promise<void>;
  /** Answers the oldest question; @returns the row of its checkpoint. */
  answer(how?: "stored" | "lost" | "refused"): Promise<number | undefined>;
}

interface BenchOptions {
  readonly rows?: number;
  readonly batchRows?: number;
  readonly windowRows?: number;
  readonly checkpointRows?: number;
}

async function bench(body: (bench: Bench) => Promise<void>, options: BenchOptions = {}): Promise<void> {
  const { rows = 100, batchRows = 10, windowRows = 100, checkpointRows = 40 } = options;
  const clock = new ManualClock();
  const source = new ArraySource(trades(rows, 0).rows);
  const window = new DeliveryWindow({
    source: source.id,
    windowRows,
    maxAttempts: 3,
    clock,
    start: null,
    checkpointed: true,
  });
  const checkpoint = new SourceCheckpoint({
    source,
    window,
    checkpointRows,
    start: () => Promise.resolve({ checkpoint: checkpointAt(0), written: null, found: 0, sentTo: 0, complete: false }),
    partitionsOf: () => 2,
    openLetters: () => Infinity,
    doubt: () => {},
  });
  const asked: CheckpointsMessage[] = [];
  const admitted: RowsAdmitted[] = [];
  const ends: SourceEnd[] = [];
  const feed = new RowFeed(source);
  const actor = await startAlone(
    sourceActor("source", {
      source,
      window,
      feed,
      converter: refTo(admitted),
      deadLetters: refTo<DeadLettersMessage>([]),
      checkpoint: { of: checkpoint, store: refTo(asked) },
      resolveTarget: (version) => Promise.resolve(target(version)),
      epoch: () => ({ number: 1, flag: "v2" }),
      observe: () => {},
      batchRows,
      tooManyDeadLetters: () => null,
      onEnded: (end) => ends.push(end),
      stallMs: 30_000,
      shutdownMs: 30_000,
    }),
    clock,
  );
  try {
    await actor.idle();
    await body({
      actor,
      clock,
      window,
      ends,
      asked,
      settle: async () => {
        for (const { batch, delivery } of admitted.splice(0)) {
          const part = delivery.openPart(0, target("v2").topic, batch.rows.length);
          batch.rows.forEach(({ row }, index) => part.acknowledge([index], 0, BigInt(row)));
          delivery.finish();
        }
        await actor.idle();
      },
      answer: async (how = "stored") => {
        const message = asked.shift();
        if (how === "stored") message?.saved.reply({ type: "saved" });
        else if (how === "refused") message?.saved.reply({ type: "refused", cause: REFUSAL });
        else message?.saved.fail(new Error("the store died"));
        await actor.idle();
        return message?.save.checkpoint.position.row;
      },
    });
  } finally {
    await actor[Symbol.asyncDispose]();
    await feed.close();
  }
}

const REFUSAL = new Error("another process has moved it");

/** Stands for an actor that only notes what it gets. */
function refTo<Message>(notes: Message[]): ActorRef<Message> {
  return { path: "notes", send: (message) => Promise.resolve(void notes.push(message)) };
}

Deno.test("a source reads no more rows past a checkpoint than may be sent until the next one is stored", async () => {
  await bench(async ({ settle, answer, window, asked }) => {
    assert.equal(window.unsettledRows, 40);
    await settle();
    assert.deepEqual([window.account.read, window.unsettledRows, asked.length], [40, 0, 1]);
    assert.equal(await answer(), 40);
    assert.equal(window.account.read, 80);
  });
});

Deno.test("a source has one checkpoint stored at a time, and the next one says all that has settled since", async () => {
  await bench(async ({ settle, answer, asked, window }) => {
    await settle();
    assert.equal(window.account.read, 100);
    await settle();
    assert.equal(asked.length, 1);
    assert.equal(await answer(), 100, "as many rows as could be read");
  }, { checkpointRows: 200 });
});

Deno.test("a source that stores half of what may be sent leaves room for the rest", async () => {
  await bench(async ({ settle, answer, asked, window }) => {
    assert.equal(window.unsettledRows, 20);
    await settle();
    assert.deepEqual([asked.length, window.unsettledRows], [1, 20], "it reads on meanwhile");
    await settle();
    assert.deepEqual([asked.length, window.account.read], [1, 40], "one at a time");
    assert.equal(await answer(), 20);
    assert.equal(asked.length, 1);
    assert.equal(await answer(), 40);
  }, { windowRows: 20 });
});

Deno.test("a source that is slow is stored after five seconds", async () => {
  await bench(async ({ settle, clock, asked, answer }) => {
    await settle();
    assert.equal(asked.length, 0, "too few rows");
    await clock.advance(4_999);
    assert.equal(asked.length, 0);
    await clock.advance(1);
    assert.equal(asked.length, 1);
    assert.equal(await answer(), 10);
  }, { rows: 1_000, windowRows: 10, checkpointRows: 100_000, batchRows: 10 });
});

Deno.test("a source makes a checkpoint anew that was lost with its store", async () => {
  await bench(async ({ settle, answer, asked }) => {
    await settle();
    assert.equal(await answer("lost"), 40);
    assert.equal(asked.length, 1);
    assert.equal(await answer(), 40);
    assert.equal(asked.length, 0);
  });
});

Deno.test("a source whose checkpoint is refused for good stops with the reason, once what is under way has settled", async () => {
  await bench(async ({ settle, answer, asked, ends }) => {
    await settle();
    await answer("refused");
    await settle();
    assert.deepEqual([ends, asked.length], [[{ type: "stopped", cause: REFUSAL }], 0]);
  });
});

Deno.test("a source has not ended before its last checkpoint is stored, which says that it is finished", async () => {
  await bench(async ({ settle, answer, asked, ends }) => {
    await settle();
    assert.deepEqual(ends, []);
    while (asked.length > 0 && asked[0]?.save.checkpoint.finished === null) await answer();
    assert.deepEqual([ends, asked[0]?.save.checkpoint.finished], [[], { rows: 5, bytes: null, heldBack: null }]);
    await answer("lost");
    assert.deepEqual(ends, []);
    assert.deepEqual([await answer(), ends], [5, [{ type: "completed" }]]);
  }, { rows: 5 });
});

Deno.test("a source that is stopped in order waits for its last checkpoint, which says that nothing is past it", async () => {
  await bench(async ({ settle, answer, asked, ends, actor, clock }) => {
    await settle();
    const stopping = actor.system.stop();
    await clock.runUntilIdle();
    await settle();
    assert.deepEqual(ends, []);
    while (asked.length > 0 && asked[0]?.save.checkpoint.ahead !== 0) await answer();
    assert.deepEqual([ends, asked.length], [[], 1]);
    await answer();
    assert.deepEqual(ends, [{ type: "drained" }]);
    await stopping;
  }, { rows: 1_000, windowRows: 10, checkpointRows: 1_000 });
});

Deno.test("a source that has nothing under way when it is stopped waits for its last checkpoint too", async () => {
  await bench(async ({ settle, answer, asked, ends, actor, clock, window }) => {
    await settle();
    assert.deepEqual([window.unsettledRows, asked.length], [0, 1], "there is no room before this one is stored");
    const stopping = actor.system.stop();
    await clock.runUntilIdle();
    assert.deepEqual(ends, []);
    await answer();
    assert.deepEqual([ends, asked[0]?.save.checkpoint.ahead], [[], 0]);
    await answer();
    assert.deepEqual(ends, [{ type: "drained" }]);
    await stopping;
  }, { rows: 1_000, checkpointRows: 10 });
});

Deno.test("a source that is started again stores what has settled, though the one before had asked already", async () => {
  await bench(async ({ settle, answer, asked, actor, ends }) => {
    await settle();
    assert.equal(asked.length, 1);
    await actor.kill();
    await actor.idle();
    assert.equal(asked.length, 2);
    assert.deepEqual([await answer(), await answer()], [40, 40]);
    for (let times = 0; times < 10 && ends.length === 0; times++) {
      await settle();
      while (asked.length > 0) await answer();
    }
    assert.deepEqual(ends, [{ type: "completed" }]);
  });
});
