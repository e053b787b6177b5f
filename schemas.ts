/**
 * The Avro schemas of v1 and v2 and their codecs, without Kafka: for consumers, and for other producers.
 *
 * @example
 * ```ts
 * import { codecFor, frame, loadSchema, parseFrame } from "tickflume/schemas";
 * import assert from "node:assert/strict";
 *
 * assert.equal(loadSchema("trade", "v2").fullName, "com.k2.marketdata.TradeV2");
 * const value = frame(7, new Uint8Array([1, 2, 3])); // as it stands in Kafka
 * assert.equal(parseFrame(value).schemaId, 7);
 * assert.ok(codecFor("trade", "v2"));
 * ```
 *
 * @module
 */
export { codecFor, DecodeError, EncodeError, type RecordCodec } from "./schemas/codec.ts";
export { type LoadedSchema, loadSchema, UnknownSchemaVersionError } from "./schemas/load.ts";
export { type Frame, frame, parseFrame } from "./schemas/avro/wire.ts";
export type {
  AssetClass,
  DataType,
  Decimal,
  MarketRecord,
  QuoteV1,
  QuoteV2,
  RecordKind,
  RecordTypes,
  RecordV1,
  RecordV2,
  ReferenceDataV1,
  ReferenceDataV2,
  SchemaVersion,
  TradeSide,
  TradeV1,
  TradeV2,
  Unscaled,
  VendorData,
} from "./schemas/record_types.ts";
