/**
 * Looks that are made when something may have changed, one at a time, and now and then in any case. A look at everything may
 * take long, and is then made less often; one at a part of it never waits for that.
 *
 * @module
 */
import type { Clock, Timer } from "../../kernel/clock.ts";

/** Options of {@link RecurringLooks}. */
export interface RecurringLooksOptions {
  readonly clock: Clock;
  /** At everything, or at what has been noted for it. */
  readonly look: (of: "all" | "part") => Promise<void>;
  /** Called before a look that nothing has asked for. */
  readonly onTime: () => void;
  readonly failed: (cause: unknown) => void;
}

/** Events may be lost, and network file systems have none of what other machines write. */
const LOOK_MS = 1_000;
/** Looks at thousands of files may take this share of the time: that of those which were asked for, and of the others. */
const BUSY_SHARE = 10, LOOK_SHARE = 100;

export class RecurringLooks {
  readonly #options: RecurringLooksOptions;
  readonly #wanted = { all: false, part: false };
  /** When another look at everything may begin that is asked for, and when one is due in any case. */
  #next = { asked: -Infinity, due: -Infinity };
  #latest: "all" | "part" = "all";
  #running: Promise<void> | null = null;
  #over = false;
  #timer: Timer | null = null;

  constructor(options: RecurringLooksOptions) {
    this.#options = options;
  }

  /** The looks that are under way. */
  get done(): Promise<void> {
    return this.#running ?? Promise.resolve();
  }

  soon(of: "all" | "part"): void {
    this.#wanted[of] = true;
    this.#run();
  }

  #run(): void {
    if (this.#running !== null || this.#over) return;
    this.#timer?.cancel();
    this.#running = this.#lookWhileWanted()
      .catch((cause) => this.#options.failed(cause))
      .finally(() => {
        this.#running = null;
        if (this.#over) return;
        if (this.#wantedNow() === null) this.#schedule();
        else this.#run();
      });
  }

  /** A part comes first, as it takes no time; but looks at parts that are always asked for keep off none at everything. */
  #wantedNow(): "all" | "part" | null {
    const { all, part } = this.#wanted;
    if (part && this.#latest === "all") return "part";
    if (all && this.#options.clock.monotonic() >= this.#next.asked) return "all";
    return part ? "part" : null;
  }

  async #lookWhileWanted(): Promise<void> {
    const { clock, look } = this.#options;
    for (let of = this.#wantedNow(); of !== null && !this.#over; of = this.#wantedNow()) {
      this.#wanted[of] = false;
      this.#latest = of;
      const began = clock.monotonic();
      await look(of);
      const now = clock.monotonic(), took = now - began;
      if (of === "part") continue;
      this.#next = {
        asked: took > 1 ? now + took * BUSY_SHARE : now,
        due: now + Math.max(LOOK_MS, took * LOOK_SHARE),
      };
    }
  }

  #schedule(): void {
    const { clock, onTime } = this.#options, wanted = this.#wanted;
    const at = wanted.all ? this.#next.asked : this.#next.due;
    this.#timer = clock.schedule(Math.max(0, at - clock.monotonic()), () => {
      if (!wanted.all) onTime();
      this.soon("all");
    });
  }

  /** No look begins any more. */
  end(): void {
    this.#over = true;
    this.#timer?.cancel();
  }
}
