import assert from "node:assert/strict";
import { brokerFailure, meaningOf } from "../kafka/errors.ts";
import type { LogErrorCode } from "../log.ts";
import { failureOf } from "./errors.ts";

const named = (name: string, extra: object = {}) => Object.assign(new Error(name), { name, ...extra });
const answered = (type: string, code: number) => named("KafkaJSProtocolError", { type, code });

const CASES: readonly (readonly [unknown, LogErrorCode, "again" | "final", "clean" | "doubtful"])[] = [
  [named("KafkaJSConnectionError", { code: "ECONNRESET" }), "unreachable", "again", "doubtful"],
  [named("KafkaJSConnectionClosedError"), "unreachable", "again", "doubtful"],
  [named("KafkaJSRequestTimeoutError"), "timed_out", "again", "doubtful"],
  [named("KafkaJSLockTimeout"), "timed_out", "again", "doubtful"],
  [named("KafkaJSBrokerNotFound"), "leader_changed", "again", "doubtful"],
  [named("KafkaJSSASLAuthenticationError"), "unauthenticated", "final", "clean"],
  [named("KafkaJSServerDoesNotSupportApiKey"), "client", "final", "clean"],
  [answered("NOT_LEADER_FOR_PARTITION", 6), "leader_changed", "again", "doubtful"],
  [answered("TOPIC_AUTHORIZATION_FAILED", 29), "unauthorized", "final", "clean"],
  [answered("a code that kafkajs does not know", 9_999), "client", "final", "doubtful"],
  [
    named("KafkaJSNumberOfRetriesExceeded", { cause: named("KafkaJSConnectionError") }),
    "unreachable",
    "again",
    "doubtful",
  ],
  [named("KafkaJSNonRetriableError"), "client", "final", "doubtful"],
  [
    named("KafkaJSAggregateError", { errors: [answered("TOPIC_ALREADY_EXISTS", 36)] }),
    "topic_exists",
    "final",
    "clean",
  ],
];

for (const [error, code, again, doubt] of CASES) {
  Deno.test(`failureOf ${error} of kafkajs is ${code}, ${again}, ${doubt}`, () => {
    const failure = failureOf(error);
    assert.deepEqual(meaningOf(failure), { code, retriable: again === "again", doubtful: doubt === "doubtful" });
    assert.equal(failure.cause, error);
  });
}

Deno.test("failureOf an unknown error is neither tried again nor believed harmless", () => {
  for (const odd of [new Error("?"), new TypeError("?"), "text", null, undefined, {}]) {
    assert.deepEqual(failureOf(odd).meaning, { code: "client", retriable: false, doubtful: true });
  }
});

Deno.test("failureOf leaves a failure alone", () => {
  const failure = brokerFailure(3);
  assert.equal(failureOf(failure), failure);
});
