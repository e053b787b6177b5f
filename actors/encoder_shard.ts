/**
 * One of the actors that encode in other threads: it owns a worker, hands jobs to it and gives what comes back to who asked.
 * A worker that throws, dies or falls silent ends the incarnation: its jobs fail, and the next incarnation has a worker of
 * its own.
 *
 * @module
 */
import { assertNever } from "./kernel/assert_never.ts";
import type { ActorContext, ActorSpec, Behaviour, StopPurpose } from "./kernel/types.ts";
import type { EncodeRows, EncoderShardMessage } from "./messages.ts";
import {
  type EncoderWorker,
  EncoderWorkerError,
  type FromWorker,
  type StartEncoderWorker,
} from "./encoding/encoder_worker.ts";

/** Options of a shard. */
export interface EncoderShardOptions {
  readonly id: string;
  /** Mailbox bound, in jobs. */
  readonly capacity: number;
  readonly startWorker: StartEncoderWorker;
  /** How often the worker has to give a sign. @default 5000 */
  readonly beatMs?: number;
}

/** Two, since a process that was held up finds the timer and the answer ready at once, and may look at the timer first. */
const SILENT_BEATS = 2;
const BEAT_MS = 5_000;
/** Most of a start is compiling the modules, which takes long on a machine with much else to do. */
const START_MS = 60_000;

type Internal =
  | FromWorker
  | { readonly type: "worker_failed"; readonly cause: EncoderWorkerError }
  | { readonly type: "beat" };

type Context = ActorContext<EncoderShardMessage, Internal>;

/** The spec of a shard. It has started when its worker runs. */
export function encoderShardActor(options: EncoderShardOptions): ActorSpec<EncoderShardMessage, Internal> {
  const { id, capacity } = options;
  return {
    id,
    capacity,
    obligation: (message) => message.reply,
    start: async (context) => new EncoderShard(await startedWorker(options.startWorker, context), options, context),
  };
}

/** A worker that is ready; rejects if it cannot be had, or is no longer wanted. */
async function startedWorker(startWorker: StartEncoderWorker, context: Context): Promise<EncoderWorker> {
  const { clock, signal, tellSelf } = context;
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = () => reject(signal.reason);
  const worker = startWorker({
    onMessage: (message) => message.type === "ready" ? resolve() : tellSelf(message),
    onError: (cause) => {
      reject(cause);
      tellSelf({ type: "worker_failed", cause });
    },
  });
  const timer = clock.schedule(START_MS, () => reject(new EncoderWorkerError(`No worker within ${START_MS} ms`)));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await ready;
    return worker;
  } catch (cause) {
    worker.terminate();
    throw cause;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", onAbort);
  }
}

class EncoderShard implements Behaviour<EncoderShardMessage | Internal> {
  readonly #worker: EncoderWorker;
  readonly #context: Context;
  readonly #beatMs: number;
  /** What the worker has in hand, by number. */
  readonly #jobs = new Map<number, EncodeRows>();
  #count = 0;
  #silentBeats = 0;
  #drained: (() => void) | null = null;

  constructor(worker: EncoderWorker, { beatMs = BEAT_MS }: EncoderShardOptions, context: Context) {
    this.#worker = worker;
    this.#context = context;
    this.#beatMs = beatMs;
    this.#ping();
  }

  receive(message: EncoderShardMessage | Internal): void {
    switch (message.type) {
      case "encode_rows":
        return this.#encode(message);
      case "encoded":
        this.#silentBeats = 0;
        return this.#encoded(message);
      case "ready":
      case "pong":
        this.#silentBeats = 0;
        return;
      case "failed":
        throw new EncoderWorkerError(`Encoding in a worker has failed: ${message.reason}`);
      case "worker_failed":
        throw message.cause;
      case "beat":
        return this.#beat();
      default:
        assertNever(message);
    }
  }

  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "restart" || this.#jobs.size === 0) return;
    return new Promise((resolve) => this.#drained = resolve);
  }

  end(): void {
    this.#worker.terminate();
  }

  #encode(message: EncodeRows): void {
    // Who asked has ended meanwhile.
    if (message.reply.settled) return;
    const id = ++this.#count;
    this.#jobs.set(id, message);
    this.#worker.post({ type: "encode", id, job: message.job });
  }

  #encoded({ id, values }: Extract<FromWorker, { type: "encoded" }>): void {
    const asked = this.#jobs.get(id);
    if (asked === undefined) throw new EncoderWorkerError(`A worker has answered ${id}, which it was not asked`);
    this.#jobs.delete(id);
    asked.reply.reply(values);
    if (this.#jobs.size === 0) this.#drained?.();
  }

  #beat(): void {
    this.#silentBeats += 1;
    if (this.#silentBeats > SILENT_BEATS) {
      throw new EncoderWorkerError(`A worker has given no sign for ${SILENT_BEATS * this.#beatMs} ms`);
    }
    this.#ping();
  }

  #ping(): void {
    this.#worker.post({ type: "ping" });
    this.#context.schedule(this.#beatMs, { type: "beat" });
  }
}
