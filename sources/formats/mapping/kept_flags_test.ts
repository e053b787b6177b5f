import assert from "node:assert/strict";
import { join } from "node:path";
import { FIXED_CLOCK } from "../../../tests/support/source_input.ts";
import { openFileSource } from "../../files/file_source.ts";
import { formatOf } from "./mapped_format.ts";
import { parseMapping } from "./parse_mapping.ts";

const MAPPING = {
  name: "flags",
  summary: "rows with flags",
  dataType: "trades",
  rows: { form: "json" },
  fields: {
    symbol: "s",
    timestamp: { as: "epoch", from: "t", unit: "ms" },
    price: "p",
    quantity: "q",
    venue: { from: "lit", words: { true: "LIT", false: "DARK" } },
  },
  vendorData: { block: "block", odd_lot: { from: "odd", missing: ["false"] }, number: "n" },
};

Deno.test("a mapping keeps flags of JSON as texts, and gives them words", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.ndjson"), row = `"s":"BHP","t":1680000000123,"p":"1.5","q":2,"n":7.50`;
    await Deno.writeTextFile(
      path,
      `{${row},"lit":true,"block":false,"odd":"true"}\n{${row},"lit":false,"block":true,"odd":"false"}\n{${row},"lit":null,"block":[true]}\n`,
    );
    const source = openFileSource({
      path,
      format: formatOf([parseMapping(JSON.stringify(MAPPING), "flags.json")]),
      kind: "trade",
      exchange: "ASX",
      assetClass: "equities",
      currency: "AUD",
      timeZone: "UTC",
      clock: FIXED_CLOCK,
    });
    const reader = await source.open();
    const rows = (await reader.next(10))?.rows ?? [];
    await reader.close();
    assert.deepEqual(rows.map((row) => row.ok ? { ...row.record.vendor_data } : row.rule), [
      { venue: "LIT", block: "false", odd_lot: "true", number: "7.50" },
      { venue: "DARK", block: "true", number: "7.50" },
      "wrong_type",
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
