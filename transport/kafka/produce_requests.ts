/**
 * Produce requests that carry what is sent at the same time to several partitions of a broker. A broker handles the requests of
 * a connection one by one, each until its followers have it, so that a request for each partition would wait for all those
 * before it; and a request costs both sides more than a small batch.
 *
 * Each batch has an answer of its own: the broker stores and refuses them apart.
 *
 * @module
 */
import type { KafkaBroker } from "./client.ts";
import { type PartitionName, type ProduceAnswer, produceRequest } from "./messages.ts";
import type { RecordBatch } from "./record_batch_encoder.ts";

/**
 * A request of several batches has no more bytes than this. Each is answered when the last of them is stored, so that larger ones
 * go by themselves: the broker stores one while the next is made.
 */
const MAX_SHARED_BYTES = 16 * 1024;

/** A batch that waits for its answer. */
interface Part {
  readonly partition: number;
  readonly batch: RecordBatch;
  readonly timeoutMs: number;
  readonly answered: PromiseWithResolvers<ProduceAnswer>;
}

export class ProduceRequests {
  /** What is sent once the calls that are made now have been made. */
  readonly #gathered = new Map<KafkaBroker, Map<string, Part[]>>();

  /**
   * The broker's answer for this batch. Rejects if the request gets none, as all batches of the request do, or one that does
   * not name the partition.
   *
   * @param options.timeoutMs how long the broker may wait for its followers; of a request, the longest of its batches
   */
  send(
    broker: KafkaBroker,
    { topic, partition }: PartitionName,
    { batch, timeoutMs }: { readonly batch: RecordBatch; readonly timeoutMs: number },
  ): Promise<ProduceAnswer> {
    const answered = Promise.withResolvers<ProduceAnswer>();
    let topics = this.#gathered.get(broker);
    if (topics === undefined) {
      this.#gathered.set(broker, topics = new Map());
      // After the calls of the sends that were begun with this one: they all have got as far.
      queueMicrotask(() => this.#flush(broker));
    }
    const parts = topics.get(topic), part = { partition, batch, timeoutMs, answered };
    if (parts === undefined) topics.set(topic, [part]);
    else parts.push(part);
    return answered.promise;
  }

  #flush(broker: KafkaBroker): void {
    const topics = this.#gathered.get(broker) ?? new Map<string, Part[]>();
    this.#gathered.delete(broker);
    for (const [topic, parts] of topics) {
      for (const shared of withinBounds(parts)) request(broker, topic, shared);
    }
  }
}

/** Cuts what was gathered into requests. */
function withinBounds(parts: readonly Part[]): Part[][] {
  const requests: Part[][] = [];
  let last: Part[] = [], bytes = 0;
  for (const part of parts) {
    bytes += part.batch.maxBytes;
    if (last.length === 0 || bytes > MAX_SHARED_BYTES) {
      requests.push(last = []);
      bytes = part.batch.maxBytes;
    }
    last.push(part);
  }
  return requests;
}

function request(broker: KafkaBroker, topic: string, parts: readonly Part[]): void {
  const timeoutMs = Math.max(...parts.map((part) => part.timeoutMs));
  broker.send(produceRequest(topic, { parts, timeoutMs })).then(({ answers }) => {
    const known = new Map(answers.flatMap((each) => each.topic === topic ? [[each.partition, each]] : []));
    for (const { partition, answered } of parts) {
      const own = known.get(partition);
      if (own !== undefined) answered.resolve(own);
      else answered.reject(new Error(`The answer to a produce request does not name ${topic}/${partition}`));
    }
  }).catch((error) => {
    for (const { answered } of parts) answered.reject(error);
  });
}
