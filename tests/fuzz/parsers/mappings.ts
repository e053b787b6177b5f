/**
 * Mappings, and rows by mappings.
 *
 * @module
 */
import { ConfigError } from "../../../config/config_error.ts";
import { OpenInstant } from "../../../records/ids/open_instant.ts";
import { parseMapping } from "../../../sources/formats/mapping/parse_mapping.ts";
import { rowSettingsOf } from "../../../sources/formats/row_options.ts";
import { SourceError } from "../../../sources/source.ts";
import { ACCEPTED, expect, type FuzzTarget, looseText } from "../fuzz_target.ts";

export const mappings: FuzzTarget = {
  name: "mappings",
  run(input) {
    try {
      parseMapping(looseText(input), "mine.json");
      return ACCEPTED;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      expect(error.problems.length > 0, () => "a refused mapping has a problem");
      return "refused";
    }
  },
};

const COLUMNS = [
  "ticker",
  "conditions",
  "correction",
  "exchange",
  "id",
  "participant_timestamp",
  "price",
  "sequence_number",
  "sip_timestamp",
  "size",
  "tape",
  "trf_id",
  "trf_timestamp",
];

export const vendorRows: FuzzTarget = {
  name: "vendor_rows",
  run(input) {
    const settings = rowSettingsOf({
      format: "massive-trades",
      kind: "trade",
      exchange: "NYSE",
      assetClass: "equities",
      timeZone: "America/New_York",
    }, "trades.csv");
    const parser = settings.layout.parser(settings, { instant: new OpenInstant(), fields: COLUMNS });
    const { length } = input;
    try {
      const row = parser.parse({ row: 1, line: 2, offset: 0, length, buffer: input, start: 0, end: length });
      return row.ok ? ACCEPTED : row.rule;
    } catch (error) {
      if (error instanceof SourceError) return error.code;
      throw error;
    }
  },
};
