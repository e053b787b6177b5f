/**
 * The topics that a source is about to write to, as they are before its first send. Brokers that are away are waited for.
 *
 * @module
 */
import type { Observer } from "../telemetry/events.ts";
import { type Log, LogError, type PartitionOffsets } from "../transport/log.ts";
import { TopicParkedError } from "../actors/delivery.ts";
import type { Clock } from "../actors/kernel/clock.ts";
import type { Target } from "../actors/messages.ts";
import { retryDelayMs, type RetryPolicy } from "../actors/retry_delay.ts";
import { settledOffsets } from "../actors/settled_offsets.ts";
import { SharedWork } from "./shared_work.ts";
import { isHopeless } from "../actors/topic_opening.ts";

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

/** Options of {@link LiveTopics}. */
export interface LiveTopicsOptions {
  readonly log: Log;
  /** Makes the topic if it may. @throws {LogError} */
  readonly open: (topic: string) => Promise<unknown>;
  readonly clock: Clock;
  readonly retry: RetryPolicy;
  readonly random: () => number;
  /** How long a log must stand still before its end is believed. */
  readonly settleMs: number;
  readonly observe: Observer;
}

/** One for a run. */
export class LiveTopics {
  readonly #options: LiveTopicsOptions;
  readonly #settling = new SharedWork();

  constructor(options: LiveTopicsOptions) {
    this.#options = options;
  }

  /**
   * Makes the topics if they may be made, and says how they stand.
   *
   * @throws {TopicParkedError} If a person has to help.
   */
  async look(targets: readonly Target[], signal: AbortSignal): Promise<LiveCluster> {
    const { log, open } = this.#options;
    const topics: LiveTopic[] = [];
    for (const target of targets) {
      const topic = await this.#persist(target.topic, signal, async () => {
        const { topic: name } = target;
        await open(name);
        const description = await log.admin.describeTopic(name);
        if (description === null) throw new LogError("leader_changed", `Topic "${name}" is not visible yet`);
        const compacted = description.config["cleanup.policy"]?.includes("compact") ?? false;
        return { name, target, id: description.id, compacted, offsets: await log.admin.leaderOffsets(name) };
      });
      topics.push(topic);
    }
    const clusterId = await this.#persist(targets[0]?.topic ?? "", signal, () => log.admin.clusterId());
    return { clusterId, topics };
  }

  /**
   * Waits until everything that an earlier process sent to a topic has arrived and can be read; later calls find it done.
   *
   * @throws {TopicParkedError}
   */
  settle(topic: string, signal: AbortSignal): Promise<void> {
    const { log, clock, settleMs, observe } = this.#options;
    return this.#settling.done(topic, signal, async (signal) => {
      await this.#persist(topic, signal, () => settledOffsets({ log, topic, clock, settleMs, signal, observe }));
    });
  }

  async #persist<T>(topic: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { retry, random, clock, observe } = this.#options;
    for (let attempt = 0;; attempt++) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch (cause) {
        if (!(cause instanceof LogError)) throw cause;
        if (isHopeless(cause.code, attempt)) throw new TopicParkedError(topic, cause);
        const delayMs = retryDelayMs(retry, { attempt, random });
        observe({ type: "topic_unavailable", stage: "sending", topic, attempt: attempt + 1, delayMs, cause });
        await clock.sleep(delayMs, signal);
      }
    }
  }
}
