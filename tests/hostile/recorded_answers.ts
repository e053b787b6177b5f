/**
 * The answers of Kafka 4.3.1 to each request of both clients: one broker, one topic, `fuzzed`, with one record.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { replacePort } from "../faults/kafka_frames.ts";
import answers from "./answers.json" with { type: "json" };
import type { FakeRequest } from "./fake_broker.ts";

/** The topic of the answers. */
export const RECORDED_TOPIC = "fuzzed";
/** Placeholder for the broker's port. */
const PORT = 1;

const known = new Map(Object.entries(answers).map(([request, hex]) => [request, Buffer.from(hex, "hex")]));

/** The answer, with the address of this test's broker. */
export function recordedAnswer({ apiKey, apiVersion, port }: FakeRequest): Buffer {
  const recorded = known.get(`${apiKey}.${apiVersion}`);
  if (recorded === undefined) throw new Error(`No answer to request ${apiKey} of version ${apiVersion} was recorded`);
  const answer = Buffer.from(recorded);
  replacePort(answer, { hostname: "127.0.0.1", port: PORT }, port);
  return answer;
}
