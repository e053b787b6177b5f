/**
 * The job of `parse_alike_rows` in WebAssembly: numbers of 64 bits, then words, in the order of wasm/src/alike_rows.rs.
 *
 * @module
 */
import { putScratch, scratchBytes } from "../../../wasm/scratch.ts";

const NAMES = [
  "bytes",
  "bytes_end",
  "max_rows",
  "max_row_bytes",
  "delimiter",
  "quoted",
  "cells",
  "templates",
  "template_count",
  "last_template",
  "is_unknown",
  "header",
  "header_length",
  "spans",
  "span_count",
  "presence_slots",
  "presence_count",
  "table",
  "entries",
  "heads",
  "heads_mask",
  "last_entry",
  "instant",
  "instant_slot",
  "unit_micros",
  "date_slot",
  "date",
  "date_length",
  "time_length",
  "hour",
  "minute",
  "second",
  "fraction",
  "fraction_digits",
  "literals",
  "literal_count",
  "decimals",
  "decimal_count",
  "zero_is_odd",
  "text_slots",
  "text_count",
  "counted",
  "counted_count",
  "out_micros",
  "out_high",
  "out_low",
  "out_ids",
  "out_entries",
  "out_starts",
  "out_lengths",
  "out_text_starts",
  "out_text_ends",
  "out_text",
  "text_used",
  "taken",
] as const;

const KEY_AT = 32, WORDS_AT = 48, WORD_BYTES = 4;

/** Where each word stands among them. */
export const WORD = Object.fromEntries(NAMES.map((name, at) => [name, at])) as Record<typeof NAMES[number], number>;

/** A job: fill it, run it, read its words again. */
export class AlikeJob {
  readonly words: Uint32Array;
  readonly #bytes = new Uint8Array(WORDS_AT + NAMES.length * WORD_BYTES);
  readonly #numbers = new Float64Array(this.#bytes.buffer, 0, KEY_AT / Float64Array.BYTES_PER_ELEMENT);

  /** @param key of the hash of ids, 16 bytes */
  constructor(key: Uint8Array) {
    this.words = new Uint32Array(this.#bytes.buffer, WORDS_AT);
    this.#bytes.set(key, KEY_AT);
  }

  /** The first and last instant that rows may have, where times of day begin, and the open instant. */
  setInstants(
    { midnight, earliest, until, open }: Readonly<Record<"midnight" | "earliest" | "until" | "open", number>>,
  ): void {
    const numbers = this.#numbers;
    numbers[0] = midnight;
    numbers[1] = earliest;
    numbers[2] = until;
    numbers[3] = open;
  }

  get open(): number {
    return this.#numbers[3] ?? NaN;
  }

  /** Has a function run it; returns what that returns. */
  run(parse: (place: number) => number): number {
    const place = putScratch(this.#bytes);
    const rows = parse(place);
    this.#bytes.set(scratchBytes().subarray(place, place + this.#bytes.length));
    return rows;
  }
}
