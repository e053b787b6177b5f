/**
 * Looks that are made when something may have changed, one at a time, and now and then in any case.
 *
 * @module
 */
import type { Clock, Timer } from "../../kernel/clock.ts";

/** Options of {@link RecurringLooks}. */
export interface RecurringLooksOptions {
  readonly clock: Clock;
  readonly look: () => Promise<void>;
  /** Called before a look that nothing has asked for. */
  readonly onTime: () => void;
  readonly failed: (cause: unknown) => void;
}

/** Events may be lost, and network file systems have none of what other machines write. */
const LOOK_MS = 1_000;
/** A look, of thousands of files, may take this share of the time. */
const LOOK_SHARE = 100;
const BUSY_SHARE = 10;

export class RecurringLooks {
  readonly #options: RecurringLooksOptions;
  #running: Promise<void> | null = null;
  #again = false;
  #over = false;
  #timer: Timer | null = null;

  constructor(options: RecurringLooksOptions) {
    this.#options = options;
  }

  /** The looks that are under way. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  soon(): void {
    this.#again = true;
    if (this.#running !== null || this.#over) return;
    this.#timer?.cancel();
    this.#running = this.#lookWhileNeeded()
      .catch((cause) => this.#options.failed(cause))
      .finally(() => this.#running = null);
  }

  async #lookWhileNeeded(): Promise<void> {
    const { clock } = this.#options;
    let took = 0;
    while (this.#again && !this.#over) {
      this.#again = false;
      const began = clock.monotonic();
      await this.#options.look();
      took = clock.monotonic() - began;
      if (this.#again && !this.#over && took > 1) await clock.sleep(took * BUSY_SHARE);
    }
    if (this.#over) return;
    this.#timer = clock.schedule(Math.max(LOOK_MS, took * LOOK_SHARE), () => {
      this.#options.onTime();
      this.soon();
    });
  }

  /** No look begins any more. */
  end(): void {
    this.#over = true;
    this.#timer?.cancel();
  }
}
