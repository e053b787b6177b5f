/**
 * What a replay that was killed has written: before a replay sends its first row, it notes where its topics end, and
 * forgets that at a clean end. The next replay that finds such a note reads the topics from there.
 *
 * @module
 */
import { CheckpointError, type CheckpointStore } from "../../state/checkpoints.ts";
import { markReplay, replayMarkKey, type ReplayTopic } from "../../state/replay_mark.ts";
import type { Log } from "../../transport/log.ts";

/** Options of {@link ReplayMarkers}. */
export interface ReplayMarkersOptions {
  readonly checkpoints: CheckpointStore;
  readonly log: Log;
}

/** What is to be looked for in a topic before a replay writes to it. */
export interface NotedReplay {
  /** Where each partition ended when a replay began that did not come to its end; its start where there is none. */
  readonly from: readonly bigint[];
  /** Letters were opened again, whose rows may have been replayed under other numbers. */
  readonly reopened: boolean;
}

export class ReplayMarkers {
  readonly #options: ReplayMarkersOptions;

  constructor(options: ReplayMarkersOptions) {
    this.#options = options;
  }

  /**
   * From where on a topic is to be read, and whether by content too; null if it need not be. Of a damaged note only that there
   * is one is known: the topic is read from its start.
   */
  noted(place: ReplayTopic): NotedReplay | null {
    try {
      const stored = this.#options.checkpoints.load(replayMarkKey(place));
      return stored === null ? null : { from: stored.topics[0]?.next ?? [], reopened: stored.ahead === null };
    } catch (error) {
      if (error instanceof CheckpointError && error.code === "damaged") return { from: [], reopened: false };
      throw error;
    }
  }

  /** Notes where a topic ends. To be called before the first send. @throws {LogError} */
  async set(place: ReplayTopic): Promise<void> {
    const { checkpoints, log } = this.#options;
    const { topic, version } = place;
    const description = await log.admin.describeTopic(topic);
    const next = description === null ? [] : (await log.admin.offsets(topic)).map(({ end }) => end);
    const clusterId = await log.admin.clusterId();
    markReplay(checkpoints, { topic, version, clusterId, id: description?.id ?? null, next, reopened: false });
  }

  /** Every row that was sent has settled, and no letter of one that was acknowledged is left. */
  clear(place: ReplayTopic): void {
    this.#options.checkpoints.remove(replayMarkKey(place));
  }
}
