/**
 * Every parser of text or bytes that comes from outside.
 *
 * @module
 */
import type { FuzzTarget } from "./fuzz_target.ts";
import { avroBody, avroGeneric, schemaText, wireFrame } from "./parsers/avro.ts";
import { instantCells, jsonCells, valueCells } from "./parsers/cells.ts";
import { decimals } from "./parsers/decimals.ts";
import { companyTable, configFile } from "./parsers/files.ts";
import { storedIds, uuids } from "./parsers/identities.ts";
import { delimitedCells, lineReader } from "./parsers/lines.ts";
import { mappings, vendorRows } from "./parsers/mappings.ts";
import { asxQuotes, asxTrades, csvHeader, csvRows, jsonRow, jsonRows, recordRows } from "./parsers/rows.ts";
import { checkpointBody, deadLetter } from "./parsers/stored.ts";
import { dates, instants, localTimes } from "./parsers/times.ts";

/** In the order of the table. */
export const PARSERS: readonly FuzzTarget[] = [
  lineReader,
  delimitedCells,
  csvHeader,
  csvRows,
  asxTrades,
  asxQuotes,
  jsonRow,
  jsonRows,
  recordRows,
  jsonCells,
  instantCells,
  valueCells,
  mappings,
  vendorRows,
  companyTable,
  decimals,
  instants,
  localTimes,
  dates,
  uuids,
  storedIds,
  configFile,
  wireFrame,
  avroBody,
  avroGeneric,
  schemaText,
  checkpointBody,
  deadLetter,
];
