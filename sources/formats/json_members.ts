/**
 * The members of a row's objects that have no slot: their keys and values.
 *
 * @module
 */
import { ABSENT } from "./cells.ts";
import type { JsonPath } from "./json_layout.ts";

/** Rows rarely have more. */
const CAPACITY = 16;

/** Keys and values as parts of one buffer, in the order of the row; reused from row to row. */
export class JsonMembers {
  /** How many there are. */
  count = 0;
  keyStarts: Int32Array = new Int32Array(CAPACITY);
  keyEnds: Int32Array = new Int32Array(CAPACITY);
  starts: Int32Array = new Int32Array(CAPACITY);
  ends: Int32Array = new Int32Array(CAPACITY);
  kinds: Uint8Array = new Uint8Array(CAPACITY);
  /** The element of the list of records that has the member; -1 for the members of the row itself. */
  elements: Int32Array = new Int32Array(CAPACITY);
  /** The path of the object that has the member. */
  readonly paths: JsonPath[] = [];

  /** Adds a member without its value; returns its index. */
  add(path: JsonPath, element: number, keyStart: number, keyEnd: number): number {
    if (this.count === this.kinds.length) this.#grow();
    const index = this.count++;
    this.paths[index] = path;
    this.elements[index] = element;
    this.keyStarts[index] = keyStart;
    this.keyEnds[index] = keyEnd;
    return index;
  }

  /** Adds an element of an array, which has no key: the path is its own. */
  addItem(path: JsonPath, element: number): void {
    const index = this.add(path, element, 0, 0);
    this.starts[index] = this.ends[index] = 0;
    this.kinds[index] = ABSENT;
  }

  #grow(): void {
    const wider = (numbers: Int32Array) => {
      const grown = new Int32Array(numbers.length * 2);
      grown.set(numbers);
      return grown;
    };
    this.keyStarts = wider(this.keyStarts);
    this.keyEnds = wider(this.keyEnds);
    this.starts = wider(this.starts);
    this.ends = wider(this.ends);
    this.elements = wider(this.elements);
    const kinds = new Uint8Array(this.kinds.length * 2);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}
