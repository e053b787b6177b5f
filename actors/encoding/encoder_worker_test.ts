/** What a worker has to keep to: the same cases for threads and for the workers of tests. */
import assert from "node:assert/strict";
import { target } from "../../tests/trades.ts";
import { Inbox } from "../kernel/inbox.ts";
import { FakeWorker } from "../../tests/fake_encoders.ts";
import { admittedOf, batchOf, TRADES } from "../../tests/event_batches.ts";
import { type EncodeJob, encodeJob } from "./encode_job.ts";
import { type EncoderWorker, EncoderWorkerError, type FromWorker, type StartEncoderWorker } from "./encoder_worker.ts";
import { packFields } from "./packed_fields.ts";
import { jobElsewhere } from "./rows_elsewhere.ts";
import { startEncoderThread, startThread } from "./start_encoder_thread.ts";

const KINDS: readonly (readonly [name: string, start: StartEncoderWorker])[] = [
  ["a thread", startEncoderThread],
  ["a fake", (listener) => new FakeWorker(listener, "works")],
];
/** For a loaded machine: the modules of a thread are compiled first. */
const LIMIT = { limitMs: 30_000 };

type Heard = FromWorker | { readonly type: "error"; readonly cause: EncoderWorkerError };

interface Hearing extends Disposable {
  readonly worker: EncoderWorker;
  readonly heard: Inbox<Heard>;
  next<Type extends Heard["type"]>(type: Type): Promise<Extract<Heard, { type: Type }>>;
}

function listenTo(start: StartEncoderWorker): Hearing {
  const heard = new Inbox<Heard>();
  const worker = start({
    onMessage: (message) => heard.push(message),
    onError: (cause) => heard.push({ type: "error", cause }),
  });
  return {
    worker,
    heard,
    next: (type) => heard.next((item): item is Extract<Heard, { type: typeof type }> => item.type === type, LIMIT),
    [Symbol.dispose]: () => worker.terminate(),
  };
}

async function jobsOf(count: number): Promise<EncodeJob[]> {
  const { message } = admittedOf(await batchOf("trade", TRADES), [target("v2")]);
  return Array.from({ length: count }, () => jobElsewhere(message, 0, target("v2")) ?? assert.fail("a job"));
}

for (const [name, start] of KINDS) {
  Deno.test(`${name} says that it is ready, answers pings, and encodes`, async () => {
    using hearing = listenTo(start);
    const { worker } = hearing;
    await hearing.next("ready");
    worker.post({ type: "ping" });
    await hearing.next("pong");
    const [first, second] = await jobsOf(2);
    assert.ok(first !== undefined && second !== undefined);
    const expected = encodeJob(second);
    worker.post({ type: "encode", id: 7, job: first });
    const { id, values } = await hearing.next("encoded");
    assert.equal(id, 7);
    assert.deepEqual(values, expected);
    assert.equal(first.rows.length, 5, "what was sent is still here");
  });

  Deno.test(`${name} takes things in order, also before it is ready`, async () => {
    using hearing = listenTo(start);
    const jobs = await jobsOf(3);
    for (const [id, job] of jobs.entries()) hearing.worker.post({ type: "encode", id, job });
    hearing.worker.post({ type: "ping" });
    await hearing.next("pong");
    const told = hearing.heard.all.map((item) => item.type === "encoded" ? item.id : item.type);
    assert.deepEqual(told, ["ready", 0, 1, 2, "pong"]);
  });

  Deno.test(`${name} tells of a job that cannot be encoded, and goes on`, async () => {
    using hearing = listenTo(start);
    const [job] = await jobsOf(1);
    assert.ok(job !== undefined);
    hearing.worker.post({ type: "encode", id: 1, job: { ...job, shared: packFields([]) } });
    const { id, reason } = await hearing.next("failed");
    assert.deepEqual([id, reason], [1, "Row 0 has no shared fields"]);
    hearing.worker.post({ type: "encode", id: 2, job });
    assert.equal((await hearing.next("encoded")).id, 2);
  });
}

/** A thread that runs something else. */
function thread(source: string): StartEncoderWorker {
  return (listener) => startThread(listener, new URL(`data:application/javascript,${encodeURIComponent(source)}`));
}

Deno.test("a thread that throws is an error, and not the end of the process", async () => {
  using hearing = listenTo(
    thread("onmessage = () => { throw new Error('on purpose'); }; postMessage({ type: 'ready' });"),
  );
  await hearing.next("ready");
  hearing.worker.post({ type: "ping" });
  const { cause } = await hearing.next("error");
  assert.ok(cause instanceof EncoderWorkerError);
  assert.match(cause.message, /A worker has failed: .*on purpose/);
});

Deno.test("a thread whose module cannot be had is an error", async () => {
  using hearing = listenTo((listener) => startThread(listener, new URL("./no_such_module.ts", import.meta.url)));
  // In words that depend on whether types are checked.
  assert.match(
    (await hearing.next("error")).cause.message,
    /A worker has failed: .*(no_such_module|Type checking failed)/,
  );
});

Deno.test("a thread that is busy can be terminated, also twice, and is not heard any more", async () => {
  const hearing = listenTo(thread(`
    onmessage = () => {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      postMessage({ type: "pong" });
    };
    postMessage({ type: "ready" });
  `));
  await hearing.next("ready");
  hearing.worker.post({ type: "ping" });
  hearing.worker.terminate();
  hearing.worker.terminate();
  // Another thread's whole life takes longer than what this one would have had to say.
  const [job] = await jobsOf(1);
  using other = listenTo(startEncoderThread);
  await other.next("ready");
  if (job !== undefined) other.worker.post({ type: "encode", id: 1, job });
  await other.next("encoded");
  assert.deepEqual(hearing.heard.all.map(({ type }) => type), ["ready"]);
});
