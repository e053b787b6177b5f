import assert from "node:assert/strict";
import { LogError, type LogErrorCode } from "../log.ts";
import { asLogError, brokerFailure, meaningOf } from "./errors.ts";

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
  [13, "unreachable", "again", "doubtful"], // NETWORK_EXCEPTION
  [17, "invalid_request", "final", "clean"], // INVALID_TOPIC_EXCEPTION
  [18, "message_too_large", "final", "clean"], // RECORD_LIST_TOO_LARGE
  [19, "leader_changed", "again", "clean"], // NOT_ENOUGH_REPLICAS
  [20, "leader_changed", "again", "doubtful"], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [29, "unauthorized", "final", "clean"], // TOPIC_AUTHORIZATION_FAILED
  [31, "unauthorized", "final", "clean"], // CLUSTER_AUTHORIZATION_FAILED
  [35, "client", "final", "clean"], // UNSUPPORTED_VERSION
  [36, "topic_exists", "final", "clean"],
  [37, "invalid_request", "final", "clean"], // INVALID_PARTITIONS
  [38, "invalid_request", "final", "clean"], // INVALID_REPLICATION_FACTOR
  [41, "leader_changed", "again", "clean"], // NOT_CONTROLLER
  [45, "producer_fenced", "final", "doubtful"], // OUT_OF_ORDER_SEQUENCE_NUMBER
  [46, "producer_fenced", "final", "doubtful"], // DUPLICATE_SEQUENCE_NUMBER
  [47, "producer_fenced", "final", "doubtful"], // INVALID_PRODUCER_EPOCH
  [56, "leader_changed", "again", "doubtful"], // KAFKA_STORAGE_ERROR
  [58, "unauthenticated", "final", "clean"], // SASL_AUTHENTICATION_FAILED
  [59, "producer_fenced", "final", "doubtful"], // UNKNOWN_PRODUCER_ID
  [87, "invalid_request", "final", "clean"], // INVALID_RECORD
  [90, "producer_fenced", "final", "doubtful"], // PRODUCER_FENCED
  [9_999, "client", "final", "doubtful"], // no known code
];

for (const [number, code, again, doubt] of CODES) {
  Deno.test(`brokerFailure of error code ${number} is ${code}, ${again}, ${doubt}`, () => {
    const failure = brokerFailure(number);
    assert.deepEqual(meaningOf(failure), { code, retriable: again === "again", doubtful: doubt === "doubtful" });
    assert.equal(asLogError(failure, "Sending").code, code);
  });
}

Deno.test("brokerFailure names the error code and what the broker said of it", () => {
  assert.equal(brokerFailure(19).message, "the broker answered NOT_ENOUGH_REPLICAS (19)");
  assert.match(
    brokerFailure(40, { detail: "no such key" }).message,
    /^the broker answered INVALID_CONFIG \(40\): no such/,
  );
  assert.match(brokerFailure(9_999).message, /9999/);
});

Deno.test("meaningOf an unknown error is neither tried again nor believed harmless", () => {
  for (const odd of [new Error("?"), new TypeError("?"), "text", null, undefined, {}]) {
    assert.deepEqual(meaningOf(odd), { code: "client", retriable: false, doubtful: true });
  }
});

Deno.test("asLogError keeps the cause, and leaves errors of the port alone", () => {
  const cause = brokerFailure(3);
  const error = asLogError(cause, "Listing topics");
  assert.equal(error.code, "unknown_topic");
  assert.equal(error.cause, cause);
  assert.match(error.message, /^Listing topics failed: the broker answered/);
  const own = new LogError("closed", "The log is closed");
  assert.equal(asLogError(own, "Listing topics"), own);
});

Deno.test("asLogError says what to do where the process has too many files open", () => {
  for (const text of ["Connection error: connect EMFILE 127.0.0.1:9092", "connect EMFILE 127.0.0.1:9092"]) {
    assert.match(asLogError(new Error(text), "Connecting").message, /EMFILE.*too many files open.*ulimit -n \d+/);
  }
});
