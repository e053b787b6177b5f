/**
 * Ends of partitions that can be believed. What an old client has sent is found by reading only up to the high watermark,
 * which stands still while followers are away, however much the leader has. So an end is believed once everything that the
 * leader has can be read, and nothing has been added for a while: a request that a broker has received but not written yet
 * would otherwise be missed. docs/decisions/log-end.md has the reasons.
 *
 * @module
 */
import type { Observer } from "../../telemetry/events.ts";
import type { LeaderOffsets, Log, PartitionOffsets, StoredRecord } from "../../transport/log.ts";
import type { Clock } from "../../kernel/clock.ts";

/** Options of {@link stableEnds}. */
export interface StableEndsOptions {
  readonly log: Log;
  readonly topic: string;
  /**
   * The partitions that matter, all that one client has sent to: its requests stand behind each other on a connection, so
   * that one waits for the followers of another one's partition. @default all
   */
  readonly partitions?: readonly number[];
  /**
   * Whether a record may be the old client's. Where other programs write all the time, those of a settle time are read, and
   * an end is believed if none of them is. @default every record may be
   */
  readonly isOwn?: (partition: number, record: StoredRecord) => boolean;
  readonly clock: Clock;
  /** How long the leaders' logs must stand still. */
  readonly settleMs: number;
  readonly signal: AbortSignal;
  readonly observe: Observer;
}

/** Logs that grow for so many settle times in a row, with followers that keep up, grow because of other writers. */
const MAX_LOOKS = 50;
/**
 * Looks in a row at which the followers have what the leader had one look before, after which what others wrote is read.
 * Up to the first of them everything has been copied that may hold up an old request; in the time to the second that
 * request comes in; at the third it can be read.
 */
const READ_AFTER_LOOKS = 3;
/** A wait for followers is reported after FIRST_TOLD_MS, then at intervals that double, up to TOLD_EVERY_MS. */
const [FIRST_TOLD_MS, TOLD_EVERY_MS] = [3_000, 60_000];

/**
 * Waits for as long as it takes; ends with the signal. The client that wrote must be closed before. Each end is at or past
 * everything that was on its leader one settle time before.
 *
 * @throws {LogError}
 */
export async function stableEnds(options: StableEndsOptions): Promise<readonly PartitionOffsets[]> {
  const { log, topic, partitions, clock, settleMs, signal, isOwn } = options;
  const wait = new ReplicationWait(options);
  let lookMs = 0;
  const look = async () => {
    const start = clock.monotonic();
    const offsets = await log.admin.leaderOffsets(topic, partitions);
    lookMs = clock.monotonic() - start;
    return offsets;
  };
  let before = await look();
  // The looks since the followers were behind, the latest last.
  let inRow = [before];
  for (let looks = 1;; looks++) {
    wait.see(before);
    // A leader that is slow to answer may be as slow with an old request.
    await clock.sleep(Math.max(settleMs, lookMs), signal);
    const now = await look();
    if (isStill(before, now)) return now;
    // Only looks in a row count at which the followers have what the leader had one look ago.
    if (!haveCaughtUp(before, now)) {
      looks = 0;
      inRow = [];
    }
    inRow = [...inRow, now].slice(-1 - READ_AFTER_LOOKS);
    const [from] = inRow.length > READ_AFTER_LOOKS ? inRow : [];
    if (from !== undefined && isOwn !== undefined && !(await hasOwn({ from, to: before, isOwn }, options))) return now;
    if (looks >= MAX_LOOKS) return now;
    before = now;
  }
}

/** Whether what leaders have taken between two looks, and followers have by now, holds a record of the old client. */
async function hasOwn(
  { from, to, isOwn }: {
    readonly from: readonly LeaderOffsets[];
    readonly to: readonly LeaderOffsets[];
    readonly isOwn: Required<StableEndsOptions>["isOwn"];
  },
  { log, topic, signal }: StableEndsOptions,
): Promise<boolean> {
  for (const [at, { partition, start, logEnd }] of to.entries()) {
    const first = from[at]?.logEnd ?? start;
    const range = { from: first < start ? start : first, to: logEnd, signal };
    if (range.from >= range.to) continue;
    for await (const records of log.read(topic, partition, range)) {
      if (records.some((record) => isOwn(partition, record))) return true;
    }
    signal.throwIfAborted();
  }
  return false;
}

/** True if everything could be read at both looks, and nothing has come in between. */
function isStill(before: readonly LeaderOffsets[], now: readonly LeaderOffsets[]): boolean {
  return everyPair(
    before,
    now,
    (then, { leaderEpoch, end, logEnd }) =>
      then.leaderEpoch === leaderEpoch && then.end === then.logEnd && end === logEnd && then.logEnd === logEnd,
  );
}

/** True if everything that the leaders had at the look before can be read now. */
function haveCaughtUp(before: readonly LeaderOffsets[], now: readonly LeaderOffsets[]): boolean {
  return everyPair(before, now, (then, { leaderEpoch, end }) => then.leaderEpoch === leaderEpoch && end >= then.logEnd);
}

function everyPair(
  before: readonly LeaderOffsets[],
  now: readonly LeaderOffsets[],
  holds: (then: LeaderOffsets, now: LeaderOffsets) => boolean,
): boolean {
  return before.length === now.length && now.every((offsets, index) => {
    const then = before[index];
    return then !== undefined && then.partition === offsets.partition && holds(then, offsets);
  });
}

/** Tells of a wait for followers after a while, and then now and then. */
class ReplicationWait {
  readonly #options: StableEndsOptions;
  #since: number | null = null;
  #tellAfterMs = FIRST_TOLD_MS;

  constructor(options: StableEndsOptions) {
    this.#options = options;
  }

  see(offsets: readonly LeaderOffsets[]): void {
    const behind = offsets.filter(({ end, logEnd }) => end < logEnd);
    const { clock, topic, observe } = this.#options;
    if (behind.length === 0) {
      this.#since = null;
      this.#tellAfterMs = FIRST_TOLD_MS;
      return;
    }
    this.#since ??= clock.monotonic();
    const waitedMs = clock.monotonic() - this.#since;
    if (waitedMs < this.#tellAfterMs) return;
    this.#tellAfterMs = waitedMs + Math.min(waitedMs, TOLD_EVERY_MS);
    observe({
      type: "replication_awaited",
      stage: "sending",
      topic,
      partitions: behind.map(({ partition, end, logEnd }) => ({ partition, records: Number(logEnd - end) })),
      waitedMs,
    });
  }
}
