/**
 * A client library for tests: one broker that leads the only partition of topic `t`, and does with each produce request
 * what the test says.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { LogError } from "../log.ts";
import { metadataAnswer, produceAnswer } from "./_answers.ts";
import type { KafkaBroker, KafkaClient, WireRequest } from "./client.ts";
import { KafkaFailure, MEANINGS } from "./errors.ts";
import type { BrokerAddress } from "./options.ts";

/** What becomes of a produce request: an answer, an error of the library, or nothing at all. */
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

/** See the module. */
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

class ScriptedBroker implements KafkaBroker {
  readonly address: BrokerAddress;
  readonly #client: ScriptedClient;
  readonly #waiting = new Set<(reason: Error) => void>();
  #number = 0;
  #connected = false;

  constructor(client: ScriptedClient, address: BrokerAddress) {
    this.#client = client;
    this.address = address;
  }

  connect(): Promise<void> {
    this.#number = ++this.#client.connections;
    this.#client.open++;
    this.#connected = true;
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.#connected;
  }

  versionsOf(): { readonly min: number; readonly max: number } {
    return { min: 0, max: 99 };
  }

  async send<Answer>({ apiKey, encode, decode }: WireRequest<Answer>): Promise<Answer> {
    if (!this.#connected) throw new KafkaFailure(MEANINGS.unreachable, "the connection is closed");
    if (apiKey === METADATA) return decode(this.#metadata());
    if (apiKey !== PRODUCE) throw new Error(`No answer to request ${apiKey} is known`);
    this.#client.sent.push({ connection: this.#number, ...batchOf(encode()) });
    const step = this.#client.steps.shift();
    if (step === undefined) throw new Error("The script has no more steps");
    if (step === "no answer") {
      return await new Promise((_, reject) => this.#waiting.add(reject));
    }
    if ("failure" in step) throw step.failure;
    return decode(produceAnswer("errorCode" in step ? step : { errorCode: 0, ...step }));
  }

  #metadata(): Buffer {
    const partitions = [{ leader: 1, leaderEpoch: 0 }];
    return metadataAnswer({
      brokers: new Map([[1, this.address]]),
      topic: "t",
      topicId: this.#client.topicId,
      partitions,
    });
  }

  initProducerId(): Promise<{ producerId: bigint; producerEpoch: number }> {
    return Promise.resolve({ producerId: 4_711n, producerEpoch: 0 });
  }

  createTopic(): Promise<void> {
    return Promise.reject(new LogError("client", "not scripted"));
  }

  deleteTopic(): Promise<void> {
    return Promise.reject(new LogError("client", "not scripted"));
  }

  topicConfig(): Promise<Readonly<Record<string, string>>> {
    return Promise.resolve({});
  }

  end(): Promise<void> {
    if (this.#connected) this.#client.open--;
    this.#connected = false;
    for (const reject of this.#waiting) reject(new KafkaFailure(MEANINGS.unreachable, "the connection is closed"));
    return Promise.resolve();
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
