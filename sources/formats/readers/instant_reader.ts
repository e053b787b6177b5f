/**
 * Reads instants in the encodings of sources, exactly.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { isPlainNumber, type TimeUnit } from "../../../records/values/epoch_number.ts";
import type { FineInstant } from "../../../records/values/fine_instant.ts";
import { toFineInstant } from "../../../records/values/instant.ts";
import { LocalCalendar } from "../../../records/values/local_time.ts";
import { type Cells, isAbsent, NUMBER, TEXT } from "../cells.ts";
import { CalendarReader } from "./calendar_reader.ts";
import { plainText } from "./decimal_text.ts";
import { type FieldSource, requiredText } from "./field_source.ts";
import { refuseFiner } from "./finer.ts";
import type { AlikeInstant, EpochInstant, InstantContext, InstantOptions, InstantReader } from "./instant_options.ts";
import { instantInUnit, instantOfText } from "./instant_text.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import { EpochScanner, integerDigits } from "./scan_epoch.ts";
import { IsoScanner } from "./scan_iso.ts";

/** @throws {ReaderOptionsError} If the options make no reader. */
export function instantReader(options: InstantOptions, context: InstantContext): InstantReader {
  if (options.encoding === "calendar") return new CalendarReader(options, context);
  return new CellReader(options, context, formOf(options, context));
}

/** How an instant in one cell is written. */
interface InstantForm {
  /** Of the last result of {@link scan}. */
  readonly nanos: number;
  /** Micros since the epoch, floored; NaN for anything that needs a closer look. */
  scan(buffer: Uint8Array, start: number, end: number): number;
  /** The instant of any text. @throws {RecordError} */
  exact(text: string): FineInstant;
  /** The unit of digits alone; null if they have none. */
  readonly unit: UnitOfDigits | null;
}

function formOf(options: Exclude<InstantOptions, { readonly encoding: "calendar" }>, context: InstantContext) {
  switch (options.encoding) {
    case "iso":
      return new IsoForm(options.field, context);
    case "declared":
      return new DeclaredForm(options.field, context);
    case "epoch":
      return new EpochForm(options.field, unitOf(options, context), context);
  }
}

class CellReader implements InstantReader {
  nanos = 0;
  readonly #source: FieldSource;
  readonly #finer: InstantContext["finer"];
  readonly #earliestMicros: number;
  readonly #form: InstantForm;

  constructor({ slot, field }: FieldSource, { finer, earliestMicros }: InstantContext, form: InstantForm) {
    this.#source = { slot, field };
    this.#earliestMicros = earliestMicros;
    this.#finer = finer;
    this.#form = form;
  }

