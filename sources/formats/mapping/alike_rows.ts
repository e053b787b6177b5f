/**
 * Parses rows that are like rows before them in WebAssembly (wasm/src/alike_rows.rs): their shared cells have the bytes of
 * an earlier row, their instants and decimals a simple form. It stops at the first row that may be anything else; that one
 * is parsed by {@link EventParser}, and teaches what rows are alike from then on. Both make the same of every row.
 *
 * @module
 */
import type { EventColumns, SharedFields } from "../../../records/columns/event_columns.ts";
import { ID_KEY } from "../../../records/ids/canonical_form.ts";
import type { OpenInstant } from "../../../records/ids/open_instant.ts";
import { parse_alike_rows } from "../../../wasm/record_path.wasm";
import { clearScratch, putScratch, scratchBytes, scratchWords, takeScratch } from "../../../wasm/scratch.ts";
import type { LocalDates } from "../local_dates.ts";
import type { AlikeDecimal } from "../readers/decimal_options.ts";
import type { AlikeInstant, InstantReader } from "../readers/instant_options.ts";
import type { AlikeRun, RawRow, RunRows } from "../row_parser.ts";
import { AlikeJob, WORD } from "./alike_job.ts";
import { AlikeTable } from "./alike_table.ts";
import { AlikeTemplates } from "./alike_templates.ts";
import type { DelimitedForm, EventPlan, RowMeaning } from "./event_plan.ts";
import type { CellsKey } from "./shared_by_cells.ts";
import type { DatedValues } from "./shared_values.ts";

/** What all rows of a file have in common here. */
export interface AlikeRowsOptions {
  /** Null for lines of JSON. */
  readonly cells: DelimitedForm | null;
  readonly plan: EventPlan;
  readonly dates: LocalDates;
  readonly instant: OpenInstant;
}

const WORD_BYTES = 4, NUMBER_BYTES = 8, ID_BYTES = 16, ID_WORDS = 4, DECIMAL_WORDS = 4;
const TWO_32 = 2 ** 32, LF = 0x0a;
const MICROS_PER_UNIT = { s: 1_000_000, ms: 1000, us: 1, ns: 0 } as const;
/** No entry was met yet. */
const NO_ENTRY = 0xffffffff;
/** Different rows of one instant that are counted in WebAssembly, and the words of one. */
const MAX_COUNTED = 64, COUNTED_WORDS = 6;
/** The minimum of rows for which a call is worth its price. */
const FEW_ROWS = 16;
/** The minimum of rows to try where there are as many, and by how much more are tried after each run that nothing has stopped. */
const LEAST_REACH = 256, FACTOR = 4;
/** A guess at the length of a row, in bytes. */
const ROW_BYTES = 64;
/** Maximum number of cells of a row in WebAssembly, and of slots. */
const MAX_CELLS = 64;
/** Rows may be so much longer than those of the last run. */
const SPARE_PART = 1.25;
/** An attempt in vain costs a fifth of a row that is parsed by itself, and odd rows seldom stand alone. */
const MAX_VAIN = 4;
/** Maximum number of rows that are parsed one by one between two attempts. */
const MAX_PAUSE = 256;

/** Whether rows have nothing of their own but instants, decimals, ids and cells that are kept as they are. */
function isPlain({ vendorTexts, nanosSlot }: EventPlan): boolean {
  return nanosSlot < 0 && vendorTexts.every((text) => text !== null && text.instead === undefined);
}

/** The rows of one file that are alike. */
export class AlikeRows {
  readonly #options: AlikeRowsOptions;
  readonly #table: AlikeTable;
  /** Of lines of JSON. */
  readonly #templates: AlikeTemplates | null;
  /** The slots of the texts of a row. */
  readonly #texts: readonly number[];
  readonly #job = new AlikeJob(ID_KEY);
  #instant: InstantReader | null = null;
  #decimals: readonly AlikeDecimal[] = [];
  #fixed: Uint32Array | null = null;
  /** By the number of their entry. */
  #fields: SharedFields[] = [];
  readonly #known = new Set<DatedValues>();
  #tradeDate = "";
  /** The instants of that date. Rows that were refused, or taught nothing, may have been of another one since. */
  #bounds: LocalDates["bounds"] = [NaN, NaN];
  #lastEntry = NO_ENTRY;
  /** How many rows to try: runs of them may be stopped at any row. */
  #reach = LEAST_REACH;
  /** Whether the row that follows has stopped a run: it is parsed by itself. */
  #isNextOdd = false;
  /** The average length of a row of the last run, with its line end. */
  #rowBytes = ROW_BYTES;
  /** Attempts to leave out, how many that were the last time, and attempts in vain since the last good one. */
  #rest = 0;
  #pause = 0;
  #vain = 0;

