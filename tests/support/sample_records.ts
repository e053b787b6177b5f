/**
 * For tests: trades in a log.
 *
 * @module
 */
import { Decimal } from "decimal.js";
import { codecFor } from "../../schemas/codec.ts";
import { loadSchema } from "../../schemas/load.ts";
import type { TradeV2 } from "../../schemas/record_types.ts";
import { frame } from "../../schemas/avro/wire.ts";
import type { Log, LogRecord } from "../../transport/log.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** Default subject of v2 trades. */
export const TRADE_SUBJECT = "market.equities.trades-value";

/** The trade with number `index` of its symbol. */
export function testTrade(symbol: string, index: number): TradeV2 {
  return {
    message_id: `00000000-0000-8000-8000-${String(index).padStart(12, "0")}`,
    trade_id: `ASX-${symbol}-${index}`,
    symbol,
    exchange: "ASX",
    asset_class: "equities",
    timestamp: 1_700_000_000_000_000 + index,
    price: new Decimal("45.67"),
    quantity: new Decimal(1000 + index),
    currency: "AUD",
    side: "UNKNOWN",
    trade_conditions: [],
    source_sequence: index,
    ingestion_timestamp: 1_700_000_000_000_000,
    platform_sequence: null,
    vendor_data: null,
  };
}

/** Registers the v2 trade schema and makes framed records of trades, one millisecond apart. */
export async function tradeRecords(
  registry: SchemaRegistry,
  { symbol, count }: { readonly symbol: string; readonly count: number },
): Promise<readonly LogRecord[]> {
  const id = await registry.register(TRADE_SUBJECT, loadSchema("trade", "v2").text);
  const codec = codecFor("trade", "v2");
  return Array.from({ length: count }, (_, index) => ({
    key: new TextEncoder().encode(symbol),
    value: frame(id, codec.encode(testTrade(symbol, index))),
    timestamp: 1_700_000_000_000 + index,
  }));
}

/** Writes records to the partition of their key, or to a given one. */
export async function store(
  log: Log,
  { topic, records, partition }: {
    readonly topic: string;
    readonly records: readonly LogRecord[];
    readonly partition?: number;
  },
): Promise<void> {
  const description = await log.admin.describeTopic(topic);
  const [first] = records;
  if (description === null || first === undefined) throw new Error(`there is no topic ${topic}, or nothing to store`);
  const producer = await log.createProducer();
  const place = partition ?? partitionFor(first.key ?? new Uint8Array(), description.partitions, "murmur2");
  const outcome = await producer.send(topic, place, records);
  if (outcome.type !== "stored") throw outcome.error;
  await producer.close();
}
