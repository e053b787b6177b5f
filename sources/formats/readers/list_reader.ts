/**
 * Reads lists of texts.
 *
 * @module
 */
import { toTexts } from "../../../records/values/field_values.ts";
import { ARRAY, type Cells, isAbsent, TEXT } from "../cells.ts";
import { JsonNumber } from "../json_row.ts";
import { ByteMap } from "./byte_map.ts";
import { digitsOf, type FieldSource, valueOf } from "./field_source.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { unknownCode } from "./text_reader.ts";
import type { ListOptions, ListReader } from "./value_options.ts";

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
  readonly #texts = new ByteMap<readonly string[]>();
  readonly #arrays = new ByteMap<readonly string[]>();

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
    const kind = cells.kinds[slot], known = kind === TEXT ? this.#texts : kind === ARRAY ? this.#arrays : null;
    // It is none, and this call says why.
    if (known === null) return toTexts(valueOf(cells, this.#source), field);
    const { buffer } = cells, start = cells.starts[slot] ?? 0, end = cells.ends[slot] ?? 0;
    const list = known.get(buffer, start, end);
    if (list !== undefined) return list;
    const texts = toTexts(this.#itemsOf(digitsOf(cells, this.#source)), field);
    const made = Object.freeze(texts.map((text) => this.#wordFor(text)));
    known.set(buffer, start, end, made);
    return made;
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
