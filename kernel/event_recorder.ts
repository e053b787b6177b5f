/**
 * An observer for tests that records events and awaits the next of a type.
 *
 * @module
 */
import { Inbox, type WaitOptions } from "./inbox.ts";
import type { KernelEvent } from "./types.ts";

/** One member of the union of events. */
export type EventOf<Type extends Event["type"], Event extends { readonly type: string } = KernelEvent> = Extract<
  Event,
  { readonly type: Type }
>;

/** An observer that keeps what it hears. */
export interface EventRecorder<Event extends { readonly type: string } = KernelEvent> {
  /** Keeps each event that it is called with. */
  readonly observer: (event: Event) => void;
  /** Every event, in order. */
  readonly events: readonly Event[];
  /** The events of one type. */
  of<Type extends Event["type"]>(type: Type): EventOf<Type, Event>[];
  /** The next event of that type, and of that path if you give one; skips others and rejects after `limitMs`. */
  next<Type extends Event["type"]>(
    type: Type,
    options?: WaitOptions & { readonly path?: string },
  ): Promise<EventOf<Type, Event>>;
}

/** Makes a recorder; give its `observer` to `startSystem`, or to `startRuntime` for the events of a runtime. */
export function recordEvents<Event extends { readonly type: string } = KernelEvent>(): EventRecorder<Event> {
  const inbox = new Inbox<Event>();
  return {
    observer: (event) => inbox.push(event),
    events: inbox.all,
    of: (type) => inbox.all.filter((event) => isOf(event, type)),
    next: <Type extends Event["type"]>(type: Type, options: WaitOptions & { readonly path?: string } = {}) =>
      inbox.next((event): event is EventOf<Type, Event> => {
        return isOf(event, type) && (options.path === undefined || ("path" in event && event.path === options.path));
      }, options),
  };
}

function isOf<Type extends Event["type"], Event extends { readonly type: string }>(
  event: Event,
  type: Type,
): event is EventOf<Type, Event> {
  return event.type === type;
}
