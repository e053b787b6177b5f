/** Workers for tests that run in this thread: they do what a thread does, when they are told to. */
import {
  type EncoderWorker,
  EncoderWorkerError,
  type FromWorker,
  type StartEncoderWorker,
  type ToWorker,
  type WorkerListener,
} from "../actors/encoding/encoder_worker.ts";
import { serveEncoder } from "../actors/encoding/serve_encoder.ts";

/** What a worker does with what it is told: answers at once, keeps it until `release`, or nothing ever again. */
export type FakeMode = "works" | "holds" | "silent";

export class FakeWorker implements EncoderWorker {
  mode: FakeMode;
  terminated = false;
  /** Jobs that it was ever given. */
  jobCount = 0;
  readonly #listener: WorkerListener;
  #held: ToWorker[] = [];

  constructor(listener: WorkerListener, mode: FakeMode) {
    this.#listener = listener;
    this.mode = mode;
    queueMicrotask(() => this.#tell({ type: "ready" }));
  }

  /** Jobs that it has and has not answered. */
  get jobs(): number {
    return this.#held.filter(({ type }) => type === "encode").length;
  }

  post(message: ToWorker): void {
    if (message.type === "encode") this.jobCount += 1;
    this.#held.push(structuredClone(message));
    if (this.mode === "works") queueMicrotask(() => this.release());
  }

  terminate(): void {
    this.terminated = true;
  }

  /** Answers all that it has, in order; a worker that has been terminated too: its answers may be on their way. */
  release(): void {
    const held = this.#held;
    this.#held = [];
    for (const message of held) serveEncoder(message, (answer, memory) => this.#tell(answer, memory));
  }

  /** Dies as a thread does that throws. */
  die(why = "thrown on purpose"): void {
    this.mode = "silent";
    this.#listener.onError(new EncoderWorkerError(why));
  }

  #tell(message: FromWorker, memory: Transferable[] = []): void {
    if (this.mode !== "silent") this.#listener.onMessage(structuredClone(message, { transfer: memory }));
  }
}

/** Starts fake workers, and keeps them. */
export class FakeWorkers {
  /** Of those that are started from now on. */
  mode: FakeMode;
  readonly all: FakeWorker[] = [];
  readonly start: StartEncoderWorker = (listener) => {
    const worker = new FakeWorker(listener, this.mode);
    this.all.push(worker);
    return worker;
  };

  constructor(mode: FakeMode = "works") {
    this.mode = mode;
  }

  /** The one that was started last. */
  get last(): FakeWorker {
    const worker = this.all.at(-1);
    if (worker === undefined) throw new RangeError("No worker has been started");
    return worker;
  }
}
