import assert from "node:assert/strict";
import { brokerFailure, meaningOf } from "../kafka/errors.ts";
import type { LogErrorCode } from "../log.ts";
import { failureOf } from "./errors.ts";
// After errors.ts, which loads the package as the product does.
import {
  AuthenticationError,
  MultipleErrors,
  NetworkError,
  ProtocolError,
  ResponseError,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UnsupportedApiError,
  UserError,
} from "@platformatic/kafka";

/** As the library builds it for an answer to CreateTopics. */
function answered(number: number, detail: string | null = null): Error {
  return new ResponseError(19, 6, { "/topics/0": [number, detail] }, {});
}

function connecting(cause: Error): Error {
  return new NetworkError("Connection to h:1 failed.", { cause });
}

type Verdict = readonly [LogErrorCode, "again" | "final", "clean" | "doubtful"];

const CASES: readonly (readonly [string, unknown, Verdict])[] = [
  ["a broker's answer goes by its error code", answered(36), ["topic_exists", "final", "clean"]],
  ["an answer about a leader may pass by itself", new ProtocolError(6), ["leader_changed", "again", "doubtful"]],
  ["the first error of several tries counts", new MultipleErrors("failed 2 times", [answered(10)]), [
    "message_too_large",
    "final",
    "clean",
  ]],
  ["a refused connection is unreachable", connecting(new Error("ECONNREFUSED")), ["unreachable", "again", "doubtful"]],
  ["a connection that was closed is unreachable", new NetworkError("Connection closed"), [
    "unreachable",
    "again",
    "doubtful",
  ]],
  ["an answer to no request ends the connection", new UnexpectedCorrelationIdError("correlation_id=7"), [
    "unreachable",
    "again",
    "doubtful",
  ]],
  ["no answer in time is timed_out", new TimeoutError("Request timed out"), ["timed_out", "again", "doubtful"]],
  [
    "a wrong password is what the broker says of it",
    connecting(
      new AuthenticationError("SASL authentication failed.", { cause: answered(58) }),
    ),
    ["unauthenticated", "final", "clean"],
  ],
  [
    "a broker that does not know the password either",
    connecting(
      new AuthenticationError("Invalid server signature."),
    ),
    ["unauthenticated", "final", "clean"],
  ],
  [
    "a connection that broke during the log-in is no failed log-in",
    connecting(
      new AuthenticationError("Cannot find a suitable SASL mechanism.", {
        cause: new NetworkError("Connection closed"),
      }),
    ),
    ["unreachable", "again", "doubtful"],
  ],
  [
    "a log-in without an answer is no failed log-in",
    connecting(
      new AuthenticationError("SASL authentication failed.", { cause: new TimeoutError("Request timed out") }),
    ),
    ["timed_out", "again", "doubtful"],
  ],
  [
    "TLS at a listener without it",
    connecting(
      new UserError("TLS handshake failed. Please verify the broker supports TLS.", { cause: new Error("ECONNRESET") }),
    ),
    ["unreachable", "again", "doubtful"],
  ],
  ["no TLS at a listener that wants it", new UserError("Broker requires TLS."), ["unreachable", "again", "doubtful"]],
  ["a request that the library cannot code was not sent", new UnsupportedApiError("Unsupported API Produce."), [
    "client",
    "final",
    "clean",
  ]],
  ["an answer that cannot be read says nothing about the records", new RangeError("out of range"), [
    "client",
    "final",
    "doubtful",
  ]],
  ["another error of the library is doubtful", new UserError("?"), ["client", "final", "doubtful"]],
  ["what is no error is doubtful", "text", ["client", "final", "doubtful"]],
  ["nothing is doubtful", undefined, ["client", "final", "doubtful"]],
];

for (const [name, error, [code, again, doubt]] of CASES) {
  Deno.test(`failureOf: ${name}`, () => {
    const failure = failureOf(error);
    assert.deepEqual(meaningOf(failure), { code, retriable: again === "again", doubtful: doubt === "doubtful" });
    if (error !== undefined) assert.equal(failure.cause, error);
  });
}

Deno.test("failureOf tells the whole chain in one sentence, and what the broker said", () => {
  const refused = failureOf(connecting(new Error("connect ECONNREFUSED 127.0.0.1:1")));
  assert.equal(refused.message, "Connection to h:1 failed: connect ECONNREFUSED 127.0.0.1:1");
  const { message } = failureOf(answered(40, "Unknown topic config name: x"));
  assert.equal(message, "the broker answered INVALID_CONFIG (40): Unknown topic config name: x");
});

Deno.test("failureOf leaves a failure alone, and does not loop over errors that cause each other", () => {
  const failure = brokerFailure(3);
  assert.equal(failureOf(failure), failure);
  const [a, b] = [new Error("a"), new Error("b")];
  a.cause = b;
  b.cause = a;
  assert.equal(failureOf(a).message, "a: b");
});
