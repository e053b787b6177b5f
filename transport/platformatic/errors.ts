/**
 * Gives the errors of @platformatic/kafka their meaning. They come wrapped in one another, and the outer ones can
 * mislead (a connection that broke during the log-in looks like a failed log-in), so the whole chain counts.
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
    // The broker said what is wrong: that decides, not the errors wrapped around it.
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
  // The log-in itself failed, for example at a broker that cannot prove that it knows the password.
  if (innermost instanceof AuthenticationError) return MEANINGS.unauthenticated;
  // The library cannot encode the request: it sent nothing.
  if (innermost instanceof UnsupportedApiError || innermost instanceof UnsupportedError) return MEANINGS.unsupported;
  // Plain text met TLS: there is no connection. The library calls it a user error, and only its text tells it.
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

/** The error code of a broker's answer, if the error holds one. */
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
