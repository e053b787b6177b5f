import assert from "node:assert/strict";
import { assetClassOf, Catalogue, CatalogueError, dataTypeOf } from "./catalogue.ts";

Deno.test("Catalogue knows the exchanges of the contract and finds them in any case", () => {
  const catalogue = new Catalogue();
  const partitions = catalogue.exchanges().map(({ code, partitions }) => `${code} ${partitions}`);
  assert.deepEqual(partitions, ["ASX 30", "BINANCE 40", "KRAKEN 20", "COINBASE 20", "NYSE 20", "NASDAQ 20", "CME 20"]);
  assert.equal(catalogue.exchange("asx"), catalogue.exchange("ASX", "equities"));
  assert.equal(catalogue.exchange("Asx").timeZone, "Australia/Sydney");
  assert.equal(catalogue.has("kraken"), true);
  assert.equal(catalogue.has("XETRA"), false);
});

Deno.test("Catalogue.currencyOf() is null where there is no single currency or no such exchange", () => {
  const catalogue = new Catalogue();
  assert.equal(catalogue.currencyOf("asx"), "AUD");
  assert.equal(catalogue.currencyOf("binance"), null);
  assert.equal(catalogue.currencyOf("unknown"), null);
});

Deno.test("Catalogue.exchange() refuses an unknown exchange with the closest name, or all names", () => {
  const catalogue = new Catalogue();
  const failure = (code: string) => {
    try {
      catalogue.exchange(code);
    } catch (error) {
      assert.ok(error instanceof CatalogueError);
      assert.equal(error.code, "unknown_exchange");
      assert.equal(error.details.value, code);
      return error.message;
    }
    assert.fail(`${code} was found`);
  };
  assert.match(failure("binanec"), /Did you mean "BINANCE"\?/);
  assert.match(
    failure("XETRA"),
    /Known exchanges: ASX, BINANCE, KRAKEN, COINBASE, NYSE, NASDAQ, CME\..*\{"exchanges":\{"xetra":/,
  );
  assert.match(failure("__proto__"), /is not in the catalogue/);
});

Deno.test("Catalogue.exchange() refuses an asset class that the exchange does not trade", () => {
  assert.throws(
    () => new Catalogue().exchange("BINANCE", "equities"),
    { name: "CatalogueError", code: "not_traded_there", message: /BINANCE does not trade equities, only crypto/ },
  );
});

Deno.test("Catalogue changes built-in exchanges and adds new ones from the settings", () => {
  const catalogue = new Catalogue({ asx: { partitions: 4 }, nyse: { currency: "USD", timeZone: "America/New_York" } });
  assert.equal(catalogue.exchange("ASX").partitions, 4);
  assert.equal(catalogue.exchange("ASX").currency, "AUD");
  const added = catalogue.exchange("NYSE", "options");
  assert.deepEqual([added.code, added.partitions, added.currency], ["NYSE", 20, "USD"]);
});

Deno.test("assetClassOf() and dataTypeOf() fold case and refuse other words with a suggestion", () => {
  assert.equal(assetClassOf("Equities"), "equities");
  assert.equal(dataTypeOf("TRADES"), "trades");
  assert.throws(() => assetClassOf("equites"), { code: "unknown_asset_class", message: /Did you mean "equities"\?/ });
  assert.throws(() => dataTypeOf("ticks!"), { code: "unknown_data_type", message: /Data types: trades, quotes/ });
});
