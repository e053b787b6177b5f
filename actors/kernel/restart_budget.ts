import type { RestartBudget } from "./types.ts";

/** Restarts within a sliding period of monotonic time. */
export class RestartWindow {
  readonly #periodMs: number;
  #times: number[] = [];

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** Restarts within the period that ends now. */
  count(now: number): number {
    this.#times = this.#times.filter((time) => now - time < this.#periodMs);
    return this.#times.length;
  }

  add(now: number): void {
    this.#times.push(now);
  }
}

/**
 * The cap of a supervisor with so many children: half the sum of their budgets and half a budget more. One child may use its
 * own whole budget; when a cause that is common to all makes every child restart, the supervisor gives up at about half.
 */
export function supervisorCap(budget: RestartBudget, children: number): number {
  return Math.ceil(budget.intensity * (children + 1) / 2);
}

/** The budget of one child, capped by that of its supervisor (K9). */
export class ChildBudget {
  readonly #budget: RestartBudget;
  readonly #own: RestartWindow;
  readonly #shared: RestartWindow;

  /** @param shared the window of the supervisor, shared by its children */
  constructor(budget: RestartBudget, shared: RestartWindow) {
    this.#budget = budget;
    this.#own = new RestartWindow(budget.periodMs);
    this.#shared = shared;
  }

  /** Restarts left; 0 means that the next failure is one too many. */
  left(now: number, children: number): number {
    const own = this.#budget.intensity - this.#own.count(now);
    const shared = supervisorCap(this.#budget, children) - this.#shared.count(now);
    return Math.max(0, Math.min(own, shared));
  }

  /** Takes one restart; false if none is left. */
  spend(now: number, children: number): boolean {
    if (this.left(now, children) === 0) return false;
    this.#own.add(now);
    this.#shared.add(now);
    return true;
  }
}
