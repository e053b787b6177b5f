import type { Clock, Timer } from "./clock.ts";
import { hooksOf } from "./ref_hooks.ts";
import { OneShotPort } from "./reply_port.ts";
import type { ActorContext, ActorRef, StopReason } from "./types.ts";

/** The part of an incarnation that its context works on. */
export interface ContextPort<Message, Internal> {
  readonly path: string;
  readonly self: ActorRef<Message>;
  readonly incarnation: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Cancelled at the end of the incarnation (K14). */
  readonly timers: Set<Timer>;
  /** How to leave each watch; called at the end of the incarnation. */
  readonly watches: Set<() => void>;
  readonly alive: () => boolean;
  /** Queues an internal message; nothing once the incarnation has ended (K13). */
  readonly post: (make: () => Internal) => void;
  readonly finish: () => void;
  readonly late: (answer: unknown) => void;
}

/** What has nothing to cancel any more. */
const DEAD_TIMER: Timer = { cancel: () => {} };

/** Makes the context of one incarnation. Its methods are closures, so that they can be passed on by themselves. */
export function makeContext<Message, Internal>(
  port: ContextPort<Message, Internal>,
): ActorContext<Message, Internal> {
  const { path, self, incarnation, clock, signal, timers, watches, alive, post } = port;

  function pipeToSelf<T>(work: Promise<T>, onValue: (value: T) => Internal, onError: (cause: unknown) => Internal) {
    work.then((value) => post(() => onValue(value)), (cause) => post(() => onError(cause)));
  }

  function replyPort<T>(onValue: (value: T) => Internal, onError: (cause: unknown) => Internal) {
    const answers = new OneShotPort<T>({
      onValue: (value) => alive() ? post(() => onValue(value)) : port.late(value),
      onError: (cause) => alive() ? post(() => onError(cause)) : port.late(cause),
      onLate: port.late,
    });
    return answers;
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

  function watchWith(target: ActorRef<never>, message: (reason: StopReason) => Internal): void {
    const hooks = hooksOf(target);
    if (hooks === undefined || !alive()) return;
    const { ended } = hooks;
    if (ended !== undefined) return post(() => message(ended.reason));
    const leave = hooks.onNextEnd(({ reason }) => {
      watches.delete(leave);
      post(() => message(reason));
    });
    watches.add(leave);
  }

  return {
    path,
    self,
    incarnation,
    clock,
    signal,
    pipeToSelf,
    replyPort,
    schedule,
    watchWith,
    tellSelf: (message) => post(() => message),
    stop: () => alive() ? port.finish() : undefined,
  };
}
