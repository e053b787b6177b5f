/**
 * The texts of a row's own: the venue's id and what vendor_data keeps. They are parts of the row's bytes, and are copied only
 * where one of them is made of several.
 *
 * @module
 */
import type { OwnTexts } from "../../../records/columns/text_columns.ts";
import { RecordError } from "../../../records/errors.ts";
import type { CanonicalForm } from "../../../records/ids/canonical_form.ts";
import { nanosText } from "../../../records/values/fine_instant.ts";
import { toFreeText, toText } from "../../../records/values/field_values.ts";
import { type Cells, isAbsent, NUMBER, TEXT } from "../cells.ts";
import { digitsOf } from "../readers/field_source.ts";
import type { EventIdText, EventPlan, OwnText, RowCells } from "./event_plan.ts";

const utf8 = new TextEncoder();
const COLON = 0x3a;
/** Digits of an instant in nanoseconds, from 2001 to 2286. */
const NANOS_DIGITS = 19;

/** The instant of a row. */
export interface OwnInstant {
  readonly micros: number;
  /** Nanoseconds past the micros. */
  readonly nanos: number;
  /** The whole of it, if the row says it as a text, too. */
  readonly nanosText: string | null;
}

/** The texts of one row at a time. */
export class OwnTextRow implements OwnTexts {
  buffer: Uint8Array = new Uint8Array(0);
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How many texts a row has. */
  readonly width: number;
  readonly #cells: RowCells;
  readonly #eventId: EventIdText | null;
  readonly #vendorTexts: readonly (OwnText | null)[];
  readonly #nanosSlot: number;
  /** Whether each row has a text that is no part of its bytes. */
  readonly #copies: boolean;
  /** The venue's id as the form takes it, from its start: what it is within, its prefix, the id. */
  #id = new Uint8Array(256);
  #idLength = 0;
  #scratch: Uint8Array = new Uint8Array(1024);
  #used = 0;

  constructor({ cells, eventId, vendorTexts, nanosSlot }: EventPlan) {
    this.#cells = cells;
    this.#eventId = eventId;
    this.#vendorTexts = vendorTexts;
    this.#nanosSlot = nanosSlot;
    this.width = (eventId === null ? 0 : 1) + vendorTexts.length;
    this.starts = new Int32Array(this.width);
    this.ends = new Int32Array(this.width);
    this.#copies = (eventId !== null && eventId.prefix.length > 0) ||
      vendorTexts.some((text) => text?.instead !== undefined);
  }

  /** Checks the venue's id. @throws {RecordError} */
  readEventId(): void {
    const eventId = this.#eventId;
    const cells = this.#cells;
    if (eventId === null || isAbsent(cells, eventId.slot) || isPlainText(cells, eventId.slot)) return;
    checkText(cells, eventId, toText);
  }

