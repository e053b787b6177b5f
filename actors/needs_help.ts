/**
 * Which errors of a log cannot be waited out: a person has to change something outside.
 *
 * @module
 */
import type { LogErrorCode } from "../transport/log.ts";

/** Codes of errors that no waiting mends. */
const NEEDS_HELP: ReadonlySet<LogErrorCode> = new Set<LogErrorCode>([
  "unauthenticated",
  "unauthorized",
  "invalid_request",
  "compacted_topic",
  "lock_lost",
]);

/** True if a person has to change something outside. */
export function needsHelp(code: LogErrorCode): boolean {
  return NEEDS_HELP.has(code);
}
