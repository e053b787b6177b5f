import { type Clock, systemClock, type Timer } from "./clock.ts";
import { ActorRestartedError, ActorStoppedError, AskTimeoutError } from "./errors.ts";
import { hooksOf, type SlotEnd } from "./ref_hooks.ts";
import { OneShotPort } from "./reply_port.ts";
import type { ActorRef, ReplyPort } from "./types.ts";

/** Bounds of one question. */
export interface AskOptions {
  /** Milliseconds until the question is given up, time in the mailbox and waiting for room in it included. */
  readonly timeoutMs: number;
  /** @default the clock of the asked actor's tree, or the machine's before the tree starts */
  readonly clock?: Clock;
  /** Gives the question up; rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Asks an actor for one answer (K4). The end of the asked incarnation rejects at once, even while the question is still
 * queued: the next incarnation may then answer it, which is a dead letter `late_reply` like every answer after the first.
 *
 * Ask from orchestration to leaf only: an actor that awaits an answer in `receive` handles nothing else meanwhile, and two
 * that ask each other wait for their time limits (K5). Use `ctx.replyPort` or `ctx.pipeToSelf` inside actors.
 *
 * @throws {ActorStoppedError} if the actor has ended for good, or does so before it answers
 * @throws {ActorRestartedError} if its incarnation ends before it answers, and another will follow
 * @throws {AskTimeoutError} if there is no answer within `timeoutMs`
 */
export function ask<const Message, Reply>(
  ref: ActorRef<Message>,
  makeMessage: (replyTo: ReplyPort<Reply>) => NoInfer<Message>,
  options: AskOptions,
): Promise<Reply> {
  const { timeoutMs, signal } = options;
  const hooks = hooksOf(ref);
  const clock = options.clock ?? hooks?.clock ?? systemClock;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    if (hooks?.ended?.restarting === false) return reject(endError(ref.path, hooks.ended));
    const cleanups: (() => void)[] = [];
    /** Leaves the queue of senders, if the question has found no room yet. */
    const unsent = new AbortController();

    const settle = (finish: () => void) => {
      port.close();
      for (const cleanup of cleanups) cleanup();
      finish();
      unsent.abort();
    };
    const port = new OneShotPort<Reply>({
      onValue: (value) => settle(() => resolve(value)),
      onError: (cause) => settle(() => reject(cause)),
      onLate: (answer) => hooks?.deadLetter("late_reply", answer),
    });
    const message = makeMessage(port); // a throw rejects

    const timer: Timer = clock.schedule(
      timeoutMs,
      () => settle(() => reject(new AskTimeoutError(ref.path, timeoutMs))),
    );
    cleanups.push(() => timer.cancel());
    const leave = hooks?.onNextEnd((end) => settle(() => reject(endError(ref.path, end))));
    if (leave !== undefined) cleanups.push(leave);
    const onAbort = () => settle(() => reject(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    cleanups.push(() => signal?.removeEventListener("abort", onAbort));
    // After `settle` the send may still reject for having been taken back; the question has its outcome then.
    ref.send(message, { signal: unsent.signal }).catch((cause) => reject(cause));
  });
}

function endError(path: string, end: SlotEnd): Error {
  const { cause } = end;
  return end.restarting
    ? new ActorRestartedError(path, end.incarnation, { cause })
    : new ActorStoppedError(path, end.reason, { cause });
}
