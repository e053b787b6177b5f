/**
 * One direction of a connection, as long and as narrow as it is told.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { systemClock } from "../../kernel/clock.ts";
import { framed } from "./kafka_frames.ts";

/** How a link carries messages. */
export interface LinkShape {
  /** One way, in milliseconds. */
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
}

/** As fast as the machine is. */
export const STRAIGHT: LinkShape = { latencyMs: 0, bytesPerSecond: Infinity };

/** Options of {@link Line}. */
export interface LineOptions {
  /** The side that the line leads to. */
  readonly to: Socket;
  /** Asked for each message. */
  readonly shape: () => LinkShape;
  /** Aborted: what is on its way gets lost. */
  readonly signal: AbortSignal;
}

/** Messages come out in order, each after its time. */
export class Line {
  readonly #options: LineOptions;
  /** When what was sent so far is through the narrowest place. */
  #freeAt = 0;
  #delivered: Promise<void> = Promise.resolve();

  constructor(options: LineOptions) {
    this.#options = options;
  }

  /** Resolves when there is room for the next message; what is on its way may still be. */
  async send(frame: Buffer): Promise<void> {
    const { shape, signal } = this.#options;
    const { latencyMs, bytesPerSecond } = shape();
    const now = systemClock.monotonic();
    this.#freeAt = Math.max(this.#freeAt, now) + (frame.length / bytesPerSecond) * 1_000;
    const before = this.#delivered;
    // Frames are views of a buffer that is read into; what waits must not change.
    const bytes = framed(frame);
    const delayMs = this.#freeAt + latencyMs - now;
    this.#delivered = (delayMs <= 0 ? before : Promise.all([before, systemClock.sleep(delayMs, signal)]))
      .then(() => this.#write(bytes));
    if (delayMs <= 0) return await this.#delivered;
    // Whoever waits for room has heard; the rest of the way ends with the connection.
    this.#delivered.catch(() => undefined);
    await systemClock.sleep(this.#freeAt - now, signal);
  }

  #write(bytes: Buffer): Promise<void> {
    const { to } = this.#options;
    return new Promise((resolve, reject) => to.write(bytes, (error) => error ? reject(error) : resolve()));
  }
}
