/**
 * Notices that rows are under way and none of them settles: the actor that has them hangs, or waits for something that
 * does not come. From here it is not known which, so the watch only reports it.
 *
 * @module
 */
import type { Timer } from "../../kernel/clock.ts";
import type { DeliveryWindow } from "../delivery/delivery_window.ts";

/** Options of a watch. */
export interface ProgressWatchOptions {
  readonly window: DeliveryWindow;
  /** How long nothing may settle. */
  readonly stallMs: number;
  /** Calls back after a delay. */
  readonly schedule: (delayMs: number) => Timer;
  /** Called again and again for as long as the stall lasts. */
  readonly stalled: (unsettledRows: number, waitedMs: number) => void;
}

export class ProgressWatch {
  readonly #options: ProgressWatchOptions;
  #timer: Timer | null = null;
  #settled = -1;
  #waitedMs = 0;

  constructor(options: ProgressWatchOptions) {
    this.#options = options;
  }

  /** Call whenever something may have changed. */
  look(): void {
    const { window, schedule, stallMs } = this.#options;
    if (window.unsettledRows > 0) this.#timer ??= schedule(stallMs);
  }

  /** The delay is over. */
  timeUp(): void {
    this.#timer = null;
    const { window, stallMs, stalled } = this.#options;
    const { settled } = window.account;
    if (window.unsettledRows === 0) return;
    this.#waitedMs = settled === this.#settled ? this.#waitedMs + stallMs : 0;
    this.#settled = settled;
    if (this.#waitedMs > 0) stalled(window.unsettledRows, this.#waitedMs);
  }
}
