/**
 * The worker port on Web Workers.
 *
 * @module
 */
import { type EncoderWorker, EncoderWorkerError, type WorkerListener } from "./encoder_worker.ts";

const MODULE = new URL("./encoder_thread.ts", import.meta.url);

/**
 * Starts a thread, which needs the right to read its module. It has the rights of the process and uses none of them: the
 * option that takes them away is not stable, and ends a process that was not started with the flag for it; and what a worker
 * revokes itself is revoked for the whole process.
 *
 * A thread that is in an endless loop is given up, but not ended: Deno 2.9 cannot, and it takes a core until the process
 * ends. One that waits takes nothing. A thread that runs out of memory ends the process, as if it had been killed; nothing can be done about it from here.
 */
export function startEncoderThread(listener: WorkerListener): EncoderWorker {
  return startThread(listener, MODULE);
}

/** As {@link startEncoderThread}, with another module: for tests of workers that misbehave. */
export function startThread({ onMessage, onError }: WorkerListener, module: URL): EncoderWorker {
  const worker = new Worker(module, { type: "module", name: "encoder" });
  worker.onmessage = ({ data }) => onMessage(data);
  worker.onmessageerror = () => onError(new EncoderWorkerError("A worker said what cannot be read"));
  worker.onerror = (event) => {
    // Else it would end the process.
    event.preventDefault();
    onError(new EncoderWorkerError(`A worker has failed: ${event.message}`));
  };
  return {
    post: (message) => worker.postMessage(message),
    terminate: () => worker.terminate(),
  };
}
