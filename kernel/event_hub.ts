/**
 * The way of the kernel's events to the observers.
 *
 * @module
 */
import type { KernelEvent, KernelObserver } from "./types.ts";

/** Hands events to the observers. What one of them throws reaches neither the actors nor the other observers (K15). */
export class EventHub {
  readonly #observers: readonly KernelObserver[];

  constructor(observers: readonly KernelObserver[]) {
    this.#observers = observers;
  }

  emit(event: KernelEvent): void {
    for (const observer of this.#observers) this.#tell(observer, event);
  }

  /** Reports what a hook of an actor or an observer threw. */
  report(cause: unknown): void {
    this.emit({ type: "observer_failed", cause });
  }

  #tell(observer: KernelObserver, event: KernelEvent): void {
    // An observer that throws at `observer_failed` would otherwise cause the next one for ever.
    const onFailure = event.type === "observer_failed" ? () => {} : (cause: unknown) => this.report(cause);
    try {
      const result: unknown = observer(event);
      if (result instanceof Promise) result.catch(onFailure);
    } catch (cause) {
      onFailure(cause);
    }
  }
}
