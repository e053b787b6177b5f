/**
 * The fields of a mapping that many rows share: symbol, currency, side, conditions and codes. They are read when rows with
 * other bytes come, and then kept.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { DECIMAL_V2, toUnscaled } from "../../../records/values/decimal.ts";
import { toCurrency, toText } from "../../../records/values/field_values.ts";
import { type Cells, isAbsent, textOf } from "../cells.ts";
import type { RowSettings } from "../format.ts";
import { currencyHint } from "../named_values.ts";
import { listReader } from "../readers/list_reader.ts";
import { sideReader } from "../readers/side_reader.ts";
import type { ListReader, SideReader, TextReader } from "../readers/value_options.ts";
import { UndeclaredError } from "../undeclared_error.ts";
import type { SharedIdentity, SharedRest } from "./event_plan.ts";
import { slotsOf, textReaderOf } from "./field_places.ts";
import type { EventMapping, TradeMapping } from "./language.ts";

const NO_CONDITIONS: readonly string[] = Object.freeze([]);
const MAX_INT = 2 ** 31 - 1;

/** What the fields are read from. */
export interface SharedSource {
  readonly settings: RowSettings;
  readonly cells: Cells;
  readonly slotOf: (column: string) => number;
}

/** Reads the shared fields of the row that the cells hold. */
export class MappedShared {
  /** The cells that decide on them. */
  readonly slots: readonly number[];
  readonly #mapping: EventMapping;
  readonly #source: SharedSource;
  readonly #symbol: TextReader | null;
  readonly #currency: TextReader | null;
  readonly #side: SideReader | null = null;
  readonly #conditions: ListReader | null = null;
  readonly #conditionsSlot: number = -1;
  readonly #qualifiersSlot: number = -1;
  readonly #venue: TextReader | null = null;
  readonly #extra: TextReader | null = null;

  constructor(mapping: EventMapping, source: SharedSource) {
    const { slotOf } = source, { fields } = mapping;
    this.#mapping = mapping;
    this.#source = source;
    const takesSymbol = typeof fields.symbol === "string" ||
      (typeof fields.symbol === "object" && "from" in fields.symbol);
    this.#symbol = takesSymbol ? textReaderOf(textFieldOf(fields.symbol), slotOf) : null;
    this.#currency = textReaderOf(textFieldOf(fields.currency), slotOf);
    const slots = [...slotsOf(fields.symbol, slotOf), ...slotsOf(fields.currency, slotOf)];
    if (mapping.dataType === "trades") {
      const { side, trade_conditions: conditions, qualifiers, venue, buyer_id } = mapping.fields;
      const [conditionsSlot = -1] = slotsOf(conditions, slotOf), [qualifiersSlot = -1] = slotsOf(qualifiers, slotOf);
      this.#side = sideReaderOf(side, slotOf);
      this.#conditions = conditionsOf(conditions, conditionsSlot);
      this.#conditionsSlot = conditionsSlot;
      this.#qualifiersSlot = qualifiersSlot;
      this.#venue = textReaderOf(venue, slotOf);
      this.#extra = textReaderOf(buyer_id, slotOf);
      for (const field of [side, conditions, qualifiers, venue, buyer_id]) slots.push(...slotsOf(field, slotOf));
    }
    this.slots = [...new Set(slots)];
  }

  /** @throws {RecordError} */
  symbol(): string {
    const { cells, settings } = this.#source;
    const own = this.#symbol?.read(cells) === true ? this.#symbol.text() : null;
    if (own !== null) return toText(own, "symbol");
    if (settings.symbol !== null) return settings.symbol;
    const hint = "Give it, or --symbol for the rows that have none.";
    throw new RecordError("missing", { field: "symbol", value: undefined, hint });
  }

