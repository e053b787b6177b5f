/**
 * Finds the cells of one JSON row on bytes, without loss: numbers stay text, equal keys are an error. What it accepts is
 * what `parseJsonRow` accepts, and a row that is refused has that one's reason.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { ABSENT, ARRAY, type Cells, FALSE, NULL, NUMBER, OBJECT, TEXT, TRUE } from "./cells.ts";
import { JsonElements } from "./json_elements.ts";
import type { JsonLayout, JsonPath } from "./json_layout.ts";
import { JsonMembers } from "./json_members.ts";
import { JsonRowError, type JsonRowValue, MAX_JSON_DEPTH, parseJsonValue } from "./json_row.ts";
import { numberEnd, StringScanner, unescape } from "./json_scan.ts";
import { type JsonNode, nodeAt, trieOf } from "./json_trie.ts";
import { ESCAPED, ESCAPED_KEY, RowUnescaper } from "./json_unescape.ts";
import { decodeText } from "./row_parser.ts";

const QUOTE = 0x22, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;
const WORDS = new TextEncoder().encode("truefalsenull");
const FAULT = -1;

/** Objects with more keys of no path are rare, and read by the slow way. */
const MAX_OTHER_KEYS = 64;

/** Why a row is refused. */
export interface JsonFault {
  readonly error: JsonRowError;
  /** The row; null if it is no text. */
  readonly text: string | null;
}

/** The cells of one JSON row at a time. */
export class JsonCells implements Cells {
  buffer: Uint8Array = new Uint8Array(0);
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly kinds: Uint8Array;
  readonly count: number;
  isPlain = true;
  /** The keys that have no slot and are not passed over, with their values. */
  readonly others = new JsonMembers();
  /** Records in the row: 1, or the number of elements of the list of records; -1 if the row does not have that list. */
  elements = 1;
  /** Where the elements stand in the source: after the bracket of their list, and where its other bracket is. */
  listStart = 0;
  listEnd = 0;
  /** The first slot that two keys of the row stand for; -1 if there is none. */
  twice = -1;

  readonly #root: JsonNode;
  /** What a row may be: an array, if paths lead to its elements; an object, if they lead to its keys, or there are none. */
  readonly #mayBeArray: boolean;
  readonly #mayBeObject: boolean;
  readonly #each: boolean;
  readonly #elements: JsonElements;
  /** The element that is being read; -1 outside. */
  #element = -1;

  #source: Uint8Array = new Uint8Array(0);
  #limit = 0;
  readonly #strings = new StringScanner();
  /** Keys of no path of the objects that are open. */
  readonly #otherStarts = new Int32Array(MAX_OTHER_KEYS);
  readonly #otherEnds = new Int32Array(MAX_OTHER_KEYS);
  #otherKeys = 0;
  /** Whether only the slow way can tell if two keys are the same. */
  #isDoubtful = false;
  #hasEscapes = false;
  #kind = ABSENT;
  #valueStart = 0;
  #valueEnd = 0;
  readonly #unescaper = new RowUnescaper();

  /** @throws {ReaderOptionsError} */
  constructor(layout: JsonLayout) {
    const { paths, each } = layout;
    this.#root = trieOf(layout);
    this.count = paths.length;
    this.starts = new Int32Array(paths.length);
    this.ends = new Int32Array(paths.length);
    this.kinds = new Uint8Array(paths.length);
    this.#each = each !== undefined;
    this.#mayBeArray = this.#root.element !== null || this.#root.items.length > 0;
    this.#mayBeObject = this.#root.keys.length > 0 || !this.#mayBeArray;
    this.#elements = new JsonElements(paths.flatMap((path, slot) => each && isBelow(each, path) ? [slot] : []));
  }

