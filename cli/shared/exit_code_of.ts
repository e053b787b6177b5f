/**
 * Finds the exit code for a cause of failure. Schedulers decide by it: they retry after code 1 and give up at once after
 * code 5, so a cause is final only if the same command cannot succeed until a person has changed something.
 *
 * @module
 */
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { ActorFailedError, ActorStartError } from "../../kernel/mod.ts";
import { TopicRefusedError } from "../../actors/topic_refused_error.ts";
import { EncodingMismatchError } from "../../actors/converters/verify_encoding.ts";
import {
  MovedRowError,
  RowConflictError,
  RowsPastEndError,
  UnknownOrderError,
} from "../../actors/delivery/already_written.ts";
import { CatalogueError } from "../../config/catalogue.ts";
import { ConfigError } from "../../config/config_error.ts";
import { TopicNameError } from "../../config/topics.ts";
import { TooManyDeadLettersError } from "../../actors/delivery/letter_limit.ts";
import { RecordError } from "../../records/errors.ts";
import { LoadRefusedError } from "../../runtime/resuming/load_refused_error.ts";
import { RuntimeEndedError } from "../../runtime.ts";
import { SourceError, type SourceErrorCode } from "../../sources/source.ts";
import { DataDirUnusableError } from "../../state/lock.ts";
import { CheckpointError } from "../../state/checkpoint_error.ts";
import { DeadLetterExportError } from "../../state/dead_letter_export.ts";
import { StorageError, type StorageErrorCode } from "../../storage/storage_error.ts";
import { LogError, type LogErrorCode } from "../../transport/log.ts";
import { RegistryError, type RegistryErrorCode } from "../../transport/registry.ts";
import { NotBegunError } from "../load/not_begun_error.ts";
import { OtherShardsError } from "../load/shard_folder.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { UsageError } from "./usage_error.ts";

/** The exit code of a cause; {@link EXIT.failed} for an unknown cause. */
export function exitCodeOf(cause: unknown): ExitCode {
  if (cause instanceof NotBegunError) return exitCodeOf(cause.cause);
  if (cause instanceof UsageError || cause instanceof CatalogueError || cause instanceof TopicNameError) {
    return EXIT.usage;
  }
  if (cause instanceof SourceError && cause.code === "not_a_file") return EXIT.usage;
  if (cause instanceof DataDirUnusableError) return EXIT.configuration;
  if (cause instanceof ConfigError) return isOfFlags(cause) ? EXIT.usage : EXIT.configuration;
  if (isOfSettings(cause)) return EXIT.configuration;
  return isFinal(cause) ? EXIT.final : EXIT.failed;
}

/**
 * The exit code of several failures: their common code if it is the same, else {@link EXIT.final} if a retry helps none
 * of them. Without failures it is ok.
 */
export function exitCodeOfAll(causes: readonly unknown[]): ExitCode {
  const [first = EXIT.ok, ...others] = new Set(causes.map(exitCodeOf));
  if (others.length === 0) return first;
  return causes.every((cause) => exitCodeOf(cause) !== EXIT.failed) ? EXIT.final : EXIT.failed;
}

/** The log-in, the subject and the topic are settings; the rights of the log-in are not. */
function isOfSettings(cause: unknown): boolean {
  if (cause instanceof TopicRefusedError) return true;
  if (cause instanceof LogError) return cause.code === "unauthenticated";
  if (cause instanceof RegistryError) return cause.code === "unauthenticated" || cause.code === "other_record";
  return isWrapper(cause) && isOfSettings(cause.cause);
}

/** Whether only flags are wrong. */
export function isOfFlags({ problems }: ConfigError): boolean {
  return problems.every(({ origin }) => origin.startsWith("flag "));
}

function isFinal(cause: unknown): boolean {
  if (cause instanceof SourceError) return FINAL_SOURCE_CODES.has(cause.code);
  if (cause instanceof LogError) return FINAL_LOG_CODES.has(cause.code) || isFinal(cause.cause);
  if (cause instanceof RegistryError) return FINAL_REGISTRY_CODES.has(cause.code) || isFinal(cause.cause);
  if (cause instanceof StorageError) return FINAL_FILE_CODES.has(cause.code);
  if (cause instanceof CheckpointError) return cause.code === "damaged";
  // The cause says what went wrong.
  if (isWrapper(cause)) return isFinal(cause.cause);
  return FINAL_ERRORS.some((type) => cause instanceof type);
}

function isWrapper(cause: unknown): cause is Error {
  return WRAPPERS.some((wrapper) => cause instanceof wrapper);
}

const WRAPPERS = [TopicParkedError, RuntimeEndedError, ActorStartError, ActorFailedError] as const;

const FINAL_ERRORS = [
  TooManyDeadLettersError,
  LoadRefusedError,
  RowConflictError,
  RowsPastEndError,
  MovedRowError,
  UnknownOrderError,
  RecordError,
  EncodingMismatchError,
  DeadLetterExportError,
  Deno.errors.NotCapable,
  OtherShardsError,
] as const;

/**
 * Not `not_found` and `no_files`: such files may still come. Not `truncated`: the rest may still be written. Not
 * `read_failed`.
 */
const FINAL_SOURCE_CODES: ReadonlySet<SourceErrorCode> = new Set<SourceErrorCode>([
  "not_readable",
  "bad_header",
  "bad_option",
  "undeclared",
  "unlikely_instant",
  "other_keys",
  "other_header",
  "incomplete",
  "changed",
  "rewritten",
  "not_resumable",
  "foreign_format",
  "wrong_compression",
  "twice",
  "corrupt",
]);

/** Not `unknown_topic`: another program may create the topic. */
const FINAL_LOG_CODES: ReadonlySet<LogErrorCode> = new Set<LogErrorCode>([
  "unauthorized",
  "compacted_topic",
  "invalid_request",
  "message_too_large",
  "offset_out_of_range",
]);

const FINAL_REGISTRY_CODES: ReadonlySet<RegistryErrorCode> = new Set<RegistryErrorCode>([
  "unauthorized",
  "incompatible",
  "invalid_schema",
  "read_only",
]);

/** Not `inaccessible`: SQLite also says so when the process has no file handle left. */
const FINAL_FILE_CODES: ReadonlySet<StorageErrorCode> = new Set<StorageErrorCode>([
  "newer_format",
  "foreign_file",
  "corrupt",
]);
