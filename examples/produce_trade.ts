/** Writes one trade to the embedded log and prints where it went. */
import { buildTradeV2, MarketDataProducer } from "tickflume";

const dataDir = Deno.args[0] ?? ".tickflume";
await using producer = await MarketDataProducer.start({ schemaVersion: "v2", dataDir });
const trade = buildTradeV2({
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  timestamp: Temporal.Instant.from("2014-03-10T10:00:06.717+11:00"),
  price: "45.67",
  quantity: "1000",
  currency: "AUD",
  side: "BUY",
  vendorData: { company_id: "123" },
});
const { topic, partition, offset, messageId } = await producer.produceTrade("equities", "ASX", trade);
console.log(`${messageId} is in ${topic}, partition ${partition}, offset ${offset}`);
