/**
 * Says why a row of a file is refused, in words of columns, text and flags, for people who have the file and not the
 * program. {@link RecordError} itself speaks to programmers.
 *
 * @module
 */
import { describe, describeField, RECORD_RULES, type RecordError } from "./errors.ts";

/** One sentence that names field, value and rule, and what to do. */
export function rowReason(error: RecordError): string {
  const { field, value, rule, rowHint } = error;
  const what = value === undefined || value === null ? describeField(field) : `${describeField(field)} ${shown(value)}`;
  const next = [...(rowHint === undefined ? [] : [rowHint]), ...(hasOuterSpace(value) ? [OUTER_SPACE] : [])];
  return [`${what} is refused (${rule}): ${RECORD_RULES[rule]}.`, ...next].join(" ");
}

const OUTER_SPACE = "It begins or ends with a space: values are taken as they stand, so take it out of the file.";

function hasOuterSpace(value: unknown): boolean {
  return typeof value === "string" && value !== value.trim();
}

function shown(value: unknown): string {
  if (typeof value === "bigint") return describe(String(value)).slice(1, -1);
  if (Array.isArray(value)) return `(a list of ${value.length})`;
  return value instanceof Map ? "(a JSON object)" : describe(value);
}
