/**
 * An actor ref for tests that records what it is sent.
 *
 * @module
 */
import { Inbox, type WaitOptions } from "./inbox.ts";
import type { ActorRef } from "./types.ts";

/** Stands in for an actor: it takes every message, and tests read them. */
export interface Probe<Message> {
  /** The address to give out in the place of an actor. */
  readonly ref: ActorRef<Message>;
  /** Everything sent to the ref, in order. */
  readonly received: readonly Message[];
  /** The next message not yet returned; rejects after `limitMs`. */
  next(options?: WaitOptions): Promise<Message>;
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
  const ref: ActorRef<Message> = {
    path,
    send: (message, options) => {
      if (options?.signal?.aborted) return Promise.reject(options.signal.reason);
      inbox.push({ message });
      return Promise.resolve();
    },
  };
  return {
    ref,
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
  };
}
