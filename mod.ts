// Where things are, from the bottom up:
//
//   schemas/      the .avsc of v1 and v2, codecs, compatibility     records/     builders, conversions, decimals, ids
//   telemetry/    events, their words, log output                   config/      settings, catalogue, names of topics
//   transport/    ports of log and registry; kafka (kafkajs, platformatic), confluent, embedded, memory
//   sources/      files, rows and formats; pushed rows              state/       checkpoints, marks, dead letters, lock
//   actors/       source, converter, producer, stores; kernel/ is the actor system itself
//   runtime/resuming/     where a source starts after the process has ended
//   runtime.ts    the supervision tree                              producer/   calls in, receipts out
//   scripts/      the command line and the repository's own tools   tests/ bench/ examples/ docs/

/**
 * tickflume: market data into Kafka, so that nothing is lost, nothing is rounded and no schema change stops the stream.
 *
 * - {@link MarketDataProducer} writes records from your program and gives a receipt for each.
 * - {@link startRuntime} runs the whole actor tree with your own sources and ports.
 * - `build…` and `convert…` make records of either schema version, exactly.
 *
 * @example
 * ```ts
 * import { buildTradeV2, convertTradeV2ToV1 } from "tickflume";
 *
 * const trade = buildTradeV2({
 *   symbol: "BHP",
 *   exchange: "ASX",
 *   assetClass: "equities",
 *   timestamp: "2014-03-10T10:00:06.717+11:00",
 *   price: "45.67",
 *   quantity: "1000",
 *   currency: "AUD",
 *   side: "BUY",
 *   vendorData: { company_id: "123" },
 * });
 * console.log(trade.price.toString()); // 45.67
 * console.log(convertTradeV2ToV1(trade).volume); // 1000
 * ```
 *
 * @module
 */

// Producing.
export { MarketDataProducer, type ProducerStats } from "./producer/market_data_producer.ts";
export type { MarketDataProducerOptions } from "./producer/options.ts";
export type { QuoteInput, ReferenceDataInput, TradeInput } from "./producer/input.ts";
export type { ProduceReceipt, WrittenCopy } from "./producer/receipt.ts";
export { BatchError, type BatchFailure } from "./producer/batch.ts";
export { OutcomeUnknownError, ProducerClosedError, ProducerFullError, RecordRefusedError } from "./producer/errors.ts";

// Running the whole tree.
export {
  type Runtime,
  RuntimeEndedError,
  type RuntimePorts,
  type SourceHandle,
  type SourceOptions,
  startRuntime,
} from "./runtime.ts";
export { type LetterLimit, type RowsSoFar, TooManyDeadLettersError } from "./actors/delivery/letter_limit.ts";
export { type Clock, systemClock } from "./kernel/clock.ts";
export { ConnectError, type SilentServer } from "./runtime/first_contact.ts";
export { ActorFailedError } from "./kernel/errors.ts";
export type { AccountTotals } from "./actors/delivery/account.ts";
export { type PaceTurn, RowPace, type RowPaceOptions } from "./actors/sources/row_pace.ts";
export type { DeadLetterSink } from "./actors/stores/dead_letters.ts";
export { TopicParkedError } from "./actors/delivery/delivery.ts";
export type { Epoch } from "./actors/messages.ts";
export type { VersionFlag } from "./config/version_flag.ts";
export type { SourceEnd } from "./actors/sources/source.ts";
export { type TopicRefusal, TopicRefusedError } from "./actors/topic_refused_error.ts";
export { LoadRefusedError } from "./runtime/resuming/load_refused_error.ts";
export { settingsFrom } from "./config/load_settings.ts";
export type { Settings, SettingsInput } from "./config/settings.ts";
export { CatalogueError } from "./config/catalogue.ts";
export { ConfigError } from "./config/config_error.ts";
export { TopicNameError } from "./config/topics.ts";
export type { Observer, RuntimeEvent } from "./telemetry/events.ts";

// Sources and dead letters.
export { type FileFormat, type FileSourceOptions, openFileSource } from "./sources/files/file_source.ts";
export {
  type BadRow,
  type GoodRow,
  type HeldBack,
  type RowBatch,
  type RowReader,
  type RowSource,
  SourceError,
  type SourcePosition,
  type SourceRow,
} from "./sources/source.ts";
export {
  type PushOptions,
  PushSource,
  PushSourceClosedError,
  type PushSourceOptions,
  type RowCall,
} from "./sources/push_source.ts";
export { StateDatabase } from "./state/database.ts";
export { type DeadLetter, DeadLetterStore } from "./state/dead_letters.ts";
export { DataDirLockedError, DataDirUnusableError, lockDataDir } from "./state/lock.ts";

// Log and registry.
export { type Log, LogError, type LogErrorCode } from "./transport/log.ts";
export { RegistryError, type RegistryErrorCode, type SchemaRegistry } from "./transport/registry.ts";
export { openTransport, type Transport, type TransportOptions } from "./transport/open.ts";
export { transportOptionsOf } from "./runtime/transport_options.ts";

// Records and schemas: doors of their own, for programs that need no Kafka.
export * from "./records.ts";
export * from "./schemas.ts";
