/**
 * Takes the escapes out of the texts of a row, which is rarely needed.
 *
 * @module
 */
import { ABSENT } from "./cells.ts";
import type { JsonMembers } from "./json_members.ts";
import { unescape } from "./json_scan.ts";

/** Marks of a kind until the row has been read: the text has escapes, or the key of the member has. */
export const ESCAPED = 0x10, ESCAPED_KEY = 0x20;

/** Parts of a buffer. */
interface Parts {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly kinds: Uint8Array;
  readonly count: number;
}

/** Moves rows into a buffer of its own, with their unescaped texts after them. */
export class RowUnescaper {
  #buffer = new Uint8Array(1024);
  #put = 0;

  /** Makes all parts those of the returned buffer, which the next row overwrites; takes the marks off their kinds. */
  move(
    { source, start, end }: { readonly source: Uint8Array; readonly start: number; readonly end: number },
    cells: readonly Parts[],
    members: JsonMembers,
  ): Uint8Array {
    const length = end - start;
    // No text becomes longer without its escapes.
    if (this.#buffer.length < length * 2) this.#buffer = new Uint8Array(length * 3);
    this.#buffer.set(source.subarray(start, end));
    this.#put = length;
    const row = { source, start };
    for (let index = 0; index < members.count; index++) {
      const kind = members.kinds[index] ?? ABSENT;
      this.#movePart(row, members.keyStarts, members.keyEnds, { index, isEscaped: (kind & ESCAPED_KEY) !== 0 });
      this.#movePart(row, members.starts, members.ends, { index, isEscaped: (kind & ESCAPED) !== 0 });
      members.kinds[index] = kind & ~(ESCAPED | ESCAPED_KEY);
    }
    for (const { starts, ends, kinds, count } of cells) {
      for (let index = 0; index < count; index++) {
        const kind = kinds[index] ?? ABSENT;
        // What is absent has a place of an earlier row.
        if (kind === ABSENT) continue;
        this.#movePart(row, starts, ends, { index, isEscaped: (kind & ESCAPED) !== 0 });
        kinds[index] = kind & ~ESCAPED;
      }
    }
    return this.#buffer;
  }

  #movePart(
    { source, start }: { readonly source: Uint8Array; readonly start: number },
    starts: Int32Array,
    ends: Int32Array,
    { index, isEscaped }: { readonly index: number; readonly isEscaped: boolean },
  ): void {
    const from = starts[index] ?? 0, to = ends[index] ?? 0;
    starts[index] = isEscaped ? this.#put : from - start;
    if (isEscaped) this.#put = unescape(source, from, to, this.#buffer, this.#put);
    ends[index] = isEscaped ? this.#put : to - start;
  }
}
