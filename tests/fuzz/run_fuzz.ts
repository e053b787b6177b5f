/**
 * Feeds a parser with inputs, and stops at the first that it handles wrongly.
 *
 * @module
 */
import process from "node:process";
import { ACCEPTED, type FuzzTarget } from "./fuzz_target.ts";
import { mutate } from "./mutate.ts";
import { Random } from "./random.ts";

/** Options of a run. */
export interface FuzzOptions {
  /** Inputs to start from; at least one short one. */
  readonly corpus: readonly Uint8Array[];
  /** How many inputs to make. The corpus itself comes first and does not count. */
  readonly inputs: number;
  readonly seed: number;
  /** Called before each input, so that another thread can tell which one hangs. */
  readonly onInput?: (input: Uint8Array) => void;
}

/** The result of a run. */
export interface FuzzReport {
  readonly parser: string;
  readonly inputs: number;
  /** Values that were accepted; of an input with several rows each row counts. */
  readonly accepted: number;
  /** Values that were refused, by code. */
  readonly refused: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly slowest: { readonly millis: number; readonly bytes: number };
}

/** An input that a parser handles wrongly. The message says how to reproduce it. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
  constructor(
    readonly parser: string,
    readonly input: Uint8Array,
    about: { readonly seed: number; readonly number: number; readonly reason: string; readonly cause?: unknown },
  ) {
    const place = about.number === 0 ? "an input of the corpus" : `input ${about.number} of seed ${about.seed}`;
    const reason = about.reason.length > MAX_REASON ? `${about.reason.slice(0, MAX_REASON)}…` : about.reason;
    super(`${parser} fails with ${place}: ${reason}\ninput in hex: ${shownInput(input)}`, { cause: about.cause });
  }
}

const MAX_REASON = 2_000;
const MAX_SHOWN_BYTES = 2_048;

/** An input in hexadecimal digits; only the beginning of a long one, because seed and number reproduce it. */
export function shownInput(input: Uint8Array): string {
  if (input.length <= MAX_SHOWN_BYTES) return input.toHex();
  return `${input.subarray(0, MAX_SHOWN_BYTES).toHex()}… (${input.length} bytes)`;
}

/** Maximum time for one input. */
const MAX_MILLIS = 1_000;
/** Maximum memory in use, garbage included. */
const MAX_BYTES = 1024 ** 3;
const DEFAULT_MAX_BYTES = 65_536;
/** Longest input that others are made from. */
const LONGEST_PARENT = 4_096;
/** Inputs that gave a new outcome, or were chosen at random, as a base for more mutations. */
const POOL = 512;

/** @throws {FuzzFailure} */
export async function runFuzz(target: FuzzTarget, options: FuzzOptions): Promise<FuzzReport> {
  try {
    return await new FuzzRun(target, options).run();
  } finally {
    target.close?.();
  }
}

class FuzzRun {
  readonly #target: FuzzTarget;
  readonly #options: FuzzOptions;
  readonly #outcomes = new Map<string, number>();
  #slowest = { millis: 0, bytes: 0 };
  #number = 0;

  constructor(target: FuzzTarget, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<FuzzReport> {
    const { corpus, inputs, seed } = this.#options;
    const { maxBytes = DEFAULT_MAX_BYTES } = this.#target;
    const tokens = (this.#target.tokens ?? []).map((text) => new TextEncoder().encode(text));
    const random = new Random(seed);
    const startedAt = performance.now();
    for (const input of corpus) await this.#feed(input);
    // Long ones only run as they are: mutations of them would slow everything down.
    const short = corpus.filter(({ length }) => length <= LONGEST_PARENT);
    const pool = [...short];
    while (this.#number < inputs) {
      this.#number += 1;
      const from = random.oneIn(2) ? short : pool;
      const input = mutate(random.pick(from), { random, others: pool, tokens, maxBytes });
      const isNew = await this.#feed(input);
      if (input.length > LONGEST_PARENT || !(isNew || random.oneIn(200))) continue;
      if (pool.length < POOL) pool.push(input);
      else pool[short.length + random.below(POOL - short.length)] = input;
    }
    const { [ACCEPTED]: accepted = 0, ...refused } = Object.fromEntries(this.#outcomes);
    const seconds = (performance.now() - startedAt) / 1000;
    return { parser: this.#target.name, inputs, accepted, refused, seconds, slowest: this.#slowest };
  }

  /** Whether the input gave an outcome that no earlier input gave. */
  async #feed(input: Uint8Array): Promise<boolean> {
    this.#options.onInput?.(input);
    let millis = await this.#time(input, true);
    // Other work on the machine takes time, but no processor time of this process.
    if (millis > MAX_MILLIS) millis = await this.#timeAlone(input);
    if (millis > MAX_MILLIS) throw this.#failure(input, `it takes ${Math.round(millis)} ms`);
    if (millis > this.#slowest.millis) this.#slowest = { millis, bytes: input.length };
    if (millis > 50 || this.#number % 1_000 === 0) {
      const { heapUsed, external } = Deno.memoryUsage();
      const used = heapUsed + external;
      if (used > MAX_BYTES) throw this.#failure(input, `${Math.round(used / 1024 ** 2)} MiB are in use`);
    }
    const isNew = this.#isNew;
    this.#isNew = false;
    return isNew;
  }

  #isNew = false;

  /** Runs it again, and takes its processor time or its time, whichever is less. */
  async #timeAlone(input: Uint8Array): Promise<number> {
    const before = process.cpuUsage();
    const millis = await this.#time(input, false);
    const { user, system } = process.cpuUsage(before);
    return Math.min(millis, (user + system) / 1000);
  }

  async #time(input: Uint8Array, count: boolean): Promise<number> {
    const startedAt = performance.now();
    try {
      const running = this.#target.run(input);
      const outcome = running instanceof Promise ? await running : running;
      const millis = performance.now() - startedAt;
      if (count) { for (const code of typeof outcome === "string" ? [outcome] : outcome) this.#count(code); }
      return millis;
    } catch (cause) {
      throw this.#failure(input, cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), cause);
    }
  }

  #count(code: string): void {
    const known = this.#outcomes.get(code);
    this.#outcomes.set(code, (known ?? 0) + 1);
    if (known === undefined) this.#isNew = true;
  }

  #failure(input: Uint8Array, reason: string, cause?: unknown): FuzzFailure {
    return new FuzzFailure(this.#target.name, input, { seed: this.#options.seed, number: this.#number, reason, cause });
  }
}
