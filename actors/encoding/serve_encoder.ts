/**
 * What a worker does with a message.
 *
 * @module
 */
import { encodeJob } from "./encode_job.ts";
import type { FromWorker, ToWorker } from "./encoder_worker.ts";

/** Answers a message, once. The memory is to be given away with the answer, not copied. */
export function serveEncoder(message: ToWorker, answer: (message: FromWorker, memory: Transferable[]) => void): void {
  if (message.type === "ping") return answer({ type: "pong" }, []);
  const { id, job } = message;
  let values;
  try {
    values = encodeJob(job);
  } catch (error) {
    // Told in words, as an uncaught error would be printed to stderr by the platform.
    return answer({ type: "failed", id, reason: error instanceof Error ? error.message : String(error) }, []);
  }
  answer({ type: "encoded", id, values }, [values.values.buffer]);
}
