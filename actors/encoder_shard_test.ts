import assert from "node:assert/strict";
import { target } from "../tests/trades.ts";
import { type LoneActor, startAlone } from "./_support.ts";
import { AnswerDebt } from "./debt.ts";
import type { EncodedValues } from "./encoded_records.ts";
import { defineSupervisor, startSystem } from "./kernel/mod.ts";
import { ManualClock, recordEvents } from "./kernel/testing.ts";
import type { EncoderShardMessage } from "./messages.ts";
import { type FakeMode, FakeWorkers } from "../tests/fake_encoders.ts";
import { admittedOf, batchOf, TRADES } from "../tests/event_batches.ts";
import { type EncodeJob, encodeJob } from "./encoding/encode_job.ts";
import { encoderShardActor, type EncoderShardOptions } from "./encoder_shard.ts";
import { packFields } from "./encoding/packed_fields.ts";
import { jobElsewhere } from "./encoding/rows_elsewhere.ts";
import { startEncoderThread, startThread } from "./encoding/start_encoder_thread.ts";

const BEAT_MS = 1_000;

interface Asked {
  readonly message: EncoderShardMessage;
  readonly answers: EncodedValues[];
  readonly failures: unknown[];
}

const { message } = admittedOf(await batchOf("trade", TRADES), [target("v2")]);
const newJob = (): EncodeJob => jobElsewhere(message, 0, target("v2")) ?? assert.fail("a job");

function ask(job = newJob()): Asked {
  const answers: EncodedValues[] = [], failures: unknown[] = [];
  const reply = new AnswerDebt<EncodedValues>({
    reply: (values) => answers.push(values),
    fail: (cause) => failures.push(cause),
  });
  return { message: { type: "encode_rows", job, reply }, answers, failures };
}

function specOf(workers: FakeWorkers, options: Partial<EncoderShardOptions> = {}) {
  return encoderShardActor({ id: "encoder_1", capacity: 4, startWorker: workers.start, beatMs: BEAT_MS, ...options });
}

/** What the kernel has noted as the cause of a crash. */
function whyOf(failure: unknown): string {
  return failure instanceof Error ? String(failure.cause) : "no error";
}

interface Bench extends AsyncDisposable {
  readonly actor: LoneActor<EncoderShardMessage>;
  readonly workers: FakeWorkers;
  ask(job?: EncodeJob): Promise<Asked>;
}

async function bench(mode: FakeMode = "works"): Promise<Bench> {
  const workers = new FakeWorkers(mode);
  const actor = await startAlone(specOf(workers));
  return {
    actor,
    workers,
    ask: async (job) => {
      const asked = ask(job);
      await actor.ref.send(asked.message);
      await actor.idle();
      return asked;
    },
    async [Symbol.asyncDispose]() {
      await actor[Symbol.asyncDispose]();
      assert.ok(workers.all.every(({ terminated }) => terminated), "no worker is left");
    },
  };
}

Deno.test("a shard answers with what its worker has encoded", async () => {
  await using shard = await bench();
  const expected = encodeJob(newJob());
  const asked = [await shard.ask(), await shard.ask()];
  for (const { answers, failures } of asked) assert.deepEqual([answers, failures], [[expected], []]);
  assert.equal(shard.workers.all.length, 1);
});

Deno.test("a shard whose worker dies fails what it had in hand, and goes on with a new one", async () => {
  await using shard = await bench("holds");
  const inHand = [await shard.ask(), await shard.ask()];
  const [first] = shard.workers.all;
  shard.workers.mode = "works";
  first?.die();
  await shard.actor.idle();
  for (const { failures } of inHand) assert.equal((failures[0] as Error).name, "ActorRestartedError");
  assert.equal(first?.terminated, true);
  const queued = ask();
  await shard.actor.ref.send(queued.message);
  await shard.actor.clock.advance(10);
  assert.deepEqual([queued.answers.length, queued.failures.length], [1, 0], "what had not been taken waits");
  assert.equal(shard.workers.all.length, 2);
});

Deno.test("a shard whose worker cannot encode a job fails it, with the reason, and has a new worker", async () => {
  await using shard = await bench();
  const poison = await shard.ask({ ...newJob(), shared: packFields([]) });
  const [failure] = poison.failures;
  assert.match(
    String(failure instanceof Error && failure.cause),
    /Encoding in a worker has failed: Row 0 has no shared/,
  );
  await shard.actor.clock.advance(10);
  assert.equal((await shard.ask()).answers.length, 1);
  assert.equal(shard.workers.all.length, 2);
});

for (const [what, mode] of [["closes itself", "silent"], ["hangs", "holds"]] as const) {
  Deno.test(`a shard whose worker ${what} notices by the missing sign`, async () => {
    await using shard = await bench();
    await shard.actor.clock.advance(10 * BEAT_MS);
    assert.equal(shard.workers.all.length, 1, "one that gives signs is left alone");
    shard.workers.last.mode = mode;
    const asked = await shard.ask();
    await shard.actor.clock.advance(2 * BEAT_MS);
    assert.deepEqual(asked.failures, [], "it may only be slow");
    await shard.actor.clock.advance(BEAT_MS);
    const [failure] = asked.failures;
    assert.match(whyOf(failure), /no sign for 2000 ms/);
    await shard.actor.clock.advance(10);
    assert.deepEqual(shard.workers.all.map(({ terminated }) => terminated), [true, false]);
    assert.equal((await shard.ask()).answers.length, 1);
  });
}

