/**
 * Gives the errors of kafkajs their meaning.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { brokerFailure, type ErrorMeaning, KafkaFailure, MEANINGS } from "../kafka/errors.ts";

/** The library's error with its meaning. */
export function failureOf(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const inner = innermostOf(error);
  const answer = brokerAnswerOf(inner);
  if (answer !== null) return brokerFailure(answer, { cause: error });
  const reason = messageOf(inner);
  return new KafkaFailure(meaningOfName(inner), reason, { cause: error });
}

function meaningOfName(error: unknown): ErrorMeaning {
  switch (error instanceof Error ? error.name : "") {
    // The connection ended, or never came up; the request may have got through before.
    case "KafkaJSConnectionError":
    case "KafkaJSConnectionClosedError":
      return MEANINGS.unreachable;
    // No answer came in time: the request may have arrived.
    case "KafkaJSRequestTimeoutError":
    case "KafkaJSLockTimeout":
      return MEANINGS.timedOut;
    // The leader is not among the brokers that the library knows.
    case "KafkaJSBrokerNotFound":
      return MEANINGS.leaderUnknown;
    // The log-in precedes everything else.
    case "KafkaJSSASLAuthenticationError":
      return MEANINGS.unauthenticated;
    // The library refuses before it sends anything.
    case "KafkaJSServerDoesNotSupportApiKey":
      return MEANINGS.unsupported;
    default:
      return MEANINGS.unknown;
  }
}

/** A collection of errors counts as its first one, a wrapper as what it wraps. */
function innermostOf(error: unknown): unknown {
  if (typeof error !== "object" || error === null) return error;
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) return innermostOf(error.errors[0]);
  const wraps = "name" in error &&
    (error.name === "KafkaJSNonRetriableError" || error.name === "KafkaJSNumberOfRetriesExceeded");
  return wraps && "cause" in error && error.cause instanceof Error ? innermostOf(error.cause) : error;
}

/** The error code of a broker's answer; errors of connections have a text in its place. */
function brokerAnswerOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("type" in error) || !("code" in error)) return null;
  return typeof error.type === "string" && typeof error.code === "number" ? error.code : null;
}
