/**
 * Keeps busy actors from starving timers and I/O.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import type { Clock } from "./clock.ts";

const MESSAGES_PER_TURN = 256;
const MILLISECONDS_PER_TURN = 8;

/** How many loops wait for the event loop to turn, over all systems; the manual clock asks before it says "idle". */
let waitingForTurn = 0;

/** Whether an actor is paused only to let the event loop turn. */
export function anyTurnPending(): boolean {
  return waitingForTurn > 0;
}

/**
 * Lets the event loop turn now and then. Actors that feed each other run on microtasks alone and would keep timers and
 * I/O waiting for ever; so all actors of a system share one allowance, and pause together when it is used up.
 */
export class Turn {
  readonly #clock: Clock;
  #messages = 0;
  #since: number;
  #next: Promise<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock.monotonic();
  }

  /** Counts one message; true when the event loop should turn before the next. */
  due(): boolean {
    this.#messages += 1;
    return this.#messages >= MESSAGES_PER_TURN || this.#clock.monotonic() - this.#since >= MILLISECONDS_PER_TURN;
  }

  /** Resolves after the event loop has turned. */
  next(): Promise<void> {
    this.#next ??= new Promise((resolve) => {
      waitingForTurn += 1;
      setImmediate(() => {
        waitingForTurn -= 1;
        this.#next = undefined;
        this.#messages = 0;
        this.#since = this.#clock.monotonic();
        resolve();
      });
    });
    return this.#next;
  }
}
