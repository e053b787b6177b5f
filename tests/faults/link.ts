/**
 * One direction of a connection, with a set delay and bandwidth.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { framed } from "./kafka_frames.ts";

/** How a link carries messages. */
export interface LinkShape {
  /** Delay of one way, in milliseconds. */
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

/** As fast as the machine. */
export const STRAIGHT: LinkShape = { latencyMs: 0, bytesPerSecond: Infinity };

/** Options of {@link Line}. */
export interface LineOptions {
  /** The side that receives the messages. */
  readonly to: Socket;
  /** Asked for each message. */
  readonly shape: () => LinkShape;
  /** When aborted: messages in transit are lost. */
  readonly signal: AbortSignal;
}

/** A line that delivers messages in order, each after its time. */
export class Line {
  readonly #options: LineOptions;
  /** When everything sent so far has passed the narrowest place. */
  #freeAt = 0;
  #delivered: Promise<void> = Promise.resolve();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for the next message; earlier ones may still be in transit. */
  async send(frame: Buffer): Promise<void> {
    const { shape, signal } = this.#options;
    const { latencyMs, bytesPerSecond } = shape();
    const now = systemClock.monotonic();
    this.#freeAt = Math.max(this.#freeAt, now) + (frame.length / bytesPerSecond) * 1_000;
    const before = this.#delivered;
    // Frames are views of a read buffer; a waiting message must not change.
    const bytes = framed(frame);
    const delayMs = this.#freeAt + latencyMs - now;
    this.#delivered = (delayMs <= 0 ? before : Promise.all([before, systemClock.sleep(delayMs, signal)]))
      .then(() => this.#write(bytes));
    if (delayMs <= 0) return await this.#delivered;
    // The waiting sender has its answer; the rest of the transit ends with the connection.
    this.#delivered.catch(() => undefined);
    await systemClock.sleep(this.#freeAt - now, signal);
  }

  #write(bytes: Buffer): Promise<void> {
    const { to } = this.#options;
    return new Promise((resolve, reject) => to.write(bytes, (error) => error ? reject(error) : resolve()));
  }
}
