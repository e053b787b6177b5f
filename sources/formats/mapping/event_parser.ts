/**
 * Parses the rows of any format of trades or quotes into columns, by a plan. A good row makes no object: what rows share is
 * found by the bytes of its cells, all else is copied as bytes and numbers.
 *
 * @module
 */
import { EventColumns, type OwnFields, type SharedFields } from "../../../records/columns/event_columns.ts";
import { bytesToUuid } from "../../../records/ids/uuid_text.ts";
import type { OpenInstant } from "../../../records/ids/open_instant.ts";
import type { QuoteSide } from "../../../records/quote/sides.ts";
import { WideInteger } from "../../../records/values/wide_integer.ts";
import type { BadRow, SourceRow } from "../../source.ts";
import { isAbsent } from "../cells.ts";
import { AlikeRows } from "./alike_rows.ts";
import { EventRows } from "../event_rows.ts";
import type { RowSettings } from "../format.ts";
import { LocalDates } from "../local_dates.ts";
import {
  badForm,
  decodeText,
  goodRow,
  type LineRecords,
  NOT_UTF8,
  type RawRow,
  refusedRow,
  type RowParser,
} from "../row_parser.ts";
import type { EventPlan, RowMeaning } from "./event_plan.ts";
import { type OwnInstant, OwnTextRow } from "./own_text_row.ts";
import { SharedByCells } from "./shared_by_cells.ts";
import { type DatedValues, FormPrefixes, type OfAllRows, SharedValues } from "./shared_values.ts";

/** What a parser needs besides its plan. */
export interface EventParserOptions {
  readonly settings: RowSettings;
  readonly instant: OpenInstant;
  /** Whether vendor_data has the trade date. */
  readonly withTradeDate: boolean;
  /** Makes the plan; `now` is the ingestion time, in micros. */
  readonly planOf: (now: () => number) => EventPlan;
}

/** The order in which decimals are read: prices first. */
const READING_ORDER = { trade: [0, 1], quote: [0, 2, 1, 3] } as const;

const NO_ID = new Uint32Array(4);

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Parses rows. */
export class EventParser implements RowParser {
  readonly instant: OpenInstant;
  ingestionMicros = 0;
  readonly #plan: EventPlan;
  readonly #all: OfAllRows;
  readonly #dates: LocalDates;
  readonly #cache: SharedByCells<SharedValues>;
  readonly #order: readonly number[];
  readonly #decimals: readonly WideInteger[];
  readonly #sequence = new WideInteger();
  readonly #platformSequence = new WideInteger();
  readonly #texts: OwnTextRow;
  /** Null where no row is simple enough. */
  readonly #alike: AlikeRows | null;
  /** Reused for every row, as the next. */
  readonly #own: Mutable<OwnFields>;
  readonly #ownInstant: Mutable<OwnInstant> = { micros: 0, nanos: 0, nanosText: null };
  /** The id of the row, once its fields could be read. */
  #hasId = false;
  #ownId: Uint8Array | null = null;
  /** The number of rows in the batch before: the next batch will likely have about as many. */
  #rowsBefore = 0;

  constructor({ settings, instant, withTradeDate, planOf }: EventParserOptions) {
    const { exchange, assetClass, idScope, timeZone } = settings;
    const plan = this.#plan = planOf(() => this.ingestionMicros);
    this.instant = instant;
    const prefixes = new FormPrefixes();
    this.#all = { kind: plan.kind, exchange, assetClass, idScope, withTradeDate, prefixes };
    this.#dates = new LocalDates(timeZone);
    this.#cache = new SharedByCells(plan.sharing);
    this.#alike = AlikeRows.of({ plan, dates: this.#dates, instant });
    this.#order = READING_ORDER[plan.kind];
    this.#decimals = this.#order.map(() => new WideInteger());
    this.#texts = new OwnTextRow(plan);
    this.#own = {
      micros: 0,
      id: NO_ID,
      decimals: this.#decimals,
      ...(this.#texts.width > 0 ? { texts: this.#texts } : {}),
    };
  }

  gather(maxRows: number): EventRows {
    const columns = this.#columns(Math.min(maxRows, this.#rowsBefore + 16));
    return new EventRows(
      columns,
      (raw) => {
        const bad = this.#add(raw, columns);
        this.#rowsBefore = columns.size;
        return bad;
      },
      (run) => {
        const taken = this.#alike?.take(run, columns) ?? null;
        this.#rowsBefore = columns.size;
        return taken;
      },
    );
  }

  parse(raw: RawRow): SourceRow {
    const columns = this.#columns(1);
    const bad = this.#add(raw, columns);
    if (bad !== null) return bad;
    const record = columns.record(0), shared = columns.shared[0] ?? null;
    if (record === null || shared === null) throw new Error("A row that was added is there");
    return goodRow(raw, record, { messageId: columns.messageId(0), tradeDate: shared.tradeDate });
  }

  get records(): LineRecords | null {
    return this.#plan.cells.records ?? null;
  }

