/**
 * What an error of kafkajs or of a broker means, decided in one place.
 *
 * @module
 */
import { LogError, type LogErrorCode } from "../log.ts";
import { protocolError } from "./library.ts";

/** Meaning of an error. */
export interface ErrorMeaning {
  readonly code: LogErrorCode;
  /** True if the very same request may succeed a little later, without anybody's help. */
  readonly retriable: boolean;
  /**
   * True if records that were sent with the request may have been written all the same. Only an explicit no of the
   * broker from before it writes makes this false.
   */
  readonly doubtful: boolean;
}

const REFUSED = { retriable: false, doubtful: false };
const PASSING = { retriable: true, doubtful: false };
const PASSING_DOUBTFUL = { retriable: true, doubtful: true };
const FATAL_DOUBTFUL = { retriable: false, doubtful: true };

/** Meaning of any error that comes up while a broker is talked to. */
export function meaningOf(error: unknown): ErrorMeaning {
  const { name, type } = traitsOf(error);
  switch (type ?? name) {
    // The topic is not there, or this broker has not heard of it yet. A broker also says so after it wrote, if the
    // partition was taken from it meanwhile.
    case "UNKNOWN_TOPIC_OR_PARTITION":
      return { code: "unknown_topic", ...PASSING_DOUBTFUL };
    // The leader is elsewhere or nowhere. With acks=all also said after writing, when the leader lost its office while
    // it waited for its followers: the new leader may have the records or not.
    case "NOT_LEADER_FOR_PARTITION":
    case "LEADER_NOT_AVAILABLE":
    case "REPLICA_NOT_AVAILABLE":
    case "FENCED_LEADER_EPOCH":
    case "UNKNOWN_LEADER_EPOCH":
    case "BROKER_NOT_AVAILABLE":
    case "KafkaJSBrokerNotFound":
      return { code: "leader_changed", ...PASSING_DOUBTFUL };
    // Looked at before writing.
    case "NOT_ENOUGH_REPLICAS":
      return { code: "leader_changed", ...PASSING };
    // Written by the leader, not by enough followers in time; the followers may still catch up.
    case "NOT_ENOUGH_REPLICAS_AFTER_APPEND":
      return { code: "leader_changed", ...PASSING_DOUBTFUL };
    // The followers did not confirm in time, or no answer came: the records may be there.
    case "REQUEST_TIMED_OUT":
    case "KafkaJSRequestTimeoutError":
    case "KafkaJSLockTimeout":
      return { code: "timed_out", ...PASSING_DOUBTFUL };
    // The connection ended; the request may have got through before.
    case "NETWORK_EXCEPTION":
    case "KafkaJSConnectionError":
    case "KafkaJSConnectionClosedError":
      return { code: "unreachable", ...PASSING_DOUBTFUL };
    // The disk failed while or after it was written to; another broker takes over.
    case "KAFKA_STORAGE_ERROR":
      return { code: "leader_changed", ...PASSING_DOUBTFUL };
    // The checksum was wrong on arrival; looked at before writing.
    case "CORRUPT_MESSAGE":
      return { code: "client", ...PASSING };
    // The cluster is still gathering itself: nothing is decided yet.
    case "GROUP_LOAD_IN_PROGRESS":
    case "GROUP_COORDINATOR_NOT_AVAILABLE":
    case "NOT_CONTROLLER":
      return { code: "leader_changed", ...PASSING };
    // Sizes are looked at before writing.
    case "MESSAGE_TOO_LARGE":
    case "RECORD_LIST_TOO_LARGE":
      return { code: "message_too_large", ...REFUSED };
    // Rights are looked at before anything else.
    case "TOPIC_AUTHORIZATION_FAILED":
    case "CLUSTER_AUTHORIZATION_FAILED":
    case "TRANSACTIONAL_ID_AUTHORIZATION_FAILED":
    case "SASL_AUTHENTICATION_FAILED":
    case "UNSUPPORTED_SASL_MECHANISM":
    case "ILLEGAL_SASL_STATE":
    case "SECURITY_DISABLED":
    case "KafkaJSSASLAuthenticationError":
      return { code: "unauthorized", ...REFUSED };
    // Form and values are looked at before writing.
    case "INVALID_TOPIC_EXCEPTION":
    case "INVALID_PARTITIONS":
    case "INVALID_REPLICATION_FACTOR":
    case "INVALID_REPLICA_ASSIGNMENT":
    case "INVALID_CONFIG":
    case "INVALID_REQUEST":
    case "INVALID_TIMESTAMP":
    case "INVALID_RECORD":
    case "INVALID_REQUIRED_ACKS":
    case "POLICY_VIOLATION":
    case "UNSUPPORTED_FOR_MESSAGE_FORMAT":
    case "UNSUPPORTED_COMPRESSION_TYPE":
      return { code: "invalid_request", ...REFUSED };
    case "TOPIC_ALREADY_EXISTS":
      return { code: "topic_exists", ...REFUSED };
    case "OFFSET_OUT_OF_RANGE":
      return { code: "offset_out_of_range", ...REFUSED };
    // The broker's memory of this producer and ours differ, so an earlier belief of ours was wrong: only reading helps.
    // DUPLICATE_SEQUENCE_NUMBER even says that the records are there, at an offset that is not told.
    case "OUT_OF_ORDER_SEQUENCE_NUMBER":
    case "DUPLICATE_SEQUENCE_NUMBER":
    case "INVALID_PRODUCER_EPOCH":
    case "UNKNOWN_PRODUCER_ID":
    case "INVALID_PRODUCER_ID_MAPPING":
      return { code: "producer_fenced", ...FATAL_DOUBTFUL };
    // Too old a broker: refused by the library before anything is sent, or by the broker before it reads on.
    case "UNSUPPORTED_VERSION":
    case "KafkaJSServerDoesNotSupportApiKey":
      return { code: "client", ...REFUSED };
    default:
      if (error instanceof LogError) return meaningOfLogError(error.code);
      // Nobody knows: neither tried again nor believed to be harmless.
      return { code: "client", ...FATAL_DOUBTFUL };
  }
}

