/**
 * The client of a topic's producer: opens a session, tries again where that fails, and retires a client that has failed.
 *
 * @module
 */
import { assertNever } from "../../kernel/assert_never.ts";
import { retryDelayMs } from "../../kernel/backoff.ts";
import type { Clock } from "../../kernel/clock.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import { LogError, type LogProducer, type SendOutcome, type StoredRecord } from "../../transport/log.ts";
import type { ProducerOptions } from "./producer_options.ts";
import type { RunRecords } from "./record_run.ts";
import { foundRecord } from "./resolve_by_reading.ts";
import type { FoundRecord } from "./topic_ledger.ts";
import { isHopeless } from "./topic_opening.ts";
import { openSession, type TopicSession } from "./topic_session.ts";

type Session = TopicSession<FoundRecord>;

/** What it tells itself, through its actor. */
export type TopicClientMessage =
  | { readonly type: "opened"; readonly session: Session }
  | { readonly type: "opening_failed"; readonly cause: unknown }
  | { readonly type: "open_again" };

/** Options of a client. */
export interface TopicClientOptions
  extends Pick<ProducerOptions, "topic" | "log" | "ledger" | "observe" | "settleMs" | "retry" | "random"> {
  readonly clock: Clock;
  /** Aborted with its actor. */
  readonly signal: AbortSignal;
  readonly opened: (session: Session) => void;
  /** The topic cannot be opened until a person helps. */
  readonly hopeless: (cause: LogError) => void;
  readonly context: Pick<PartContext<TopicClientMessage>, "pipeToSelf" | "schedule">;
}

/** One client after the other, each for a session of its own. */
export class TopicClient {
  readonly #options: TopicClientOptions;
  #client: LogProducer | null = null;
  /** The session that is being opened, or whose result is on its way as a message. */
  #opening: Promise<Session> | null = null;
  readonly #failed = new WeakSet<LogProducer>();
  #attempt = 0;

  constructor(options: TopicClientOptions) {
    this.#options = options;
  }

  /** Whether there is a client, and everything that it has sent was stored as far as that is known. */
  get maySend(): boolean {
    return this.#client !== null && !this.#failed.has(this.#client);
  }

  /** Sends records. Call it only while {@link maySend} is true. What the client throws at once is a bug of it. */
  send(partition: number, records: RunRecords): Promise<SendOutcome> {
    const client = this.#client;
    if (client === null) throw new Error("No client may send");
    return client.send(this.#options.topic.name, partition, records).then((outcome) => {
      if (outcome.type !== "stored") this.#failed.add(client);
      return outcome;
    });
  }

  /** Replaces the client. No send may be under way. */
  open(): void {
    this.#retire();
    const { topic, log, ledger, settleMs, observe, clock, signal, context } = this.#options;
    const pick = (partition: number, stored: StoredRecord) => {
      const record = foundRecord(partition, stored);
      return record !== null && ledger.isSought(partition, record) ? record : null;
    };
    const opening = openSession({ topic, log, ledger, pick, observe, clock, settleMs, signal });
    this.#opening = opening;
    context.pipeToSelf(
      opening,
      (session): TopicClientMessage => ({ type: "opened", session }),
      (cause): TopicClientMessage => ({ type: "opening_failed", cause }),
    );
  }

  receive(message: TopicClientMessage): void {
    switch (message.type) {
      case "opened":
        this.#client = message.session.client;
        this.#opening = null;
        this.#attempt = 0;
        return this.#options.opened(message.session);
      case "opening_failed":
        return this.#openingFailed(message.cause);
      case "open_again":
        return this.open();
      default:
        assertNever(message);
    }
  }

  /** The next attempt is the first one again. */
  forgetFailures(): void {
    this.#attempt = 0;
  }

  async end(): Promise<void> {
    this.#retire();
    // Nothing else would close a client that connects only now.
    this.#opening?.then(({ client }) => client.close()).catch(() => {});
    await this.#options.ledger.closing;
  }

  /**
   * Closes the client; nothing is read or sent before that. A client that does not close in order has ended all the
   * same.
   */
  #retire(): void {
    const finished = this.#client;
    if (finished === null) return;
    this.#client = null;
    this.#options.ledger.closing = finished.close().catch(() => {});
  }

  #openingFailed(cause: unknown): void {
    this.#opening = null;
    const { topic, retry, random = Math.random, observe, context, hopeless } = this.#options;
    if (cause instanceof LogError && isHopeless(cause.code, this.#attempt)) return hopeless(cause);
    const delayMs = retryDelayMs(retry, { attempt: this.#attempt, random });
    this.#attempt += 1;
    observe({
      type: "topic_unavailable",
      stage: "sending",
      topic: topic.name,
      attempt: this.#attempt,
      delayMs,
      cause,
    });
    context.schedule(delayMs, { type: "open_again" });
  }
}
