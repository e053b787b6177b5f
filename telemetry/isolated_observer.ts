/**
 * Keeps what an observer throws away from those who tell it something.
 *
 * @module
 */
import type { Observer } from "./events.ts";

/** An observer that never throws: it is told of its own failure as `observer_failed`, once for each. */
export function isolatedObserver(observer: Observer): Observer {
  return (event) => {
    try {
      observer(event);
    } catch (cause) {
      if (event.type === "observer_failed") return;
      try {
        observer({ type: "observer_failed", cause });
      } catch {
        // It cannot even be told.
      }
    }
  };
}
