/**
 * Where the rows of a source go: for each schema version a topic, its schema, and the producer that writes to it.
 *
 * @module
 */
import type { ProducerMessage, SchemaRequest, SchemaResolution, Target } from "../actors/messages.ts";
import { producerActor } from "../actors/producers/producer.ts";
import { makeTopic, type TopicPolicy } from "../actors/producers/topic_opening.ts";
import { TopicLedger } from "../actors/producers/topic_ledger.ts";
import type { TargetOptions } from "../actors/sources/source_actor_options.ts";
import type { Catalogue } from "../config/catalogue.ts";
import { mustKeepAll } from "../config/compacted_topics.ts";
import type { Settings } from "../config/settings.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import { topicNamesFor, topicSpecFor } from "../config/topics.ts";
import { ReplyPort } from "../kernel/obligation.ts";
import type { ActorRef } from "../kernel/types.ts";
import { DATA_TYPE_OF, type SchemaVersion } from "../schemas/record_types.ts";
import type { TopicDescription } from "../transport/log.ts";
import type { Dataset } from "../sources/source.ts";
import { DRAIN_MS, RETRY, SETTLE_MS, STALL_MS, TOPIC_REFRESH_MS } from "./limits.ts";
import type { Tree, TreePorts } from "./tree.ts";

/** The topics of a run. What a topic has taken is kept here, so that a producer that dies loses none of it. */
export class Targets {
  readonly #settings: Settings;
  readonly #catalogue: Catalogue;
  readonly #ports: TreePorts;
  readonly #tree: Pick<Tree, "loader" | "producers">;
  readonly #ledgers = new Map<string, TopicLedger>();
  /** By topic, how it is made. */
  readonly #policies = new Map<string, TopicPolicy>();

  constructor(settings: Settings, options: {
    readonly catalogue: Catalogue;
    readonly ports: TreePorts;
    readonly tree: Pick<Tree, "loader" | "producers">;
  }) {
    this.#settings = settings;
    this.#catalogue = options.catalogue;
    this.#ports = options.ports;
    this.#tree = options.tree;
  }

  /**
   * The topic of each version that a flag writes.
   *
   * @throws {CatalogueError} If the exchange is not known, or does not trade the asset class.
   * @throws {TopicNameError} If the topics cannot be named.
   */
  topicsOf(dataset: Dataset, schemaVersion: VersionFlag): ReturnType<typeof topicNamesFor> {
    const { exchange, assetClass, kind } = dataset;
    this.#catalogue.exchange(exchange, assetClass);
    const parts = { exchange, assetClass, dataType: DATA_TYPE_OF[kind], schemaVersion };
    return topicNamesFor(this.#settings.topics.pattern, parts);
  }

  /** True if a topic was opened in this run. */
  isOpen(topic: string): boolean {
    return this.#ledgerOf(topic).topicId !== undefined;
  }

  /** How many partitions a topic has; null before it is opened. */
  partitionsOf(topic: string): TopicLedger["partitions"] {
    return this.#ledgerOf(topic).partitions;
  }

  /** Asks for the schema, for as long as the registry needs, and starts the topic's producer. */
  async resolve(
    version: SchemaVersion,
    { dataset, epoch: { number: epoch, flag }, write, signal }: TargetOptions,
  ): Promise<Target> {
    const topic = this.topicsOf(dataset, flag)[version];
    if (topic === undefined) throw new TypeError(`No topic for ${version} under the flag ${flag}`);
    const { kind, assetClass, exchange } = dataset;
    const request = { kind, version, topic, assetClass, exchange, epoch, write };
    const resolution = await this.#resolveSchema(request, signal);
    if (resolution.type === "refused") throw resolution.error;
    // The source has the notice of the later epoch already, and asks anew under that one.
    if (resolution.type === "superseded") throw new TypeError(`Epoch ${epoch} is over`);
    const schema = resolution.type === "resolved" ? resolution.schema : null;
    return { version, topic, schema, producer: await this.#producerOf(topic, dataset) };
  }

  /** Makes a topic if it does not exist; its producer opens it, before it sends. */
  async make(topic: string): Promise<TopicDescription> {
    const policy = this.#policies.get(topic);
    if (policy === undefined) throw new TypeError(`Topic "${topic}" has no producer`);
    const { log, observe } = this.#ports;
    return await makeTopic(policy, { log, ledger: this.#ledgerOf(topic), observe });
  }

  /** Asks again if the loader died with the question. */
  async #resolveSchema(request: SchemaRequest, signal: AbortSignal): Promise<SchemaResolution> {
    for (;;) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<SchemaResolution | null>();
      promise.catch(() => {}); // The question may be aborted while it waits for room: then nothing awaits the answer.
      const replyTo = new ReplyPort<SchemaResolution>({ reply: resolve, fail: () => resolve(null) });
      const onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        await this.#tree.loader.send({ type: "resolve_schema", request, replyTo }, { signal });
        const resolution = await promise;
        if (resolution !== null) return resolution;
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    }
  }

  #ledgerOf(topic: string): TopicLedger {
    const ledger = this.#ledgers.get(topic) ?? new TopicLedger();
    this.#ledgers.set(topic, ledger);
    return ledger;
  }

  #producerOf(topic: string, dataset: Dataset): Promise<ActorRef<ProducerMessage>> {
    const { topics, brokers, pipeline: { sendRecords, sendBytes, lingerMs } } = this.#settings;
    const dataType = DATA_TYPE_OF[dataset.kind];
    const exchange = this.#catalogue.exchange(dataset.exchange);
    const layout = topicSpecFor({ name: topic, dataType, exchange }, this.#settings);
    const policy = {
      name: topic,
      create: topics.create ? layout : null,
      mustKeepAll: mustKeepAll(dataType, this.#settings),
      warnOfReplication: brokers.length > 0,
    };
    this.#policies.set(topic, policy);
    const { log, observe, random } = this.#ports;
    return this.#tree.producers.startChild(producerActor({
      topic: policy,
      log,
      ledger: this.#ledgerOf(topic),
      observe,
      partitioner: topics.partitioner,
      maxSendRecords: sendRecords,
      maxSendBytes: sendBytes,
      lingerMs,
      capacity: 64,
      retry: RETRY,
      settleMs: SETTLE_MS,
      stallMs: STALL_MS,
      refreshMs: TOPIC_REFRESH_MS,
      shutdownMs: DRAIN_MS,
      random,
    }));
  }
}
