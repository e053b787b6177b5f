/**
 * The paths of a layout as a tree of keys, in which the keys of a row are looked up as bytes.
 *
 * @module
 */
import { ReaderOptionsError } from "./readers/reader_options_error.ts";
import type { JsonLayout, JsonPath } from "./json_layout.ts";
import { isSame } from "./readers/known_bytes.ts";

const encoder = new TextEncoder();

/** A value on the way of a path. */
export class JsonNode {
  readonly path: JsonPath;
  /** The slot of the value; -1 if it has none. */
  slot = -1;
  /** Whether the other keys of the object are listed. */
  isListed = false;
  isOpen = false;
  /** Whether elements of the array that no path leads to are listed. */
  isClosed = false;
  /** What each element of the array is, if each is a record. */
  element: JsonNode | null = null;
  /** Nodes by key; a key that stands for the same as another one has the same node. */
  readonly keys: { readonly bytes: Uint8Array; readonly node: JsonNode }[] = [];
  /** Nodes by index. */
  readonly items: JsonNode[] = [];
  /** For each key, whether the object has had it. */
  seen: Uint8Array = new Uint8Array(0);
  /** After each key, the one that followed it in the row before; the last one is for the first key of an object. */
  #follows: Int32Array = new Int32Array(1);
  #hasAliases = false;

  constructor(path: JsonPath) {
    this.path = path;
  }

  /** Whether there is something to find in the value. */
  get leadsOn(): boolean {
    return this.keys.length > 0 || this.items.length > 0 || this.isListed || this.isClosed || this.element !== null;
  }

  /** The index of a key that came after another one, -1 at first; -1 if it is unknown. */
  find(buffer: Uint8Array, start: number, end: number, before: number): number {
    const { keys } = this, length = end - start;
    const from = before < 0 ? keys.length : before;
    const guess = this.#follows[from] ?? 0, guessed = keys[guess];
    if (guessed !== undefined && guessed.bytes.length === length && isSame(guessed.bytes, buffer, start)) return guess;
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index];
      if (key === undefined || key.bytes.length !== length || !isSame(key.bytes, buffer, start)) continue;
      this.#follows[from] = index;
      return index;
    }
    return -1;
  }

  /** Whether a path leads to an element of the array. */
  hasItem(index: number): boolean {
    return (this.items[index]?.path.length ?? 0) > 0;
  }

  /** Whether the object has had another key that stands for the same. */
  hasTwice(index: number): boolean {
    if (!this.#hasAliases) return false;
    const node = this.keys[index]?.node;
    return this.keys.some((key, other) => other !== index && key.node === node && this.seen[other] === 1);
  }

  addKey(name: string, node: JsonNode): void {
    this.#hasAliases ||= this.keys.some((key) => key.node === node);
    this.keys.push({ bytes: encoder.encode(name), node });
    this.seen = new Uint8Array(this.keys.length);
    this.#follows = Int32Array.from({ length: this.keys.length + 1 }, (_, from) => from % this.keys.length + 1);
    this.#follows[this.keys.length] = 0;
  }
}

/** Finds or makes the node of a path. */
export function nodeAt(root: JsonNode, path: JsonPath): JsonNode {
  let node = root;
  path.forEach((step, index) => {
    const from = node.element ?? node;
    node = childOf(from, step) ?? addChild(from, step, path.slice(0, index + 1));
  });
  return node;
}

function childOf(node: JsonNode, step: string | number): JsonNode | undefined {
  if (typeof step === "number") return node.hasItem(step) ? node.items[step] : undefined;
  const bytes = encoder.encode(step);
  return node.keys.find((key) => key.bytes.length === bytes.length && isSame(key.bytes, bytes, 0))?.node;
}

function addChild(node: JsonNode, step: string | number, path: JsonPath): JsonNode {
  const child = new JsonNode(path);
  if (typeof step === "string") node.addKey(step, child);
  else for (let index = node.items.length; index <= step; index++) node.items.push(new JsonNode([]));
  if (typeof step === "number") node.items[step] = child;
  return child;
}

/** @throws {ReaderOptionsError} If two slots have the same path, or a step is no index. */
export function trieOf({ paths, each, ignored = [], listed = [], open = [] }: JsonLayout): JsonNode {
  const root = new JsonNode([]);
  root.isListed = true;
  for (const path of [...paths, ...ignored, ...listed, ...open, ...(each === undefined ? [] : [each])]) {
    const wrong = path.find((step) =>
      typeof step === "number" && !(Number.isInteger(step) && step >= 0 && step < MAX_INDEX)
    );
    if (wrong !== undefined) throw new ReaderOptionsError(`The index ${wrong} is none from 0 to ${MAX_INDEX - 1}.`);
  }
  if (each !== undefined) {
    const node = nodeAt(root, each);
    node.element = new JsonNode(each);
    node.element.isListed = true;
    // Of records and of what is around them nothing is left out unseen.
    node.element.isClosed = true;
    for (let length = 0; length < each.length; length++) nodeAt(root, each.slice(0, length)).isClosed = true;
  }
  paths.forEach((path, slot) => {
    const node = nodeAt(root, path);
    if (node.slot >= 0) throw new ReaderOptionsError(`The path ${JSON.stringify(path)} has two slots.`);
    node.slot = slot;
  });
  // Objects on the way of a path list what else they have, but an ignored value is not looked into.
  for (const path of [...paths, ...listed]) {
    for (let length = 0; length < path.length; length++) nodeAt(root, path.slice(0, length)).isListed = true;
  }
  for (const path of ignored) nodeAt(root, path);
  for (const path of listed) nodeAt(root, path).isListed = true;
  for (const path of open) {
    const node = nodeAt(root, path);
    node.isListed = false;
    node.isOpen = true;
    if (node.element !== null) {
      node.element.isListed = false;
      node.element.isOpen = true;
    }
  }
  return root;
}

/** Arrays with more named elements are no records. */
const MAX_INDEX = 256;
