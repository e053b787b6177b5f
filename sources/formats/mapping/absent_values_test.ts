/** Why a row without a value that it must have is refused, by what stands in its place. */
import assert from "node:assert/strict";
import { readVendorFile } from "../../../tests/support/vendor_file.ts";
import { formatOf } from "./mapped_format.ts";
import { checkMapping } from "./parse_mapping.ts";

const NONE = "9223372036854775807";

const format = (dataType: "trades" | "quotes", fields: object, more: object = {}) =>
  formatOf([checkMapping({
    name: "mine",
    summary: "x",
    dataType,
    rows: { form: "json" },
    fields: {
      symbol: "s",
      timestamp: { as: "epoch", from: "t", unit: "ms" },
      currency: { constant: "USD" },
      ...fields,
    },
    ...more,
  }, "mine.json")]);

const QUOTE = {
  bid_price: { from: "bid.px", missing: [NONE] },
  bid_quantity: "bid.sz",
  ask_price: { from: "ask.px", missing: [NONE] },
  ask_quantity: "ask.sz",
};
const TRADE = { price: { from: "p", shift: 9, missing: [NONE] }, quantity: "q" };

/** The reason of the one row, without its rule's words; null if it is a record. */
async function reasonOf(about: ReturnType<typeof format>, row: object): Promise<string | null> {
  const line = JSON.stringify({ s: "X", t: 1_714_989_600_000, ...row });
  const { rows: [only] } = await readVendorFile({ format: about, name: "a.ndjson", lines: [line] });
  assert.ok(only !== undefined);
  return only.ok ? null : only.reason;
}

Deno.test("a quote with neither side is refused as that, whatever its sides are called", async () => {
  const side = { px: "1.5", sz: 2 }, zero = { px: 0, sz: 0 }, none = { px: NONE, sz: 0 };
  for (const more of [{}, { oneSided: "absent" }, { oneSided: "refuse", zeroIs: "noSide" }] as const) {
    const about = format("quotes", QUOTE, more);
    const neither = [{ bid: null, ask: null }, {}, { bid: none, ask: null }, { bid: {}, ask: none }];
    for (const row of "zeroIs" in more ? [...neither, { bid: zero, ask: zero }, { bid: zero, ask: null }] : neither) {
      const reason = await reasonOf(about, row);
      assert.match(String(reason), /\(missing\).* The row has neither side, bid nor ask: it is no quote\.$/);
    }
    assert.equal(await reasonOf(about, { bid: side, ask: side }), null);
    const half = await reasonOf(about, { bid: side, ask: null });
    if ("oneSided" in more && more.oneSided === "absent") assert.equal(half, null);
    else assert.match(String(half), /"oneSided": "absent" in the mapping/);
  }
});

Deno.test("a value that the mapping calls none is quoted in the reason, and an empty one is not", async () => {
  const trades = format("trades", TRADE);
  assert.equal(await reasonOf(trades, { p: 10, q: 1 }), null);
  assert.equal(
    await reasonOf(trades, { p: NONE, q: 1 }),
    `p "${NONE}" is refused (missing): a value is required. The mapping calls this no value, under "missing".`,
  );
  assert.match(String(await reasonOf(trades, { p: null, q: 1 })), /^p "" is refused \(empty\)/);
  const quotes = format("quotes", QUOTE, { oneSided: "refuse" });
  const reason = await reasonOf(quotes, { bid: { px: NONE, sz: 0 }, ask: { px: 1, sz: 1 } });
  assert.match(
    String(reason),
    new RegExp(`^bid.px "${NONE}" is refused \\(missing\\).*"oneSided": "absent" in the mapping`),
  );
  const half = await reasonOf(quotes, { bid: { px: NONE, sz: 5 }, ask: { px: 1, sz: 1 } });
  assert.match(String(half), new RegExp(`^bid.px "${NONE}" is refused \\(missing\\).*calls this no value`));
});