  /** Why a row is no record: the error itself, for advice; null if it is one. */
  refusalOf(raw: RawRow): unknown {
    const fault = this.#plan.cells.splitRow(raw);
    if (fault !== null) return fault;
    try {
      this.#read(raw, this.#columns(1));
      return null;
    } catch (error) {
      return error;
    }
  }

  end(rows: number, bytes: number | null): void {
    this.#plan.cells.end?.(rows, bytes);
  }

  #columns(capacity: number): EventColumns {
    return new EventColumns(this.#plan.kind, this.ingestionMicros, capacity, this.#plan.layout);
  }

  #add(raw: RawRow, into: EventColumns): BadRow | null {
    const plan = this.#plan, { cells } = plan;
    this.#hasId = false;
    try {
      // It looks at values, too, where these say whether a row is a record.
      const fault = cells.splitRow(raw);
      if (fault !== null) return plan.refused(raw, fault);
      if (!cells.isPlain && cells.isText !== true && decodeText(raw.buffer.subarray(raw.start, raw.end)) === null) {
        return badForm(raw, "invalid_utf8", NOT_UTF8);
      }
      this.#read(raw, into);
      return null;
    } catch (error) {
      const bad = plan.refused(raw, refusedRow(raw, error));
      return this.#hasId && bad.columns === undefined ? { ...bad, messageId: bytesToUuid(this.#id) } : bad;
    }
  }

  get #id(): Uint8Array {
    return this.#ownId ?? this.instant.form.id;
  }

  /** @throws {RecordError} */
  #read(raw: RawRow, into: EventColumns): void {
    const plan = this.#plan, { cells } = plan;
    const known = cells.isCacheable ? this.#cache.find(cells) : null;
    const meaning = known?.meaning ?? plan.interpret();
    const { instant } = meaning;
    const micros = instant.read(cells);
    if (Number.isNaN(micros)) throw meaning.noInstant();
    const absentSide = this.#readDecimals(meaning);
    const values = known ?? new SharedValues(meaning, this.#all);
    const dated = values.of(this.#dates.of(micros), absentSide);
    this.#identify(raw.row, micros, dated);
    // After the id, so that a dead letter has it.
    const own = this.#ownInstant;
    own.micros = micros;
    own.nanos = instant.nanos;
    own.nanosText = values.nanosText;
    this.#addRow(into, dated.fields);
    if (known === null && cells.isCacheable) this.#cache.keep(cells, values);
    this.#alike?.learn(raw, cells.isCacheable ? this.#cache.lastKey : null, meaning, dated);
  }

  /** The absent side, if there is one. @throws {RecordError} */
  #readDecimals({ decimals: readers, absentSide }: RowMeaning): QuoteSide | null {
    const { cells, zeroMayBeAbsent } = this.#plan;
    const decimals = this.#decimals, order = this.#order;
    let absent = 0;
    for (let at = 0; at < order.length; at++) {
      const index = order[at] ?? 0;
      const reader = readers[index] ?? null, decimal = decimals[index];
      if (decimal === undefined) continue;
      if (reader === null) decimal.set(0, 1, 0);
      else if (!reader.read(cells, decimal)) {
        decimal.set(0, 1, 0);
        absent |= 1 << index;
      }
    }
    return absent === 0 && !zeroMayBeAbsent ? absentSide : this.#plan.absentSide(absent, decimals) ?? absentSide;
  }

  #identify(row: number, micros: number, dated: DatedValues): void {
    const { eventId, cells, seldom } = this.#plan;
    const { form } = this.instant;
    this.#ownId = seldom?.messageId() ?? null;
    if (this.#ownId !== null) {
      this.#hasId = true;
      return;
    }
    if (eventId !== null && !isAbsent(cells, eventId.slot)) {
      this.#texts.readEventId();
      form.begin(dated.venuePrefix);
      this.#texts.putVenueId(form);
      form.hashByOrdinal(0);
      this.#hasId = true;
      return;
    }
    form.begin(dated.fieldPrefix);
    form.event(micros, this.#decimals, dated.fieldEnd);
    this.instant.identifyForm(micros, row);
    this.#hasId = true;
  }

  #addRow(into: EventColumns, fields: SharedFields): void {
    const { cells, sequence, seldom, layout } = this.#plan;
    const own = this.#own, instant = this.#ownInstant;
    own.micros = instant.micros;
    own.id = this.#ownId === null
      ? this.instant.form.words
      : new Uint32Array(this.#ownId.buffer, this.#ownId.byteOffset, NO_ID.length);
    if (this.#ownId !== null) this.#texts.readEventId();
    if (this.#texts.width > 0) this.#texts.read(instant);
    if (sequence !== null) own.sequence = sequence.read(cells, this.#sequence) ? this.#sequence : null;
    if (seldom !== null) {
      own.ingestionMicros = layout.ingestion === true ? seldom.ingestionMicros() : null;
      own.platformSequence = layout.platformSequence === true ? seldom.platformSequence(this.#platformSequence) : null;
    }
    into.add(fields, own);
  }
}
