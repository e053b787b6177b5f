/**
 * The only file that uses kafkajs, with `quiet_idle_queues.ts`. It uses connections with TLS and SASL, the queue of requests with its time-outs, the
 * negotiation of versions, and the requests that carry no records. It does not use the library's producer, consumer and
 * admin client; docs/decisions/kafka-client.md says why.
 *
 * The inner modules have no types, so these files alone give each import its shape.
 *
 * @module
 */
import untypedBroker from "kafkajs/src/broker/index.js";
import untypedLoggers from "kafkajs/src/loggers/index.js";
import untypedConnectionPool from "kafkajs/src/network/connectionPool.js";
import untypedSocketFactory from "kafkajs/src/network/socketFactory.js";
import untypedDecoder from "kafkajs/src/protocol/decoder.js";
import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { KafkaBroker, KafkaClient, ProducerIdentity, WireRequest } from "../kafka/client.ts";
import { KafkaFailure, MEANINGS } from "../kafka/errors.ts";
import { loginMask, maskedFailure } from "../kafka/login_mask.ts";
import { FrameGuard } from "../kafka/guard_frames.ts";
import type { BrokerAddress, KafkaLogOptions } from "../kafka/options.ts";
import type { TopicSpec } from "../log.ts";
import type { SecretMask } from "../../telemetry/secret_mask.ts";
import { failureOf } from "./errors.ts";
import "./quiet_idle_queues.ts";

/** The used part of a socket. */
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

/** Entry of an answer to DescribeConfigs. */
interface ConfigEntry {
  readonly configName: string;
  readonly configValue: string | null;
  readonly isSensitive: boolean;
}

/** The used part of kafkajs's broker. Each call rejects with an error of kafkajs. */
interface LibraryBroker {
  readonly connectionPool: LibraryPool;
  readonly versions: Readonly<Record<number, { readonly minVersion: number; readonly maxVersion: number }>> | null;
  connect(): Promise<void>;
  isConnected(): boolean;
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
}

interface LibraryDecoder {
  readonly buffer: Buffer;
  readonly offset: number;
  readArray(item: (decoder: LibraryDecoder) => unknown): unknown[];
}

/** What a socket is made from. */
interface SocketOptions {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | null;
  readonly onConnect: () => void;
}

interface Library {
  readonly Broker: new (options: object) => LibraryBroker;
  readonly ConnectionPool: new (options: object) => LibraryPool;
  readonly loggers: { createLogger(options: object): unknown };
  readonly Decoder: { readonly prototype: LibraryDecoder };
  readonly createSocketFactory: () => (options: SocketOptions) => Socket;
}

// The untyped edge: these modules are plain JavaScript.
const library: Library = {
  Broker: untypedBroker,
  ConnectionPool: untypedConnectionPool,
  loggers: untypedLoggers,
  Decoder: untypedDecoder,
  createSocketFactory: untypedSocketFactory,
};

boundArrays();

/** kafkajs allocates as many items as an answer announces, 240 MB for four bytes, before it reads the first one. */
function boundArrays(): void {
  const { prototype } = library.Decoder;
  const read = prototype.readArray;
  prototype.readArray = function (this: LibraryDecoder, item) {
    const count = this.buffer.readInt32BE(this.offset);
    const left = this.buffer.length - this.offset;
    if (count > left) throw new RangeError(`an array of ${count} items in ${left} bytes`);
    return read.call(this, item);
  };
}

// Silent: the errors say everything of use.
const silentLogger = library.loggers.createLogger({ level: 0, logCreator: () => () => {} });

/** The broker's default, in a request for a new topic. */
const DEFAULT_REPLICATION = -1;
/** Resource type of a topic in DescribeConfigs. */
const TOPIC_RESOURCE = 2;
/** This adapter uses no transactions, but the request must carry a number. */
const TRANSACTION_TIMEOUT_MS = 60_000;

/** The used part of kafkajs. */
export const kafkajsClient: KafkaClient = {
  makeBroker: (address, options) => new KafkajsBroker(address, options),
};

