/**
 * Bytes into rows, and rows into columns: compared with plain second implementations, and independent of how the bytes
 * are cut into pieces.
 *
 * @module
 */
import { isAbsent } from "../../../sources/formats/cells.ts";
import { DelimitedCells, DELIMITERS, MAX_COLUMNS } from "../../../sources/formats/delimited_cells.ts";
import type { ByteInput } from "../../../sources/files/input_window.ts";
import { LineReader } from "../../../sources/files/line_reader.ts";
import { emptyCut, type RowCut } from "../../../sources/files/row_cut.ts";
import { ACCEPTED, expect, type FuzzTarget } from "../fuzz_target.ts";

const LF = 0x0a, CR = 0x0d, QUOTE = 0x22;
const latin1 = new TextDecoder("latin1");

/** Bytes that come in pieces of a size. */
export function inPieces(bytes: Uint8Array, size: number): ByteInput {
  let at = 0;
  return {
    read(buffer) {
      const part = bytes.subarray(at, at + Math.min(size, buffer.length));
      buffer.set(part);
      at += part.length;
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
}

const ROW_FORMS = DELIMITERS.flatMap((delimiter) => [true, false].map((quoted) => ({ delimiter, quoted })))
  .map((form) => ({ ...form, cells: new DelimitedCells(form) }));

export const delimitedCells: FuzzTarget = {
  name: "delimited_cells",
  run: (input) => ROW_FORMS.map((form) => splitRow(input, form)),
};

function splitRow(input: Uint8Array, form: (typeof ROW_FORMS)[number]): string {
  const { cells } = form;
  const fault = cells.split(input, 0, input.length);
  const wanted = splitByHand(input, form);
  if (fault !== null) {
    expect(wanted === fault, () => `it is refused as ${fault}, and should be ${wanted}`);
    return fault;
  }
  const found = Array.from({ length: cells.count }, (_, slot) => {
    return latin1.decode(cells.buffer.subarray(cells.starts[slot], cells.ends[slot]));
  });
  expect(typeof wanted !== "string" && wanted.join("\0,") === found.join("\0,"), () => `it becomes ${found}`);
  expect(found.every((text, slot) => (text === "") === isAbsent(cells, slot)), () => "an empty cell is there");
  expect(cells.isPlain === input.every((byte) => byte > 0 && byte < 0x80), () => "it has other bytes than it says");
  return ACCEPTED;
}

/** A state table in place of the parser's loops. */
function splitByHand(
  input: Uint8Array,
  { delimiter, quoted }: { readonly delimiter: string; readonly quoted: boolean },
): string[] | string {
  const fields: number[][] = [[]];
  let state: "start" | "plain" | "quoted" | "closed" = "start";
  for (const byte of input) {
    if (state === "quoted") {
      if (byte === QUOTE) state = "closed";
      else fields.at(-1)?.push(byte);
    } else if (byte === delimiter.charCodeAt(0)) {
      if (fields.length === MAX_COLUMNS) return "wrong_column_count";
      fields.push([]);
      state = "start";
    } else if (quoted && byte === QUOTE && state !== "plain") {
      if (state === "closed") fields.at(-1)?.push(QUOTE);
      state = "quoted";
    } else if ((quoted && byte === QUOTE) || state === "closed") {
      return "misplaced_quote";
    } else {
      fields.at(-1)?.push(byte);
      state = "plain";
    }
  }
  if (state === "quoted") return "unterminated_quote";
  return fields.map((bytes) => latin1.decode(Uint8Array.from(bytes)));
}

export const lineReader: FuzzTarget = {
  name: "line_reader",
  async run(input) {
    const [size = 0, limit = 0, flags = 0] = input;
    const bytes = input.subarray(3);
    const options = { maxRowBytes: 1 + limit % 64, quoted: flags % 2 === 1 };
    const whole = await readLines(bytes, { ...options, size: bytes.length || 1, windowBytes: bytes.length + 1 });
    const pieces = await readLines(bytes, { ...options, size: 1 + size % 16, windowBytes: 1 + flags % 32 });
    expect(pieces.join("\n") === whole.join("\n"), () => `${pieces}\nin pieces, and in one\n${whole}`);
    const wanted = cutByHand(bytes, options);
    expect(whole.join("\n") === wanted.join("\n"), () => `${whole}\nare cut, and should be\n${wanted}`);
    return options.quoted ? "quoted" : "lines";
  },
};

interface ReadLinesOptions {
  readonly maxRowBytes: number;
  readonly quoted: boolean;
  readonly size: number;
  readonly windowBytes: number;
}

/** Each row as text: its place, and its bytes unless it is too long. */
async function readLines(bytes: Uint8Array, options: ReadLinesOptions): Promise<string[]> {
  const reader = new LineReader(inPieces(bytes, options.size), options);
  const cut: RowCut = emptyCut();
  const rows: string[] = [];
  for (;;) {
    const taken = reader.take(cut);
    if (taken === "more") {
      await reader.fill();
    } else if (taken === "too_long") {
      reader.mark();
      const { offset } = reader;
      await reader.takeTooLong(cut);
      rows.push(`${offset} ${cut.length} ${cut.lines} too long`);
    } else if (taken === "row") {
      const place = `${reader.base + cut.start} ${cut.length} ${cut.lines}`;
      const text = cut.tooLong ? "too long" : latin1.decode(reader.buffer.subarray(cut.start, cut.end));
      rows.push(`${place} ${JSON.stringify(text)}`.replace('"too long"', "too long"));
    } else {
      return rows;
    }
    if (rows.length % 3 === 0) reader.mark();
  }
}

/** Splits lines first, then joins lines into rows. */
function cutByHand(
  bytes: Uint8Array,
  { maxRowBytes, quoted }: { readonly maxRowBytes: number; readonly quoted: boolean },
): string[] {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const ends: number[] = [];
  for (let at = start; at < bytes.length; at++) if (bytes[at] === LF) ends.push(at);
  if ((ends.at(-1) ?? start - 1) + 1 < bytes.length) ends.push(bytes.length);
  const rows: string[] = [];
  let from = start;
  for (let line = 0; line < ends.length;) {
    const lines = quoted ? linesOfRow(bytes, { from, ends, line, maxRowBytes }) : 1;
    const end = ends[line + lines - 1] ?? bytes.length;
    const last = end > from && bytes[end - 1] === CR ? end - 1 : end;
    const tooLong = last - from > maxRowBytes;
    const text = tooLong ? "too long" : JSON.stringify(latin1.decode(bytes.subarray(from, last)));
    rows.push(`${from} ${last - from} ${lines} ${text}`);
    line += lines;
    from = end + 1;
  }
  return rows;
}

/** How many lines the row takes: only the first one, unless its open quote closes within the limit. */
function linesOfRow(
  bytes: Uint8Array,
  { from, ends, line, maxRowBytes }: {
    readonly from: number;
    readonly ends: readonly number[];
    readonly line: number;
    readonly maxRowBytes: number;
  },
): number {
  let open = false, at = from;
  for (let index = line; index < ends.length; index++) {
    const end = ends[index] ?? at;
    const last = end > from && bytes[end - 1] === CR ? end - 1 : end;
    if (last - from > maxRowBytes) return 1;
    for (; at < end; at++) if (bytes[at] === QUOTE) open = !open;
    if (!open) return index - line + 1;
  }
  return 1;
}
