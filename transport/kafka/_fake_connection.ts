/**
 * A connection of a client library for tests: the common part of brokers that answer only the requests on records' way.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { LogError } from "../log.ts";
import type { KafkaBroker, WireRequest } from "./client.ts";
import { KafkaFailure, MEANINGS } from "./errors.ts";
import type { BrokerAddress } from "./options.ts";

export abstract class FakeConnection implements KafkaBroker {
  readonly #waiting = new Set<(reason: Error) => void>();
  #connected = false;

  constructor(readonly address: BrokerAddress) {}

  /** Bytes of an answer; null if the broker never answers. */
  protected abstract answer(apiKey: number, pieces: readonly Buffer[]): Buffer | null;
  /** True if nothing listens at the address any more. */
  protected get isDown(): boolean {
    return false;
  }

  connect(): Promise<void> {
    if (this.isDown) return Promise.reject(lost("nobody listens"));
    this.#connected = true;
    return Promise.resolve();
  }

  isConnected(): boolean {
    return this.#connected && !this.isDown;
  }

  versionsOf(_apiKey: number): { readonly min: number; readonly max: number } {
    return { min: 0, max: 99 };
  }

  async send<Answer>({ apiKey, encode, decode }: WireRequest<Answer>): Promise<Answer> {
    if (!this.isConnected()) throw lost("the connection is closed");
    await Promise.resolve();
    const answer = this.answer(apiKey, encode());
    return answer === null ? await this.untilEnd() : decode(answer);
  }

  /** Rejects when the connection is ended. */
  protected untilEnd(): Promise<never> {
    return new Promise((_, reject) => this.#waiting.add(reject));
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
    this.#connected = false;
    for (const reject of this.#waiting) reject(lost("the connection is closed"));
    this.#waiting.clear();
    return Promise.resolve();
  }
}

function lost(message: string): KafkaFailure {
  return new KafkaFailure(MEANINGS.unreachable, message);
}
