/**
 * The last few templates of lines of JSON, as WebAssembly reads them: rows have some fields only now and then.
 *
 * @module
 */
import { putScratch } from "../../../wasm/scratch.ts";
import type { RawRow } from "../row_parser.ts";
import { WORD } from "./alike_job.ts";
import type { EventPlan } from "./event_plan.ts";
import { type JsonTemplate, jsonTemplateOf, type JsonTemplateSlots } from "./json_template.ts";

/** Each is tried on a line that is like none of them. */
const MAX_TEMPLATES = 4;
/** Maximum number of rows that are passed over after one of which there is no template. */
const MAX_PAUSE = 255;
const HEAD_WORDS = 3, WORD_BYTES = 4, STEP_WORDS = 3;

/** The templates of one file. */
export class AlikeTemplates {
  readonly #cells: EventPlan["cells"];
  readonly #slots: JsonTemplateSlots;
  readonly #templates: JsonTemplate[] = [];
  /** The one that the next new one replaces. */
  #oldest = 0;
  #last = 0;
  /** Whether there was a line since the last template that is like none. */
  #isWanted = true;
  /** Rows to pass over, and how many that were the last time. */
  #rest = 0;
  #pause = 0;
  #block: Uint8Array = new Uint8Array(0);

  constructor({ cells, sharing, unlikeSlots }: EventPlan) {
    this.#cells = cells;
    this.#slots = { shared: new Set(sharing.slots), unlike: new Set(unlikeSlots) };
  }

  get isEmpty(): boolean {
    return this.#templates.length === 0;
  }

  /** Learns from a good row, if lines need it. */
  learn(row: RawRow): void {
    if (!this.#isWanted || this.#rest-- > 0) return;
    const template = jsonTemplateOf(row, this.#cells, this.#slots);
    if (template === null) {
      this.#rest = this.#pause = Math.min(MAX_PAUSE, this.#pause * 2 + 1);
      return;
    }
    this.#isWanted = false;
    this.#rest = this.#pause = 0;
    if (this.#templates.some((known) => isSame(known, template))) return;
    this.#templates[this.#oldest] = template;
    this.#oldest = (this.#oldest + 1) % MAX_TEMPLATES;
    this.#block = blockOf(this.#templates);
  }

  /** Copies them, and says where they are. */
  put(words: Uint32Array): void {
    words[WORD.templates] = putScratch(this.#block);
    words[WORD.template_count] = this.#templates.length;
    words[WORD.last_template] = this.#last;
  }

  /** Call after the lines that were cut by them. */
  took(words: Uint32Array): void {
    this.#last = words[WORD.last_template] ?? 0;
    if (words[WORD.is_unknown] === 1) this.#isWanted = true;
  }
}

function isSame(a: JsonTemplate, b: JsonTemplate): boolean {
  return a.steps.length === b.steps.length && a.literals.length === b.literals.length &&
    a.steps.every((number, index) => number === b.steps[index]) &&
    a.literals.every((byte, index) => byte === b.literals[index]);
}

/** For each one where its steps are, how many values they have, and where its bytes are; then all steps; then all bytes. */
function blockOf(templates: readonly JsonTemplate[]): Uint8Array {
  const sum = (lengths: readonly number[]) => lengths.reduce((all, length) => all + length, 0);
  const words = sum(templates.map(({ steps }) => HEAD_WORDS + steps.length));
  const block = new Uint8Array(words * WORD_BYTES + sum(templates.map(({ literals }) => literals.length)));
  const numbers = new Uint32Array(block.buffer, 0, words);
  let step = templates.length * HEAD_WORDS, literal = words * WORD_BYTES;
  templates.forEach(({ steps, literals }, index) => {
    numbers.set([step * WORD_BYTES, steps.length / STEP_WORDS - 1, literal], index * HEAD_WORDS);
    numbers.set(steps, step);
    block.set(literals, literal);
    step += steps.length;
    literal += literals.length;
  });
  return block;
}
