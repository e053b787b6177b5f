/**
 * The actors of a running producer or runtime, for tests of recovery: which there are, how they stand, and how they die.
 *
 * @module
 */
import { systemClock } from "../kernel/clock.ts";
import { killActor } from "../kernel/testing.ts";
import type { TreeSnapshot } from "../kernel/types.ts";
import type { MarketDataProducer } from "./market_data_producer.ts";
import { runtimeOf } from "./runtime_registry.ts";
import type { Runtime } from "../runtime.ts";

/** How long a test waits for an actor. */
const LIMIT_MS = 5_000;
const LOOK_MS = 1;

/** The actors of one tree, by their paths, e.g. `root/converters/converter`. */
export interface Actors {
  /** The tree as it stands. */
  snapshot(): TreeSnapshot;
  /** Paths of all actors, in the order in which they are started. */
  paths(): readonly string[];
  /** The actor at a path. @throws {RangeError} If there is none. */
  at(path: string): TreeSnapshot;
  /**
   * Makes an actor fail as if it had thrown at this moment, even in the middle of its work.
   *
   * @throws {RangeError} If no incarnation runs there: unknown path, ended, or waiting for its restart.
   */
  kill(path: string, cause?: unknown): void;
  /**
   * Resolves once an incarnation runs there, of at least that number if one is given. On a manual clock, move the time
   * meanwhile.
   *
   * @throws {RangeError} If none does within 5 s of real time.
   */
  running(path: string, options?: { readonly incarnation?: number }): Promise<TreeSnapshot>;
}

/**
 * Reaches the actors of a producer or a runtime. Products have no such door.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { buildTradeV2, MarketDataProducer } from "tickflume";
 * import { actorsOf, MemoryLog, MemoryRegistry } from "tickflume/testing";
 *
 * const log = new MemoryLog();
 * const producer = await MarketDataProducer.start({ ports: { log, registry: new MemoryRegistry() } });
 * const actors = actorsOf(producer);
 * actors.kill("root/converters/converter");
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: 100n,
 * });
 * await producer.produceTrade("equities", "ASX", trade); // waits for the next incarnation
 * assert.equal((await actors.running("root/converters/converter")).incarnation, 2);
 * await producer.close();
 * await log.close();
 * ```
 *
 * @throws {TypeError} If it is neither.
 */
export function actorsOf(running: MarketDataProducer | Runtime): Actors {
  const runtime = "system" in running ? running : runtimeOf(running);
  if (runtime === undefined) throw new TypeError("Only a producer or a runtime that was started has actors");
  const all = () => actorsIn(runtime.snapshot());
  const find = (path: string) => all().find((actor) => actor.path === path);
  return {
    snapshot: () => runtime.snapshot(),
    paths: () => all().map(({ path }) => path),
    at: (path) => {
      const found = find(path);
      if (found === undefined) {
        throw new RangeError(`No actor "${path}"; there are ${all().map((a) => a.path).join(", ")}`);
      }
      return found;
    },
    kill: (path, cause) => killActor(runtime.system, path, cause),
    running: async (path, { incarnation = 1 } = {}) => {
      const until = systemClock.monotonic() + LIMIT_MS;
      for (;;) {
        const found = find(path);
        if (found?.state === "running" && found.incarnation >= incarnation) return found;
        if (systemClock.monotonic() > until) {
          throw new RangeError(`"${path}" does not run within ${LIMIT_MS} ms: it is ${found?.state ?? "not there"}`);
        }
        await systemClock.sleep(LOOK_MS);
      }
    },
  };
}

function actorsIn(node: TreeSnapshot): TreeSnapshot[] {
  return node.kind === "actor" ? [node] : node.children.flatMap(actorsIn);
}
