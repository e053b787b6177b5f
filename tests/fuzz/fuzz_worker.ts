/**
 * One parser's run in a thread of its own, so that an input that never comes back can be told.
 *
 * @module
 */
import { parentPort, workerData } from "node:worker_threads";
import { readCorpus } from "./corpus.ts";
import { PARSERS } from "./parsers.ts";
import { FuzzFailure, type FuzzReport, runFuzz } from "./run_fuzz.ts";

/** What a worker is started with. */
export interface FuzzWork {
  readonly parser: string;
  readonly inputs: number;
  readonly seed: number;
  /** Two numbers: how many inputs were begun, and the length of the latest; then its bytes. */
  readonly inHand: SharedArrayBuffer;
}

/** What a worker ends with. */
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
