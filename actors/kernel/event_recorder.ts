import { Inbox, type WaitOptions } from "./inbox.ts";
import type { KernelEvent, KernelObserver } from "./types.ts";

/** One member of the union of events. */
export type EventOf<Type extends KernelEvent["type"]> = Extract<KernelEvent, { readonly type: Type }>;

/** An observer that keeps what it hears. */
export interface EventRecorder {
  readonly observer: KernelObserver;
  /** Every event, in order. */
  readonly events: readonly KernelEvent[];
  /** The events of one type. */
  of<Type extends KernelEvent["type"]>(type: Type): EventOf<Type>[];
  /** The next event of that type not yet passed over, of that path if one is given; rejects after `limitMs`. */
  next<Type extends KernelEvent["type"]>(
    type: Type,
    options?: WaitOptions & { readonly path?: string },
  ): Promise<EventOf<Type>>;
}

/** Makes a recorder; give its `observer` to `startSystem`. */
export function recordEvents(): EventRecorder {
  const inbox = new Inbox<KernelEvent>();
  return {
    observer: (event) => inbox.push(event),
    events: inbox.all,
    of: (type) => inbox.all.filter((event) => isOf(event, type)),
    next: <Type extends KernelEvent["type"]>(type: Type, options: WaitOptions & { readonly path?: string } = {}) =>
      inbox.next((event): event is EventOf<Type> => {
        return event.type === type && (options.path === undefined || ("path" in event && event.path === options.path));
      }, options),
  };
}

function isOf<Type extends KernelEvent["type"]>(event: KernelEvent, type: Type): event is EventOf<Type> {
  return event.type === type;
}
