/**
 * What a client library is used for, so that all else is written once: connections with TLS and log-in, framing and
 * time-outs of requests, and the requests that are not on the way of records. Record batches, retries, sequence numbers
 * and deadlines are this folder's own, since they decide what is lost and what is written twice;
 * docs/decisions/second-client.md says what the libraries' own producers and consumers do there.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { TopicSpec } from "../log.ts";
import type { BrokerAddress, KafkaLogOptions } from "./options.ts";

/** A request with a decoder of its answer. */
export interface WireRequest<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  /** What follows the client id in the request, in one or more pieces. */
  encode(): readonly Buffer[];
  /** Gets the bytes after the correlation id. */
  decode(payload: Uint8Array): Answer;
}

/** Who a broker knows a producer by. */
export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

/** One broker and one connection to it. Each call rejects with a `KafkaFailure` (errors.ts) that says what it means. */
export interface KafkaBroker {
  readonly address: BrokerAddress;
  /** Connects, logs in, and learns which requests the broker takes. */
  connect(): Promise<void>;
  isConnected(): boolean;
  /** Versions of a request that the broker takes, known once it is connected. */
  versionsOf(apiKey: number): { readonly min: number; readonly max: number } | null;
  send<Answer>(request: WireRequest<Answer>): Promise<Answer>;
  initProducerId(): Promise<ProducerIdentity>;
  createTopic(spec: TopicSpec, timeoutMs: number): Promise<void>;
  deleteTopic(name: string, timeoutMs: number): Promise<void>;
  /** Configured values of a topic that are no secrets. */
  topicConfig(name: string): Promise<Readonly<Record<string, string>>>;
  /**
   * Ends the connection at once: nothing is written to it afterwards, and whatever waits for an answer is rejected.
   * Resolves when its socket is closed. Idempotent.
   */
  end(reason: Error): Promise<void>;
}

/** A client library, as far as it is used. */
export interface KafkaClient {
  /** A broker that is not connected yet, with a connection that is nobody else's. */
  makeBroker(address: BrokerAddress, options: KafkaLogOptions): KafkaBroker;
}
