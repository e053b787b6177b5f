/**
 * Says what each error means for the user: a sentence and the next step. No other file does.
 *
 * @module
 */
import { CommanderError } from "commander";
import { messageOf } from "../../kernel/message_of.ts";
import { ConnectError } from "../../runtime/first_contact.ts";
import { TopicRefusedError } from "../../actors/topic_refused_error.ts";
import { CatalogueError } from "../../config/catalogue.ts";
import { ConfigError } from "../../config/config_error.ts";
import { EMBEDDED } from "../../config/servers.ts";
import { TopicNameError } from "../../config/topics.ts";
import { DataDirLockedError, DataDirUnusableError } from "../../state/lock.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { maskCredentials } from "../../telemetry/mask_credentials.ts";
import { LogError } from "../../transport/log.ts";
import type { LogErrorCode } from "../../transport/log.ts";
import { RegistryError } from "../../transport/registry.ts";
import type { RegistryErrorCode } from "../../transport/registry.ts";
import { OtherShardsError, ShardLockedError } from "../load/shard_folder.ts";
import { exitCodeOf, isOfFlags } from "./exit_code_of.ts";
import { EXIT } from "./exit_codes.ts";
import type { ExitCode } from "./exit_codes.ts";
import { ClosedPipeError } from "./streams.ts";
import { taskCommand } from "./task_command.ts";
import { CommandFailure, UsageError } from "./usage_error.ts";

