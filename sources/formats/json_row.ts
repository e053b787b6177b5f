/**
 * Reads one JSON object without loss: numbers stay text, equal keys are an error, and no key becomes a prototype.
 * `JSON.parse` rounds numbers, silently keeps the last of equal keys, and its reviver recurses without a limit.
 *
 * @module
 */
import type { RowFormRule } from "../../records/row_rules.ts";

/** A JSON number as written. */
export class JsonNumber {
  constructor(readonly text: string) {}
}

/** A JSON value. Objects are maps, so a key such as `__proto__` is an ordinary key. */
export type JsonRowValue = string | JsonNumber | boolean | null | readonly JsonRowValue[] | JsonRow;

/** A JSON object. */
export type JsonRow = ReadonlyMap<string, JsonRowValue>;

/** The error of a text that should be one JSON object. */
export class JsonRowError extends Error {
  override readonly name = "JsonRowError";
  constructor(
    readonly rule: Extract<RowFormRule, "not_json" | "duplicate_key" | "too_deep">,
    message: string,
    /** What the text holds in place of the object. @default no JSON */
    readonly found?: JsonRowValue,
  ) {
    super(message);
  }
}

/** Deeper objects and arrays are refused; a record needs two levels. */
export const MAX_JSON_DEPTH = 16;

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
/** A string whose escapes are not checked: JSON.parse checks them. */
const STRING = /"(?:[^"\\]|\\.)*"/ys;
const WHITE_SPACE = /[ \t\r\n]*/y;

/**
 * Parses a text that is one JSON object.
 *
 * @throws {JsonRowError}
 */
export function parseJsonRow(text: string): JsonRow {
  const value = parseJsonValue(text);
  if (value instanceof Map) return value;
  throw new JsonRowError("not_json", "The value is not an object.", value);
}

/**
 * Parses a text that is one JSON value.
 *
 * @throws {JsonRowError}
 */
export function parseJsonValue(text: string): JsonRowValue {
  const reader = new JsonReader(text);
  const value = reader.value(0);
  reader.end();
  return value;
}

/** Floating point does not keep all digits beyond this number. */
const EXACT_DIGITS = 15;

/** Whether it contains a number that floating point cannot hold. */
export function hasLongNumber(value: JsonRowValue): boolean {
  if (value instanceof JsonNumber) return value.text.replace(/[eE].*$/, "").replace(/\D/g, "").length > EXACT_DIGITS;
  if (value instanceof Map) return [...value.values()].some(hasLongNumber);
  return Array.isArray(value) && value.some(hasLongNumber);
}

/** The number of levels plus one. */
function deeper(depth: number): number {
  if (depth < MAX_JSON_DEPTH) return depth + 1;
  throw new JsonRowError("too_deep", `It has more than ${MAX_JSON_DEPTH} levels.`);
}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): JsonRowValue {
    this.#match(WHITE_SPACE);
    switch (this.#text[this.#at]) {
      case "{":
        return this.#object(deeper(depth));
      case "[":
        return this.#array(deeper(depth));
      case '"':
        return this.#string();
    }
    const number = this.#match(NUMBER);
    if (number !== null) return new JsonNumber(number);
    switch (this.#match(WORD)) {
      case "true":
        return true;
      case "false":
        return false;
      case "null":
        return null;
      default:
        throw this.#unexpected();
    }
  }

  end(): void {
    this.#match(WHITE_SPACE);
    if (this.#at < this.#text.length) throw this.#unexpected();
  }

  #object(depth: number): JsonRow {
    const fields = new Map<string, JsonRowValue>();
    this.#at++;
    if (this.#skip("}")) return fields;
    do {
      this.#match(WHITE_SPACE);
      const key = this.#string();
      if (fields.has(key)) {
        throw new JsonRowError("duplicate_key", `The key is ${JSON.stringify(key.slice(0, 80))}.`);
      }
      if (!this.#skip(":")) throw this.#unexpected();
      fields.set(key, this.value(depth));
    } while (this.#skip(","));
    if (!this.#skip("}")) throw this.#unexpected();
    return fields;
  }

  #array(depth: number): JsonRowValue[] {
    const values: JsonRowValue[] = [];
    this.#at++;
    if (this.#skip("]")) return values;
    do values.push(this.value(depth)); while (this.#skip(","));
    if (!this.#skip("]")) throw this.#unexpected();
    return values;
  }

  #string(): string {
    const from = this.#at;
    const token = this.#match(STRING);
    if (token === null) throw this.#unexpected();
    try {
      const value: unknown = JSON.parse(token);
      if (typeof value === "string") return value;
    } catch {
      // A control character, or an escape that JSON does not have.
    }
    this.#at = from;
    throw this.#unexpected();
  }

  #skip(character: string): boolean {
    this.#match(WHITE_SPACE);
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #unexpected(): JsonRowError {
    const found = this.#at < this.#text.length ? `something unexpected at character ${this.#at + 1}` : "an early end";
    return new JsonRowError("not_json", `There is ${found}.`);
  }
}