class KafkajsBroker implements KafkaBroker {
  readonly address: BrokerAddress;
  readonly #broker: LibraryBroker;
  readonly #guard: FrameGuard;
  readonly #mask: SecretMask;

  constructor(address: BrokerAddress, options: KafkaLogOptions) {
    this.address = address;
    this.#guard = new FrameGuard(address);
    this.#mask = loginMask(options);
    this.#broker = makeBroker(address, { ...options, guard: this.#guard });
  }

  async connect(): Promise<void> {
    await this.#failing(() => this.#broker.connect());
    this.#guard.trust();
  }

  isConnected(): boolean {
    return this.#broker.isConnected();
  }

  versionsOf(apiKey: number): { readonly min: number; readonly max: number } | null {
    const known = this.#broker.versions?.[apiKey];
    return known === undefined ? null : { min: known.minVersion, max: known.maxVersion };
  }

  send<Answer>(request: WireRequest<Answer>): Promise<Answer> {
    return this.#failing(() => sendRequest(this.#broker, request));
  }

  async initProducerId(): Promise<ProducerIdentity> {
    const options = { transactionTimeout: TRANSACTION_TIMEOUT_MS };
    const { producerId, producerEpoch } = await this.#failing(() => this.#broker.initProducerId(options));
    return { producerId: BigInt(producerId), producerEpoch };
  }

  async createTopic(spec: TopicSpec, timeoutMs: number): Promise<void> {
    const { name, partitions, replicationFactor = DEFAULT_REPLICATION, config = {} } = spec;
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topics = [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }];
    await this.#failing(() => this.#broker.createTopics({ topics, timeout: timeoutMs }));
  }

  async deleteTopic(name: string, timeoutMs: number): Promise<void> {
    await this.#failing(() => this.#broker.deleteTopics({ topics: [name], timeout: timeoutMs }));
  }

  async topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    const asked = { resources: [{ type: TOPIC_RESOURCE, name }] };
    const { resources } = await this.#failing(() => this.#broker.describeConfigs(asked));
    const entries = (resources[0]?.configEntries ?? []).filter(({ isSensitive }) => !isSensitive);
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue ?? ""]));
  }

  async end(reason: Error): Promise<void> {
    const failure = new KafkaFailure(MEANINGS.unreachable, reason.message, { cause: reason });
    await Promise.all(this.#broker.connectionPool.pool.map(async (connection) => {
      connection.rejectRequests(failure);
      await connection.disconnect();
      // Passes the reason, since only an error ends the library's timer for connecting.
      connection.socket?.destroy(reason);
    }));
  }

  /** The result, or the library's error with its meaning. */
  async #failing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#failureOf(error);
    }
  }

  #failureOf(error: unknown): KafkaFailure {
    return maskedFailure(this.#guard.refusal ?? failureOf(error), this.#mask);
  }
}

function makeBroker(address: BrokerAddress, options: KafkaLogOptions & { readonly guard: FrameGuard }): LibraryBroker {
  const { tls = false, sasl, guard } = options;
  const createSocket = library.createSocketFactory();
  const connectionPool = new library.ConnectionPool({
    host: address.host,
    port: address.port,
    // kafkajs writes into the object.
    sasl: sasl === undefined ? null : { ...sasl },
    ssl: tls === false ? null : tls === true ? {} : { ...tls },
    clientId: options.clientId,
    socketFactory(made: SocketOptions) {
      const socket = createSocket(made);
      // Or the system holds a small request back until the one before it is acknowledged.
      socket.setNoDelay(true);
      socket.once(made.ssl === null ? "connect" : "secureConnect", () => guard.watch(socket));
      return socket;
    },
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
async function sendRequest<Answer>(broker: LibraryBroker, request: WireRequest<Answer>): Promise<Answer> {
  const answer: { value: Answer }[] = [];
  await broker.connectionPool.send({
    request: {
      apiKey: request.apiKey,
      apiVersion: request.apiVersion,
      apiName: request.apiName,
      // Has the shape of kafkajs's encoder, which would copy the bytes once more.
      encode: () =>
        Promise.resolve().then(() => Buffer.concat(request.encode())).then((buffer) => ({ buf: buffer, buffer })),
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
