import { Decimal } from "decimal.js";
import fc from "fast-check";
import assert from "node:assert/strict";
import { ASSET_CLASSES } from "../../config/catalogue.ts";
import { DECIMAL_V2, toUnscaled, unscaledToText } from "./decimal.ts";
import { unscaledOfBytes } from "../../tests/support/unscaled_bytes.ts";
import { SIGNED_V1, SIGNED_V2 } from "./price_sign.ts";
import { buildQuoteV2 } from "../quote/build.ts";
import { buildTradeV1, buildTradeV2 } from "../trade/build.ts";
import { convertTradeV1ToV2, convertTradeV2ToV1 } from "../trade/convert.ts";
import { validateRecord } from "../validate.ts";

const TRADE = {
  symbol: "CLK0",
  exchange: "CME",
  timestamp: "2020-04-20T18:08:00Z",
  quantity: 10,
  currency: "USD",
  vendorData: { company_id: "1" },
};

Deno.test("toUnscaled() takes a minus sign where the format is signed: the negative of the value without it", () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 18n - 1n), fc.constantFrom(SIGNED_V1, SIGNED_V2), (unscaled, format) => {
      const text = unscaledToText(unscaled, format.scale);
      const forms = [`-${text}`, new Decimal(`-${text}`), ...(text.length < 15 ? [-Number(text)] : [])];
      for (const form of forms) assert.equal(toUnscaled(form, format, "price"), -unscaled);
      const bytes = new TextEncoder().encode(`-${text}`);
      assert.equal(unscaledOfBytes(bytes, { format, field: "price" }), -unscaled);
      assert.equal(toUnscaled(text, format, "price"), unscaled);
    }),
  );
});

Deno.test("toUnscaled() refuses other signs, and more digits, of a signed format as of any other", () => {
  const cases = [
    ["-", "not_a_number"],
    ["--1", "not_a_number"],
    ["-+1", "not_a_number"],
    ["+1", "not_a_number"],
    ["-1-", "not_a_number"],
    ["-Infinity", "not_finite"],
    ["-1,234.5", "grouping"],
    ["-10000000000", "too_many_integer_digits"],
    ["-0.123456789", "too_many_decimals"],
    [-(10n ** 10n), "too_many_integer_digits"],
  ] as const;
  for (const [value, rule] of cases) {
    assert.throws(() => toUnscaled(value, SIGNED_V2, "price"), { rule, value }, String(value));
  }
  for (const zero of ["-0", "-0.000", -0, new Decimal(-0)]) assert.equal(toUnscaled(zero, SIGNED_V2, "price"), 0n);
  assert.throws(() => toUnscaled("-0", DECIMAL_V2, "price"), { rule: "negative" });
});

Deno.test("builders, checks and conversions take a negative price of futures and options, and of nothing else", () => {
  for (const assetClass of ASSET_CLASSES) {
    const isSigned = assetClass === "futures" || assetClass === "options";
    const trade = () => buildTradeV2({ ...TRADE, assetClass, price: "-37.63" });
    if (!isSigned) {
      assert.throws(trade, { rule: "negative", field: "price" });
      assert.throws(
        () => convertTradeV1ToV2({ symbol: "X", timestamp: TRADE.timestamp, price: "-1", volume: 1 }, { assetClass }),
        {
          rule: "negative",
          field: "price",
        },
      );
      continue;
    }
    const made = trade();
    assert.equal(made.price.toString(), "-37.63");
    const v1 = convertTradeV2ToV1(made);
    assert.equal(v1.price.toString(), "-37.63");
    assert.equal(validateRecord("trade", "v1", v1, { assetClass }).price.toString(), "-37.63");
    assert.throws(() => validateRecord("trade", "v1", v1, { assetClass: "equities" }), { rule: "negative" });
    assert.throws(
      () => validateRecord("trade", "v1", v1),
      { rule: "negative" },
      "a v1 record does not say what it is of",
    );
    assert.equal(convertTradeV1ToV2(v1, { assetClass, exchange: "CME" }).price.toString(), "-37.63");
    assert.throws(() => buildTradeV2({ ...TRADE, assetClass, price: 1, quantity: -1 }), {
      rule: "negative",
      field: "quantity",
    });
    const quote = {
      ...TRADE,
      quantity: undefined,
      assetClass,
      bidPrice: "-0.25",
      askPrice: "-0",
      bidQuantity: 5,
      askQuantity: 3,
    };
    const { quantity: _, ...options } = quote;
    assert.deepEqual(String(buildQuoteV2(options).bid_price), "-0.25");
  }
  assert.throws(
    () => buildTradeV1({ symbol: "X", companyId: 1, timestamp: TRADE.timestamp, price: "-1", volume: 1 }),
    { rule: "negative" },
  );
});

Deno.test("conversion to v1 refuses an instant of which v2 keeps more than milliseconds", () => {
  const trade = buildTradeV2({ ...TRADE, assetClass: "futures", price: 1 });
  const withNanos = (timestamp_ns: string) => ({ ...trade, vendor_data: { company_id: "1", timestamp_ns } });
  assert.throws(() => convertTradeV2ToV1(withNanos("1587406080000000001")), {
    rule: "lossy",
    field: "vendor_data.timestamp_ns",
  });
  assert.equal(convertTradeV2ToV1(withNanos("1587406080000000000")).exchange_timestamp, 1_587_406_080_000);
});
