import assert from "node:assert/strict";
import { UnknownOrderError } from "../../actors/delivery/already_written.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { NotBegunError } from "../load/not_begun_error.ts";
import { TopicParkedError } from "../../actors/delivery/delivery.ts";
import { ActorFailedError } from "../../kernel/errors.ts";
import { TooManyDeadLettersError } from "../../actors/delivery/letter_limit.ts";
import { RecordError } from "../../records/errors.ts";
import { RuntimeEndedError } from "../../runtime.ts";
import { SourceError, type SourceErrorCode } from "../../sources/source.ts";
import { CheckpointError } from "../../state/checkpoint_error.ts";
import { LoadRefusedError } from "../../runtime/resuming/load_refused_error.ts";
import { DataDirLockedError } from "../../state/lock.ts";
import { LogError, type LogErrorCode } from "../../transport/log.ts";
import { RegistryError } from "../../transport/registry.ts";
import { exitCodeOf, exitCodeOfAll } from "./exit_code_of.ts";
import { UsageError } from "./usage_error.ts";

const failed = (cause: unknown) => new ActorFailedError("root/producers/t", { failures: 11, withinMs: 9_000, cause });

const source = (code: SourceErrorCode) => new SourceError(code, "x");
const log = (code: LogErrorCode, cause?: unknown) => new LogError(code, "x", { cause });
const key = { source: "trades:/a.csv", versions: "v2" } as const;

const CASES: readonly (readonly [code: number, causes: readonly unknown[]])[] = [
  [5, [
    new TooManyDeadLettersError("x"),
    new LoadRefusedError("/a.csv", []),
    new UnknownOrderError({ row: 1, key: "7" }, { topic: "t", partition: 0, offset: 3n }),
    new NotBegunError("a.csv", source("changed")),
    new RecordError("unknown_time_zone", { field: "time zone", value: "x" }),
    source("bad_header"),
    source("bad_option"),
    source("changed"),
    source("rewritten"),
    source("corrupt"),
    source("not_readable"),
    source("not_resumable"),
    source("twice"),
    source("wrong_compression"),
    log("unauthorized"),
    log("invalid_request"),
    log("compacted_topic"),
    log("client", new StorageError("corrupt", "/d", "x")),
    new RegistryError("incompatible", "x"),
    new RegistryError("unauthorized", "x"),
    new StorageError("corrupt", "/d", "x"),
    new StorageError("newer_format", "/d", "x"),
    new StorageError("foreign_file", "/d", "x"),
    new CheckpointError("damaged", key, "x"),
    new TopicParkedError("t", log("unauthorized")),
    new RuntimeEndedError("x", { cause: new StorageError("corrupt", "/d", "x") }),
    failed(log("unauthorized")),
    new Deno.errors.NotCapable("x"),
  ]],
  [1, [
    source("not_found"),
    source("no_files"),
    source("truncated"),
    source("replaced"),
    source("out_of_descriptors"),
    source("read_failed"),
    log("unreachable"),
    log("timed_out"),
    log("unknown_topic"),
    log("leader_changed"),
    log("end_lost"),
    log("client", new StorageError("full", "/d", "x")),
    new RegistryError("unreachable", "x"),
    new RegistryError("server_error", "x"),
    new StorageError("full", "/d", "x"),
    new StorageError("busy", "/d", "x"),
    new StorageError("inaccessible", "/d", "x"),
    new StorageError("busy", "/d", "x"),
    new CheckpointError("went_back", key, "x"),
    new DataDirLockedError("/d", null),
    new TopicParkedError("t", log("unknown_topic")),
    new RuntimeEndedError("x", { cause: new StorageError("full", "/d", "x") }),
    new RuntimeEndedError("x"),
    failed(new TypeError("a bug")),
    new Error("Too many open files (os error 24)"),
    new TypeError("x"),
    "a text",
    undefined,
  ]],
  [2, [new UsageError("x")]],
  [3, [
    log("unauthenticated"),
    new RegistryError("unauthenticated", "x"),
    new TopicParkedError("t", log("unauthenticated")),
    new RuntimeEndedError("x", { cause: new RegistryError("unauthenticated", "x") }),
  ]],
];

const WHAT: Readonly<Record<number, string>> = {
  1: "what may pass",
  2: "usage",
  3: "a log-in that is refused",
  5: "what no waiting mends",
};

for (const [code, causes] of CASES) {
  Deno.test(`exitCodeOf() is ${code} for ${WHAT[code]}`, () => {
    for (const cause of causes) assert.equal(exitCodeOf(cause), code, String(cause));
  });
}

Deno.test("exitCodeOfAll() is final only if a retry helps none of them", () => {
  const full = new StorageError("full", "/d", "x");
  assert.equal(exitCodeOfAll([]), 0);
  assert.equal(exitCodeOfAll([source("bad_header"), source("corrupt")]), 5);
  assert.equal(exitCodeOfAll([source("bad_header"), full]), 1);
  assert.equal(exitCodeOfAll([full]), 1);
  assert.equal(exitCodeOfAll([log("unauthenticated"), new TopicParkedError("t", log("unauthenticated"))]), 3);
  assert.equal(exitCodeOfAll([log("unauthenticated"), source("corrupt")]), 5);
});
