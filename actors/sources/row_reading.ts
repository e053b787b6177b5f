/**
 * The reading of a source's actor: one read at a time, at the pace that it is held to. What was read waits here until it is
 * admitted.
 *
 * @module
 */
import { type RowBatch, rowCount, type RowSource } from "../../sources/source.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";
import type { Observer } from "../../telemetry/events.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { Timer } from "../../kernel/clock.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import type { RowFeed } from "./row_feed.ts";
import type { PaceTurn, RowPace } from "./row_pace.ts";
import { whenDescriptorsAreFree } from "./when_descriptors_are_free.ts";

/** What the actor tells itself of its reading. */
export type ReadingMessage =
  | { readonly type: "feed_opened" }
  | { readonly type: "feed_closed" }
  | { readonly type: "feed_failed"; readonly cause: unknown }
  | { readonly type: "batch_read"; readonly batch: RowBatch | null; readonly readAt: number }
  /** What was read before is good, and is still admitted. */
  | { readonly type: "read_failed"; readonly cause: unknown }
  | { readonly type: "pace_allows" };

/** What {@link RowReading} works with. */
export interface RowReadingOptions {
  readonly feed: RowFeed;
  readonly window: DeliveryWindow;
  /** Perhaps shared with other sources. */
  readonly pace: RowPace | undefined;
  /** Called when it is open. */
  readonly opened: () => void;
  /** It cannot be opened, or is not what it should be: `opened` has thrown. */
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<ReadingMessage>, "clock" | "signal" | "pipeToSelf" | "schedule">;
  readonly source: RowSource;
  readonly observe: Observer;
}

/** Rows that were read and are not admitted yet. */
export interface ReadRows {
  readonly batch: RowBatch;
  /** Monotonic time. */
  readonly readAt: number;
}

export class RowReading {
  readonly #options: RowReadingOptions;
  #open = false;
  #reading = false;
  #ahead: ReadRows | null = null;
  /** The turn that these rows are read in, until they are read. */
  #turn: PaceTurn | null = null;
  /** Waits for the turn; apart from other looks, which must not wait for it. */
  #paceTimer: Timer | null = null;

  constructor(options: RowReadingOptions) {
    this.#options = options;
  }

  /** Opens the feed where the window stands. */
  open(): void {
    const { feed, window, context, source: { name: source }, observe } = this.#options;
    const { clock, signal } = context;
    context.pipeToSelf(
      whenDescriptorsAreFree(() => feed.open(window.readPosition), { source, clock, signal, observe }),
      (): ReadingMessage => ({ type: "feed_opened" }),
      (cause): ReadingMessage => ({ type: "feed_failed", cause }),
    );
  }

  /** The file has more than it had: closes the feed, and opens it where the window stands. */
  reopen(): void {
    this.#open = false;
    const { feed, context } = this.#options;
    context.pipeToSelf(
      feed.close(),
      (): ReadingMessage => ({ type: "feed_closed" }),
      (cause): ReadingMessage => ({ type: "feed_failed", cause }),
    );
  }

  /** True if rows may be asked for. */
  get idle(): boolean {
    return this.#open && !this.#reading && this.#ahead === null;
  }

  /** What waits to be admitted. */
  get ahead(): ReadRows | null {
    return this.#ahead;
  }

  /** Reads a maximum of this many rows, as soon as the pace allows it. */
  read(mostRows: number): void {
    const rows = this.#allowed(mostRows);
    if (rows === 0) return;
    this.#reading = true;
    const { feed, context } = this.#options;
    context.pipeToSelf(
      feed.next(rows),
      (batch): ReadingMessage => ({ type: "batch_read", batch, readAt: context.clock.monotonic() }),
      (cause): ReadingMessage => ({ type: "read_failed", cause }),
    );
  }

  /** What waited is in the window. */
  admitted(): void {
    this.#ahead = null;
    this.#options.feed.admitted();
  }

  receive(message: ReadingMessage): void {
    const { window, context } = this.#options;
    switch (message.type) {
      case "feed_opened":
        this.#open = true;
        window.account.countOpened(context.clock.monotonic());
        return this.#opened();
      case "feed_failed":
        return this.#options.failed(message.cause);
      case "feed_closed":
        return this.open();
      case "batch_read":
        return this.#read(message);
      case "read_failed":
        this.#reading = false;
        this.#endTurn(0);
        return window.markEnd({ exhausted: false, failure: message.cause });
      case "pace_allows":
        this.#paceTimer = null;
        return;
      default:
        assertNever(message);
    }
  }

  /** The incarnation has ended. */
  async release(): Promise<void> {
    this.#endTurn(0);
    await this.#options.feed.release();
  }

  /** Between the look at a file and its opening, another one may have taken its name. */
  #opened(): void {
    try {
      this.#options.opened();
    } catch (cause) {
      this.#options.failed(cause);
    }
  }

  #read({ batch, readAt }: { batch: RowBatch | null; readAt: number }): void {
    this.#reading = false;
    this.#endTurn(batch === null ? 0 : rowCount(batch));
    const { window, feed } = this.#options;
    if (batch === null) window.markEnd({ exhausted: true, end: feed.end });
    else this.#ahead = { batch, readAt };
  }

  /** How many of these rows the pace lets it read now; if none, it looks again when its turn has come. */
  #allowed(rows: number): number {
    const { pace, context } = this.#options;
    if (pace === undefined) return rows;
    const now = context.clock.monotonic();
    this.#turn ??= pace.take(rows, now);
    const waitMs = Math.ceil(this.#turn.at - now);
    if (waitMs > 0) {
      this.#paceTimer ??= context.schedule(waitMs, { type: "pace_allows" });
      return 0;
    }
    return Math.min(rows, this.#turn.rows);
  }

  /** Gives back what was not read of the turn: other sources may have it. */
  #endTurn(rowsRead: number): void {
    if (this.#turn !== null) this.#options.pace?.giveBack(this.#turn.rows - rowsRead);
    this.#turn = null;
  }
}
