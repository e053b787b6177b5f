/**
 * The log port in memory, for tests: a connection to a {@link MemoryBroker}.
 *
 * @module
 */
import {
  type LeaderOffsets,
  type Log,
  type LogAdmin,
  LogError,
  type LogProducer,
  type PartitionOffsets,
  type ReadOptions,
  type StoredRecord,
  type TopicDescription,
  type TopicSpec,
} from "../log.ts";
import { endLost, pickPartitions } from "../log_rules.ts";
import { MemoryBroker, type MemoryBrokerOptions } from "./broker.ts";
import type { LogCall } from "./log_faults.ts";
import { MemoryProducer } from "./producer.ts";

interface CallTarget {
  readonly topic?: string | undefined;
  readonly partition?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A connection to an in-memory broker; `broker` is where faults are armed and records are audited.
 *
 * @example
 * ```ts
 * import { MemoryLog } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const log = new MemoryLog();
 * await log.admin.createTopic({ name: "trades", partitions: 1 });
 * log.broker.faults.next("offsets", { type: "fail", code: "unreachable" });
 * await assert.rejects(log.admin.offsets("trades"), { code: "unreachable" });
 * assert.deepEqual(await log.admin.offsets("trades"), [{ partition: 0, start: 0n, end: 0n }]);
 * ```
 */
export class MemoryLog implements Log {
  /** What it is connected to. */
  readonly broker: MemoryBroker;
  /** Topics, offsets and rights. */
  readonly admin: LogAdmin;
  readonly #closing = new AbortController();
  readonly #producers: LogProducer[] = [];

  /**
   * Connects.
   *
   * @param source the broker to connect to, or the options of a new one.
   */
  constructor(source: MemoryBroker | MemoryBrokerOptions = {}) {
    this.broker = source instanceof MemoryBroker ? source : new MemoryBroker(source);
    this.admin = this.#createAdmin();
  }

  async createProducer(): Promise<LogProducer> {
    await this.#called("create_producer");
    const producer = new MemoryProducer(this.broker, `producer-${crypto.randomUUID().slice(0, 8)}`);
    this.#producers.push(producer);
    return producer;
  }

  async *read(topic: string, partition: number, options: ReadOptions): AsyncGenerator<readonly StoredRecord[]> {
    const { from, to, signal } = options;
    const target: CallTarget = { topic, partition, signal };
    await this.#called("read", target);
    const { id } = this.broker.requireTopic(topic);
    const { start, end } = this.broker.requirePartition(topic, partition);
    if (from < start || from > end) {
      throw new LogError(
        "offset_out_of_range",
        `Offset ${from} of ${topic}/${partition} is outside ${start} to ${end}`,
      );
    }
    const stop = signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    let next = from;
    while (!signal?.aborted && (to === undefined || next < to)) {
      const chunk = this.#chunk(topic, partition, { next, to, id });
      if (chunk.records.length > 0) yield chunk.records;
      else if (chunk.next === next) {
        const { end } = this.broker.requirePartition(topic, partition);
        if (to !== undefined && end < to) throw endLost({ topic, partition, to, end });
        await this.broker.nextChange(stop);
      }
      next = chunk.next;
      if (!signal?.aborted) await this.#called("read", target);
    }
  }

  async offsetForTime(topic: string, partition: number, timestamp: number): Promise<bigint> {
    await this.#called("offset_for_time", { topic, partition });
    const { records, highWatermark } = this.broker.requirePartition(topic, partition);
    const found = records.find((record) => record.timestamp >= timestamp)?.offset ?? highWatermark;
    return found < highWatermark ? found : highWatermark;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#producers.map((producer) => producer.close()));
  }

