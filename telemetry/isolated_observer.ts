/**
 * Keeps what an observer throws from its callers.
 *
 * @module
 */
import type { Observer } from "./events.ts";

/** An observer that never throws: it passes each failure to the observer itself, once, as `observer_failed`. */
export function isolatedObserver(observer: Observer): Observer {
  return (event) => {
    try {
      observer(event);
    } catch (cause) {
      if (event.type === "observer_failed") return;
      try {
        observer({ type: "observer_failed", cause });
      } catch {
        // It throws at its own failure too: there is no other place to report to.
      }
    }
  };
}
