/**
 * Copies maps of texts out of bodies with their entries in one order. A map of Avro has none: two bodies whose maps differ in
 * that alone say the same.
 *
 * @module
 */
import { longAt, textStart } from "./canonical_fields.ts";

/** Where an entry stands: from, end of its name, and its end. */
const PLACES = 3;
/** So many entries are put in order one by one, which takes no call of a function for each comparison. */
const FEW = 32;

/** Copies one map after the other; the places of entries are reused. */
export class MapOrder {
  #places = new Int32Array(16 * PLACES);
  #order = new Int32Array(16);

  /**
   * Copies a field that is null or a map, of a body that our writers make or might have made.
   *
   * @param at where the copy begins
   * @returns Where the copy ends.
   */
  copy(body: Uint8Array, range: { readonly from: number; readonly end: number }, into: Uint8Array, at: number): number {
    const { from, end } = range;
    const counted = textStart(body, from), entries = counted < end ? longAt(body, counted) : 0;
    if (entries < 2) return copyBytes(body, from, end, into, at);
    const first = textStart(body, counted), last = this.#find(body, first, entries);
    this.#sort(body, entries);
    let put = copyBytes(body, from, first, into, at);
    for (let index = 0; index < entries; index++) {
      const place = (this.#order[index] ?? 0) * PLACES;
      put = copyBytes(body, this.#places[place] ?? 0, this.#places[place + 2] ?? 0, into, put);
    }
    return copyBytes(body, last, end, into, put);
  }

  /** Notes where the entries stand; returns where the last one ends. */
  #find(body: Uint8Array, first: number, entries: number): number {
    if (entries > this.#order.length) {
      this.#places = new Int32Array(entries * 2 * PLACES);
      this.#order = new Int32Array(entries * 2);
    }
    const places = this.#places;
    let position = first;
    for (let index = 0; index < entries; index++) {
      places[index * PLACES] = position;
      position = textEnd(body, position);
      places[index * PLACES + 1] = position;
      position = textEnd(body, position);
      places[index * PLACES + 2] = position;
    }
    return position;
  }

  #sort(body: Uint8Array, entries: number): void {
    const order = this.#order;
    if (entries > FEW) {
      for (let index = 0; index < entries; index++) order[index] = index;
      order.subarray(0, entries).sort((one, other) => this.#isBefore(body, one, other) ? -1 : 1);
      return;
    }
    // By insertion: mostly they are in the order of those before.
    for (let index = 0; index < entries; index++) {
      let at = index;
      for (; at > 0 && this.#isBefore(body, index, order[at - 1] ?? 0); at--) order[at] = order[at - 1] ?? 0;
      order[at] = index;
    }
  }

  /** Whether the name of an entry comes before that of another one, by their bytes. */
  #isBefore(body: Uint8Array, one: number, other: number): boolean {
    const places = this.#places;
    let at = textStart(body, places[one * PLACES] ?? 0), than = textStart(body, places[other * PLACES] ?? 0);
    const end = places[one * PLACES + 1] ?? 0, thanEnd = places[other * PLACES + 1] ?? 0;
    for (; at < end && than < thanEnd; at++, than++) {
      const byte = body[at] ?? 0, otherByte = body[than] ?? 0;
      if (byte !== otherByte) return byte < otherByte;
    }
    return at === end && than < thanEnd;
  }
}

function textEnd(body: Uint8Array, at: number): number {
  const first = body[at] ?? 0;
  return first < 128 ? at + 1 + (first >> 1) : textStart(body, at) + longAt(body, at);
}

function copyBytes(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  let put = at;
  // Faster for so few bytes than a view of them.
  for (let index = start; index < end; index++) into[put++] = from[index] ?? 0;
  return put;
}
