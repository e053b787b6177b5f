/**
 * What test kit parts that record share: items in order, and waiting for the next one with a limit.
 *
 * @module
 */
import { type Clock, systemClock } from "./clock.ts";

/** How long a test waits before it fails. */
export interface WaitOptions {
  /** Milliseconds before the wait rejects. @default 2000 */
  readonly limitMs?: number;
  /** The clock of the limit. @default systemClock, since the limit ends a test that would hang */
  readonly clock?: Clock;
}

/** Collects items and lets a test wait for the next. */
export class Inbox<Item> {
  /** Everything that has come, in order. */
  readonly all: Item[] = [];
  #seen = 0;
  #wake: (() => void)[] = [];

  push(item: Item): void {
    this.all.push(item);
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** The next item that meets the test and has not been returned; skips those before it. */
  async next<Wanted extends Item>(wanted: (item: Item) => item is Wanted, options: WaitOptions = {}): Promise<Wanted> {
    const { limitMs = 2000, clock = systemClock } = options;
    let late = false;
    const limit = clock.schedule(limitMs, () => {
      late = true;
      for (const wake of this.#wake.splice(0)) wake();
    });
    try {
      for (;;) {
        while (this.#seen < this.all.length) {
          const item = this.all[this.#seen++];
          if (item !== undefined && wanted(item)) return item;
        }
        if (late) throw new Error(`Nothing came within ${limitMs} ms; ${this.all.length} items came before`);
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      limit.cancel();
    }
  }
}
