/**
 * Reads lists of texts.
 *
 * @module
 */
import { toTexts } from "../../../records/values/field_values.ts";
import { ARRAY, type Cells, isAbsent, TEXT, textOf } from "../cells.ts";
import { JsonNumber } from "../json_row.ts";
import { digitsOf, type FieldSource, valueOf } from "./field_source.ts";
import { isSame } from "./known_bytes.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { unknownCode } from "./text_reader.ts";
import type { ListOptions, ListReader } from "./value_options.ts";

/** Bounds the memory for the lists of a hostile file; they are cheap to make again. */
const MAX_KNOWN = 4096, LONGEST_KNOWN = 256;
const SEPARATOR = "|";

/** @throws {ReaderOptionsError} If the options exclude one another. */
export function listReader(options: ListOptions): ListReader {
  const { separator, width } = options;
  if (separator !== undefined && width !== undefined) {
    throw new ReaderOptionsError("A list has a separator or a fixed width, not both.");
  }
  if (separator === "" || (width !== undefined && !(Number.isInteger(width) && width > 0))) {
    throw new ReaderOptionsError("The separator of a list has a character, its width is a whole number from 1.");
  }
  return new KnownListReader(options);
}

class KnownListReader implements ListReader {
  readonly #source: FieldSource;
  readonly #split: (text: string) => readonly string[];
  readonly #words: ReadonlyMap<string, string> | null;
  readonly #digits: boolean;
  readonly #known = new Map<string, readonly string[]>();
  // Most rows have the same list as the row before.
  #lastBytes = new Uint8Array(0);
  #lastKind = -1;
  #last: readonly string[] = [];

  constructor({ slot, field, separator = SEPARATOR, width, words, digits = false }: ListOptions) {
    this.#source = { slot, field };
    this.#digits = digits;
    this.#split = width === undefined
      ? (text) => text.split(separator)
      : (text) =>
        Array.from({ length: Math.ceil(text.length / width) }, (_, index) => {
          return text.slice(index * width, (index + 1) * width).trim();
        }).filter((part) => part !== "");
    this.#words = words === undefined ? null : new Map(Object.entries(words));
  }

  read(cells: Cells): readonly string[] | null {
    const { slot, field } = this.#source;
    if (isAbsent(cells, slot)) return null;
    const start = cells.starts[slot] ?? 0, end = cells.ends[slot] ?? 0, kind = cells.kinds[slot] ?? 0;
    const last = this.#lastBytes;
    if (kind === this.#lastKind && last.length === end - start && isSame(last, cells.buffer, start)) return this.#last;
    const list = kind === TEXT || kind === ARRAY
      ? this.#listOf(cells, kind)
      : toTexts(valueOf(cells, this.#source), field);
    this.#lastBytes = cells.buffer.slice(start, end);
    this.#lastKind = kind;
    return this.#last = list;
  }

  #listOf(cells: Cells, kind: number): readonly string[] {
    const { slot, field } = this.#source;
    const key = `${kind} ${textOf(cells, slot, field)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const texts = toTexts(this.#itemsOf(digitsOf(cells, this.#source)), field);
    const list = Object.freeze(texts.map((text) => this.#wordFor(text)));
    if (key.length > LONGEST_KNOWN) return list;
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(key, list);
    return list;
  }

  #itemsOf(value: unknown): unknown {
    if (typeof value === "string") return this.#split(value);
    if (!this.#digits || !Array.isArray(value)) return value;
    return value.map((item: unknown) => item instanceof JsonNumber ? item.text : item);
  }

  #wordFor(code: string): string {
    if (this.#words === null) return code;
    const word = this.#words.get(code);
    if (word === undefined) throw unknownCode(code, this.#source.field);
    return word;
  }
}
