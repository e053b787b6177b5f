/**
 * The topics that a source is about to write to, as they are before its first send. Brokers that are away are waited for.
 *
 * @module
 */
import type { Observer } from "../../telemetry/events.ts";
import {
  type Log,
  LogError,
  type PartitionOffsets,
  type StoredRecord,
  type TopicDescription,
} from "../../transport/log.ts";
import { sourceOf } from "../../transport/source_header.ts";
import { endLost } from "../../transport/log_rules.ts";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { Target } from "../../actors/messages.ts";
import { retryDelayMs, type RetryPolicy } from "../../kernel/backoff.ts";
import { stableEnds } from "../../actors/producers/stable_ends.ts";
import { FreshAnswers } from "./fresh_answers.ts";
import { SharedWork } from "./shared_work.ts";
import { isHopeless } from "../../actors/producers/topic_opening.ts";

/** A topic that is there. */
export interface LiveTopic {
  readonly name: string;
  readonly target: Pick<Target, "topic" | "version">;
  readonly id: string | null;
  /** True if it keeps only the latest record of each key. */
  readonly compacted: boolean;
  /** In partition order. */
  readonly offsets: readonly PartitionOffsets[];
}

/** Topics of one cluster. */
export interface LiveCluster {
  readonly clusterId: string;
  /** In the order of the targets. */
  readonly topics: readonly LiveTopic[];
}

/** A partition from an offset on, up to an end that the log has given. */
export interface TopicRange {
  readonly partition: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** Options of {@link TopicReader.read}. */
export interface TopicReading {
  readonly signal: AbortSignal;
  /** Is given each record once, in the order of the log. */
  readonly visit: (record: StoredRecord) => void;
}

/** Reads topics to their ends. */
export interface TopicReader {
  /** Rejects with the signal's reason if it is aborted before the end. */
  read(topic: string, range: TopicRange, reading: TopicReading): Promise<void>;
}

/** Options of {@link LiveTopics}. */
export interface LiveTopicsOptions {
  readonly log: Log;
  /** Makes the topic if it may, and says what it is. @throws {LogError} */
  readonly make: (topic: string) => Promise<TopicDescription>;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly random: () => number;
  /** How long a log must stand still before its end is believed. */
  readonly settleMs: number;
  readonly observe: Observer;
}

/** One for a run. */
export class LiveTopics implements TopicReader {
  readonly #options: LiveTopicsOptions;
  readonly #settling = new SharedWork();
  readonly #looks = new FreshAnswers<LiveCluster>();
  /** Names of the topics that are there. */
  readonly #made = new Set<string>();

  constructor(options: LiveTopicsOptions) {
    this.#options = options;
  }

  /**
   * Makes the topics if they may be made, and says how they stand, not before the call. Sources that begin at the same
   * time share looks.
   *
   * @throws {TopicParkedError} If a person has to help.
   */
  look(targets: readonly Target[], signal: AbortSignal): Promise<LiveCluster> {
    const name = JSON.stringify(targets.map(({ topic, version }) => [topic, version]));
    return this.#looks.get(name, signal, (signal) => this.#look(targets, signal));
  }

  async #look(targets: readonly Target[], signal: AbortSignal): Promise<LiveCluster> {
    let clusterId = "";
    const topics: LiveTopic[] = [];
    for (const target of targets) {
      const { topic: name } = target;
      const [topic, cluster] = await this.#persist(
        name,
        signal,
        () => Promise.all([this.#lookAt(name), this.#options.log.admin.clusterId()]),
      );
      clusterId = cluster;
      topics.push({ name, target, ...topic });
    }
    return { clusterId, topics };
  }

  async #lookAt(name: string): Promise<Omit<LiveTopic, "name" | "target">> {
    const { log: { admin }, make } = this.#options;
    // One that is there can be asked at once. If it is not any more, what `make` says of that counts.
    const asked = this.#made.has(name) ? admin.leaderOffsets(name) : null;
    asked?.catch(() => {});
    const { id, config } = await make(name);
    this.#made.add(name);
    const compacted = config["cleanup.policy"]?.includes("compact") ?? false;
    return { id, compacted, offsets: await (asked ?? admin.leaderOffsets(name)) };
  }

  /**
   * Waits until everything that an earlier process sent to a topic has arrived and can be read; later calls find it done.
   *
   * @param origins those that the process may have written under; null if they are not known
   * @throws {TopicParkedError}
   */
  settle(topic: string, signal: AbortSignal, origins: (() => ReadonlySet<string>) | null = null): Promise<void> {
    const { log, clock, settleMs, observe } = this.#options;
    // What is still to come of an unknown origin may be the process's too.
    const key = JSON.stringify([topic, origins === null]);
    return this.#settling.done(key, signal, async (signal) => {
      const own = origins?.();
      const isOwn = own && ((_: number, record: StoredRecord) => own.has(sourceOf(record)?.origin ?? ""));
      const options = { log, topic, clock, settleMs, signal, observe, ...(isOwn && { isOwn }) };
      await this.#persist(topic, signal, () => stableEnds(options));
    });
  }

  /**
   * Brokers that are away are waited for, and reading is resumed where it stood. What retention has deleted meanwhile cannot
   * be read any more, and is passed over.
   *
   * @throws {TopicParkedError}
   * @throws {LogError} `end_lost`: what was to be read is gone. The next start finds that in the topic's end.
   */
  async read(topic: string, { partition, from, to }: TopicRange, { signal, visit }: TopicReading): Promise<void> {
    const { log } = this.#options;
    let next = from;
    await this.#persist(topic, signal, async () => {
      try {
        await readRange(log, topic, { partition, from: next, to }, {
          signal,
          visit: (record) => {
            visit(record);
            next = record.offset + 1n;
          },
        });
      } catch (cause) {
        if (!(cause instanceof LogError) || cause.code !== "offset_out_of_range") throw cause;
        const [offsets] = await log.admin.leaderOffsets(topic, [partition]);
        if (offsets === undefined) throw cause;
        if (offsets.logEnd < to) throw endLost({ topic, partition, to, end: offsets.logEnd });
        if (offsets.start > next) next = offsets.start;
        // A leader that has changed since, or a start that will be there in a moment.
        throw new LogError("leader_changed", cause.message, { cause });
      }
    });
  }

  async #persist<T>(topic: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { retry, random, clock, observe } = this.#options;
    for (let attempt = 0;; attempt++) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (cause) {
        if (!(cause instanceof LogError) || cause.code === "end_lost") throw cause;
        if (isHopeless(cause.code, attempt)) throw new TopicParkedError(topic, cause);
        const delayMs = retryDelayMs(retry, { attempt, random });
        observe({ type: "topic_unavailable", stage: "sending", topic, attempt: attempt + 1, delayMs, cause });
        await clock.sleep(delayMs, signal);
      }
    }
  }
}

/** Reads once. Rejects with the signal's reason if it is aborted before the end. @throws {LogError} */
export async function readRange(
  log: Pick<Log, "read">,
  topic: string,
  { partition, from, to }: TopicRange,
  { signal, visit }: TopicReading,
): Promise<void> {
  for await (const records of log.read(topic, partition, { from, to, signal })) records.forEach((each) => visit(each));
  // An aborted read ends as if the log ended there.
  signal.throwIfAborted();
}
