/**
 * The writing side of the embedded log: one transaction for each send.
 *
 * @module
 */
import { CommitError } from "../../storage/storage_error.ts";
import { LogError, type LogProducer, type LogRecords, type SendOutcome } from "../log.ts";
import type { LogStore } from "./log_store.ts";
import { logErrorOf } from "./port_errors.ts";
import type { TurnQueue } from "./turn_queue.ts";

/** Options of {@link EmbeddedProducer}. */
export interface EmbeddedProducerOptions {
  readonly store: Pick<LogStore, "append">;
  /** The log's file, for messages. */
  readonly file: string;
  /** Shared by all producers of a log. */
  readonly turns: TurnQueue;
  readonly onClose: () => void;
}

/** A producer of the embedded log. */
export class EmbeddedProducer implements LogProducer {
  readonly #options: EmbeddedProducerOptions;
  readonly #unsettled = new Set<Promise<SendOutcome>>();
  #closed = false;

  constructor(options: EmbeddedProducerOptions) {
    this.#options = options;
  }

  send(topic: string, partition: number, records: LogRecords): Promise<SendOutcome> {
    if (this.#closed) {
      return Promise.resolve({ type: "refused", error: new LogError("closed", "The producer is closed") });
    }
    const sending = this.#options.turns.run(() => this.#append(topic, partition, records));
    this.#unsettled.add(sending);
    sending.finally(() => this.#unsettled.delete(sending));
    return sending;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#unsettled);
    this.#options.onClose();
  }

  #append(topic: string, partition: number, records: LogRecords): SendOutcome {
    try {
      const result = this.#options.store.append(topic, partition, records);
      return result instanceof LogError ? { type: "refused", error: result } : { type: "stored", baseOffset: result };
    } catch (error) {
      const type = error instanceof CommitError ? "unknown" : "refused";
      return { type, error: logErrorOf(error, this.#options.file) };
    }
  }
}
