/**
 * Runs one parser in its own thread, so that the main thread can detect an input that hangs it.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { readCorpus } from "./corpus.ts";
import { PARSERS } from "./parsers.ts";
import { FuzzFailure, type FuzzReport, runFuzz } from "./run_fuzz.ts";

/** The input of a worker. */
export interface FuzzWork {
  readonly parser: string;
  readonly inputs: number;
  readonly seed: number;
  /** Two numbers: the count of inputs begun, and the length of the latest one; then its bytes. */
  readonly inHand: SharedArrayBuffer;
}

/** The result of a worker. */
export type FuzzAnswer =
  | { readonly report: FuzzReport }
  | { readonly failure: string; readonly input: Uint8Array | null };

/** Bytes of the numbers before the input. */
export const IN_HAND_HEADER = 8;

async function run({ parser, inputs, seed, inHand }: FuzzWork): Promise<FuzzAnswer> {
  const target = PARSERS.find(({ name }) => name === parser);
  if (target === undefined) return { failure: `there is no parser ${parser}`, input: null };
  const header = new Int32Array(inHand, 0, 2);
  const bytes = new Uint8Array(inHand, IN_HAND_HEADER);
  const onInput = (input: Uint8Array) => {
    bytes.set(input.subarray(0, bytes.length));
    header[1] = Math.min(input.length, bytes.length);
    Atomics.add(header, 0, 1);
  };
  try {
    return { report: await runFuzz(target, { corpus: readCorpus(parser), inputs, seed, onInput }) };
  } catch (error) {
    if (error instanceof FuzzFailure) return { failure: error.message, input: error.input.slice() };
    throw error;
  }
}

parentPort?.postMessage(await run(workerData));
