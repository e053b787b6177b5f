/**
 * A script of faults: what goes wrong, where, how often and until when. Shared by the in-memory log and registry.
 *
 * @module
 */

/** What a call concerns. */
export interface FaultTarget {
  readonly operation: string;
  readonly topic?: string | undefined;
  readonly partition?: number;
  readonly subject?: string | undefined;
}

/** The calls that a fault strikes. */
export interface FaultOptions {
  /** How many calls it strikes; `Infinity`: all until it is released. @default 1 */
  readonly times?: number;
  /** How many matching calls succeed first. @default 0 */
  readonly skip?: number;
  /** Only calls about this topic. */
  readonly topic?: string;
  /** Only calls about this partition. */
  readonly partition?: number;
  /** Only calls about this subject. */
  readonly subject?: string;
}

/** A handle on an armed fault. */
export class ArmedFault<Fault> {
  readonly #operation: string | null;
  readonly #options: FaultOptions;
  readonly #released = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();
  #left: number;
  #skip: number;
  #used = 0;

  /**
   * @param operation null: every operation.
   * @internal
   */
  constructor(readonly fault: Fault, operation: string | null, options: FaultOptions) {
    this.#operation = operation;
    this.#options = options;
    this.#left = options.times ?? 1;
    this.#skip = options.skip ?? 0;
  }

  /** How many calls it has struck. */
  get used(): number {
    return this.#used;
  }

  /** Resolves when it strikes for the first time. */
  get reached(): Promise<void> {
    return this.#reached.promise;
  }

  /** Resolves on {@link release}. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** Ends the fault: it strikes no more, hung calls resume, late records are written. Idempotent. */
  release(): void {
    this.#left = 0;
    this.#released.resolve();
  }

  /**
   * True if the fault has no strikes left.
   * @internal
   */
  get spent(): boolean {
    return this.#left <= 0;
  }

  /**
   * True if it strikes this call, which then counts.
   * @internal
   */
  strikes(target: FaultTarget): boolean {
    const { topic, partition, subject } = this.#options;
    if (this.spent || (this.#operation !== null && this.#operation !== target.operation)) return false;
    if (topic !== undefined && topic !== target.topic) return false;
    if (partition !== undefined && partition !== target.partition) return false;
    if (subject !== undefined && subject !== target.subject) return false;
    if (this.#skip > 0) {
      this.#skip -= 1;
      return false;
    }
    this.#left -= 1;
    this.#used += 1;
    this.#reached.resolve();
    return true;
  }
}

/** Armed faults in the order in which they were armed; the first that matches a call strikes it. */
export class FaultScript<Fault> {
  #armed: ArmedFault<Fault>[] = [];
  /** Includes faults without strikes left: calls may still hang on them. */
  readonly #all: ArmedFault<Fault>[] = [];

  /** @param operation null: every operation. */
  arm(fault: Fault, operation: string | null, options: FaultOptions = {}): ArmedFault<Fault> {
    const armed = new ArmedFault(fault, operation, options);
    this.#armed.push(armed);
    this.#all.push(armed);
    return armed;
  }

  /** The fault that strikes this call, if any. */
  take(target: FaultTarget): ArmedFault<Fault> | null {
    const striking = this.#armed.find((armed) => armed.strikes(target)) ?? null;
    this.#armed = this.#armed.filter((armed) => !armed.spent);
    return striking;
  }

  /** Releases everything that was ever armed. */
  clear(): void {
    for (const armed of this.#all) armed.release();
    this.#armed = [];
  }
}
