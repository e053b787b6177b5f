/**
 * What @platformatic/kafka throws, and what it means. Its errors come wrapped in one another, and the outer ones
 * can mislead (a connection that broke during the log-in is told as a failed log-in), so that the whole chain counts.
 *
 * @module
 */
import { messageOf } from "../../kernel/message_of.ts";
import { brokerFailure, type ErrorMeaning, KafkaFailure, MEANINGS } from "../kafka/errors.ts";
import {
  AuthenticationError,
  NetworkError,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UnsupportedApiError,
  UnsupportedError,
} from "./package.ts";

/** The library's error with its meaning. */
export function failureOf(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const chain = chainOf(error);
  for (const each of chain) {
    const answer = brokerAnswerOf(each);
    // The broker said what is wrong: that decides, whatever was made of it later.
    if (answer !== null) return brokerFailure(answer.number, { detail: answer.detail, cause: error });
  }
  return new KafkaFailure(meaningOfChain(chain), sentenceOf(chain), { cause: error });
}

function meaningOfChain(chain: readonly unknown[]): ErrorMeaning {
  const innermost = chain.findLast((each) => isOfLibrary(each));
  // No answer within the library's own time: the request may have arrived.
  if (innermost instanceof TimeoutError) return MEANINGS.timedOut;
  // The connection broke or was never there. A wrong answer counts too: the library ends such a connection.
  if (innermost instanceof NetworkError || innermost instanceof UnexpectedCorrelationIdError) {
    return MEANINGS.unreachable;
  }
  // The log-in failed for a reason of its own, such as a broker that cannot prove that it knows the password.
  if (innermost instanceof AuthenticationError) return MEANINGS.unauthenticated;
  // The library cannot code the request: nothing was sent.
  if (innermost instanceof UnsupportedApiError || innermost instanceof UnsupportedError) return MEANINGS.unsupported;
  // Plain text met TLS: there is no connection. The library calls it an error of the user, and tells it by its text alone.
  if (/\bTLS\b/.test(sentenceOf(chain))) return MEANINGS.unreachable;
  return MEANINGS.unknown;
}

function isOfLibrary(error: unknown): boolean {
  return LIBRARY_ERRORS.some((each) => error instanceof each);
}

const LIBRARY_ERRORS = [
  AuthenticationError,
  NetworkError,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UnsupportedApiError,
  UnsupportedError,
];

/** The error, its cause or first part, and so on inwards. */
function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let each = error; each !== undefined && each !== null && !chain.includes(each); each = innerOf(each)) {
    chain.push(each);
  }
  return chain;
}

function innerOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return error.errors[0];
  return error instanceof Error ? error.cause : undefined;
}

/** The error code that a broker answered with, if the error tells one. */
function brokerAnswerOf(error: unknown): { readonly number: number; readonly detail: string | null } | null {
  if (!(error instanceof Error) || !("apiCode" in error) || typeof error.apiCode !== "number") return null;
  const detail = "serverErrorMessage" in error && typeof error.serverErrorMessage === "string"
    ? error.serverErrorMessage
    : null;
  return { number: error.apiCode, detail };
}

function sentenceOf(chain: readonly unknown[]): string {
  const messages = chain.map((each) => messageOf(each));
  return messages.map((message) => message.replace(/\.$/, "")).join(": ");
}
