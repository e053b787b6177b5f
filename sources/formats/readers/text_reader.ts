/**
 * Reads texts as bytes, and flags.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { toText } from "../../../records/values/field_values.ts";
import { type Cells, FALSE, isAbsent, NUMBER, TEXT, textOf, TRUE } from "../cells.ts";
import { digitsOf, type FieldSource, valueOf } from "./field_source.ts";
import { KnownBytes } from "./known_bytes.ts";
import type { FlagReader, TextOptions, TextReader } from "./value_options.ts";

const encoder = new TextEncoder(), utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

export function textReader(options: TextOptions): TextReader {
  return new BytesReader(options);
}

class BytesReader implements TextReader {
  buffer: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  readonly #source: FieldSource;
  readonly #digits: boolean;
  readonly #words: KnownBytes<Uint8Array> | null;
  readonly #missing: KnownBytes<true> | null;

  constructor({ slot, field, words, digits = false, missing = [] }: TextOptions) {
    this.#source = { slot, field };
    this.#digits = digits;
    this.#words = words === undefined
      ? null
      : new KnownBytes(Object.entries(words).map(([code, text]) => [code, encoder.encode(text)]));
    this.#missing = missing.length === 0 ? null : new KnownBytes(missing.map((text) => [text, true]));
  }

  read(cells: Cells): boolean {
    const { slot, field } = this.#source;
    if (isAbsent(cells, slot)) return false;
    const kind = cells.kinds[slot];
    const isFlagWithWord = this.#words !== null && (kind === TRUE || kind === FALSE);
    if (kind !== TEXT && !(this.#digits && kind === NUMBER) && !isFlagWithWord) {
      // It is none, and this call says why.
      toText(valueOf(cells, this.#source), field);
    }
    if (this.#missing !== null && this.#missing.of(cells, slot) === true) return false;
    // An unpaired surrogate of JSON is in no UTF-8.
    if (!cells.isPlain) textOf(cells, slot, field);
    if (this.#words === null) {
      this.buffer = cells.buffer;
      this.start = cells.starts[slot] ?? 0;
      this.end = cells.ends[slot] ?? 0;
      return true;
    }
    const text = this.#words.of(cells, slot);
    if (text === undefined) throw unknownCode(textOf(cells, slot, field), field);
    this.buffer = text;
    this.start = 0;
    this.end = text.length;
    return true;
  }

  text(): string {
    return utf8.decode(this.buffer.subarray(this.start, this.end));
  }
}

/** The error for a code that the mapping has no text for. */
export function unknownCode(value: string, field: string): RecordError {
  return new RecordError("unknown_enum", { field, value, hint: "The format has no word for this code." });
}

export function flagReader({ slot, field }: FieldSource): FlagReader {
  const known = new KnownBytes<boolean>([["true", true], ["false", false]]);
  return {
    read(cells) {
      if (isAbsent(cells, slot)) return null;
      const kind = cells.kinds[slot];
      if (kind === TRUE) return true;
      if (kind === FALSE) return false;
      const flag = kind === TEXT ? known.of(cells, slot) : undefined;
      if (flag !== undefined) return flag;
      const value = kind === NUMBER ? valueOf(cells, { slot, field }) : digitsOf(cells, { slot, field });
      throw new RecordError("wrong_type", { field, value, hint: "Give true or false." });
    },
  };
}
