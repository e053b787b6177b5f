/**
 * An actor's mailbox: back-pressure on senders, and control messages that pass the queue.
 *
 * @module
 */
import { Fifo } from "./fifo.ts";

/** A user message in its queue; the wrapper lets any value be a message. */
export interface Queued<Message> {
  readonly message: Message;
}

/** A sender that waits for room. */
interface Waiting<Message> extends Queued<Message> {
  readonly admitted: () => void;
}

/** Shared by every send that finds room, so that the common case allocates no promise. */
const ADMITTED = Promise.resolve();

/**
 * Two lanes (K2). The system lane is unbounded, always first and belongs to the incarnation that runs now. The user lane is
 * bounded, belongs to the slot and survives restarts (K8); senders that find it full wait in the order in which they came.
 */
export class Mailbox<Message, System extends object> {
  /** The mailbox calls it when there is something to take; the running incarnation sets it. */
  onReady: (() => void) | undefined;

  readonly #capacity: number;
  readonly #refuse: (message: Message) => void;
  readonly #system = new Fifo<System>();
  readonly #user = new Fifo<Queued<Message>>();
  /** A set, since it keeps insertion order and an aborted sender leaves from the middle. */
  readonly #waiting = new Set<Waiting<Message>>();
  #closed = false;

  /** @param refuse takes every message that comes after `close` */
  constructor(capacity: number, refuse: (message: Message) => void) {
    this.#capacity = capacity;
    this.#refuse = refuse;
  }

  /** Messages in the user lane, without those of waiting senders. */
  get size(): number {
    return this.#user.size;
  }

  /** Messages in the user lane and those of waiting senders. */
  get waiting(): number {
    return this.#user.size + this.#waiting.size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Resolves when the message is queued; rejects only with the reason of `signal`, and then the message is not queued. */
  send(message: Message, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#queue(message)) return ADMITTED;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiting);
        reject(signal?.reason);
      };
      const waiting: Waiting<Message> = {
        message,
        admitted: () => {
          signal?.removeEventListener("abort", onAbort);
          resolve();
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.add(waiting);
    });
  }

  /** The next user message; its place goes to the sender that has waited longest. */
  take(): Queued<Message> | undefined {
    const queued = this.#user.shift();
    if (queued !== undefined) this.#admitNext();
    return queued;
  }

  post(entry: System): void {
    this.#system.push(entry);
    this.onReady?.();
  }

  takeSystem(): System | undefined {
    return this.#system.shift();
  }

  clearSystem(): void {
    this.#system.clear();
  }

  /** Refuses messages from now on; `take` still returns those in the queue. */
  close(): void {
    this.#closed = true;
  }

  /** Takes everything that is queued or waits for room, and releases the waiting senders. */
  takeAll(): Message[] {
    const messages: Message[] = [];
    for (let queued = this.take(); queued !== undefined; queued = this.take()) messages.push(queued.message);
    return messages;
  }

  /** Queues the message if there is room, or refuses it if the mailbox is closed; false if the sender must wait. */
  #queue(message: Message): boolean {
    if (this.#closed) {
      this.#refuse(message);
      return true;
    }
    // `take` gives a free place to a waiting sender at once, so there is no room while one waits.
    if (this.#user.size >= this.#capacity) return false;
    this.#user.push({ message });
    this.onReady?.();
    return true;
  }

  #admitNext(): void {
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      this.#user.push(waiting);
      waiting.admitted();
      return;
    }
  }
}