/** Errors of this adapter's own, and error codes of brokers that have no name here. */
function meaningOfLogError(code: LogErrorCode): ErrorMeaning {
  const passing = code === "unreachable" || code === "timed_out" || code === "leader_changed" ||
    code === "unknown_topic";
  return { code, retriable: passing, doubtful: passing || code === "client" };
}

/** The error as the port's, with a sentence that says what was tried. */
export function asLogError(error: unknown, what: string): LogError {
  if (error instanceof LogError) return error;
  const { code } = meaningOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new LogError(code, `${what} failed: ${reason}`, { cause: error });
}

/** The port's error for an error code in a broker's answer. */
export function brokerError(code: number, what: string): LogError {
  return new BrokerRefusal(protocolError(code), what);
}

/** A broker's error code as an error of the port; keeps the broker's own name for it. */
class BrokerRefusal extends LogError {
  readonly type: string | undefined;
  constructor(cause: Error, what: string) {
    super(meaningOf(cause).code, `${what} failed: ${cause.message}`, { cause });
    this.type = traitsOf(cause).type;
  }
}

/** Name and protocol error type; a collection of errors counts as its first one, a wrapper as what it wraps. */
function traitsOf(error: unknown): { name?: string; type?: string } {
  if (typeof error !== "object" || error === null) return {};
  if ("errors" in error && Array.isArray(error.errors) && error.errors.length > 0) return traitsOf(error.errors[0]);
  if ("type" in error && typeof error.type === "string") return { type: error.type };
  const name = "name" in error && typeof error.name === "string" ? error.name : "";
  if ((name === "KafkaJSNonRetriableError" || name === "KafkaJSNumberOfRetriesExceeded") && "cause" in error) {
    const inner = traitsOf(error.cause);
    if (inner.type !== undefined || inner.name !== undefined) return inner;
  }
  return { name };
}
