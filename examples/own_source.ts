/** A source of one's own: what a venue says becomes rows, and what cannot be a record becomes a dead letter by itself. */
import { buildTradeV2, messageIdOf, PushSource, settingsFrom, startRuntime, withUnscaled } from "tickflume";
import { MemoryLog, MemoryRegistry } from "tickflume/testing";

const market = { symbol: "BTCUSDT", exchange: "BINANCE", assetClass: "crypto" } as const;
const source = new PushSource({ id: "ticker", kind: "trade", ...market });
for (const [index, said] of ["60000.1 0.05", "sixty-thousand 1", "60000.2 0.1"].entries()) {
  const [price = "", quantity = ""] = said.split(" ");
  // From the venue's own id of the trade, which it never gives again for this symbol (scope), so that a row has the same
  // message id whenever and wherever it is read.
  const messageId = messageIdOf({ ...market, dataType: "trades", venueId: `${index}`, scope: "symbol" });
  const trade = { ...market, messageId, timestamp: "2024-05-06T10:00:00Z", price, quantity };
  source.pushRaw(said, () => withUnscaled("trade", "v2", buildTradeV2(trade)));
}
source.close();

await using runtime = await startRuntime(settingsFrom({}, { cwd: Deno.cwd() }), {
  log: new MemoryLog(),
  registry: new MemoryRegistry(),
  deadLetters: { add: (letters) => letters.forEach(({ row, reason }) => console.log(`row ${row}: ${reason}`)) },
});
const reading = await runtime.addSource(source);
console.log(await reading.done, reading.account.totals());