  /** Null if rows of the plan are not simple enough. */
  static of(options: Omit<AlikeRowsOptions, "cells">): AlikeRows | null {
    const { plan } = options, { delimited = null, isJsonLine = false, count } = plan.cells;
    if (!isPlain(plan)) return null;
    if (isJsonLine) return count > MAX_CELLS ? null : new AlikeRows({ ...options, cells: null });
    return delimited === null || delimited.width > MAX_CELLS || plan.unlikeSlots.length > 0
      ? null
      : new AlikeRows({ ...options, cells: delimited });
  }

  constructor(options: AlikeRowsOptions) {
    this.#options = options;
    const { plan, cells } = options, { eventId, vendorTexts } = plan;
    this.#table = new AlikeTable(plan.sharing, cells?.delimiter ?? null);
    this.#templates = cells === null ? new AlikeTemplates(plan) : null;
    this.#texts = [...(eventId === null ? [] : [eventId]), ...vendorTexts].map((text) => text?.slot ?? 0);
  }

  /** A row was parsed: others may be like it. */
  learn(raw: RawRow, key: CellsKey | null, meaning: RowMeaning, dated: DatedValues): void {
    if (key === null || meaning.absentSide !== null || dated.absentSide !== null) return;
    this.#templates?.learn(raw);
    if (this.#known.has(dated)) return;
    if (dated.tradeDate !== this.#tradeDate || meaning.instant !== this.#instant) this.#begin(meaning, dated.tradeDate);
    const isAsOthers = meaning.decimals.every((reader, at) => isSame(reader?.alike ?? null, this.#decimals[at]));
    if (!isAsOthers || !this.#table.add(key, { prefix: dated.fieldPrefix, end: dated.fieldEnd })) return;
    this.#known.add(dated);
    this.#fields.push(dated.fields);
  }

  /** Parses rows of a run into the columns, as many as are like earlier ones; null if the first one may not be. */
  take(run: AlikeRun, into: EventColumns): RunRows | null {
    if (this.#fields.length === 0 || this.#templates?.isEmpty === true) return null;
    // A call costs as much as some rows that are parsed one by one.
    if (run.maxRows < FEW_ROWS || run.bytes.length < FEW_ROWS * this.#rowBytes) {
      return null;
    }
    if (this.#isNextOdd || this.#rest > 0) {
      if (!this.#isNextOdd) this.#rest -= 1;
      this.#isNextOdd = false;
      return null;
    }
    const taken = this.#take(run, into);
    if (taken !== null) this.#pause = this.#vain = 0;
    else if (++this.#vain > MAX_VAIN) this.#rest = this.#pause = Math.min(MAX_PAUSE, this.#pause * 2 + 1);
    return taken;
  }

  #begin(meaning: RowMeaning, tradeDate: string): void {
    this.#table.clear();
    this.#known.clear();
    this.#fields = [];
    this.#tradeDate = tradeDate;
    this.#bounds = this.#options.dates.bounds;
    this.#lastEntry = NO_ENTRY;
    this.#instant = meaning.instant;
    this.#decimals = meaning.decimals.flatMap((reader) => reader?.alike ?? []);
    this.#fixed = null;
  }

  #take(run: AlikeRun, into: EventColumns): RunRows | null {
    const { instant } = this.#options, { words } = this.#job;
    const alike = this.#instant?.alike?.() ?? null;
    if (alike === null || instant.counts.size > MAX_COUNTED) return null;
    // Copying bytes of which no row is made costs time for nothing, and each call has its price.
    const maxRows = Math.min(run.maxRows, this.#reach);
    const bytes = run.bytes.subarray(0, Math.ceil(maxRows * this.#rowBytes * SPARE_PART) + ROW_BYTES);
    clearScratch();
    words[WORD.bytes] = putScratch(bytes);
    words[WORD.bytes_end] = (words[WORD.bytes] ?? 0) + bytes.length;
    words[WORD.max_rows] = maxRows;
    words[WORD.max_row_bytes] = run.maxRowBytes;
    words[WORD.header] = putScratch(run.header);
    words[WORD.header_length] = run.header.length;
    words[WORD.last_entry] = this.#lastEntry;
    this.#table.put(words);
    this.#templates?.put(words);
    this.#putFixed(alike);
    this.#putCounted();
    this.#takeOutput(maxRows, bytes.length);
    const [from, until] = this.#bounds;
    this.#job.setInstants({
      midnight: alike.type === "time_of_day" ? alike.midnight : 0,
      earliest: alike.type === "epoch" ? Math.max(from, alike.earliestMicros) : from,
      until,
      open: instant.micros,
    });
    const rows = this.#job.run(parse_alike_rows);
    this.#templates?.took(words);
    if (rows === this.#reach) this.#reach *= FACTOR;
    else if (rows < maxRows) this.#reach = Math.max(LEAST_REACH, this.#reach >> 1);
    if (rows === 0) return null;
    // A line that is there as a whole, and was not taken.
    this.#isNextOdd = rows < maxRows && bytes.indexOf(LF, words[WORD.taken]) >= 0;
    this.#lastEntry = words[WORD.last_entry] ?? NO_ENTRY;
    this.#recount();
    return this.#keep(rows, into);
  }

  /** What is the same for all rows of a date. */
  #putFixed(alike: AlikeInstant): void {
    const { words } = this.#job, date = alike.type === "epoch" ? null : alike.date;
    const place = putScratch(this.#fixed ??= this.#fix(alike));
    words[WORD.decimals] = place;
    words[WORD.literals] = place + this.#decimals.length * DECIMAL_WORDS * WORD_BYTES;
    words[WORD.text_slots] = (words[WORD.literals] ?? 0) + (words[WORD.literal_count] ?? 0) * WORD_BYTES;
    words[WORD.unit_micros] = alike.type === "epoch" ? MICROS_PER_UNIT[alike.unit] : 0;
    words[WORD.date_slot] = date?.slot ?? 0;
    words[WORD.date] = date === null ? 0 : putScratch(date.bytes);
    words[WORD.date_length] = date?.bytes.length ?? 0;
  }

  /** What is the same until it learns another date: decimals, literals and texts, in one array, as each copy has its price. */
  #fix(alike: AlikeInstant): Uint32Array {
    const { plan, cells } = this.#options, { words } = this.#job, texts = this.#texts;
    const time = alike.type === "epoch" ? null : alike.time, literals = time?.literals ?? [];
    words[WORD.delimiter] = cells?.delimiter.charCodeAt(0) ?? 0;
    words[WORD.quoted] = cells?.isQuoted === true ? 1 : 0;
    words[WORD.cells] = cells?.width ?? 0;
    words[WORD.decimal_count] = this.#decimals.length;
    words[WORD.zero_is_odd] = plan.kind === "quote" ? 1 : 0;
    words[WORD.literal_count] = literals.length;
    words[WORD.text_count] = texts.length;
    words[WORD.instant] = alike.type === "epoch" ? 0 : 1;
    words[WORD.instant_slot] = alike.slot;
    words[WORD.time_length] = time?.length ?? 0;
    words[WORD.hour] = time?.hour ?? 0;
    words[WORD.minute] = time?.minute ?? 0;
    words[WORD.second] = time?.second ?? 0;
    words[WORD.fraction] = time?.fraction ?? 0;
    words[WORD.fraction_digits] = time?.fractionDigits ?? 0;
    return Uint32Array.from([
      ...this.#decimals.flatMap(({ slot, integerDigits, decimals, mark }) => [slot, integerDigits, decimals, mark]),
      ...literals.map(({ at, byte }) => at << 8 | byte),
      ...texts,
    ]);
  }

  /** Room for what is made of the rows. A text is a part of a row, so that all together are no longer than their bytes. */
  #takeOutput(rows: number, bytes: number): void {
    const { words } = this.#job, decimals = this.#decimals.length, texts = words[WORD.text_count] ?? 0;
    let place = takeScratch(
      rows * (NUMBER_BYTES + ID_BYTES + (2 * decimals + 2 * texts + 3) * WORD_BYTES) +
        (texts === 0 ? 0 : bytes + NUMBER_BYTES),
    );
    const take = (word: number, length: number) => {
      words[word] = place;
      place += length;
    };
    take(WORD.out_micros, rows * NUMBER_BYTES);
    take(WORD.out_ids, rows * ID_BYTES);
    take(WORD.out_high, rows * decimals * WORD_BYTES);
    take(WORD.out_low, rows * decimals * WORD_BYTES);
    take(WORD.out_entries, rows * WORD_BYTES);
    take(WORD.out_starts, rows * WORD_BYTES);
    take(WORD.out_lengths, rows * WORD_BYTES);
    take(WORD.out_text_starts, rows * texts * WORD_BYTES);
    take(WORD.out_text_ends, rows * texts * WORD_BYTES);
    take(WORD.out_text, 0);
  }

  /** Copies the rows of the open instant: four words of an id, then how often it was seen. */
  #putCounted(): void {
    const { counts } = this.#options.instant, { words } = this.#job;
    const place = takeScratch(MAX_COUNTED * COUNTED_WORDS * WORD_BYTES), memory = scratchWords();
    let at = place / WORD_BYTES;
    for (let index = 0; index < counts.size; index++) {
      const [id, count] = counts.at(index);
      memory.set(id, at);
      memory[at + ID_WORDS] = count;
      // A run has fewer rows than 2^32.
      memory[at + ID_WORDS + 1] = Math.floor(count / TWO_32);
      at += COUNTED_WORDS;
    }
    words[WORD.counted] = place;
    words[WORD.counted_count] = counts.size;
  }

  #recount(): void {
    const { words } = this.#job, memory = scratchWords(), counts = this.#options.instant.open(this.#job.open);
    let at = (words[WORD.counted] ?? 0) / WORD_BYTES;
    for (let index = words[WORD.counted_count] ?? 0; index > 0; index--, at += COUNTED_WORDS) {
      const count = (memory[at + ID_WORDS] ?? 0) + (memory[at + ID_WORDS + 1] ?? 0) * TWO_32;
      counts.add(memory.subarray(at, at + ID_WORDS), count);
    }
  }

  #keep(rows: number, into: EventColumns): RunRows {
    const { words } = this.#job, { buffer } = scratchBytes(), fields = this.#fields;
    const decimals = this.#decimals.length, texts = words[WORD.text_count] ?? 0;
    const placeOf = (word: number) => words[word] ?? 0;
    into.addAll({ entries: new Uint32Array(buffer, placeOf(WORD.out_entries), rows), fields }, {
      micros: new Float64Array(buffer, placeOf(WORD.out_micros), rows),
      high: new Int32Array(buffer, placeOf(WORD.out_high), rows * decimals),
      low: new Int32Array(buffer, placeOf(WORD.out_low), rows * decimals),
      ids: new Uint8Array(buffer, placeOf(WORD.out_ids), rows * ID_BYTES),
      texts: texts === 0 ? null : {
        buffer: new Uint8Array(buffer, placeOf(WORD.out_text), placeOf(WORD.text_used)),
        starts: new Int32Array(buffer, placeOf(WORD.out_text_starts), rows * texts),
        ends: new Int32Array(buffer, placeOf(WORD.out_text_ends), rows * texts),
      },
    });
    const bytes = placeOf(WORD.taken);
    this.#rowBytes = bytes / rows;
    return {
      bytes,
      starts: new Uint32Array(buffer, placeOf(WORD.out_starts), rows),
      lengths: new Uint32Array(buffer, placeOf(WORD.out_lengths), rows),
    };
  }
}

function isSame(a: AlikeDecimal | null, b: AlikeDecimal | undefined): boolean {
  return a !== null && b !== undefined && a.slot === b.slot && a.integerDigits === b.integerDigits &&
    a.decimals === b.decimals && a.mark === b.mark;
}
