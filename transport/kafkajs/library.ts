/**
 * The one door to kafkajs. What comes through it: connections with TLS and SASL, the queue of requests with its
 * time-outs, the negotiation of versions, and the requests that are not on the way of records. Its own producer, consumer
 * and admin client stay outside; docs/decisions/kafka-client.md says why.
 *
 * The inner modules have no types, so that each import is given its shape here, and nowhere else.
 *
 * @module
 */
import untypedBroker from "kafkajs/src/broker/index.js";
import untypedLoggers from "kafkajs/src/loggers/index.js";
import untypedConnectionPool from "kafkajs/src/network/connectionPool.js";
import untypedRequestQueue from "kafkajs/src/network/requestQueue/index.js";
import untypedSocketFactory from "kafkajs/src/network/socketFactory.js";
import untypedError from "kafkajs/src/protocol/error.js";
import type { Buffer } from "node:buffer";
import type { BrokerAddress, KafkajsLogOptions } from "./options.ts";

/** A request with a decoder of the answer, as a connection of kafkajs takes it. */
export interface WireRequest<Answer> {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
  encode(): Buffer;
  /** Gets the bytes after the correlation id. */
  decode(payload: Uint8Array): Answer;
}

/** A socket as far as it is needed here. */
interface LibrarySocket {
  destroy(error?: Error): void;
}

interface LibraryConnection {
  readonly socket?: LibrarySocket;
  rejectRequests(error: Error): void;
  disconnect(): Promise<unknown>;
}

interface LibraryPool {
  readonly pool: readonly LibraryConnection[];
  send(request: unknown): Promise<unknown>;
}

/** Entry of an answer to CreateTopics and the like. */
export interface ConfigEntry {
  readonly configName: string;
  readonly configValue: string | null;
  readonly isSensitive: boolean;
}

/** Times that stand for the ends of a partition in {@link LibraryBroker.listOffsets}. */
export const [LATEST_TIMESTAMP, EARLIEST_TIMESTAMP] = [-1, -2];

/** The parts of kafkajs's broker that are used. Each rejects with an error of kafkajs. */
export interface LibraryBroker {
  readonly connectionPool: LibraryPool;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  connect(): Promise<void>;
  isConnected(): boolean;
  disconnect(): Promise<void>;
  initProducerId(options: { transactionTimeout: number }): Promise<{ producerId: string; producerEpoch: number }>;
  createTopics(options: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
      readonly configEntries: readonly { readonly name: string; readonly value: string }[];
    }[];
    readonly timeout: number;
  }): Promise<unknown>;
  deleteTopics(options: { readonly topics: readonly string[]; readonly timeout: number }): Promise<unknown>;
  describeConfigs(options: {
    readonly resources: readonly { readonly type: number; readonly name: string }[];
  }): Promise<{ readonly resources: readonly { readonly configEntries: readonly ConfigEntry[] }[] }>;
  listOffsets(options: {
    readonly replicaId: number;
    readonly isolationLevel: number;
    readonly topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[];
    }[];
  }): Promise<
    {
      readonly responses: readonly {
        readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
      }[];
    }
  >;
}

interface LibraryRequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

interface Library {
  readonly Broker: new (options: object) => LibraryBroker;
  readonly ConnectionPool: new (options: object) => LibraryPool;
  readonly RequestQueue: { readonly prototype: LibraryRequestQueue };
  readonly loggers: { createLogger(options: object): unknown };
  readonly createSocketFactory: () => unknown;
  readonly error: { createErrorFromCode(code: number): Error };
}

// The untyped edge: these modules are plain JavaScript.
const library: Library = {
  Broker: untypedBroker,
  ConnectionPool: untypedConnectionPool,
  RequestQueue: untypedRequestQueue,
  loggers: untypedLoggers,
  createSocketFactory: untypedSocketFactory,
  error: untypedError,
};

quietIdleQueues();

/**
 * Without anything pending, kafkajs sets its timer to "throttled until" minus now, which is far below zero: a warning on
 * stderr at each connection and a timer that fires every millisecond for ever. The timer is only needed for requests
 * that wait, so it is only set then.
 */
function quietIdleQueues(): void {
  const { prototype } = library.RequestQueue;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: LibraryRequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

// Silent: what is worth telling is in the errors.
const silentLogger = library.loggers.createLogger({ level: 0, logCreator: () => () => {} });

/** A broker that is not connected yet. It has its own connections, which are nobody else's. */
export function makeBroker(address: BrokerAddress, options: KafkajsLogOptions): LibraryBroker {
  const { tls = false, sasl } = options;
  const connectionPool = new library.ConnectionPool({
    host: address.host,
    port: address.port,
    // kafkajs writes into the object.
    sasl: sasl === undefined ? null : { ...sasl },
    ssl: tls === false ? null : tls === true ? {} : { ...tls },
    clientId: options.clientId,
    socketFactory: library.createSocketFactory(),
    connectionTimeout: options.connectionTimeoutMs,
    requestTimeout: options.requestTimeoutMs,
    enforceRequestTimeout: true,
    logger: silentLogger,
  });
  return new library.Broker({
    connectionPool,
    logger: silentLogger,
    allowAutoTopicCreation: false,
    authenticationTimeout: options.connectionTimeoutMs,
  });
}

/** Sends one request and resolves with its decoded answer. */
export async function sendRequest<Answer>(broker: LibraryBroker, request: WireRequest<Answer>): Promise<Answer> {
  const answer: { value: Answer }[] = [];
  await broker.connectionPool.send({
    request: {
      apiKey: request.apiKey,
      apiVersion: request.apiVersion,
      apiName: request.apiName,
      // Looks like an encoder of kafkajs, which would copy the bytes once more.
      encode: () => Promise.resolve().then(() => request.encode()).then((buffer) => ({ buf: buffer, buffer })),
    },
    response: {
      decode: (payload: Uint8Array) => Promise.resolve().then(() => request.decode(payload)),
      parse: (value: Answer) => Promise.resolve(answer.push({ value })),
    },
  });
  const [first] = answer;
  if (first === undefined) throw new Error(`The answer to ${request.apiName} was not decoded`);
  return first.value;
}

/** Ends the connections of a broker at once; whatever waits for an answer is rejected with `reason`. */
export async function endBroker(broker: LibraryBroker, reason: Error): Promise<void> {
  await Promise.all(broker.connectionPool.pool.map(async (connection) => {
    connection.rejectRequests(reason);
    await connection.disconnect();
    // With the reason, since only an error ends the library's timer for connecting.
    connection.socket?.destroy(reason);
  }));
}

/** The library's error for an error code of the protocol. */
export function protocolError(code: number): Error {
  return library.error.createErrorFromCode(code);
}
