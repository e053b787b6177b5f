/**
 * The only file that uses @platformatic/kafka. It uses connections with TLS and log-in, framing, requests under way and
 * their time-outs, and the requests that carry no records. It does not use the library's clients, since they cannot
 * keep the port's promises:
 *
 * - If a broker has lost the producer's state, `Producer` takes a new producer id, sends the same records again,
 *   whether or not they are in the log, and resolves as if nothing had happened. No option turns this off. It keeps
 *   only the errors of its last tries, which hides the difference between a refusal and a doubt; it reduces the
 *   partition to the number that it knows of; and its `close` waits until the socket has taken everything left to write.
 * - `Consumer` and `Admin` retry by themselves, and report the error of one broker of many. The decoder ignores the
 *   checksum of what it reads.
 *
 * docs/decisions/second-client.md has the numbers.
 *
 * @module
 */
import type { Connection as LibraryConnection, SASLMechanismValue } from "@platformatic/kafka";
import type { Socket } from "node:net";
import type { TopicSpec } from "../log.ts";
import type { SecretMask } from "../../telemetry/secret_mask.ts";
import type { KafkaBroker, KafkaClient, ProducerIdentity, WireRequest } from "../kafka/client.ts";
import { KafkaFailure, MEANINGS } from "../kafka/errors.ts";
import { loginMask, maskedFailure } from "../kafka/login_mask.ts";
import { FrameGuard } from "../kafka/guard_frames.ts";
import type { BrokerAddress, KafkaLogOptions, SaslOptions } from "../kafka/options.ts";
import { failureOf } from "./errors.ts";
import {
  apiVersionsV3,
  ConfigResourceTypes,
  Connection,
  createTopicsV6,
  deleteTopicsV5,
  describeConfigsV3,
  initProducerIdV4,
  SASLMechanisms,
  Writer,
} from "./package.ts";

/** Shown in the broker's log of connections. */
const [SOFTWARE_NAME, SOFTWARE_VERSION] = ["tickflume", "1"];
/**
 * A broker handles the requests of a connection one by one, so this only decides where they wait: in the library's
 * queue, or on the wire, where the time-out of each is running.
 */
const MAX_IN_FLIGHT = 256;
/** The broker's default, in a request for a new topic. */
const DEFAULT_REPLICATION = -1;
/** This adapter uses no transactions, but the request must carry a number. */
const TRANSACTION_TIMEOUT_MS = 60_000;

const MECHANISMS: Readonly<Record<SaslOptions["mechanism"], SASLMechanismValue>> = {
  "plain": SASLMechanisms.PLAIN,
  "scram-sha-256": SASLMechanisms.SCRAM_SHA_256,
  "scram-sha-512": SASLMechanisms.SCRAM_SHA_512,
};

/** The used part of @platformatic/kafka. */
export const platformaticClient: KafkaClient = {
  makeBroker: (address, options) => new PlatformaticBroker(address, options),
};

class PlatformaticBroker implements KafkaBroker {
  readonly address: BrokerAddress;
  readonly #connection: LibraryConnection;
  readonly #guard: FrameGuard;
  readonly #mask: SecretMask;
  readonly #encrypted: boolean;
  /** The error that ended the connection; null if it ended without one. */
  #lostBy: Error | null = null;
  #versions: ReadonlyMap<number, { readonly min: number; readonly max: number }> = new Map();

