/** Reads a topic from its beginning and decodes each record by its schema. */
import { buildTradeV2, codecFor, MarketDataProducer, openTransport, parseFrame } from "tickflume";
import { settingsFrom, transportOptionsOf } from "tickflume";

const dataDir = Deno.args[0] ?? ".tickflume";
const producer = await MarketDataProducer.start({ dataDir });
for (const price of ["45.67", "45.68"]) {
  const timestamp = "2024-05-06T10:00:00+10:00";
  const trade = { symbol: "BHP", exchange: "ASX", assetClass: "equities", timestamp, price, quantity: 100 } as const;
  await producer.produceTrade("equities", "ASX", buildTradeV2(trade));
}
await producer.close();

// Who only reads needs no lock, and may read while others write.
const settings = settingsFrom({ dataDir }, { cwd: Deno.cwd() });
const { log, close } = await openTransport(transportOptionsOf(settings, { readOnly: true }));
const topic = "market.equities.trades.asx";
const codec = codecFor("trade", "v2");
for (const { partition, start, end } of await log.admin.offsets(topic)) {
  for await (const records of log.read(topic, partition, { from: start, to: end })) {
    for (const { offset, value } of records) {
      const { schemaId, body } = parseFrame(value ?? new Uint8Array(0));
      const { symbol, price, quantity } = codec.decode(body);
      console.log(`${partition}/${offset} schema ${schemaId}: ${symbol} ${price} x ${quantity}`);
    }
  }
}
await close();
