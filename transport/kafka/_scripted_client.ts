/**
 * A client library for tests: one broker that leads the only partition of topic `t` and follows the test's script with
 * each produce request.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { metadataAnswer, produceAnswer } from "./_answers.ts";
import { FakeConnection } from "./_fake_connection.ts";
import type { KafkaBroker, KafkaClient } from "./client.ts";
import type { KafkaFailure } from "./errors.ts";
import type { BrokerAddress } from "./options.ts";

/** The outcome of a produce request: an answer, an error of the library, or no answer at all. */
export type ProduceStep =
  | { readonly offset: bigint }
  | { readonly errorCode: number }
  | { readonly failure: KafkaFailure }
  | "no answer";

/** A produce request that was sent. */
export interface SentBatch {
  /** Number of the connection, from 1. */
  readonly connection: number;
  readonly producerId: bigint;
  readonly sequence: number;
  readonly records: number;
}

const [PRODUCE, METADATA] = [0, 3];

/** The client of the module comment. */
export class ScriptedClient implements KafkaClient {
  readonly sent: SentBatch[] = [];
  readonly steps: ProduceStep[] = [];
  connections = 0;
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
    this.#client.sent.push({ connection: this.#number, ...batchOf(pieces) });
    const step = this.#client.steps.shift();
    if (step === undefined) throw new Error("The script has no more steps");
    if (step === "no answer") return null;
    if ("failure" in step) throw step.failure;
    return produceAnswer("errorCode" in step ? step : { errorCode: 0, ...step });
  }

  #metadata(): Buffer {
    return metadataAnswer({
      brokers: new Map([[1, this.address]]),
      topic: "t",
      topicId: this.#client.topicId,
      partitions: [{ leader: 1, leaderEpoch: 0 }],
    });
  }

  override end(): Promise<void> {
    if (this.isConnected()) this.#client.open--;
    return super.end();
  }
}

function batchOf(pieces: readonly Buffer[]): Omit<SentBatch, "connection"> {
  const batch = pieces.at(-1) ?? Buffer.alloc(0);
  return {
    producerId: batch.readBigInt64BE(43),
    sequence: batch.readInt32BE(53),
    records: batch.readInt32BE(57),
  };
}
