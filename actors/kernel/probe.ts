import { Inbox, type WaitOptions } from "./inbox.ts";
import { registerRef, type SlotEnd } from "./ref_hooks.ts";
import type { ActorRef, StopReason } from "./types.ts";

/** Stands in for an actor: it takes every message, and tests read them. */
export interface Probe<Message> {
  readonly ref: ActorRef<Message>;
  /** Everything sent to the ref, in order. */
  readonly received: readonly Message[];
  /** The next message not yet returned; rejects after `limitMs`. */
  next(options?: WaitOptions): Promise<Message>;
  /** Answers that came late, as an actor's slot would report them. */
  readonly deadLetters: readonly unknown[];
  /** Ends as an actor would, for its watchers and askers; with `restarting` it goes on as the next incarnation. */
  end(reason: StopReason, options?: { readonly restarting?: boolean; readonly cause?: unknown }): void;
}

/**
 * Makes a probe.
 *
 * @param path what `ref.path` says
 *
 * @example
 * ```ts
 * import { probe } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const prices = probe<{ readonly type: "price"; readonly value: string }>();
 * await prices.ref.send({ type: "price", value: "45.67" });
 * assert.deepEqual(await prices.next(), { type: "price", value: "45.67" });
 * ```
 */
export function probe<Message>(path: string = "probe"): Probe<Message> {
  const inbox = new Inbox<{ readonly message: Message }>();
  const deadLetters: unknown[] = [];
  const listeners = new Set<(end: SlotEnd) => void>();
  let ended: SlotEnd | undefined;
  let incarnation = 1;
  const trySend = (message: Message) => {
    inbox.push({ message });
    return true;
  };
  const ref: ActorRef<Message> = {
    path,
    trySend,
    send: (message, options) => {
      if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
      trySend(message);
      return Promise.resolve();
    },
  };
  registerRef(ref, {
    clock: undefined,
    get ended() {
      return ended;
    },
    onNextEnd: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    deadLetter: (_reason, message) => deadLetters.push(message),
  });
  return {
    ref,
    deadLetters,
    get received() {
      return inbox.all.map((item) => item.message);
    },
    next: async (options) => {
      const { message } = await inbox.next(
        (item): item is { readonly message: Message } => item !== undefined,
        options,
      );
      return message;
    },
    end: (reason, { restarting = false, cause } = {}) => {
      const end: SlotEnd = { reason, cause, restarting, incarnation: incarnation++ };
      ended = restarting ? undefined : end;
      const told = [...listeners];
      listeners.clear();
      for (const listener of told) listener(end);
    },
  };
}
