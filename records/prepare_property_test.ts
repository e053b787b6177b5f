/** A v1 record is converted once and read once: with the outcome of converting it and then checking what came out. */
import fc from "fast-check";
import assert from "node:assert/strict";
import { Catalogue } from "../config/catalogue.ts";
import type { RecordKind, RecordV2, Unscaled } from "../schemas/record_types.ts";
import { destination, given, instants, outcomeOf, RECORDS } from "../tests/support/program_records.ts";
import { type Destination, prepareRecord } from "./prepare.ts";
import { convertQuoteV1ToV2, type PlainQuote } from "./quote/convert.ts";
import { convertReferenceDataV1ToV2, type PlainReferenceData } from "./reference_data/convert.ts";
import { convertTradeV1ToV2, type PlainTrade } from "./trade/convert.ts";
import { recordVersionOf, validateUnscaled } from "./validate.ts";
import { requireLikely } from "./values/likely_instants.ts";

const catalogue = new Catalogue();

/** By the public conversion, and all of the check of a v2 record after it. */
function convertedAndChecked(kind: RecordKind, value: object, destination: Destination): Unscaled<RecordV2> {
  const { exchange, assetClass } = destination;
  const version = recordVersionOf(kind, value);
  const v2 = version === "v2" ? value : converted(kind, value, destination);
  const record: Unscaled<RecordV2> = validateUnscaled(kind, "v2", v2, { exchange, assetClass });
  requireLikely(record, version, instants);
  return record;
}

function converted(kind: RecordKind, value: object, { exchange, assetClass }: Destination): RecordV2 {
  const defaults = { exchange, assetClass, catalogue };
  // What comes from a program without types is what the conversions refuse.
  switch (kind) {
    case "trade":
      return convertTradeV1ToV2(value as PlainTrade, defaults);
    case "quote":
      return convertQuoteV1ToV2(value as PlainQuote, defaults);
    case "reference_data":
      return convertReferenceDataV1ToV2(value as PlainReferenceData, defaults);
  }
}

for (const kind of ["trade", "quote", "reference_data"] as const) {
  Deno.test(`prepareRecord() makes of any ${kind} what converting it, and checking what came out, does`, () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(given(kind, RECORDS[kind]), destination, (value, to) => {
        const outcome = outcomeOf(value, () => prepareRecord(kind, value, to));
        assert.deepEqual(outcome, outcomeOf(value, () => convertedAndChecked(kind, value, to)));
        seen[typeof outcome === "object" && outcome !== null && "rule" in outcome ? "refused" : "taken"] += 1;
      }),
      { numRuns: 2_000 },
    );
    assert.ok(seen.taken > 50 && seen.refused > 50, JSON.stringify(seen));
  });
}