  constructor(address: BrokerAddress, options: KafkaLogOptions) {
    const { clientId, tls = false, sasl, connectionTimeoutMs, requestTimeoutMs } = options;
    this.address = address;
    this.#guard = new FrameGuard(address);
    this.#mask = loginMask(options);
    this.#encrypted = tls !== false;
    this.#connection = new Connection(clientId, {
      connectTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      maxInflights: MAX_IN_FLIGHT,
      ...(tls === false ? {} : { tls: tls === true ? {} : { ...tls } }),
      ...(sasl === undefined ? {} : { sasl: { ...sasl, mechanism: MECHANISMS[sasl.mechanism] } }),
    });
    // An "error" event without a listener would end the process. Waiting calls hear of the end, but not of this reason.
    this.#connection.on("error", (error) => this.#lostBy = error);
    // Otherwise the timer for the next log-in keeps running after a broker ends the connection.
    this.#connection.on("close", () => this.#connection.close(() => {}));
  }

  async connect(): Promise<void> {
    const { host, port } = this.address;
    const { apiKeys } = await this.#failing(async () => {
      await this.#connectGuarded(host, port);
      return await apiVersionsV3.api.async(this.#connection, SOFTWARE_NAME, SOFTWARE_VERSION);
    });
    this.#versions = new Map(apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
      apiKey,
      { min: minVersion, max: maxVersion },
    ]));
    this.#guard.trust();
  }

  async #connectGuarded(host: string, port: number): Promise<void> {
    const connecting = this.#connection.connect(host, port);
    const socket: Socket | undefined = this.#connection.socket;
    // Runs after the library's own listener of this event, which adds the library's listener of the data.
    socket?.once(this.#encrypted ? "secureConnect" : "connect", () => this.#guard.watch(socket));
    await connecting;
  }

  isConnected(): boolean {
    return this.#connection.isConnected();
  }

  versionsOf(apiKey: number): { readonly min: number; readonly max: number } | null {
    return this.#versions.get(apiKey) ?? null;
  }

  send<Answer>({ apiKey, apiVersion, encode, decode }: WireRequest<Answer>): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    this.#connection.send<Answer>(
      apiKey,
      apiVersion,
      // The library copies the pieces into one as soon as it has them.
      () => encode().reduce((writer, piece) => writer.append(piece), Writer.create()),
      (_correlation, _key, _version, reader) => decode(reader.buffer.slice()),
      // The request encodes the tagged fields of its header itself, if it has any.
      false,
      false,
      (error, answer) => {
        if (error !== null) reject(this.#failureOf(error));
        else if (answer === undefined) reject(new KafkaFailure(MEANINGS.unknown, "the answer was not decoded"));
        else resolve(answer);
      },
    );
    return promise;
  }

  async initProducerId(): Promise<ProducerIdentity> {
    const { api } = initProducerIdV4;
    const { producerId, producerEpoch } = await this.#failing(() =>
      api.async(this.#connection, null, TRANSACTION_TIMEOUT_MS)
    );
    return { producerId, producerEpoch };
  }

  async createTopic(spec: TopicSpec, timeoutMs: number): Promise<void> {
    const { name, partitions, replicationFactor = DEFAULT_REPLICATION, config = {} } = spec;
    const configs = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topic = { name, numPartitions: partitions, replicationFactor, assignments: [], configs };
    await this.#failing(() => createTopicsV6.api.async(this.#connection, [topic], timeoutMs, false));
  }

  async deleteTopic(name: string, timeoutMs: number): Promise<void> {
    await this.#failing(() => deleteTopicsV5.api.async(this.#connection, [{ name }], timeoutMs));
  }

  async topicConfig(name: string): Promise<Readonly<Record<string, string>>> {
    const { api } = describeConfigsV3;
    const resources = [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configurationKeys: null }];
    const { results } = await this.#failing(() => api.async(this.#connection, resources));
    const entries = (results[0]?.configs ?? []).filter(({ isSensitive }) => !isSensitive);
    return Object.fromEntries(entries.map(({ name: key, value }) => [key, value ?? ""]));
  }

  async end(reason: Error): Promise<void> {
    // The library's own end waits until the socket has written everything, which never happens with a broker that hangs.
    const socket: Socket | undefined = this.#connection.socket;
    if (socket === undefined || socket.closed) return;
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    // Passes the reason, since only an error ends the library's timer for connecting.
    socket.destroy(reason);
    await closed;
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
    const failure = failureOf(error);
    const lost = failure.meaning === MEANINGS.unreachable && this.#lostBy !== null;
    return maskedFailure(this.#guard.refusal ?? (lost ? failureOf(this.#lostBy) : failure), this.#mask);
  }
}
