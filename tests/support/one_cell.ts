/**
 * Rows of one cell.
 *
 * @module
 */
import { ABSENT, type Cells, NUMBER, TEXT } from "../../sources/formats/cells.ts";

const encoder = new TextEncoder();

/** A cell of a delimited row; empty text is absent. The buffer has digits around it that must not count. */
export function textCell(text: string): Cells {
  return cellOf(text === "" ? ABSENT : TEXT, text);
}

/** A cell of a JSON number. */
export function numberCell(text: string): Cells {
  return cellOf(NUMBER, text);
}

export function cellOf(kind: number, text: string): Cells {
  return cellsOf([[kind, text]]);
}

/** A delimited row. */
export function textCells(...texts: readonly string[]): Cells {
  return cellsOf(texts.map((text) => [text === "" ? ABSENT : TEXT, text]));
}

function cellsOf(values: readonly (readonly [kind: number, text: string])[]): Cells {
  const parts = values.map(([, text]) => encoder.encode(text));
  const starts = new Int32Array(parts.length), ends = new Int32Array(parts.length);
  const bytes: number[] = [];
  parts.forEach((part, slot) => {
    bytes.push(0x39);
    starts[slot] = bytes.length;
    bytes.push(...part);
    ends[slot] = bytes.length;
  });
  const buffer = Uint8Array.from([...bytes, 0x39]);
  return {
    buffer,
    starts,
    ends,
    kinds: Uint8Array.from(values, ([kind]) => kind),
    count: values.length,
    isPlain: buffer.every((byte) => byte < 0x80),
  };
}
