/**
 * Reads the side of a trade in the words of sources.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { DECIMAL_V2, toUnscaled } from "../../../records/values/decimal.ts";
import { toTradeSide, TRADE_SIDES } from "../../../records/values/enums.ts";
import type { TradeSide } from "../../../schemas/record_types.ts";
import { type Cells, FALSE, isAbsent, NUMBER, TEXT, TRUE } from "../cells.ts";
import { digitsOf, type FieldSource, requiredText, valueOf } from "./field_source.ts";
import { KnownBytes } from "./known_bytes.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";
import type { SideOptions, SideReader } from "./value_options.ts";

/** The other side of a trade, which is the taker's if the source gives the maker's. */
const OTHER: Readonly<Record<TradeSide, TradeSide>> = {
  BUY: "SELL",
  SELL: "BUY",
  SELL_SHORT: "BUY",
  UNKNOWN: "UNKNOWN",
};

/** @throws {ReaderOptionsError} If there are no words. */
export function sideReader(options: SideOptions): SideReader {
  return new MappedSideReader(options, formOf(options), options.of === "maker");
}

/** How sides are written. */
interface SideForm {
  /** The side of bytes that need no closer look. */
  plain(cells: Cells, slot: number): TradeSide | undefined;
  /** @throws {RecordError} */
  exact(cells: Cells, source: FieldSource): TradeSide;
}

class MappedSideReader implements SideReader {
  readonly #source: FieldSource;
  readonly #form: SideForm;
  readonly #isMaker: boolean;

  constructor({ slot, field }: FieldSource, form: SideForm, isMaker: boolean) {
    this.#source = { slot, field };
    this.#form = form;
    this.#isMaker = isMaker;
  }

  read(cells: Cells): TradeSide {
    const { slot } = this.#source;
    if (isAbsent(cells, slot)) return "UNKNOWN";
    const side = this.#form.plain(cells, slot) ?? this.#form.exact(cells, this.#source);
    return this.#isMaker ? OTHER[side] : side;
  }
}

function formOf(options: SideOptions): SideForm {
  switch (options.encoding) {
    case "symbol":
      return SYMBOLS;
    case "buyer_is_maker":
      return BUYER_IS_MAKER;
    case "sign":
      return SIGN;
    case "words":
      return wordsForm(options.words);
  }
}

const KNOWN_SYMBOLS = new KnownBytes(
  TRADE_SIDES.flatMap((side) => [[side, side] as const, [side.toLowerCase(), side] as const]),
);

const SYMBOLS: SideForm = {
  plain: (cells, slot) => cells.kinds[slot] === TEXT ? KNOWN_SYMBOLS.of(cells, slot) : undefined,
  exact: (cells, source) => toTradeSide(valueOf(cells, source), source.field),
};

function wordsForm(words: Readonly<Record<string, TradeSide>>): SideForm {
  const known = new KnownBytes(Object.entries(words));
  const names = Object.keys(words).map((word) => JSON.stringify(word));
  if (names.length === 0) throw new ReaderOptionsError("The words of a side have at least one.");
  return {
    plain: (cells, slot) => isWord(cells, slot) ? known.of(cells, slot) : undefined,
    exact(cells, source) {
      const value = digitsOf(cells, source);
      const rule = typeof value === "string" ? "unknown_enum" : "wrong_type";
      throw new RecordError(rule, { field: source.field, value, hint: `Its words are ${names.join(", ")}.` });
    },
  };
}

const FLAGS = new KnownBytes<TradeSide>([
  ["true", "SELL"],
  ["True", "SELL"],
  ["TRUE", "SELL"],
  ["1", "SELL"],
  ["false", "BUY"],
  ["False", "BUY"],
  ["FALSE", "BUY"],
  ["0", "BUY"],
]);

const BUYER_IS_MAKER: SideForm = {
  plain(cells, slot) {
    const kind = cells.kinds[slot];
    if (kind === TRUE) return "SELL";
    if (kind === FALSE) return "BUY";
    return isWord(cells, slot) ? FLAGS.of(cells, slot) : undefined;
  },
  exact(cells, source) {
    const hint = "It says whether the buyer was the maker: true or false, or 1 or 0.";
    throw new RecordError("wrong_type", { field: source.field, value: digitsOf(cells, source), hint });
  },
};

const SIGN: SideForm = {
  plain: () => undefined,
  exact(cells, source) {
    const text = requiredText(cells, source);
    // Only a plain sign and a number: what else it is says the check of its digits.
    const isNegative = text.startsWith("-");
    const digits = toUnscaled(isNegative ? text.slice(1) : text, { ...DECIMAL_V2, scale: MAX_SCALE }, source.field);
    return digits === 0n ? "UNKNOWN" : isNegative ? "SELL" : "BUY";
  },
};

/** The sign of a number does not depend on how many decimals a record holds. */
const MAX_SCALE = 18;

function isWord(cells: Cells, slot: number): boolean {
  const kind = cells.kinds[slot];
  return kind === TEXT || kind === NUMBER;
}
