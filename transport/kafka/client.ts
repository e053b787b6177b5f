/**
 * The part that a client library plays: connections with TLS and log-in, framing and time-outs of requests, and the
 * requests that carry no records. This folder does the rest once for all libraries: record batches, retries, sequence
 * numbers and deadlines decide what is lost and what is written twice. docs/decisions/second-client.md says what the
 * libraries' own producers and consumers do there.
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
  /**
   * What follows the client id in the request, in one or more pieces. Some are views of memory that anything else may
   * write to: copy them before anything else is done.
   */
  encode(): readonly Buffer[];
  /** Gets the bytes after the correlation id. */
  decode(payload: Uint8Array): Answer;
}

/** The identity under which a broker knows a producer. */
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
   * Ends the connection at once: writes nothing to it afterwards, and rejects the calls that wait for an answer.
   * Resolves when its socket is closed. Idempotent.
   */
  end(reason: Error): Promise<void>;
}

/** The used part of a client library. */
export interface KafkaClient {
  /** Makes a broker that is not connected yet, with a connection that no other broker shares. */
  makeBroker(address: BrokerAddress, options: KafkaLogOptions): KafkaBroker;
}
