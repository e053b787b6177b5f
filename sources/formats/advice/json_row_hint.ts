/**
 * Advises on JSON that is not one object on each line.
 *
 * @module
 */
import type { RecordKind } from "../../../schemas/record_types.ts";
import { hasLongNumber, type JsonRowValue } from "../json_row.ts";
import { REQUIRED } from "../named_fields.ts";
import { namePlacesCommand, unlistRowsCommand } from "./rename_keys.ts";

const OBJECTS = "Each line is one JSON object";
const OLD_JQ = "(jq 1.7 or newer: older ones round long numbers)";

/** The file or stream of the line. */
export interface JsonLineAbout {
  readonly kind: RecordKind;
  readonly path: string;
}

/**
 * Returns one sentence.
 *
 * @param found What the line holds; undefined if it is no complete JSON.
 */
export function jsonRowHint(
  text: string,
  found: JsonRowValue | undefined,
  { kind, path }: JsonLineAbout,
): string {
  if (Array.isArray(found)) return listHint(found, { kind, path });
  if (found !== undefined) return `${OBJECTS}.`;
  return /^\s*\[/.test(text)
    ? `${OBJECTS}: jq -c '.[]' makes such lines of a list of objects ${OLD_JQ}.`
    : `${OBJECTS}: jq -c . makes such lines of objects that take several ${OLD_JQ}.`;
}

function listHint(list: readonly JsonRowValue[], { kind, path }: JsonLineAbout): string {
  const [first] = list;
  const rows = { path, hasLongNumbers: hasLongNumber(list) };
  if (first instanceof Map) {
    return withCommand(`${OBJECTS}. This makes a line of each in a list`, unlistRowsCommand(rows));
  }
  const names = REQUIRED[kind].flatMap(([name = ""]) => name);
  return withCommand(
    `${OBJECTS}, and the values of a list have no names. With the place of each one, counted from 0, for …, this names them`,
    namePlacesCommand(names, { ...rows, areNested: Array.isArray(first) }),
  );
}

function withCommand(text: string, command: string | null): string {
  return command === null ? `${text}.` : `${text} ${OLD_JQ}: ${command}`;
}
