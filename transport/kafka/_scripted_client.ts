/**
 * A client library for tests: one broker that leads the partitions of topic `t` and follows the test's script with each
 * batch of a produce request.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { metadataAnswer, produceAnswer } from "./_answers.ts";
import { FakeConnection } from "./_fake_connection.ts";
import type { KafkaBroker, KafkaClient } from "./client.ts";
import type { KafkaFailure } from "./errors.ts";
import type { BrokerAddress } from "./options.ts";
import { decodeRecordBatches } from "./record_batch_decoder.ts";

/** What becomes of a batch: an answer of its own, none in the answer to its request, or, of the whole request, a failure or silence. */
export type ProduceStep =
  | { readonly offset: bigint }
  | { readonly errorCode: number }
  | { readonly failure: KafkaFailure }
  | "not named"
  | "no answer";

/** A batch that was sent. */
export interface SentBatch {
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** Number of its request, from 1. */
  readonly request: number;
  readonly partition: number;
  readonly producerId: bigint;
  readonly sequence: number;
  readonly records: number;
}

const [PRODUCE, METADATA] = [0, 3];
const PARTITIONS = 4;

/** The client of the module comment. */
export class ScriptedClient implements KafkaClient {
  readonly sent: SentBatch[] = [];
  readonly steps: ProduceStep[] = [];
  connections = 0;
  requests = 0;
  open = 0;
  /** Every byte of the topic's id. */
  topicId = 7;

  makeBroker(address: BrokerAddress): KafkaBroker {
    return new ScriptedBroker(this, address);
  }
}

class ScriptedBroker extends FakeConnection {
  readonly #client: ScriptedClient;
  #number = 0;

  constructor(client: ScriptedClient, address: BrokerAddress) {
    super(address);
    this.#client = client;
  }

  override connect(): Promise<void> {
    this.#number = ++this.#client.connections;
    this.#client.open++;
    return super.connect();
  }

  protected override answer(apiKey: number, pieces: readonly Buffer[]): Buffer | null {
    if (apiKey === METADATA) return this.#metadata();
    if (apiKey !== PRODUCE) throw new Error(`No answer to request ${apiKey} is known`);
    const request = ++this.#client.requests;
    const batches = batchesOf(pieces).map((batch) => ({ connection: this.#number, request, ...batch }));
    this.#client.sent.push(...batches);
    const steps = this.#client.steps.splice(0, batches.length);
    if (steps.length < batches.length) throw new Error("The script has no more steps");
    if (steps.includes("no answer")) return null;
    // In another order, which no protocol rules out.
    return produceAnswer(
      batches.flatMap(({ partition }, at) => {
        const step = steps[at];
        if (step === undefined || typeof step === "string") return [];
        if ("failure" in step) throw step.failure;
        return [{ partition, ...("errorCode" in step ? step : { errorCode: 0, ...step }) }];
      }).reverse(),
    );
  }

  #metadata(): Buffer {
    return metadataAnswer({
      brokers: new Map([[1, this.address]]),
      topic: "t",
      topicId: this.#client.topicId,
      partitions: Array.from({ length: PARTITIONS }, () => ({ leader: 1, leaderEpoch: 0 })),
    });
  }

  override end(): Promise<void> {
    if (this.isConnected()) this.#client.open--;
    return super.end();
  }
}

/** Before the partitions: no transaction, acks, time-out, one topic with a name of one letter. */
const PARTS_AT = 15;

function batchesOf(pieces: readonly Buffer[]): Omit<SentBatch, "connection" | "request">[] {
  const body = Buffer.concat(pieces);
  let at = PARTS_AT + 4;
  return Array.from({ length: body.readInt32BE(PARTS_AT) }, () => {
    const [partition, length] = [body.readInt32BE(at), body.readInt32BE(at + 4)];
    const batch = body.subarray(at + 8, at + 8 + length);
    at += 8 + length;
    // Damaged bytes throw.
    decodeRecordBatches(batch);
    return {
      partition,
      producerId: batch.readBigInt64BE(43),
      sequence: batch.readInt32BE(53),
      records: batch.readInt32BE(57),
    };
  });
}
