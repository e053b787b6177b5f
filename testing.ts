/**
 * The test kit of tickflume: time that moves on command, refs that record, actors that die when told to, and an in-memory
 * log and registry that fail on purpose.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { buildTradeV2, MarketDataProducer } from "tickflume";
 * import { MemoryLog, MemoryRegistry } from "tickflume/testing";
 *
 * const log = new MemoryLog();
 * const ports = { log, registry: new MemoryRegistry() };
 * await using producer = await MarketDataProducer.start({ ports });
 * log.broker.faults.next("send", { type: "unknown", stored: "yes" });
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: new Date(),
 *   price: "45.67",
 *   quantity: 100n,
 * });
 * const receipt = await producer.produceTrade("equities", "ASX", trade);
 * assert.equal(receipt.offset, 0n); // found by reading, not written twice
 * await log.close();
 * ```
 *
 * @module
 */
export { type Actors, actorsOf } from "./producer/actors_of.ts";
export {
  type EventOf,
  type EventRecorder,
  killActor,
  ManualClock,
  type Probe,
  probe,
  recordEvents,
  type WaitOptions,
} from "./kernel/testing.ts";
export type { ActorRef, ActorSystem } from "./kernel/types.ts";
export {
  type Append,
  type FrozenFollowers,
  LogMisuseError,
  MemoryBroker,
  type MemoryBrokerOptions,
} from "./transport/memory/broker.ts";
export type { ArmedFault, FaultOptions } from "./transport/memory/fault_script.ts";
export type { CallFault, LogCall, LogFaults, SendFault, SlowMode } from "./transport/memory/log_faults.ts";
export { MemoryLog } from "./transport/memory/log.ts";
export {
  MemoryRegistry,
  type MemoryRegistryOptions,
  MemoryRegistryServer,
  type RegistryCallRecord,
} from "./transport/memory/registry.ts";
export type { RegistryFault, RegistryFaults } from "./transport/memory/registry_faults.ts";
export type { LocalRegistry, RegistryCall } from "./transport/local_registry.ts";
