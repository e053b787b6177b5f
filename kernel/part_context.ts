import type { ActorContext } from "./types.ts";

/** The context of an actor as one of its parts has it. */
export type PartContext<Message> = Pick<
  ActorContext<Message>,
  "clock" | "signal" | "pipeToSelf" | "replyPort" | "schedule"
>;

/** A part of an actor has messages of its own: what it tells itself reaches the actor in an envelope. */
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
