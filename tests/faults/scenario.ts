/**
 * A scenario: a load, the fault that it meets, and the expectations at its end.
 *
 * @module
 */
import type { VersionFlag } from "../../config/version_flag.ts";
import type { KafkaClientName } from "../../transport/open.ts";
import type { FaultStacks } from "./fault_stack.ts";
import type { Judge } from "./judge.ts";
import type { ResultRow } from "./result.ts";

/**
 * When a scenario runs. `short`: in the tests too; `long`: in `deno task test:faults`; `soak`: only if it is named.
 */
export type ScenarioSet = "short" | "long" | "soak";

/** The surroundings of a scenario. */
export interface ScenarioOptions {
  readonly client: KafkaClientName;
  readonly version: VersionFlag;
  readonly stacks: FaultStacks;
  /** Null without Python: then only the product's own audit judges. */
  readonly judge: Judge | null;
  /** The source of random moments. */
  readonly seed: number;
  /** Maximum rows of a load. @default as many as the scenario says */
  readonly maxRows?: number;
}

/** One of the list in scenarios.ts. */
export interface Scenario {
  readonly name: string;
  /** One sentence that says what happens. */
  readonly what: string;
  /** Numbers of the list in docs/reliability.md. */
  readonly covers: readonly string[];
  readonly set: ScenarioSet;
  readonly versions: readonly VersionFlag[];
  run(options: ScenarioOptions): Promise<ResultRow>;
}

/** Numbers in [0, 1) that look random and only depend on the seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
