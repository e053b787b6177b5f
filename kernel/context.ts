/**
 * The context that an incarnation's factory gets.
 *
 * @module
 */
import type { Clock, Timer } from "./clock.ts";
import { ReplyPort } from "./obligation.ts";
import type { ActorContext } from "./types.ts";

/** The part of an incarnation that its context works on. */
export interface ContextPort<Internal> {
  readonly incarnation: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The cell cancels them at the end of the incarnation (K14). */
  readonly timers: Set<Timer>;
  readonly alive: () => boolean;
  /** Queues an internal message; does nothing once the incarnation has ended (K13). */
  readonly post: (make: () => Internal) => void;
  readonly finish: () => void;
  readonly late: (answer: unknown) => void;
}

/** For an incarnation that has ended: there is nothing to cancel. */
const DEAD_TIMER: Timer = { cancel: () => {} };

/** Makes the context of one incarnation. Its methods are closures, so that an actor can pass them on singly. */
export function makeContext<Internal>(port: ContextPort<Internal>): ActorContext<Internal> {
  const { incarnation, clock, signal, timers, alive, post } = port;

  function pipeToSelf<T>(work: Promise<T>, onValue: (value: T) => Internal, onError: (cause: unknown) => Internal) {
    work.then((value) => post(() => onValue(value)), (cause) => post(() => onError(cause)));
  }

  function replyPort<T>(onValue: (value: T) => Internal, onError: (cause: unknown) => Internal) {
    return new ReplyPort<T>({
      reply: (value) => alive() ? post(() => onValue(value)) : port.late(value),
      fail: (cause) => alive() ? post(() => onError(cause)) : port.late(cause),
    });
  }

  function schedule(delayMs: number, message: Internal): Timer {
    if (!alive()) return DEAD_TIMER;
    const timer = clock.schedule(delayMs, () => {
      timers.delete(timer);
      post(() => message);
    });
    timers.add(timer);
    return {
      cancel: () => {
        timers.delete(timer);
        timer.cancel();
      },
    };
  }

  return {
    incarnation,
    clock,
    signal,
    pipeToSelf,
    replyPort,
    schedule,
    tellSelf: (message) => post(() => message),
    stop: () => alive() ? port.finish() : undefined,
  };
}