Deno.test("a shard notices that an idle worker has closed itself", async () => {
  await using shard = await bench();
  shard.workers.last.mode = "silent";
  await shard.actor.clock.advance(3 * BEAT_MS + 10);
  assert.equal(shard.workers.all.length, 2);
});

Deno.test("a shard lets a worker be slow that answers now and then", async () => {
  await using shard = await bench("holds");
  for (let beat = 0; beat < 10; beat++) {
    await shard.actor.clock.advance(1.5 * BEAT_MS);
    shard.workers.last.release();
  }
  assert.equal(shard.workers.all.length, 1);
});

Deno.test("what a worker says after its shard has a new one is not heard", async () => {
  await using shard = await bench("holds");
  const asked = await shard.ask();
  const [first] = shard.workers.all;
  shard.actor.killNow();
  await shard.actor.clock.advance(10);
  assert.equal(asked.failures.length, 1);
  const again = await shard.ask();
  assert.ok(first !== undefined);
  // Both know their job by the number 1.
  first.release();
  await shard.actor.idle();
  assert.deepEqual([asked.answers, again.answers], [[], []]);
  first.die();
  await shard.actor.idle();
  assert.deepEqual(again.failures, [], "nor is it of any matter that it dies");
  shard.workers.last.release();
  await shard.actor.idle();
  assert.equal(again.answers.length, 1);
});

Deno.test("a shard does not begin what nobody waits for any more", async () => {
  await using shard = await bench("holds");
  const asked = ask();
  asked.message.reply.fail(new Error("the converter has ended"));
  await shard.actor.ref.send(asked.message);
  await shard.actor.idle();
  assert.equal(shard.workers.last.jobs, 0);
});

Deno.test("a shard that is stopped answers first, then ends its worker", async () => {
  const shard = await bench("holds");
  const asked = await shard.ask();
  const stopped = shard.actor.system.stop();
  await shard.actor.idle();
  assert.equal(shard.workers.last.terminated, false);
  shard.workers.last.release();
  await stopped;
  assert.deepEqual([asked.answers.length, shard.workers.last.terminated], [1, true]);
});

Deno.test("a shard that is stopped while its worker hangs fails what it has", async () => {
  const shard = await bench("holds");
  const asked = await shard.ask();
  await shard[Symbol.asyncDispose]();
  assert.deepEqual([asked.answers.length, asked.failures.length], [0, 1]);
});

Deno.test("a shard whose first worker cannot be had does not start, and says why", async () => {
  const workers = new FakeWorkers("silent");
  const start = (why: string) =>
    startAlone(specOf(workers, {
      startWorker: (listener) => {
        const worker = workers.start(listener);
        queueMicrotask(() => workers.last.die(why));
        return worker;
      },
    }));
  await assert.rejects(start("Requires read access"), /"root\/encoder_1" could not start: Requires read access/);
  assert.equal(workers.last.terminated, true);
});

Deno.test("a shard whose worker never says that it is ready does not start", async () => {
  const clock = new ManualClock();
  const workers = new FakeWorkers("silent");
  const started = startAlone(specOf(workers), clock).then(() => null, (cause: unknown) => cause);
  await clock.advance(60_000);
  assert.match(String(await started), /No worker within 60000 ms/);
  assert.deepEqual([workers.last.terminated, clock.pending], [true, 0]);
});

Deno.test("a shard that is no longer wanted while its worker starts leaves none behind", async () => {
  const clock = new ManualClock();
  const workers = new FakeWorkers("silent");
  const events = recordEvents();
  const root = defineSupervisor({
    id: "root",
    strategy: "one_for_one",
    budget: { intensity: 1, periodMs: 1_000 },
    backoff: { minMs: 1, maxMs: 1, resetAfterMs: 1 },
    children: [],
  });
  const system = await startSystem(root, { clock, observers: [events.observer] });
  const started = root.startChild(specOf(workers)).catch((cause: unknown) => cause);
  await clock.runUntilIdle();
  await system.stop();
  assert.ok(await started instanceof Error);
  assert.deepEqual([workers.last.terminated, clock.pending], [true, 0]);
});

/** What a thread runs that never encodes, and how it does not. */
const ROGUES = [
  ["closes itself", "onmessage = () => close(); postMessage({ type: 'ready' });"],
  // Not in a loop: Deno cannot end such a thread, which would burn a core for the rest of the tests.
  [
    "hangs",
    `onmessage = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000);
    postMessage({ type: 'ready' });`,
  ],
] as const;

for (const [what, source] of ROGUES) {
  Deno.test(`a shard whose thread ${what} has another one, which encodes`, async () => {
    const rogue = new URL(`data:application/javascript,${encodeURIComponent(source)}`);
    let threads = 0;
    await using actor = await startAlone(encoderShardActor({
      id: "encoder_1",
      capacity: 4,
      beatMs: BEAT_MS,
      startWorker: (listener) => threads++ === 0 ? startThread(listener, rogue) : startEncoderThread(listener),
    }));
    const lost = ask();
    await actor.ref.send(lost.message);
    await actor.clock.advance(3 * BEAT_MS);
    assert.match(whyOf(lost.failures[0]), /no sign for 2000 ms/);
    const { promise: answer, resolve, reject } = Promise.withResolvers<EncodedValues>();
    const reply = new AnswerDebt<EncodedValues>({ reply: resolve, fail: reject });
    await actor.ref.send({ type: "encode_rows", job: newJob(), reply });
    await actor.clock.advance(10);
    assert.deepEqual(await answer, encodeJob(newJob()));
    assert.equal(threads, 2);
  });
}