  read(cells: Cells): number {
    const { slot } = this.#source;
    this.nanos = 0;
    if (isAbsent(cells, slot)) return NaN;
    const kind = cells.kinds[slot];
    let micros = kind === TEXT || kind === NUMBER
      ? this.#form.scan(cells.buffer, cells.starts[slot] ?? 0, cells.ends[slot] ?? 0)
      : NaN;
    let { nanos } = this.#form;
    if (Number.isNaN(micros)) ({ micros, nanos } = this.#form.exact(requiredText(cells, this.#source)));
    if (nanos === 0) return micros;
    if (this.#finer === "keep") this.nanos = nanos;
    else if (this.#finer !== "floor") {
      throw refuseFiner(this.#finer, { field: this.#source.field, value: requiredText(cells, this.#source) });
    }
    return micros;
  }

  alike(): AlikeInstant | null {
    return alikeCount(this.#source, this.#form.unit, this.#earliestMicros);
  }
}

/** The simple form of instants that count whole units; null if the unit is not one alone. */
function alikeCount(source: FieldSource, unit: UnitOfDigits | null, earliestMicros: number): AlikeInstant | null {
  return typeof unit === "string" ? { type: "epoch", slot: source.slot, unit, earliestMicros } : null;
}

class IsoForm implements InstantForm {
  readonly unit = null;
  readonly #field: string;
  readonly #context: InstantContext;
  readonly #scanner: IsoScanner;

  constructor(field: string, context: InstantContext) {
    this.#field = field;
    this.#context = context;
    this.#scanner = new IsoScanner(new LocalCalendar(context.timeZone, { ambiguous: context.ambiguousTime }));
  }

  get nanos(): number {
    return this.#scanner.nanos;
  }

  scan(buffer: Uint8Array, start: number, end: number): number {
    return this.#scanner.scan(buffer, start, end);
  }

  exact(text: string): FineInstant {
    return toFineInstant(text, this.#field, this.#context);
  }
}

type UnitOfDigits = TimeUnit | ReadonlyMap<number, TimeUnit>;

class EpochForm implements InstantForm {
  readonly #field: string;
  readonly #unit: UnitOfDigits;
  readonly #context: InstantContext;
  readonly #scanner = new EpochScanner();

  constructor(field: string, unit: UnitOfDigits, context: InstantContext) {
    this.#field = field;
    this.#unit = unit;
    this.#context = context;
  }

  get nanos(): number {
    return this.#scanner.nanos;
  }

  get unit(): UnitOfDigits {
    return this.#unit;
  }

  scan(buffer: Uint8Array, start: number, end: number): number {
    const unit = typeof this.#unit === "string" ? this.#unit : this.#unit.get(integerDigits(buffer, start, end));
    if (unit === undefined) return NaN;
    const micros = this.#scanner.scan(buffer, start, end, unit);
    return micros >= this.#context.earliestMicros ? micros : NaN;
  }

  exact(text: string): FineInstant {
    const field = this.#field;
    const plain = plainText(text);
    if (!isPlainNumber(plain)) {
      const hint = `An instant is a number of ${this.#unitNames()} here.`;
      throw new RecordError(text === "" ? "empty" : "not_a_number", { field, value: text, hint });
    }
    const unit = typeof this.#unit === "string" ? this.#unit : this.#unit.get(/[0-9]+/.exec(plain)?.[0].length ?? 0);
    if (unit === undefined) {
      throw new RecordError("no_unit", {
        field,
        value: text,
        hint: `An instant is a number of ${this.#unitNames()} here.`,
      });
    }
    return instantInUnit({ text: plain, field, unit, isOfFormat: true, about: aboutOf(this.#context) });
  }

  #unitNames(): string {
    if (typeof this.#unit === "string") return this.#unit;
    return Array.from(this.#unit, ([digits, unit]) => `${unit} with ${digits} digits`).join(", or of ");
  }
}

/** ISO 8601, or a number in the unit of `--time-unit`. */
class DeclaredForm implements InstantForm {
  nanos = 0;
  readonly #field: string;
  readonly #context: InstantContext;
  readonly #iso: IsoScanner;
  readonly #epoch = new EpochScanner();

  constructor(field: string, context: InstantContext) {
    this.#field = field;
    this.#context = context;
    this.#iso = new IsoScanner(new LocalCalendar(context.timeZone, { ambiguous: context.ambiguousTime }));
  }

  get unit(): UnitOfDigits | null {
    return this.#context.timeUnit;
  }

  scan(buffer: Uint8Array, start: number, end: number): number {
    const iso = this.#iso.scan(buffer, start, end);
    this.nanos = this.#iso.nanos;
    const { timeUnit, earliestMicros } = this.#context;
    if (!Number.isNaN(iso) || timeUnit === null) return iso;
    const micros = this.#epoch.scan(buffer, start, end, timeUnit);
    this.nanos = this.#epoch.nanos;
    return micros >= earliestMicros ? micros : NaN;
  }

  exact(text: string): FineInstant {
    return instantOfText(text, this.#field, aboutOf(this.#context));
  }
}

function aboutOf(context: InstantContext) {
  return { settings: context, ingestionMicros: context.now(), mayBeOld: context.mayBeOld };
}

/** How many digits a number of our days has in each unit, from 2001 to 2286. */
const DIGITS: Readonly<Record<TimeUnit, number>> = { s: 10, ms: 13, us: 16, ns: 19 };

function unitOf({ unit }: EpochInstant, { fileDate }: InstantContext): UnitOfDigits {
  if (typeof unit === "string") return unit;
  if (unit.by === "digits") {
    if (unit.units.length === 0) throw new ReaderOptionsError("A unit by digits is one of some units.");
    return new Map(unit.units.map((one) => [DIGITS[one], one]));
  }
  if (fileDate === null) throw new ReaderOptionsError("The unit depends on the date of the file, and it has none.");
  return fileDate < unit.from ? unit.before : unit.after;
}
