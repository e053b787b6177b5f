import assert from "node:assert/strict";
import { LogError, type LogErrorCode } from "../log.ts";
import { asLogError, brokerError, meaningOf } from "./errors.ts";

const named = (name: string, extra: object = {}) => Object.assign(new Error(name), { name, ...extra });

/** Kafka's error codes: meaning, whether to try again, whether records may be there all the same. */
const CODES: readonly (readonly [number, LogErrorCode, "again" | "final", "clean" | "doubtful"])[] = [
  [-1, "client", "final", "doubtful"], // UNKNOWN_SERVER_ERROR
  [1, "offset_out_of_range", "final", "clean"],
  [2, "client", "again", "clean"], // CORRUPT_MESSAGE
  [3, "unknown_topic", "again", "doubtful"],
  [5, "leader_changed", "again", "doubtful"], // LEADER_NOT_AVAILABLE
  [6, "leader_changed", "again", "doubtful"], // NOT_LEADER_OR_FOLLOWER
  [7, "timed_out", "again", "doubtful"], // REQUEST_TIMED_OUT
  [10, "message_too_large", "final", "clean"],
  [17, "invalid_request", "final", "clean"], // INVALID_TOPIC_EXCEPTION
  [18, "message_too_large", "final", "clean"], // RECORD_LIST_TOO_LARGE
  [19, "leader_changed", "again", "clean"], // NOT_ENOUGH_REPLICAS
  [20, "leader_changed", "again", "doubtful"], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [29, "unauthorized", "final", "clean"], // TOPIC_AUTHORIZATION_FAILED
  [31, "unauthorized", "final", "clean"], // CLUSTER_AUTHORIZATION_FAILED
  [36, "topic_exists", "final", "clean"],
  [37, "invalid_request", "final", "clean"], // INVALID_PARTITIONS
  [38, "invalid_request", "final", "clean"], // INVALID_REPLICATION_FACTOR
  [45, "producer_fenced", "final", "doubtful"], // OUT_OF_ORDER_SEQUENCE_NUMBER
  [46, "producer_fenced", "final", "doubtful"], // DUPLICATE_SEQUENCE_NUMBER
  [47, "producer_fenced", "final", "doubtful"], // INVALID_PRODUCER_EPOCH
  [56, "leader_changed", "again", "doubtful"], // KAFKA_STORAGE_ERROR
  [59, "producer_fenced", "final", "doubtful"], // UNKNOWN_PRODUCER_ID
  [87, "invalid_request", "final", "clean"], // INVALID_RECORD
  [9_999, "client", "final", "doubtful"], // none that anybody knows
];

for (const [number, code, again, doubt] of CODES) {
  Deno.test(`meaningOf error code ${number} is ${code}, ${again}, ${doubt}`, () => {
    const error = brokerError(number, "Sending");
    assert.deepEqual(meaningOf(error), { code, retriable: again === "again", doubtful: doubt === "doubtful" });
    assert.equal(error.code, code);
    assert.match(error.message, /^Sending failed: /);
  });
}

Deno.test("meaningOf an error of kafkajs goes by its name, and by what it wraps", () => {
  assert.equal(meaningOf(named("KafkaJSConnectionError")).code, "unreachable");
  assert.equal(meaningOf(named("KafkaJSConnectionClosedError")).code, "unreachable");
  assert.equal(meaningOf(named("KafkaJSRequestTimeoutError")).code, "timed_out");
  assert.equal(meaningOf(named("KafkaJSSASLAuthenticationError")).code, "unauthorized");
  assert.equal(meaningOf(named("KafkaJSServerDoesNotSupportApiKey")).retriable, false);
  const wrapped = named("KafkaJSNumberOfRetriesExceeded", { cause: named("KafkaJSConnectionError") });
  assert.equal(meaningOf(wrapped).code, "unreachable");
  const many = named("KafkaJSAggregateError", {
    errors: [named("KafkaJSCreateTopicError", { type: "TOPIC_ALREADY_EXISTS" })],
  });
  assert.equal(meaningOf(many).code, "topic_exists");
});

Deno.test("meaningOf what nobody knows is neither tried again nor believed harmless", () => {
  for (const odd of [new Error("?"), new TypeError("?"), "text", null, undefined, {}]) {
    assert.deepEqual(meaningOf(odd), { code: "client", retriable: false, doubtful: true });
  }
});

Deno.test("asLogError keeps the cause, and leaves errors of the port alone", () => {
  const cause = named("KafkaJSConnectionError");
  const error = asLogError(cause, "Listing topics");
  assert.equal(error.code, "unreachable");
  assert.equal(error.cause, cause);
  assert.match(error.message, /^Listing topics failed: /);
  const own = new LogError("closed", "The log is closed");
  assert.equal(asLogError(own, "Listing topics"), own);
});
