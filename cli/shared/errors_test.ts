import assert from "node:assert/strict";
import { CommanderError } from "commander";
import { ConnectError } from "../../runtime/first_contact.ts";
import { CatalogueError } from "../../config/catalogue.ts";
import { ConfigError } from "../../config/config_error.ts";
import { TopicNameError } from "../../config/topics.ts";
import { DataDirLockedError, DataDirUnusableError } from "../../state/lock.ts";
import { StorageError } from "../../storage/storage_error.ts";
import { LogError } from "../../transport/log.ts";
import { RegistryError } from "../../transport/registry.ts";
import { failureJson, failureOf, failureText } from "./errors.ts";
import type { Failure } from "./errors.ts";
import { ClosedPipeError } from "./streams.ts";
import { CommandFailure, UsageError } from "./usage_error.ts";

function told(error: unknown): Failure {
  const failure = failureOf(error);
  assert.ok(failure.code !== null);
  return failure;
}

const problem = (origin: string) => ({
  key: "brokers.0",
  value: "localhost",
  origin,
  reason: "it is not HOST:PORT.",
  nextStep: "Correct the value.",
});

const SILENT = { server: "brokers", address: "b:1", cause: null } as const;

Deno.test("failureOf() maps each kind of error to its exit code", () => {
  const cases: readonly [unknown, number, string][] = [
    [new UsageError("x"), 2, "usage"],
    [new CommanderError(1, "commander.unknownOption", "error: unknown option '--x'"), 2, "usage"],
    [new CatalogueError("unknown_exchange", "x", { value: "x" }), 2, "unknown_exchange"],
    [new TopicNameError("a/b", "x"), 2, "topic_name"],
    [new ConfigError([problem("file /x/tickflume.json")]), 3, "configuration"],
    [new ConfigError([problem("environment variable TICKFLUME_BROKERS")]), 3, "configuration"],
    [new ConfigError([problem("flag --brokers")]), 2, "usage"],
    [new ConfigError([problem("flag --brokers"), problem("file x")]), 3, "configuration"],
    [new CommandFailure("x"), 1, "failed"],
    [new LogError("unreachable", "x"), 1, "unreachable"],
    [new RegistryError("incompatible", "x"), 5, "incompatible"],
    [new Deno.errors.NotCapable("x"), 5, "permission"],
    [new DataDirLockedError("/d", null), 1, "data_dir_locked"],
    [new DataDirUnusableError("/d", { cause: new Error("x") }), 3, "data_dir"],
    [new ConnectError([SILENT], { timeoutMs: 1, addresses: { brokers: "b:1", registry: null } }), 1, "unreachable"],
    [new StorageError("corrupt", "/d/log.sqlite", "x"), 5, "corrupt"],
    [new TypeError("x"), 1, "failed"],
    ["a text", 1, "failed"],
  ];
  for (const [error, exitCode, code] of cases) {
    const failure = told(error);
    assert.deepEqual([failure.exitCode, failure.code], [exitCode, code], String(error));
  }
});

Deno.test("failureOf() names a check of both servers that can be copied", () => {
  const { nextStep } = told(
    new ConnectError([SILENT], { timeoutMs: 1, addresses: { brokers: "b:1", registry: null } }),
  );
  assert.match(nextStep ?? "", /task check --brokers b:1 --registry embedded /);
});

Deno.test("failureOf() says nothing about help, version and a closed pipe", () => {
  assert.deepEqual(failureOf(new ClosedPipeError()), { exitCode: 0, code: null });
  assert.deepEqual(failureOf(new CommanderError(0, "commander.version", "0.1.0")), { exitCode: 0, code: null });
  assert.deepEqual(failureOf(new CommanderError(1, "commander.help", "(outputHelp)")), { exitCode: 2, code: null });
});

Deno.test("failureOf() makes the suggestion the next step", () => {
  const message = "error: unknown option '--limt'\n(Did you mean --limit?)";
  assert.equal(
    failureText(told(new CommanderError(1, "commander.unknownOption", message))),
    "error: unknown option '--limt'\n  next: Did you mean --limit?",
  );
});

Deno.test("failureOf() masks log-ins and tells where a schema is refused", () => {
  const error = new RegistryError("incompatible", "http://u:S3CRET@h says no", {
    subject: "s",
    version: "v2",
    path: "/fields/1",
  });
  const text = JSON.stringify(failureJson(told(error)));
  assert.doesNotMatch(text, /S3CRET/);
  assert.deepEqual(JSON.parse(text), {
    error: {
      code: "incompatible",
      message: "http://***@h says no",
      next_step: "deno task schemas check shows which field breaks which rule.",
      exit_code: 5,
      subject: "s",
      version: "v2",
      path: "/fields/1",
    },
  });
});

Deno.test("failureJson() lists every problem of a configuration", () => {
  const json = failureJson(told(new ConfigError([problem("file a"), problem("file a")])));
  const { error } = JSON.parse(JSON.stringify(json));
  assert.equal(error.exit_code, 3);
  assert.equal(error.problems.length, 2);
  assert.deepEqual(error.problems[0], {
    key: "brokers.0",
    value: "localhost",
    origin: "file a",
    reason: "it is not HOST:PORT.",
    next_step: "Correct the value.",
  });
});