/** What a failed command tells the user. */
export interface Failure {
  readonly exitCode: ExitCode;
  /** One word for programs, e.g. `configuration`. */
  readonly code: string;
  readonly message: string;
  readonly nextStep: string | null;
  /** More for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The words for an error; `null` if the user asked for the end, so that nothing needs to be said. */
export function failureOf(error: unknown): Failure | { readonly exitCode: ExitCode; readonly code: null } {
  if (error instanceof ClosedPipeError) return { exitCode: EXIT.ok, code: null };
  if (error instanceof CommanderError) return commanderFailure(error);
  if (error instanceof UsageError) return failure(error, { code: "usage", next: error.nextStep });
  if (error instanceof CommandFailure) return failure(error, { code: "failed", next: error.nextStep });
  if (error instanceof ConfigError) return configFailure(error);
  if (error instanceof CatalogueError) return failure(error, { code: error.code, next: null });
  if (error instanceof TopicNameError) {
    const next = "Correct the topic's name, or topics.pattern in the config file.";
    return failure(error, { code: "topic_name", next });
  }
  if (error instanceof ConnectError) return failure(error, { code: "unreachable", next: checkCommand(error) });
  if (error instanceof LogError) return failure(error, { code: error.code, next: LOG_STEPS[error.code] });
  if (error instanceof RegistryError) return registryFailure(error);
  if (error instanceof TopicRefusedError) {
    return failure(error, { code: error.code, next: "deno task check shows what each topic holds." });
  }
  if (error instanceof OtherShardsError) return failure(error, { code: "other_shards", next: null });
  if (error instanceof ShardLockedError) return failure(error, { code: "data_dir_locked", next: null });
  if (error instanceof DataDirLockedError) return failure(error, { code: "data_dir_locked", next: null });
  if (error instanceof DataDirUnusableError) {
    const next = "Give this user the right to write there, or name another folder with --data-dir.";
    return failure(error, { code: "data_dir", next });
  }
  if (error instanceof StorageError) return failure(error, { code: error.code, next: null });
  if (error instanceof Deno.errors.NotCapable) {
    const next = "The tasks in deno.json have the permissions that each command needs: run it with deno task.";
    return failure(error, { code: "permission", next });
  }
  return failure(error, { code: "failed", next: null });
}

/** Lines for people: the problem, then the next step. */
export function failureText({ message, nextStep }: Failure): string {
  return nextStep === null ? `error: ${message}` : `error: ${message}\n  next: ${nextStep}`;
}

/** The object that `--json` prints. */
export function failureJson({ exitCode, code, message, nextStep, details = {} }: Failure): unknown {
  return { error: { code, message, next_step: nextStep, exit_code: exitCode, ...details } };
}

function failure(
  error: unknown,
  { code, next }: { readonly code: string; readonly next: string | null },
): Failure {
  const text = messageOf(error);
  return { exitCode: exitCodeOf(error), code, message: maskCredentials(text), nextStep: next };
}

function commanderFailure(error: CommanderError): Failure | { readonly exitCode: ExitCode; readonly code: null } {
  if (error.exitCode === 0) return { exitCode: EXIT.ok, code: null };
  // Commander showed the help because the user named no command.
  if (error.code === "commander.help") return { exitCode: EXIT.usage, code: null };
  const [what = "", hint = ""] = error.message.replace(/^error: /, "").split("\n");
  const next = hint.replace(/^\((.*)\)$/, "$1") || "Add --help to see what there is.";
  return { exitCode: EXIT.usage, code: "usage", message: what, nextStep: next };
}

function configFailure(error: ConfigError): Failure {
  const onlyFlags = isOfFlags(error);
  return {
    exitCode: exitCodeOf(error),
    code: onlyFlags ? "usage" : "configuration",
    message: error.problems.length === 1
      ? error.message
      : `the configuration cannot be used\n${error.message.replaceAll(/^/gm, "  ")}`,
    nextStep: null,
    details: {
      problems: error.problems.map(({ key, value, origin, reason, nextStep }) => ({
        key,
        value: value ?? null,
        origin,
        reason,
        next_step: nextStep,
      })),
    },
  };
}

function checkCommand({ addresses: { brokers, registry } }: ConnectError): string {
  const flags = `--brokers ${brokers ?? EMBEDDED} --registry ${registry ?? EMBEDDED}`;
  return `${taskCommand()} check ${flags} looks at each part; --connect-timeout SECONDS waits longer.`;
}

function registryFailure(error: RegistryError): Failure {
  const { subject, version, path } = error.details;
  const known = Object.entries({ subject, version, path }).filter(([, value]) => value !== undefined);
  return {
    ...failure(error, { code: error.code, next: REGISTRY_STEPS[error.code] }),
    details: Object.fromEntries(known),
  };
}

const LOG_STEPS: Readonly<Record<LogErrorCode, string | null>> = {
  unreachable: "Check --brokers, and that the brokers run.",
  timed_out: "Try again; if it stays, check the brokers' load and kafka.requestTimeoutMs.",
  unknown_topic: "deno task topics list shows the topics there are.",
  unknown_partition: "deno task topics list shows the partitions there are.",
  offset_out_of_range: "Use --from beginning or --from end: older records have been deleted.",
  end_lost: "Run the same command again: a load reads what the topic has, and writes the rest.",
  topic_exists: null,
  message_too_large: "Raise max.message.bytes of the topic.",
  unauthenticated: "Check kafka.sasl and kafka.tls in the config file.",
  unauthorized: "deno task check shows which access rule is missing.",
  compacted_topic: null,
  invalid_request: null,
  leader_changed: "Try again: the brokers are electing a leader.",
  producer_fenced: "Look for a second program that writes with the same data folder.",
  lock_lost:
    "Do not remove the file `lock`: the system frees it when its process ends. Once no other load runs, run it again.",
  closed: null,
  client: "Run it with --log-level debug to see more.",
};

const REGISTRY_STEPS: Readonly<Record<RegistryErrorCode, string | null>> = {
  unreachable: "Check --registry, and that the registry runs.",
  timed_out: "Try again; if it stays, check the registry's load and registry.requestTimeoutMs.",
  unauthenticated: "Check registry.auth in the config file.",
  unauthorized: "Give the user of registry.auth the right to do this at the registry.",
  not_found: "Check the name (deno task schemas list shows all), and the path of --registry, such as /apis/ccompat/v7.",
  incompatible: "deno task schemas check shows which field breaks which rule.",
  invalid_schema: null,
  read_only: "Have the registry's owner set its mode (PUT /mode), or the subject's (PUT /mode/SUBJECT), to READWRITE.",
  other_record: "deno task schemas check shows every subject that holds another record.",
  server_error: "Try again; if it stays, look into the registry's log.",
  malformed_answer: "Check --registry: the address may belong to something else than a schema registry.",
  closed: null,
};
