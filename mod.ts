// Where things are, from the bottom up; docs/design.md says what may import what, docs/glossary.md what the words mean.
//
//   kernel/     actors, supervisors, clock, back-off       storage/    one layer over SQLite files, limits of the system
//   telemetry/  events, their words, log lines             schemas/    the .avsc of v1 and v2, codecs; avro/
//   config/     settings, exchanges, names of topics       records/    kinds, values/ ids/ columns/; content/ of files
//   transport/  ports of log and registry; kafka/ kafkajs/ platformatic/ confluent/ embedded/ memory/
//   sources/    the port, pushed rows, dead letters; files/ formats/ (formats/advice/ says what to change)
//   state/      checkpoints, dead letters, marks, lock
//   actors/     sources/ converters/ producers/ lookup/ stores/: the branches of the tree; they share
//               delivery/ (what became of rows; outlives an actor) and encoding/ (rows to bytes)
//   runtime/    the tree, the targets; resuming/ finds where a source starts. runtime.ts is its public face
//   producer/   MarketDataProducer: calls in, receipts out
//   cli/        the command line                           scripts/    the repository's own tools
//   tests/ bench/ examples/ docs/

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
export type { Fillable, QuoteInput, ReferenceDataInput, TradeInput } from "./producer/input.ts";
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
export { type Clock, systemClock, type Timer } from "./kernel/clock.ts";
export type {
  ActorFailure,
  DeadLetterReason,
  KernelEvent,
  StopReason,
  SystemEnd,
  TreeSnapshot,
} from "./kernel/types.ts";
export { ConnectError, type Server, type SilentServer } from "./runtime/first_contact.ts";
export { ActorFailedError } from "./kernel/errors.ts";
export type { Account, AccountTotals } from "./actors/delivery/account.ts";
export type { RowAcknowledged } from "./actors/delivery/pending_batch.ts";
export type { SettledCounts } from "./state/checkpoint.ts";
export { type PaceTurn, RowPace, type RowPaceOptions } from "./actors/sources/row_pace.ts";
export type { DeadLetterSink } from "./actors/stores/dead_letters.ts";
export { type Refusal, type RowReceipt, TopicParkedError } from "./actors/delivery/delivery.ts";
export type { Epoch, RowTarget } from "./actors/messages.ts";
export type { VersionFlag } from "./config/version_flag.ts";
export type { SourceEnd } from "./actors/sources/source_actor_options.ts";
export { type TopicRefusal, TopicRefusedError } from "./actors/topic_refused_error.ts";
export { LoadRefusedError } from "./runtime/resuming/load_refused_error.ts";
export type { CheckpointReason } from "./runtime/resuming/verify_checkpoint.ts";
export { settingsFrom } from "./config/load_settings.ts";
export type {
  EmbeddedSettings,
  ExchangeSettings,
  KafkaSettings,
  Partitioner,
  PipelineSettings,
  RegistryAuthSettings,
  RegistrySettings,
  SaslSettings,
  SchemaSettings,
  Settings,
  SettingsInput,
  TlsSettings,
  TopicPatternSettings,
  TopicSettings,
} from "./config/settings.ts";
export { CatalogueError, type CatalogueErrorCode } from "./config/catalogue.ts";
export { ConfigError, type ConfigProblem } from "./config/config_error.ts";
export { TopicNameError } from "./config/topics.ts";
export type { DomainEvent, Observer, RuntimeEvent } from "./telemetry/events.ts";

// Sources and dead letters.
export { type FileFormat, type FileSourceOptions, openFileSource } from "./sources/files/file_source.ts";
export type { Format } from "./sources/formats/format.ts";
export { readFormat } from "./sources/formats/read_format.ts";
export {
  type BadRow,
  type Dataset,
  type GoodRow,
  type HeldBack,
  type RowBatch,
  type RowPlace,
  type RowReader,
  type RowSource,
  SourceError,
  type SourceErrorCode,
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
export type { RowOptions } from "./sources/formats/row_options.ts";
export type { EndDateMeaning, FinerInstants } from "./sources/formats/format.ts";
export type { TimeUnit } from "./records/values/epoch_number.ts";
export { ROW_FORM_RULES, type RowFormRule, type RowRule } from "./records/row_rules.ts";
export type { SqliteFile } from "./storage/sqlite_file.ts";
export { StateDatabase, type StateDatabaseOptions } from "./state/database.ts";
export {
  type DeadLetter,
  type DeadLetterFilter,
  type DeadLetterGroup,
  type DeadLetterListOptions,
  type DeadLetterStage,
  type DeadLetterState,
  DeadLetterStore,
  type Retirement,
  type StoredDeadLetter,
} from "./state/dead_letters.ts";
export type { DeadLetterExport, DeadLetterExportOptions, ExportedSegment } from "./state/dead_letter_export.ts";
export type { DeadLetterRule, WritingRule } from "./state/dead_letter_rules.ts";
export {
  type DataDirLock,
  DataDirLockedError,
  DataDirUnusableError,
  lockDataDir,
  type LockHolder,
  type LockOptions,
} from "./state/lock.ts";

// Log and registry.
export {
  type LeaderOffsets,
  type Log,
  type LogAdmin,
  LogError,
  type LogErrorCode,
  type LogProducer,
  type LogRecord,
  type LogRecordRun,
  type LogRecords,
  type LogRunSource,
  type PartitionOffsets,
  type ReadOptions,
  type RecordHeader,
  type SendOutcome,
  type StoredRecord,
  type TopicDescription,
  type TopicRight,
  type TopicSpec,
} from "./transport/log.ts";
export {
  type CompatibilityLevel,
  type CompatibilityVerdict,
  type RegisteredSchema,
  RegistryError,
  type RegistryErrorCode,
  type SchemaRegistry,
} from "./transport/registry.ts";
export { openTransport, type Transport, type TransportOptions } from "./transport/open.ts";
export { transportOptionsOf } from "./runtime/transport_options.ts";

// Records and schemas: doors of their own, for programs that need no Kafka.
export * from "./records.ts";
export * from "./schemas.ts";
