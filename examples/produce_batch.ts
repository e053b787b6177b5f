/** Writes many trades at once; they are in the log in this order, and each has its receipt. */
import { buildTradeV2, MarketDataProducer } from "tickflume";

const dataDir = Deno.args[0] ?? ".tickflume";
await using producer = await MarketDataProducer.start({ dataDir });
const start = Temporal.Instant.from("2024-05-06T10:00:00+10:00");
const trades = Array.from({ length: 1_000 }, (_, at) =>
  buildTradeV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: start.add({ milliseconds: at }),
    price: "45.67",
    quantity: BigInt(at + 1),
    currency: "AUD",
  }));
const receipts = await producer.produceTrades("equities", "ASX", trades);
console.log(`${receipts.length} receipts, offsets ${receipts[0]?.offset} to ${receipts.at(-1)?.offset}`);
console.log(producer.stats());
