/**
 * Decides in one place what the errors of brokers and client libraries mean. The libraries' adapters turn what their
 * library throws into a {@link KafkaFailure}; all error codes of brokers come through {@link brokerFailure}.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { isOutOfDescriptors, TOO_MANY_OPEN } from "../../storage/system_limits.ts";
import { LogError, type LogErrorCode, type TopicRight } from "../log.ts";

/** Meaning of an error. */
export interface ErrorMeaning {
  readonly code: LogErrorCode;
  /** True if the same request may succeed a little later, without a person's help. */
  readonly retriable: boolean;
  /**
   * True if the records of the request may have been written all the same. False only if the broker refused explicitly
   * before it wrote.
   */
  readonly doubtful: boolean;
}

const REFUSED = { retriable: false, doubtful: false };
const PASSING = { retriable: true, doubtful: false };
const PASSING_DOUBTFUL = { retriable: true, doubtful: true };
const FATAL_DOUBTFUL = { retriable: false, doubtful: true };

/** Error code of an answer without an error. */
export const NO_ERROR = 0;

const TOPIC_AUTHORIZATION_FAILED = 29;

/** An unknown error: the client neither tries again nor believes that it is harmless. */
const UNKNOWN: ErrorMeaning = { code: "client", ...FATAL_DOUBTFUL };

/** Meanings of errors that no broker sent, for the adapters. */
export const MEANINGS = {
  /** The connection ended or never came up; the request may have got through before. */
  unreachable: { code: "unreachable", ...PASSING_DOUBTFUL },
  /** No answer came in time: the records may be there. */
  timedOut: { code: "timed_out", ...PASSING_DOUBTFUL },
  /** The leader is not among the brokers that are known. */
  leaderUnknown: { code: "leader_changed", ...PASSING_DOUBTFUL },
  /** A log-in that failed; nothing is written before the log-in. */
  unauthenticated: { code: "unauthenticated", ...REFUSED },
  /** Too old a broker, or a request that cannot be coded: refused before anything is sent. */
  unsupported: { code: "client", ...REFUSED },
  unknown: UNKNOWN,
} as const satisfies Record<string, ErrorMeaning>;

/** Kafka's error codes by what they mean for a writer, each group with the reason. */
const BROKER_ERRORS: readonly (readonly [ErrorMeaning, Readonly<Record<number, string>>])[] = [
  // There is no such topic, or this broker has not heard of it yet. A broker also says so after it wrote, if it lost the
  // partition meanwhile.
  [{ code: "unknown_topic", ...PASSING_DOUBTFUL }, { 3: "UNKNOWN_TOPIC_OR_PARTITION", 100: "UNKNOWN_TOPIC_ID" }],
  // Another broker leads, or none. With acks=all a leader also says so after writing, if it lost the leadership while it
  // waited for its followers: the new leader may have the records or not.
  [MEANINGS.leaderUnknown, {
    5: "LEADER_NOT_AVAILABLE",
    6: "NOT_LEADER_OR_FOLLOWER",
    8: "BROKER_NOT_AVAILABLE",
    9: "REPLICA_NOT_AVAILABLE",
    74: "FENCED_LEADER_EPOCH",
    75: "UNKNOWN_LEADER_EPOCH",
  }],
  // Written by the leader, not by enough followers in time; the followers may still catch up.
  [{ code: "leader_changed", ...PASSING_DOUBTFUL }, { 20: "NOT_ENOUGH_REPLICAS_AFTER_APPEND" }],
  // The disk failed while or after it was written to; another broker takes over.
  [{ code: "leader_changed", ...PASSING_DOUBTFUL }, { 56: "KAFKA_STORAGE_ERROR" }],
  // The broker checks this before it writes.
  [{ code: "leader_changed", ...PASSING }, { 19: "NOT_ENOUGH_REPLICAS" }],
  // The cluster is still starting: nothing is decided yet.
  [{ code: "leader_changed", ...PASSING }, {
    14: "COORDINATOR_LOAD_IN_PROGRESS",
    15: "COORDINATOR_NOT_AVAILABLE",
    16: "NOT_COORDINATOR",
    41: "NOT_CONTROLLER",
    78: "OFFSET_NOT_AVAILABLE",
  }],
  // The followers did not confirm in time: the records may be there.
  [MEANINGS.timedOut, { 7: "REQUEST_TIMED_OUT" }],
  // A broker lost its connection to another one.
  [MEANINGS.unreachable, { 13: "NETWORK_EXCEPTION" }],
  // The checksum was wrong on arrival; the broker checks it before it writes.
  [{ code: "client", ...PASSING }, { 2: "CORRUPT_MESSAGE" }],
  // A quota for administration; the broker says so before it does anything.
  [{ code: "client", ...PASSING }, { 89: "THROTTLING_QUOTA_EXCEEDED" }],
  // The broker checks sizes before it writes.
  [{ code: "message_too_large", ...REFUSED }, { 10: "MESSAGE_TOO_LARGE", 18: "RECORD_LIST_TOO_LARGE" }],
  // The log-in precedes everything else.
  [MEANINGS.unauthenticated, {
    33: "UNSUPPORTED_SASL_MECHANISM",
    34: "ILLEGAL_SASL_STATE",
    58: "SASL_AUTHENTICATION_FAILED",
  }],
  // The broker checks rights before it does anything.
  [{ code: "unauthorized", ...REFUSED }, {
    29: "TOPIC_AUTHORIZATION_FAILED",
    31: "CLUSTER_AUTHORIZATION_FAILED",
    53: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    54: "SECURITY_DISABLED",
  }],
  // The broker checks form and values before it writes.
  [{ code: "invalid_request", ...REFUSED }, {
    17: "INVALID_TOPIC_EXCEPTION",
    21: "INVALID_REQUIRED_ACKS",
    32: "INVALID_TIMESTAMP",
    37: "INVALID_PARTITIONS",
    38: "INVALID_REPLICATION_FACTOR",
    39: "INVALID_REPLICA_ASSIGNMENT",
    40: "INVALID_CONFIG",
    42: "INVALID_REQUEST",
    43: "UNSUPPORTED_FOR_MESSAGE_FORMAT",
    44: "POLICY_VIOLATION",
    73: "TOPIC_DELETION_DISABLED",
    76: "UNSUPPORTED_COMPRESSION_TYPE",
    87: "INVALID_RECORD",
  }],
  [{ code: "topic_exists", ...REFUSED }, { 36: "TOPIC_ALREADY_EXISTS" }],
  [{ code: "offset_out_of_range", ...REFUSED }, { 1: "OFFSET_OUT_OF_RANGE" }],
  // The broker's state of this producer differs from ours, so an earlier conclusion of ours was wrong: only reading helps.
  // DUPLICATE_SEQUENCE_NUMBER even says that the records are there, but not at which offset.
  [{ code: "producer_fenced", ...FATAL_DOUBTFUL }, {
    45: "OUT_OF_ORDER_SEQUENCE_NUMBER",
    46: "DUPLICATE_SEQUENCE_NUMBER",
    47: "INVALID_PRODUCER_EPOCH",
    49: "INVALID_PRODUCER_ID_MAPPING",
    59: "UNKNOWN_PRODUCER_ID",
    90: "PRODUCER_FENCED",
  }],
  // The broker is too old, and says so before it reads on.
  [MEANINGS.unsupported, { 35: "UNSUPPORTED_VERSION" }],
  // The broker itself does not know what went wrong.
  [UNKNOWN, { [-1]: "UNKNOWN_SERVER_ERROR" }],
];