  /** Lets another key stand for the value of a path, too. */
  alias(path: JsonPath, name: string): void {
    nodeAt(this.#root, path.slice(0, -1)).addKey(name, nodeAt(this.#root, path));
  }

  /** Reads the bytes from `start` up to `end`: a row without its line end. Null on success, else the reason. */
  read(buffer: Uint8Array, start: number, end: number): JsonFault | null {
    this.buffer = this.#source = buffer;
    this.#limit = end;
    this.kinds.fill(ABSENT);
    this.others.count = 0;
    this.elements = this.#each ? -1 : 1;
    this.twice = -1;
    this.#elements.count = 0;
    this.#element = -1;
    this.#otherKeys = 0;
    this.#isDoubtful = this.#hasEscapes = this.#strings.isWide = false;
    const first = this.#skipSpace(start);
    const opening = first < end ? buffer[first] : undefined;
    const isRow = opening === OPEN_BRACKET ? this.#mayBeArray : opening === OPEN_BRACE && this.#mayBeObject;
    const after = isRow ? this.#value(first, this.#root, 0) : FAULT;
    const isGood = after !== FAULT && this.#skipSpace(after) === end;
    const isText = !this.#strings.isWide || isUtf8(buffer.subarray(start, end));
    if (!isGood || !isText || this.#isDoubtful) {
      const fault = this.#faultOf(start, end);
      if (fault !== null) return fault;
      if (!isGood) throw new Error("A row was refused that is JSON");
    }
    this.isPlain = !this.#strings.isWide && !this.#hasEscapes;
    if (this.#hasEscapes) {
      this.buffer = this.#unescaper.move({ source: buffer, start, end }, [this, this.#elements], this.others);
    }
    return null;
  }

  /** Puts the cells of one of the {@link elements} into their slots. */
  select(element: number): void {
    this.#elements.select(element, this);
  }

  /** Where an element begins in the source. */
  startOf(element: number): number {
    return this.#elements.bounds[element * 2] ?? 0;
  }

  /** Where an element ends in the source. */
  endOf(element: number): number {
    return this.#elements.bounds[element * 2 + 1] ?? 0;
  }

  /** Why the slow way refuses the row; null if it does not, as keys were only in doubt. */
  #faultOf(start: number, end: number): JsonFault | null {
    const text = decodeText(this.#source.subarray(start, end));
    if (text === null) return { error: new JsonRowError("not_json", "It is not text."), text };
    let value: JsonRowValue;
    try {
      value = parseJsonValue(text);
    } catch (error) {
      if (error instanceof JsonRowError) return { error, text };
      throw error;
    }
    const isOne = Array.isArray(value) ? this.#mayBeArray : value instanceof Map && this.#mayBeObject;
    const what = this.#mayBeArray ? this.#mayBeObject ? "an object or an array" : "an array" : "an object";
    return isOne ? null : { error: new JsonRowError("not_json", `The value is not ${what}.`, value), text };
  }

  /** Reads a value; returns where it ends, or {@link FAULT}. */
  #value(start: number, node: JsonNode | null, depth: number): number {
    let end: number;
    const byte = start < this.#limit ? this.#source[start] ?? 0 : 0;
    let kind = TEXT, valueStart = start, valueEnd: number;
    if (byte === QUOTE) {
      valueStart = start + 1;
      valueEnd = this.#strings.end(this.#source, valueStart, this.#limit);
      if (valueEnd < 0) return FAULT;
      end = valueEnd + 1;
      // As everywhere in a row, an empty text says nothing.
      if (valueEnd === valueStart) kind = ABSENT;
      else if (this.#strings.isEscaped) {
        kind |= ESCAPED;
        if (node !== null) this.#hasEscapes = true;
      }
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (depth === MAX_JSON_DEPTH) return FAULT;
      const inner = node !== null && node.leadsOn ? node : null;
      kind = byte === OPEN_BRACE ? OBJECT : ARRAY;
      end = kind === OBJECT ? this.#object(start + 1, inner, depth + 1) : this.#array(start + 1, inner, depth + 1);
      if (end < 0) return FAULT;
      valueEnd = end;
    } else {
      kind = byte === 0x74 ? TRUE : byte === 0x66 ? FALSE : byte === 0x6e ? NULL : NUMBER;
      end = kind === NUMBER ? numberEnd(this.#source, start, this.#limit) : this.#word(start, kind);
      if (end < 0) return FAULT;
      valueEnd = end;
    }
    this.#kind = kind;
    this.#valueStart = valueStart;
    this.#valueEnd = valueEnd;
    if (node !== null && node.slot >= 0) this.#take(node.slot);
    return end;
  }

  #take(slot: number): void {
    this.starts[slot] = this.#valueStart;
    this.ends[slot] = this.#valueEnd;
    this.kinds[slot] = this.#kind;
  }

