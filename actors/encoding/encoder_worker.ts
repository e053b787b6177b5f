/**
 * What an actor that encodes needs of a worker: the messages between the two, and the port.
 *
 * @module
 */
import type { EncodedValues } from "../encoded_records.ts";
import type { EncodeJob } from "./encode_job.ts";

/** What a worker is told. It answers one after the other. */
export type ToWorker =
  | { readonly type: "encode"; readonly id: number; readonly job: EncodeJob }
  | { readonly type: "ping" };

/** What a worker tells. */
export type FromWorker =
  /** It runs; comes first, and once. */
  | { readonly type: "ready" }
  | { readonly type: "pong" }
  | { readonly type: "encoded"; readonly id: number; readonly values: EncodedValues }
  /** Encoding has thrown: a bug. */
  | { readonly type: "failed"; readonly id: number; readonly reason: string };

/** Who hears of a worker. */
export interface WorkerListener {
  onMessage(message: FromWorker): void;
  /** It could not be started, or has died, or says what cannot be read. One that closes itself says nothing. */
  onError(cause: EncoderWorkerError): void;
}

/** A worker that has been started. */
export interface EncoderWorker {
  /**
   * Copies the message: its columns are still needed here, and to copy these seven pieces of memory once more and to give
   * them away costs three times as much.
   */
  post(message: ToWorker): void;
  /** Ends it, whatever it does. Idempotent. */
  terminate(): void;
}

/** Starts a worker; it says by itself when it is ready. */
export type StartEncoderWorker = (listener: WorkerListener) => EncoderWorker;

/** A worker is no longer of use. What it had in hand is encoded again. */
export class EncoderWorkerError extends Error {
  override readonly name = "EncoderWorkerError";
}
