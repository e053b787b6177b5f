/**
 * What lines of JSON have in common that are alike: the bytes that stay the same, and between them values of a kind. It is
 * made of a line that was read, so that all of it is known to be JSON.
 *
 * @module
 */
import { ABSENT, ARRAY, type Cells, NULL, NUMBER, OBJECT, TEXT, TRUE } from "../cells.ts";
import type { RawRow } from "../row_parser.ts";

/** Maximum number of slots, and of values of a line. */
export const MAX_VALUES = 64;
/** The slot of values that no field is made of. */
const NO_SLOT = MAX_VALUES;
const STEP_NUMBERS = 3;
/** WebAssembly knows true and false as one kind, and texts as 0. */
const FLAG = TRUE, PLAIN_TEXT = 0;
const QUOTE = 0x22, COMMA = 0x2c, COLON = 0x3a, BACKSLASH = 0x5c, SPACE = 0x20, CR = 0x0d;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;
const FIRST_BYTES: ReadonlyMap<number, number> = new Map(
  ([["t", FLAG], ["f", FLAG], ["n", NULL]] as const).map(([letter, kind]) => [letter.charCodeAt(0), kind]),
);

/** As wasm/src/json_lines.rs reads it. */
export interface JsonTemplate {
  /** For each value how many bytes stand before it, its kind and its slot; last, how many stand after all of them. */
  readonly steps: Uint32Array;
  /** The bytes that stay the same. */
  readonly literals: Uint8Array;
}

/** Which cells may differ from line to line. */
export interface JsonTemplateSlots {
  /** Cells by whose bytes rows share fields: they may be arrays and objects. */
  readonly shared: ReadonlySet<number>;
  /** Cells that must be absent. */
  readonly unlike: ReadonlySet<number>;
}

/** The template of a row, which was read into cells; null if no line is like it. */
export function jsonTemplateOf(row: RawRow, cells: Cells, slots: JsonTemplateSlots): JsonTemplate | null {
  const line = row.buffer.subarray(row.start, row.end);
  // With an escape the cells may be those of another buffer. A CR at the end would be taken for one of the line end.
  return line.includes(BACKSLASH) || line.includes(CR) ? null : new LineWalk(row, cells, slots).template();
}

/** Goes through a line that is JSON. */
class LineWalk {
  readonly #row: RawRow;
  readonly #cells: Cells;
  readonly #slots: JsonTemplateSlots;
  /** The slots that were not met so far, by where their cells begin. */
  readonly #slotAt = new Map<number, number>();
  readonly #steps: number[] = [];
  readonly #literals: number[] = [];
  /** The first byte after the last value. */
  #from: number;
  #isAlike = true;

  constructor(row: RawRow, cells: Cells, slots: JsonTemplateSlots) {
    this.#row = row;
    this.#cells = cells;
    this.#slots = slots;
    this.#from = row.start;
    for (let slot = 0; slot < cells.count; slot++) {
      if (cells.kinds[slot] !== ABSENT) this.#slotAt.set(cells.starts[slot] ?? 0, slot);
    }
  }

  template(): JsonTemplate | null {
    const { start, end } = this.#row;
    for (let at = start; at < end;) at = this.#pass(at);
    this.#putLiteral(end);
    this.#steps.push(0, 0);
    // A slot that was not met is within the array or object of another one.
    if (!this.#isAlike || this.#slotAt.size > 0 || this.#steps.length > (MAX_VALUES + 1) * STEP_NUMBERS) return null;
    return { steps: Uint32Array.from(this.#steps), literals: Uint8Array.from(this.#literals) };
  }

  /** Goes past what begins there; returns where that ends. */
  #pass(at: number): number {
    const byte = this.#row.buffer[at] ?? 0;
    if (byte === QUOTE) return this.#passText(at + 1);
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) return this.#passNested(at, byte === OPEN_BRACE ? OBJECT : ARRAY);
    return byte === COLON || endsWord(byte) ? at + 1 : this.#passWord(at, FIRST_BYTES.get(byte) ?? NUMBER);
  }

  #passText(start: number): number {
    const { buffer } = this.#row, end = buffer.indexOf(QUOTE, start);
    let next = end + 1;
    while ((buffer[next] ?? COLON) <= SPACE) next++;
    if (buffer[next] !== COLON) this.#take(start, end, TEXT);
    return end + 1;
  }

  /** An array or object that is no cell is passed over value by value. */
  #passNested(start: number, kind: number): number {
    const slot = this.#slotAt.get(start);
    if (slot === undefined) return start + 1;
    const end = this.#cells.ends[slot] ?? 0;
    if (!this.#slots.shared.has(slot)) this.#isAlike = false;
    this.#take(start, end, kind);
    return end;
  }

  #passWord(start: number, kind: number): number {
    const { buffer, end } = this.#row;
    let next = start;
    while (next < end && !endsWord(buffer[next] ?? 0)) next++;
    this.#take(start, next, kind);
    return next;
  }

  #take(start: number, end: number, kind: number): void {
    const slot = this.#slotAt.get(start) ?? NO_SLOT, { shared, unlike } = this.#slots;
    this.#slotAt.delete(start);
    // A value that says nothing stays as it is: it may matter if another row says something there.
    if (start === end || (kind === NULL && !shared.has(slot))) return;
    if (unlike.has(slot)) this.#isAlike = false;
    this.#putLiteral(start);
    this.#steps.push(kind === TEXT ? PLAIN_TEXT : kind, slot);
    this.#from = end;
  }

  #putLiteral(end: number): void {
    for (let at = this.#from; at < end; at++) this.#literals.push(this.#row.buffer[at] ?? 0);
    this.#steps.push(end - this.#from);
  }
}

function endsWord(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === CLOSE_BRACKET || byte === CLOSE_BRACE;
}
