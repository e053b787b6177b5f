/** A v1 record becomes v2 and v1 again; what v1 cannot hold exactly is refused with the reason. */
import { buildTradeV1, buildTradeV2, convertTradeV1ToV2, convertTradeV2ToV1, RecordError } from "tickflume";

const v1 = buildTradeV1({
  symbol: "BHP",
  companyId: 7078,
  timestamp: "2014-03-10T10:00:06.717+11:00",
  price: "36.667",
  volume: 20_000,
  qualifiers: 3,
  venue: "X",
});
const v2 = convertTradeV1ToV2(v1);
console.log(`${v2.symbol} ${v2.price} x ${v2.quantity} ${v2.currency}`, v2.vendor_data);
const back = convertTradeV2ToV1(v2);
console.log(`back in v1: ${back.price} x ${back.volume}, company ${back.company_id}, venue ${back.venue}`);

const fine = buildTradeV2({
  symbol: "BTCUSDT",
  exchange: "BINANCE",
  assetClass: "crypto",
  timestamp: "2024-05-06T10:00:00.123456Z",
  price: "60000.12345678",
  quantity: "0.05",
});
try {
  convertTradeV2ToV1(fine);
} catch (error) {
  if (!(error instanceof RecordError)) throw error;
  console.log(`${error.field}: ${error.rule}`);
}
