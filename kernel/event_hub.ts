import type { KernelEvent, KernelObserver } from "./types.ts";

/** Hands events to the observers; what one of them throws or rejects with reaches neither the actors nor the others (K15). */
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
    // An observer that cannot even be told of a failure would otherwise report on itself for ever.
    const onFailure = event.type === "observer_failed" ? () => {} : (cause: unknown) => this.report(cause);
    try {
      const result: unknown = observer(event);
      if (result instanceof Promise) result.catch(onFailure);
    } catch (cause) {
      onFailure(cause);
    }
  }
}