  #createAdmin(): LogAdmin {
    const { broker } = this;
    const names = Array.from({ length: broker.brokers }, (_, at) => `memory:${at + 1}`);
    const call = async <T>(operation: LogCall, topic: string | undefined, answer: () => T): Promise<T> => {
      await this.#called(operation, { topic });
      return answer();
    };
    return {
      clusterId: () => call("cluster_id", undefined, () => broker.clusterId),
      brokers: () => call("brokers", undefined, () => names),
      listTopics: () => call("list_topics", undefined, () => broker.topicNames),
      describeTopic: (name) => call("describe_topic", name, () => describe(broker, name)),
      rights: (name) => call("rights", name, () => broker.rights),
      createTopic: (spec: TopicSpec) => call("create_topic", spec.name, () => broker.createTopic(spec)),
      deleteTopic: (name) => call("delete_topic", name, () => broker.deleteTopic(name)),
      offsets: (name) => call("offsets", name, () => offsetsOf(broker, name)),
      leaderOffsets: (name, partitions) =>
        call(
          "leader_offsets",
          name,
          () => pickPartitions(leaderOffsetsOf(broker, name), { topic: name, partitions }),
        ),
    };
  }

  /** Call first in each operation: it checks for a closed log and applies slow mode and faults. */
  async #called(operation: LogCall, target: CallTarget = {}): Promise<void> {
    const { faults, clock } = this.broker;
    const { signal, ...place } = target;
    this.#checkOpen();
    if (faults.delays.callMs > 0) await clock.sleep(faults.delays.callMs);
    const armed = faults.takeCall({ operation, ...place });
    if (armed?.fault.type === "fail") {
      throw new LogError(armed.fault.code, `The script fails ${operation}: ${armed.fault.code}`);
    }
    if (armed !== null) await this.#hang(operation, armed.released, signal);
    this.#checkOpen();
  }

  /** Waits until released, closed or aborted; code `timed_out` after the request time-out. */
  async #hang(operation: LogCall, released: Promise<void>, signal?: AbortSignal): Promise<void> {
    const { clock, requestTimeoutMs } = this.broker;
    const ended = Promise.withResolvers<"timed_out" | void>();
    const end = () => ended.resolve();
    const signals = [this.#closing.signal, ...(signal === undefined ? [] : [signal])];
    for (const each of signals) each.addEventListener("abort", end, { once: true });
    const timer = clock.schedule(requestTimeoutMs, () => ended.resolve("timed_out"));
    const reason = await Promise.race([released, ended.promise]);
    timer.cancel();
    for (const each of signals) each.removeEventListener("abort", end);
    if (reason === "timed_out") throw new LogError("timed_out", `No answer to ${operation} in ${requestTimeoutMs} ms`);
  }

  #checkOpen(): void {
    if (this.#closing.signal.aborted) throw new LogError("closed", "The log is closed");
  }

  #chunk(
    topic: string,
    partition: number,
    { next, to, id }: { readonly next: bigint; readonly to: bigint | undefined; readonly id: string },
  ): { readonly records: readonly StoredRecord[]; readonly next: bigint } {
    const { records, highWatermark: end } = this.broker.requirePartition(topic, partition);
    if (this.broker.requireTopic(topic).id !== id) {
      throw new LogError("unknown_topic", `Topic "${topic}" was deleted and made again while it was read`);
    }
    const until = to === undefined || to > end ? end : to;
    const first = lowerBound(records, next);
    const last = Math.min(lowerBound(records, until), first + this.broker.chunkRecords);
    const chunk = records.slice(first, last);
    const following = records[last]?.offset ?? until;
    return { records: chunk, next: following < until ? following : until };
  }
}

function describe(broker: MemoryBroker, name: string): TopicDescription | null {
  const topic = broker.topic(name);
  if (topic === undefined) return null;
  const { id, partitions, spec } = topic;
  const { replicationFactor = broker.brokers, config = {} } = spec;
  return { name, id, partitions: partitions.length, replicationFactor, config };
}

function offsetsOf(broker: MemoryBroker, name: string): readonly PartitionOffsets[] {
  return leaderOffsetsOf(broker, name).map(({ partition, start, end }) => ({ partition, start, end }));
}

function leaderOffsetsOf(broker: MemoryBroker, name: string): readonly LeaderOffsets[] {
  return broker.requireTopic(name).partitions.map(({ start, end, highWatermark, leaderEpoch }, partition) => (
    { partition, start, end: highWatermark, logEnd: end, leaderEpoch }
  ));
}

/** Index of the first record at or after an offset; offsets may have holes. */
function lowerBound(records: readonly StoredRecord[], offset: bigint): number {
  let low = 0;
  let high = records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((records[middle]?.offset ?? offset) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
