import assert from "node:assert/strict";
import { ASSET_CLASSES } from "../../config/catalogue.ts";
import { toAssetClass, toTradeSide, TRADE_SIDES } from "./enums.ts";

Deno.test("toTradeSide() folds case and knows short", () => {
  assert.deepEqual(
    ["buy", "Sell", "SELL_SHORT", "short", "Short", "unknown"].map((text) => toTradeSide(text, "side")),
    [
      "BUY",
      "SELL",
      "SELL_SHORT",
      "SELL_SHORT",
      "SELL_SHORT",
      "UNKNOWN",
    ],
  );
  for (const side of TRADE_SIDES) assert.equal(toTradeSide(side, "side"), side);
});

Deno.test("toAssetClass() folds case", () => {
  for (const assetClass of ASSET_CLASSES) {
    assert.equal(toAssetClass(assetClass, "asset_class"), assetClass);
    assert.equal(toAssetClass(assetClass.toUpperCase(), "asset_class"), assetClass);
  }
});

Deno.test("toTradeSide() and toAssetClass() refuse what is not in the enum", () => {
  for (const value of ["", "b", "BUY ", "sell-short", "constructor", "__proto__"]) {
    assert.throws(() => toTradeSide(value, "side"), { rule: "unknown_enum", field: "side", value });
    assert.throws(() => toAssetClass(value, "assetClass"), { rule: "unknown_enum", field: "assetClass", value });
  }
  assert.throws(() => toTradeSide(undefined, "side"), { rule: "missing" });
  assert.throws(() => toTradeSide(null, "side"), { rule: "missing" });
  assert.throws(() => toTradeSide(1, "side"), { rule: "wrong_type", message: /BUY, SELL, SELL_SHORT, UNKNOWN/ });
});
