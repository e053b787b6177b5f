/**
 * Which feed a record goes through, so that each topic has its records in the order of the calls.
 *
 * Records that share a topic share a feed, of any kind, exchange and asset class. A feed is of one setting of the
 * version flag: that at the time of the call. When the flag has changed, when a record joins topics that had feeds of
 * their own, and when a feed has stopped, the next record opens a new one, which is read only after those before it
 * that have a topic in common with it.
 *
 * @module
 */
import type { VersionFlag } from "../config/version_flag.ts";
import type { Dataset } from "../sources/source.ts";
import type { WrittenCopy } from "./receipt.ts";
import { TopicFeed } from "./topic_feed.ts";

/** Options of {@link TopicFeeds}. */
export interface TopicFeedsOptions {
  /** Unsettled rows from which on a feed makes callers wait that ask it for room. */
  readonly capacity: number;
  /** Names of the topics of a dataset. @throws {TopicNameError} */
  readonly topicsOf: (dataset: Dataset, flag: VersionFlag) => readonly string[];
  /** Reads a new feed to its end. Must not reject. */
  readonly run: (feed: TopicFeed) => Promise<void>;
  readonly onWritten: (copy: WrittenCopy) => void;
}

export class TopicFeeds {
  readonly #options: TopicFeedsOptions;
  /** The latest feed of each dataset. */
  readonly #ofDataset = new Map<Dataset, TopicFeed>();
  /** The latest feed of each topic. */
  readonly #ofTopic = new Map<string, TopicFeed>();
  /** Feeds with rows that have not settled, perhaps. */
  readonly #live = new Set<TopicFeed>();
  #count = 0;

  constructor(options: TopicFeedsOptions) {
    this.#options = options;
  }

  /**
   * The feed of a record that is handed over now.
   *
   * @param dataset the same object for the same dataset
   *
   * @throws {TopicNameError} If its topics cannot be named.
   */
  of(dataset: Dataset, flag: VersionFlag): TopicFeed {
    const known = this.#ofDataset.get(dataset);
    if (known?.takes(flag) === true) return known;
    const topics = this.#options.topicsOf(dataset, flag);
    const feed = this.#ofTopics(topics, flag) ?? this.#open(dataset, { topics, flag });
    this.#ofDataset.set(dataset, feed);
    return feed;
  }

  /** The feed that records of this dataset went through last. */
  latest(dataset: Dataset): TopicFeed | undefined {
    return this.#ofDataset.get(dataset);
  }

  /** No feed takes more rows. */
  close(): void {
    for (const { source } of this.#live) source.close();
  }

  /** The one feed that has all of these topics. */
  #ofTopics([first = "", ...others]: readonly string[], flag: VersionFlag): TopicFeed | null {
    const feed = this.#ofTopic.get(first);
    const alone = feed?.takes(flag) === true && others.every((topic) => this.#ofTopic.get(topic) === feed);
    return alone ? feed : null;
  }

  #open(
    dataset: Dataset,
    { topics, flag }: { readonly topics: readonly string[]; readonly flag: VersionFlag },
  ): TopicFeed {
    const owned = new Set(topics);
    for (const topic of topics) {
      const before = this.#ofTopic.get(topic);
      if (before === undefined) continue;
      // Its other records share a topic with these ones from now on.
      if (before.takes(flag)) { for (const other of before.topics) owned.add(other); }
      before.source.close();
    }
    const before = [...this.#live].filter((feed) => !feed.topics.isDisjointFrom(owned));
    const feed = new TopicFeed({
      dataset,
      id: `push-${++this.#count} ${[...owned].join(" ")}`,
      capacity: this.#options.capacity,
      after: before.length === 0 ? undefined : Promise.all(before.map(({ ended }) => ended)),
      topics: owned,
      flag,
      onWritten: this.#options.onWritten,
    });
    for (const topic of owned) this.#ofTopic.set(topic, feed);
    this.#live.add(feed);
    this.#run(feed);
    return feed;
  }

  async #run(feed: TopicFeed): Promise<void> {
    await this.#options.run(feed);
    this.#live.delete(feed);
    for (const topic of feed.topics) {
      if (this.#ofTopic.get(topic) === feed) this.#ofTopic.delete(topic);
    }
  }
}
