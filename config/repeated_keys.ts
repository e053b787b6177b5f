/**
 * Keys that a JSON text has twice in one object: JSON.parse takes the last of them, and says nothing.
 *
 * @module
 */

import type { ConfigProblem } from "./config_error.ts";

/** A key that is there again. */
export interface RepeatedKey {
  /** Its path, with dots. */
  readonly key: string;
  /** The lines of the first one and of this one, from 1. */
  readonly lines: readonly [first: number, again: number];
}

/** An object or an array that is open. */
interface Open {
  readonly path: string;
  /** The lines of the keys so far; null of an array. */
  readonly keys: Map<string, number> | null;
  /** The key or the place of the value that follows. */
  at: string | number;
}

const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\],\n]/g;

/**
 * What is wrong with them. What is wrong beside that would be told of the last one, which need not be the one that is meant.
 *
 * @param text JSON that has been parsed.
 */
export function repeatedKeyProblems(text: string, origin: string): readonly ConfigProblem[] {
  return repeatedKeys(text).map(({ key, lines: [first, again] }) => {
    const where = first === again ? `line ${again}` : `lines ${first} and ${again}`;
    return { key, origin, reason: `it is there twice, in ${where}.`, nextStep: "Leave one of them out." };
  });
}

/**
 * All keys that are repeated, in their order.
 *
 * @param text JSON that has been parsed.
 *
 * @example
 * ```ts
 * repeatedKeys('{"a": {"b": 1,\n"b": 2}}'); // [{ key: "a.b", lines: [1, 2] }]
 * ```
 */
export function repeatedKeys(text: string): readonly RepeatedKey[] {
  const found: RepeatedKey[] = [], stack: Open[] = [];
  let line = 1;
  for (const { 0: token, 1: colon } of text.matchAll(TOKENS)) {
    const open = stack.at(-1);
    if (token === "\n") line += 1;
    else if (token === "{" || token === "[") {
      const path = open === undefined ? "" : pathOf(open);
      stack.push({ path, keys: token === "{" ? new Map() : null, at: token === "{" ? "" : 0 });
    } else if (token === "}" || token === "]") stack.pop();
    else if (token === "," && typeof open?.at === "number") open.at += 1;
    else if (colon !== undefined && open !== undefined && open.keys !== null) {
      const key = String(JSON.parse(token.slice(0, -colon.length)));
      open.at = key;
      const first = open.keys.get(key);
      if (first === undefined) open.keys.set(key, line);
      else found.push({ key: pathOf(open), lines: [first, line] });
      line += colon.split("\n").length - 1;
    }
  }
  return found;
}

function pathOf({ path, at }: Open): string {
  return path === "" ? String(at) : `${path}.${at}`;
}
