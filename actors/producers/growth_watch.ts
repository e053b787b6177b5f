/**
 * Looks from time to time whether a topic is still as its producer knows it: new partitions move keys.
 *
 * @module
 */
import { isCompacted } from "../../config/compacted_topics.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { Timer } from "../../kernel/clock.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { Log, TopicDescription } from "../../transport/log.ts";
import type { TopicLanes } from "./topic_lanes.ts";
import type { TopicLedger } from "./topic_ledger.ts";
import type { TopicPolicy } from "./topic_opening.ts";

/** What it tells itself, through its actor. */
export type GrowthWatchMessage =
  | { readonly type: "refresh" }
  | { readonly type: "described"; readonly description: TopicDescription | null };

/** Options of a watch. */
export interface GrowthWatchOptions {
  readonly topic: TopicPolicy;
  readonly log: Log;
  readonly ledger: TopicLedger;
  readonly lanes: TopicLanes;
  /** How often it looks. */
  readonly refreshMs: number;
  /** Whether the producer is sending; else it opens the topic anyway, and starts the watch anew. */
  readonly isReady: () => boolean;
  readonly changed: () => void;
  readonly context: Pick<PartContext<GrowthWatchMessage>, "pipeToSelf" | "schedule">;
}

export class GrowthWatch {
  readonly #options: GrowthWatchOptions;
  #timer: Timer | null = null;

  constructor(options: GrowthWatchOptions) {
    this.#options = options;
  }

  /** The topic is known as it is now. */
  start(): void {
    const { refreshMs, context } = this.#options;
    this.#timer?.cancel();
    this.#timer = context.schedule(refreshMs, { type: "refresh" });
  }

  receive(message: GrowthWatchMessage): void {
    if (!this.#options.isReady()) return;
    switch (message.type) {
      case "refresh":
        return this.#refresh();
      case "described":
        return this.#described(message.description);
      default:
        assertNever(message);
    }
  }

  #refresh(): void {
    const { topic: { name }, log, context } = this.#options;
    context.pipeToSelf(
      log.admin.describeTopic(name),
      (description): GrowthWatchMessage => ({ type: "described", description }),
      // The next send tells more than a failed look at the metadata does.
      (): GrowthWatchMessage => ({ type: "described", description: null }),
    );
  }

  #described(description: TopicDescription | null): void {
    if (description !== null && this.#isAnother(description)) this.#options.changed();
    else this.start();
  }

  /** More partitions; or a new topic of the same name, or one that is compacted now, which is refused when it is opened. */
  #isAnother({ partitions, id, config }: TopicDescription): boolean {
    const { ledger, lanes, topic } = this.#options;
    return partitions > lanes.count || id !== ledger.topicId || (topic.mustKeepAll && isCompacted(config));
  }
}
