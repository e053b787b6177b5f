/**
 * The main module of a worker thread. It reads, writes and opens nothing.
 *
 * @module
 */
import type { FromWorker, ToWorker } from "./encoder_worker.ts";
import { serveEncoder } from "./serve_encoder.ts";

/** The global scope of a worker, as far as it is used here: the types of pages and of workers exclude each other. */
interface WorkerScope {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker, transfer: Transferable[]): void;
}

const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data }) => serveEncoder(data, (message, memory) => scope.postMessage(message, memory));
scope.postMessage({ type: "ready" }, []);