const BY_NUMBER = new Map(
  BROKER_ERRORS.flatMap(([meaning, names]) =>
    Object.entries(names).map(([number, name]) => [Number(number), { name, meaning }] as const)
  ),
);

/** What a client library or a broker reported, with its meaning. `cause` holds the library's own error. */
export class KafkaFailure extends Error {
  override readonly name = "KafkaFailure";
  constructor(readonly meaning: ErrorMeaning, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}

/** The failure of an error code in a broker's answer, with what the broker said about it. */
export function brokerFailure(number: number, options: ErrorOptions & { detail?: string | null } = {}): KafkaFailure {
  const { detail, ...rest } = options;
  const { name, meaning } = BY_NUMBER.get(number) ?? { name: "an error without a name here", meaning: UNKNOWN };
  return new KafkaFailure(meaning, `the broker answered ${name} (${number})${detail ? `: ${detail}` : ""}`, rest);
}

/** The failure of a topic's answer; if it is a missing right, with the one that this request needs. */
export function topicFailure(number: number, right: TopicRight, topic: string): KafkaFailure {
  const detail = number === TOPIC_AUTHORIZATION_FAILED
    ? `the access rules do not give ${right} on topic "${topic}" (deno task check shows the rule to add)`
    : null;
  return brokerFailure(number, { detail });
}

/** Meaning of any error during a call to a broker. */
export function meaningOf(error: unknown): ErrorMeaning {
  if (error instanceof KafkaFailure) return error.meaning;
  if (error instanceof LogError) return meaningOfLogError(error.code);
  return UNKNOWN;
}

/** Errors of this folder's own. */
function meaningOfLogError(code: LogErrorCode): ErrorMeaning {
  const passing = code === "unreachable" || code === "timed_out" || code === "leader_changed" ||
    code === "unknown_topic";
  return { code, retriable: passing, doubtful: passing || code === "client" };
}

/** The error as one of the port's, with a sentence that says what was tried. */
export function asLogError(error: unknown, what: string): LogError {
  if (error instanceof LogError) return error;
  const reason = messageOf(error);
  const next = isOutOfDescriptors(error) ? `; ${TOO_MANY_OPEN}` : "";
  return new LogError(meaningOf(error).code, `${what} failed: ${reason}${next}`, { cause: error });
}