  /** Puts the venue's id into the form of the row. */
  putVenueId(form: CanonicalForm): void {
    const cells = this.#cells, eventId = this.#eventId;
    if (eventId === null) return;
    const { slot, prefix, within } = eventId;
    const start = cells.starts[slot] ?? 0, end = cells.ends[slot] ?? 0;
    if (prefix.length === 0 && within.length === 0) return form.textBytes(cells.buffer, start, end);
    this.#idLength = 0;
    for (const scope of within) {
      this.#putId(cells.buffer, cells.starts[scope] ?? 0, cells.ends[scope] ?? 0);
      this.#putId(SEPARATOR, 0, 1);
    }
    this.#putId(prefix, 0, prefix.length);
    this.#putId(cells.buffer, start, end);
    form.textBytes(this.#id, 0, this.#idLength);
  }

  #putId(from: Uint8Array, start: number, end: number): void {
    if (this.#idLength + end - start > this.#id.length) {
      const grown = new Uint8Array(this.#id.length * 2 + end - start);
      grown.set(this.#id);
      this.#id = grown;
    }
    for (let at = start; at < end; at++) this.#id[this.#idLength++] = from[at] ?? 0;
  }

  /** Takes the texts of the row. @throws {RecordError} */
  read(instant: OwnInstant): void {
    const cells = this.#cells, eventId = this.#eventId, vendorTexts = this.#vendorTexts;
    const nanosInCell = instant.nanosText === null && instant.nanos > 0 && this.#hasNanos();
    const copies = this.#copies || instant.nanosText !== null || (instant.nanos > 0 && !nanosInCell);
    this.#used = 0;
    let index = 0;
    if (eventId !== null) {
      if (isAbsent(cells, eventId.slot)) this.starts[index] = -1;
      else if (copies) {
        const start = this.#used;
        this.#copy(eventId.prefix, 0, eventId.prefix.length);
        this.#copy(cells.buffer, cells.starts[eventId.slot] ?? 0, cells.ends[eventId.slot] ?? 0);
        this.starts[index] = start;
        this.ends[index] = this.#used;
      } else this.#part(index, eventId.slot, copies);
      index += 1;
    }
    for (let at = 0; at < vendorTexts.length; at++, index++) {
      const text = vendorTexts[at] ?? null;
      if (text !== null) this.#vendorText(index, text, copies);
      else if (nanosInCell) this.#part(index, this.#nanosSlot, copies);
      else this.#nanos(index, instant);
    }
    this.buffer = copies ? this.#scratch : cells.buffer;
  }

  #vendorText(index: number, text: OwnText, copies: boolean): void {
    const cells = this.#cells, { slot, instead } = text;
    if (isAbsent(cells, slot)) {
      this.starts[index] = -1;
      return;
    }
    if (!isPlainText(cells, slot)) checkText(cells, text, toFreeText);
    if (instead === undefined) this.#part(index, slot, copies);
    else if (instead.read(cells)) this.#put(index, instead.buffer, instead.start, instead.end);
    else this.starts[index] = -1;
  }

  /** The whole instant, where the record has only a part of it and no cell has it just as it is kept. */
  #nanos(index: number, instant: OwnInstant): void {
    const { nanos } = instant;
    if (nanos === 0 && instant.nanosText === null) {
      this.starts[index] = -1;
      return;
    }
    const whole = nanos === 0 ? instant.nanosText ?? "" : nanosText(instant);
    if (instant.nanosText !== null && instant.nanosText !== whole) {
      const hint = `The row also gives ${JSON.stringify(instant.nanosText)} for it.`;
      throw new RecordError("disagrees", { field: "timestamp_ns", value: whole, hint });
    }
    const bytes = utf8.encode(whole);
    this.#put(index, bytes, 0, bytes.length);
  }

  /** Whether a cell of the row has the whole instant just as it is kept. */
  #hasNanos(): boolean {
    const { buffer, starts, ends } = this.#cells, slot = this.#nanosSlot;
    if (slot < 0) return false;
    const start = starts[slot] ?? 0;
    if ((ends[slot] ?? 0) - start !== NANOS_DIGITS || buffer[start] === 0x30) return false;
    for (let at = start; at < start + NANOS_DIGITS; at++) {
      const digit = (buffer[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) return false;
    }
    return true;
  }

  /** A cell as it is. */
  #part(index: number, slot: number, copies: boolean): void {
    const { buffer, starts, ends } = this.#cells, start = starts[slot] ?? 0, end = ends[slot] ?? 0;
    if (copies) return this.#put(index, buffer, start, end);
    this.starts[index] = start;
    this.ends[index] = end;
  }

  #put(index: number, from: Uint8Array, start: number, end: number): void {
    this.starts[index] = this.#used;
    this.#copy(from, start, end);
    this.ends[index] = this.#used;
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    if (this.#used + end - start > this.#scratch.length) {
      const grown = new Uint8Array(this.#scratch.length * 2 + end - start);
      grown.set(this.#scratch);
      this.#scratch = grown;
    }
    const scratch = this.#scratch;
    for (let at = start; at < end; at++) scratch[this.#used++] = from[at] ?? 0;
  }
}

const SEPARATOR = Uint8Array.of(COLON);

/** Whether a cell is a text, or a number, of bytes that need no look. */
function isPlainText(cells: RowCells, slot: number): boolean {
  const kind = cells.kinds[slot];
  return cells.isPlain && (kind === TEXT || kind === NUMBER);
}

/** @throws {RecordError} */
function checkText(
  cells: Cells,
  { slot, field, flags }: OwnText,
  check: (value: unknown, field: string) => string,
): void {
  const value = digitsOf(cells, { slot, field });
  if (typeof value === "boolean" && flags === true) return;
  // A list or an object that is kept is its JSON.
  if (typeof value === "object") throw new RecordError("wrong_type", { field, value, hint: "Give text." });
  check(value, field);
}
