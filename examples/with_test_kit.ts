/** What your own tests can do: make the log fail on purpose, and see that each record is there exactly once. */
import assert from "node:assert/strict";
import { buildTradeV2, MarketDataProducer } from "tickflume";
import { MemoryLog, MemoryRegistry } from "tickflume/testing";

const log = new MemoryLog();
await using producer = await MarketDataProducer.start({ ports: { log, registry: new MemoryRegistry() } });
const trade = (quantity: number) =>
  buildTradeV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: "2024-05-06T10:00:00+10:00",
    price: "45.67",
    quantity,
  });
const { topic, partition } = await producer.produceTrade("equities", "ASX", trade(1));
// Stored, but the answer is lost: it is not known until the log is read.
log.broker.faults.next("send", { type: "unknown", stored: "yes" });
const second = await producer.produceTrade("equities", "ASX", trade(2));
assert.equal(second.offset, 1n);
assert.equal(log.broker.records(topic, partition).length, 2);
console.log("2 records, each once");