  #word(start: number, kind: number): number {
    const from = kind === TRUE ? 0 : kind === FALSE ? 4 : 9, length = kind === FALSE ? 5 : 4;
    if (start + length > this.#limit) return FAULT;
    for (let index = 0; index < length; index++) {
      if (this.#source[start + index] !== WORDS[from + index]) return FAULT;
    }
    return start + length;
  }

  /** Reads the members of an object, from after its brace on. */
  #object(start: number, node: JsonNode | null, depth: number): number {
    const source = this.#source;
    const otherKeys = this.#otherKeys;
    let before = -1;
    if (node !== null) node.seen.fill(0);
    let at = this.#skipSpace(start);
    if (at < this.#limit && source[at] === CLOSE_BRACE) return at + 1;
    for (;; at = this.#skipSpace(at + 1)) {
      if (at >= this.#limit || source[at] !== QUOTE) return FAULT;
      const keyStart = at + 1, keyEnd = this.#strings.end(source, keyStart, this.#limit);
      if (keyEnd < 0) return FAULT;
      const isEscaped = this.#strings.isEscaped;
      at = this.#skipSpace(keyEnd + 1);
      if (at >= this.#limit || source[at] !== COLON) return FAULT;
      at = this.#skipSpace(at + 1);
      const index = node === null
        ? -1
        : isEscaped
        ? this.#findEscaped(node, keyStart, keyEnd)
        : node.find(source, keyStart, keyEnd, before);
      if (isEscaped) this.#isDoubtful = true;
      if (index >= 0 && node !== null) {
        const child = node.keys[index]?.node ?? null;
        if (node.seen[index] === 1) return FAULT;
        node.seen[index] = 1;
        before = index;
        if (this.twice < 0 && node.hasTwice(index)) this.twice = child?.slot ?? -1;
        at = this.#value(at, child, depth);
      } else {
        if (!isEscaped && !this.#addOther(otherKeys, keyStart, keyEnd)) return FAULT;
        if (node === null || !node.isListed) at = this.#value(at, null, depth);
        else at = this.#member(at, node, { keyStart, keyEnd, isEscaped, depth });
      }
      if (at < 0) return FAULT;
      at = this.#skipSpace(at);
      if (at >= this.#limit) return FAULT;
      if (source[at] === COMMA) continue;
      this.#otherKeys = otherKeys;
      return source[at] === CLOSE_BRACE ? at + 1 : FAULT;
    }
  }

  #member(
    at: number,
    node: JsonNode,
    { keyStart, keyEnd, isEscaped, depth }: {
      readonly keyStart: number;
      readonly keyEnd: number;
      readonly isEscaped: boolean;
      readonly depth: number;
    },
  ): number {
    const { others } = this;
    const index = others.add(node.path, this.#element, keyStart, keyEnd);
    const end = this.#value(at, null, depth);
    others.starts[index] = this.#valueStart;
    others.ends[index] = this.#valueEnd;
    others.kinds[index] = this.#kind | (isEscaped ? ESCAPED_KEY : 0);
    if (isEscaped || (this.#kind & ESCAPED) !== 0) this.#hasEscapes = true;
    return end;
  }

  /** Keeps a key of no path; false if the object has had it. */
  #addOther(first: number, keyStart: number, keyEnd: number): boolean {
    const length = keyEnd - keyStart, source = this.#source;
    for (let index = first; index < this.#otherKeys; index++) {
      const start = this.#otherStarts[index] ?? 0;
      if ((this.#otherEnds[index] ?? 0) - start !== length) continue;
      let same = 0;
      while (same < length && source[start + same] === source[keyStart + same]) same++;
      if (same === length) return false;
    }
    if (this.#otherKeys === MAX_OTHER_KEYS) {
      this.#isDoubtful = true;
      return true;
    }
    this.#otherStarts[this.#otherKeys] = keyStart;
    this.#otherEnds[this.#otherKeys++] = keyEnd;
    return true;
  }

  #findEscaped(node: JsonNode, keyStart: number, keyEnd: number): number {
    const key = new Uint8Array(keyEnd - keyStart);
    return node.find(key, 0, unescape(this.#source, keyStart, keyEnd, key, 0), -1);
  }

  /** Reads the elements of an array, from after its bracket on. */
  #array(start: number, node: JsonNode | null, depth: number): number {
    const source = this.#source, element = node?.element ?? null;
    if (element !== null) {
      this.elements = 0;
      this.listStart = start;
    }
    let at = this.#skipSpace(start);
    if (at < this.#limit && source[at] === CLOSE_BRACKET) {
      if (element !== null) this.listEnd = at;
      return at + 1;
    }
    for (let index = 0;; index++) {
      if (element === null) {
        if (node?.isClosed === true && !node.hasItem(index)) this.others.addItem([...node.path, index], this.#element);
        at = this.#value(at, node?.items[index] ?? null, depth);
      } else {
        const from = at;
        this.#element = index;
        at = this.#value(at, element, depth);
        this.#elements.keep(this, from, at);
        this.elements++;
        this.#element = -1;
      }
      if (at < 0) return FAULT;
      at = this.#skipSpace(at);
      if (at >= this.#limit) return FAULT;
      if (source[at] === CLOSE_BRACKET) {
        if (element !== null) this.listEnd = at;
        return at + 1;
      }
      if (source[at] !== COMMA) return FAULT;
      at = this.#skipSpace(at + 1);
    }
  }

  #skipSpace(start: number): number {
    let at = start;
    for (; at < this.#limit; at++) {
      const byte = this.#source[at] ?? 0;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) break;
    }
    return at;
  }
}

function isBelow(each: JsonPath, path: JsonPath): boolean {
  return path.length > each.length && each.every((step, index) => path[index] === step);
}