  /** @throws {RecordError} */
  identity(): SharedIdentity {
    const { settings: { companyId } } = this.#source;
    const qualifiers = this.#qualifiers(), venue = this.#text(this.#venue), extra = this.#text(this.#extra);
    const texts = new Map<string, string>();
    if (companyId !== null) texts.set("company_id", companyId);
    if (qualifiers !== null) texts.set("qualifiers", String(qualifiers));
    if (venue !== "") texts.set("venue", venue);
    if (extra !== "") texts.set("buyer_id", extra);
    const { fields } = this.#mapping;
    if (fields.sequence !== undefined && fields.sequence.scope !== "symbol" && this.#hasSequence()) {
      texts.set("sequence_scope", fields.sequence.scope);
    }
    const scheme = "trade_conditions" in fields ? fields.trade_conditions?.scheme : undefined;
    const raw = textOf(this.#source.cells, this.#conditionsSlot, "trade_conditions");
    if (scheme !== undefined && this.#conditionsSlot >= 0 && raw !== "") {
      texts.set("conditions_raw", raw);
      texts.set("conditions_scheme", scheme);
    }
    return { qualifiers: qualifiers ?? 0, venue, extra, vendorData: texts };
  }

  /** @throws {RecordError} */
  rest(symbol: string): SharedRest {
    const { cells } = this.#source;
    return {
      currency: this.#currencyOf(symbol),
      side: this.#side?.read(cells) ?? "UNKNOWN",
      conditions: this.#conditions === null
        ? this.#conditionsOfQualifiers()
        : this.#conditions.read(cells) ?? NO_CONDITIONS,
    };
  }

  #hasSequence(): boolean {
    const { fields } = this.#mapping, { slotOf } = this.#source;
    return fields.sequence !== undefined && !isAbsent(this.#source.cells, slotOf(fields.sequence.from));
  }

  #text(reader: TextReader | null): string {
    return reader?.read(this.#source.cells) === true ? reader.text() : "";
  }

  #conditionsOfQualifiers(): readonly string[] {
    const code = this.#qualifiers() ?? 0;
    return code === 0 ? NO_CONDITIONS : Object.freeze([String(code)]);
  }

  /** A whole number from 0 to 2^31-1; null without such a column. */
  #qualifiers(): number | null {
    const { cells } = this.#source, slot = this.#qualifiersSlot;
    if (slot < 0) return null;
    const field = "qualifiers" in this.#mapping.fields ? nameOf(this.#mapping.fields.qualifiers) : "qualifiers";
    const text = textOf(cells, slot, field);
    if (/^[0-9]+$/.test(text)) {
      const value = Number(text);
      if (value <= MAX_INT) return value;
      throw new RecordError("out_of_range", { field, value: text, hint: `The largest is ${MAX_INT}.` });
    }
    // A value that is no decimal either breaks another rule, which this call throws.
    toUnscaled(text, DECIMAL_V2, field);
    throw new RecordError("not_an_integer", { field, value: text, hint: "Write it in digits only." });
  }

  #currencyOf(symbol: string): string {
    const { settings, cells } = this.#source, { currency } = this.#mapping.fields;
    if (this.#currency?.read(cells) === true) return toCurrency(this.#currency.text(), "currency");
    const own = typeof currency === "object" ? currencyOfSymbol(currency, symbol) : null;
    if (own !== null) return toCurrency(own, "currency");
    if (settings.currency !== null) return settings.currency;
    const hint = currencyHint(settings.exchange);
    throw new UndeclaredError("missing", { field: "currency", value: undefined, hint });
  }
}

type CurrencyField = Exclude<EventMapping["fields"]["currency"], string | undefined>;

function currencyOfSymbol(currency: CurrencyField, symbol: string): string | null {
  if ("constant" in currency) return currency.constant;
  if ("symbolAfter" in currency) {
    const at = symbol.lastIndexOf(currency.symbolAfter);
    return at < 0 ? null : symbol.slice(at + currency.symbolAfter.length);
  }
  if (!("symbolSuffix" in currency)) return null;
  const ends = currency.symbolSuffix.filter((suffix) => symbol.endsWith(suffix) && symbol.length > suffix.length);
  return ends.toSorted((a, b) => b.length - a.length)[0] ?? null;
}

type Side = TradeMapping["fields"]["side"];

function sideReaderOf(side: Side, slotOf: (column: string) => number): SideReader | null {
  const [slot] = slotsOf(side, slotOf);
  if (side === undefined || slot === undefined) return null;
  const { from, as, of } = side;
  const place = { slot, field: from, of };
  if (as === "buyerIsMaker") return sideReader({ ...place, encoding: "buyer_is_maker" });
  return as === "sign"
    ? sideReader({ ...place, encoding: "sign" })
    : sideReader({ ...place, encoding: "words", words: as });
}

type Conditions = TradeMapping["fields"]["trade_conditions"];

function conditionsOf(conditions: Conditions, slot: number): ListReader | null {
  if (conditions === undefined || slot < 0) return null;
  const { from, separator, width, words } = conditions;
  return listReader({
    slot,
    field: from,
    ...(separator === undefined ? {} : { separator }),
    ...(width === undefined ? {} : { width }),
    ...(words === undefined ? {} : { words }),
  });
}

function textFieldOf(field: unknown): string | undefined {
  const isText = typeof field === "string";
  if (isText) return field;
  return typeof field === "object" && field !== null && "from" in field && typeof field.from === "string"
    ? field.from
    : undefined;
}

function nameOf(field: unknown): string {
  return textFieldOf(field) ?? "qualifiers";
}
