/**
 * Limits how often a child fails before its supervisor gives it up.
 *
 * @module
 */
import type { RestartBudget } from "./types.ts";

/**
 * The budget of one child (K9). It counts the failures that held work up within a sliding period of monotonic time.
 * Work done resets the count, so that an actor that makes progress is never given up, however often it fails.
 */
export class ChildBudget {
  readonly #budget: RestartBudget;
  #times: number[] = [];

  constructor(budget: RestartBudget) {
    this.#budget = budget;
  }

  /** Restarts left; 0 means that the next failure that holds work up is one too many. */
  left(now: number): number {
    return Math.max(0, this.#budget.intensity - this.#counted(now).length);
  }

  /** Counts a failure; false if it is one too many. */
  spend(now: number): boolean {
    this.#counted(now).push(now);
    return this.#times.length <= this.#budget.intensity;
  }

  /** Resets the count: the child has done some work. */
  restore(): void {
    this.#times = [];
  }

  /** The failures that count now. */
  get spent(): { readonly failures: number; readonly withinMs: number } {
    const [first = 0] = this.#times;
    return { failures: this.#times.length, withinMs: (this.#times.at(-1) ?? first) - first };
  }

  #counted(now: number): number[] {
    return this.#times = this.#times.filter((time) => now - time < this.#budget.periodMs);
  }
}
