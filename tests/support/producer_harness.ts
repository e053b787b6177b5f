/** For tests: an embedded producer on the in-memory log and registry, on a manual clock. */
import assert from "node:assert/strict";
import { ManualClock } from "../../kernel/testing.ts";
import { MarketDataProducer } from "../../producer/market_data_producer.ts";
import type { MarketDataProducerOptions } from "../../producer/options.ts";
import type { WrittenCopy } from "../../producer/receipt.ts";
import { buildTradeV2, type TradeV2Input } from "../../records/trade/build.ts";
import { codecFor } from "../../schemas/codec.ts";
import {
  DATA_TYPE_OF,
  type RecordKind,
  type RecordTypes,
  type SchemaVersion,
  type TradeV2,
} from "../../schemas/record_types.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import type { StoredRecord } from "../../transport/log.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";

export const TRADES = "market.equities.trades.asx";

export interface ProducerBench {
  readonly clock: ManualClock;
  readonly log: MemoryLog;
  readonly registry: MemoryRegistry;
  readonly events: RuntimeEvent[];
  readonly producer: MarketDataProducer;
}

/** Runs a test with a producer, closes it, and asserts that the log port's rule of use was kept. */
export async function withProducer(
  run: (bench: ProducerBench) => Promise<void>,
  options: MarketDataProducerOptions = {},
): Promise<void> {
  const clock = new ManualClock();
  const log = new MemoryLog({ clock });
  const registry = new MemoryRegistry({ clock });
  const events: RuntimeEvent[] = [];
  const producer = await MarketDataProducer.start({
    ports: { log, registry, clock },
    observe: (event) => events.push(event),
    ...options,
  });
  try {
    await run({ clock, log, registry, events, producer });
  } finally {
    log.broker.faults.clear();
    registry.server.faults.clear();
    await settle(clock, producer.close());
    await settle(clock, log.close());
  }
  assert.deepEqual(log.broker.misuses, []);
}

/** Advances the clock until the promise has settled. */
export async function settle<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await clock.runUntilIdle();
  for (let step = 0; !settled; step++) {
    if (step === 10_000) assert.fail("It did not settle");
    await clock.advance(100);
  }
  return await promise;
}

/** The reason of a rejection, which must be of the class. */
export async function rejection<E extends Error>(
  promise: Promise<unknown>,
  // A class of errors with any constructor.
  type: abstract new (...args: never[]) => E,
): Promise<E> {
  const cause: unknown = await promise.then(() => assert.fail("It must reject"), (cause: unknown) => cause);
  assert.ok(cause instanceof type, `It rejected with ${String(cause)}`);
  return cause;
}

/** The trade of the contract's example, or another one. */
export function exampleTrade(changes: Partial<TradeV2Input> = {}): TradeV2 {
  return buildTradeV2({
    symbol: "BHP",
    exchange: "ASX",
    assetClass: "equities",
    timestamp: "2014-03-10T10:00:06.717+11:00",
    price: "45.67",
    quantity: "1000",
    currency: "AUD",
    side: "BUY",
    vendorData: { company_id: "123" },
    ...changes,
  });
}

/** The record at the place that a receipt names. */
export function storedAt(log: MemoryLog, { topic, partition, offset }: WrittenCopy): StoredRecord {
  const record = log.broker.records(topic, partition).find((candidate) => candidate.offset === offset);
  assert.ok(record !== undefined, `Nothing at ${topic}/${partition}/${offset}`);
  return record;
}

/** The record of a receipt, decoded as its version; the schema must be that of the subject. */
export async function decodedAt<K extends RecordKind, V extends SchemaVersion>(
  { log, registry }: ProducerBench,
  copy: WrittenCopy,
  { kind, version }: { readonly kind: K; readonly version: V },
): Promise<RecordTypes[K][V]> {
  assert.equal(copy.schemaVersion, version);
  const { schemaId, body } = parseFrame(storedAt(log, copy).value ?? new Uint8Array(0));
  const subject = `market.equities.${DATA_TYPE_OF[kind]}${version === "v1" ? ".v1" : ""}-value`;
  assert.equal((await registry.version(subject, "latest")).id, schemaId);
  return codecFor(kind, version).decode(body);
}

/** Every record of a topic, by partition. */
export function allRecords(log: MemoryLog, topic = TRADES): StoredRecord[] {
  return (log.broker.topic(topic)?.partitions ?? []).flatMap(({ records }) => records);
}

/** A record as JSON would show it: decimals and long sequences as text. */
export function plain(record: unknown): unknown {
  return JSON.parse(JSON.stringify(record, (_, value: unknown) => typeof value === "bigint" ? `${value}n` : value));
}

export const utf8 = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? new Uint8Array(0));
