/**
 * Lets an actor be built of parts, each with messages of its own.
 *
 * @module
 */
import type { ActorContext } from "./types.ts";

/** What one part of an actor gets of the actor's context. */
export type PartContext<Message> = Pick<
  ActorContext<Message>,
  "clock" | "signal" | "pipeToSelf" | "replyPort" | "schedule"
>;

/** Makes the context of a part: it wraps each message of the part in an envelope, which the actor receives. */
export function partContext<Message, Envelope>(
  context: ActorContext<Envelope>,
  enclose: (message: Message) => Envelope,
): PartContext<Message> {
  const { clock, signal } = context;
  return {
    clock,
    signal,
    pipeToSelf: (work, onValue, onError) =>
      context.pipeToSelf(work, (value) => enclose(onValue(value)), (cause) => enclose(onError(cause))),
    replyPort: (onValue, onError) =>
      context.replyPort((value) => enclose(onValue(value)), (cause) => enclose(onError(cause))),
    schedule: (delayMs, message) => context.schedule(delayMs, enclose(message)),
  };
}
