/**
 * What a registry's answers mean, decided in one place.
 *
 * @module
 */
import { RegistryError, type RegistryErrorCode } from "../registry.ts";

/** A complete answer. */
export interface RegistryAnswer {
  readonly status: number;
  readonly text: string;
  /** The text with our log-in masked: show only this. */
  readonly masked: string;
  /** What the header `retry-after` asks for; null without it. */
  readonly retryAfterMs: number | null;
}

/** The question, for messages and details. */
export interface RegistryQuestion {
  /** Such as `Registering a schema for subject "x"`. */
  readonly what: string;
  readonly subject?: string | undefined;
  readonly version?: string;
  /** True if the request carries a schema, so that "bad request" means the schema. */
  readonly sendsSchema?: boolean;
}

/** The client stops reading a larger answer: no answer of the API comes near. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const MAX_QUOTED = 500;

/** `error_code` of a registry or subject whose mode does not let it take the schema. */
const OPERATION_NOT_PERMITTED = 42205;

/**
 * True for a 404 by which the API says that something is not there. A 404 of a gateway, or of a server that does not
 * know the path, does not answer the question.
 */
export function isAbsent({ status, text }: RegistryAnswer): boolean {
  if (status !== 404) return false;
  const body = parseJson(text);
  // Confluent's registry gives an unknown path the code 404, and everything else that is missing 404 and two more digits.
  return isObject(body) && typeof body.error_code === "number" && !/^HTTP 404\b/.test(String(body.message));
}

/** The error for an answer whose status is not 200. */
export function errorOf(answer: RegistryAnswer, question: RegistryQuestion): RegistryError {
  const { status, retryAfterMs } = answer;
  const { what, subject, version } = question;
  const message = registryMessage(answer.masked);
  const code = errorCodeIn(answer) === OPERATION_NOT_PERMITTED ? "read_only" : codeOf(status, question);
  const { path, oldVersion } = code === "incompatible" ? offenceIn(message) : {};
  const details = {
    status,
    subject,
    version: oldVersion ?? version,
    path,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  };
  return new RegistryError(code, `${what} failed: the registry answered ${status}: ${message}`, details);
}

function codeOf(status: number, { sendsSchema = false }: RegistryQuestion): RegistryErrorCode {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "unauthorized";
    case 404:
      return "not_found";
    case 409:
      return "incompatible";
    case 422:
      return "invalid_schema";
    case 408:
      return "timed_out";
    // Too many requests: passes by itself, like an overload.
    case 429:
      return "server_error";
  }
  if (status >= 500) return "server_error";
  // Some registries answer 400 to a text that is no schema.
  if (status >= 400) return sendsSchema ? "invalid_schema" : "server_error";
  // A redirect is not followed: the log-in would go to an address that the user did not name.
  return "malformed_answer";
}

function errorCodeIn({ text }: RegistryAnswer): unknown {
  const body = parseJson(text);
  return isObject(body) ? body.error_code : undefined;
}

/** The registry's own words; a body that is not the API's is cut short. */
function registryMessage(text: string): string {
  const parsed = parseJson(text);
  const message = isObject(parsed) && typeof parsed.message === "string" ? parsed.message : text.trim();
  return message.length > MAX_QUOTED ? `${message.slice(0, MAX_QUOTED)}…` : message || "(nothing)";
}

/** Path and version of the offending part, from the messages of the two registries that name them. */
function offenceIn(message: string): { path?: string | undefined; oldVersion?: string | undefined } {
  // Apicurio: "… [venue at /fields/1]"; Confluent: "… at path '/fields/1' …, {oldSchemaVersion: 3}".
  const path = /\bat (?:path )?'?(\/[^\s'",\]}]*)/.exec(message)?.[1];
  const oldVersion = /oldSchemaVersion:\s*(\d+)/.exec(message)?.[1];
  return { path, oldVersion };
}

/** The answer's JSON if it has the documented shape; `malformed_answer` if not. */
export function shaped<T>(answer: RegistryAnswer, question: RegistryQuestion, is: (value: unknown) => value is T): T {
  if (answer.status !== 200) throw errorOf(answer, question);
  const value = parseJson(answer.text);
  if (is(value)) return value;
  throw malformed(question, `the answer is not what the registry's API documents: ${registryMessage(answer.masked)}`);
}

/** The error for an answer that makes no sense. */
export function malformed({ what, subject }: RegistryQuestion, reason: string): RegistryError {
  return new RegistryError("malformed_answer", `${what} failed: ${reason}`, { subject });
}

/** The parsed text, `undefined` if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** True for an object of JSON. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
