/**
 * The plan of rows whose columns or keys are named as the fields of records, in v1 or v2.
 *
 * @module
 */
import { sameLayout } from "./own_layouts.ts";
import type { EventKind, OwnLayout } from "../../../records/columns/own_layout.ts";
import { RecordError } from "../../../records/errors.ts";
import { uuidToBytes } from "../../../records/ids/uuid_text.ts";
import type { OpenInstant } from "../../../records/ids/open_instant.ts";
import { absentSideOf, type QuoteSide } from "../../../records/quote/sides.ts";
import { toTradeSide } from "../../../records/values/enums.ts";
import { toLong, toText } from "../../../records/values/field_values.ts";
import { pricesOfV2 } from "../../../records/values/price_sign.ts";
import type { WideInteger } from "../../../records/values/wide_integer.ts";
import type { BadRow } from "../../source.ts";
import { isAbsent } from "../cells.ts";
import type { RowSettings } from "../format.ts";
import type { JsonRowValue } from "../json_row.ts";
import { LocalDates } from "../local_dates.ts";
import { ingestionInstant } from "../named_instants.ts";
import { NamedRow, type RowAbout, VENDOR_PREFIX } from "../named_row.ts";
import {
  agree,
  codeOf,
  conditionsOf,
  currencyOf,
  type RowStyle,
  styleOf,
  symbolOf,
  vendorDataOf,
} from "../named_values.ts";
import { decimalReader } from "../readers/decimal_reader.ts";
import type { DecimalReader } from "../readers/decimal_options.ts";
import { digitsOf, valueOf } from "../readers/field_source.ts";
import { instantReader } from "../readers/instant_reader.ts";
import { integerReader } from "../readers/integer_reader.ts";
import type { IntegerReader } from "../readers/value_options.ts";
import type { RawRow } from "../row_parser.ts";
import type {
  EventIdText,
  EventPlan,
  OwnText,
  RowCells,
  RowMeaning,
  SeldomValues,
  SharedIdentity,
  SharedRest,
} from "./event_plan.ts";
import { TIMESTAMP_NS } from "./mapped_plan.ts";

/** Cells by the names of fields. */
export interface NamedCells extends RowCells {
  /** The values of the row that the cells hold, by field. */
  values(): ReadonlyMap<string, JsonRowValue>;
}

/** What a plan is made of. */
export interface NamedPlanOptions {
  readonly kind: EventKind;
  readonly settings: RowSettings;
  readonly cells: NamedCells;
  /** The field of each slot. */
  readonly fields: readonly string[];
  readonly instant: OpenInstant;
  /** The ingestion time, in micros. */
  readonly now: () => number;
  readonly refused: (raw: RawRow, bad: BadRow) => BadRow;
}

/** Names in vendor_data that other fields give as well, or that v1 has fields for. */
const SHARED_KEYS: ReadonlySet<string> = new Set(["company_id", "qualifiers", "venue", "buyer_id", "absent_side"]);

/** Fields whose bytes decide what rows share. */
const SHARED_FIELDS: ReadonlySet<string> = new Set([
  "symbol",
  "exchange",
  "asset_class",
  "currency",
  "side",
  "trade_conditions",
  "company_id",
  "qualifiers",
  "venue",
  "buyer_id",
  "vendor_data",
]);

/** Whether a field of a name is among those that rows share. */
export function isShared(field: string, { finer }: Pick<RowSettings, "finer">): boolean {
  if (!field.startsWith(VENDOR_PREFIX)) return SHARED_FIELDS.has(field);
  const key = field.slice(VENDOR_PREFIX.length);
  return SHARED_KEYS.has(key) || (key === TIMESTAMP_NS && finer === "keep");
}

const NO_PREFIX = new Uint8Array(0);
const DECIMALS = {
  trade: { v1: ["price", "volume"], v2: ["price", "quantity"] },
  quote: {
    v1: ["bid_price", "bid_volume", "ask_price", "ask_volume"],
    v2: ["bid_price", "bid_quantity", "ask_price", "ask_quantity"],
  },
} as const;

/** Pairs of which a row has one: that of v1, or that of v2. */
const PAIRS = { trade: [["volume", "quantity"]], quote: null } as const;

/** The fields of one side, in both versions. */
const SIDE_FIELDS: Readonly<Record<QuoteSide, readonly string[]>> = {
  bid: ["bid_price", "bid_quantity", "bid_volume"],
  ask: ["ask_price", "ask_quantity", "ask_volume"],
};

/** Makes the plan. */
export class NamedPlan implements EventPlan {
  readonly kind: EventKind;
  readonly cells: NamedCells;
  readonly sharing: EventPlan["sharing"];
  readonly layout: OwnLayout;
  readonly eventId: EventIdText | null;
  readonly vendorTexts: readonly (OwnText | null)[];
  readonly sequence: IntegerReader | null;
  readonly unlikeSlots: readonly number[];
  readonly seldom: SeldomValues | null;
  readonly nanosSlot = -1;
  readonly zeroMayBeAbsent = false;
  readonly refused: EventPlan["refused"];
  readonly #options: NamedPlanOptions;
  readonly #instants: {
    readonly timestamp: ReturnType<typeof instantReader>;
    readonly exchange_timestamp: ReturnType<typeof instantReader>;
  };
  readonly #decimals: ReadonlyMap<string, DecimalReader>;
  /** Fields of vendor_data that rows do not share. */
  readonly #ownFields: ReadonlySet<string>;
  #style: RowStyle = "v2";
  #absentSide: QuoteSide | null = null;

  constructor(options: NamedPlanOptions) {
    const { kind, settings, cells, fields, now, refused } = options;
    const slotOf = (field: string) => fields.indexOf(field);
    this.kind = kind;
    this.cells = cells;
    this.refused = refused;
    this.#options = options;
    const slots = fields.flatMap((field, slot) => isShared(field, settings) ? [slot] : []);
    const presence = fields.flatMap((field, slot) =>
      field.startsWith(VENDOR_PREFIX) || slots.includes(slot) ? [] : [slot]
    );
    this.sharing = { slots, presence };
    const context = { ...settings, mayBeOld: false, now };
    const instant = (field: string) => instantReader({ encoding: "declared", slot: slotOf(field), field }, context);
    this.#instants = { timestamp: instant("timestamp"), exchange_timestamp: instant("exchange_timestamp") };
    this.#decimals = this.#decimalReaders(slotOf);
    const idField = kind === "trade" ? "trade_id" : "quote_id";
    this.eventId = slotOf(idField) < 0
      ? null
      : { slot: slotOf(idField), field: idField, prefix: NO_PREFIX, within: [] };
    this.sequence = sequenceReader(slotOf);
    this.unlikeSlots = [idField, ...SEQUENCES, ...SELDOM].map(slotOf).filter((slot) => slot >= 0);
    this.seldom = seldomOf(options, slotOf);
    const kept = fields.flatMap((field, slot) => {
      const isOwn = field.startsWith(VENDOR_PREFIX) && !isShared(field, settings);
      return isOwn ? [{ key: field.slice(VENDOR_PREFIX.length), text: { slot, field } }] : [];
    });
    this.#ownFields = new Set(kept.map(({ text }) => text.field));
    const withNanos = settings.finer === "keep";
    this.vendorTexts = [...kept.map(({ text }) => text), ...(withNanos ? [null] : [])];
    this.layout = sameLayout({
      eventId: this.eventId === null ? "derived" : "text",
      sequence: this.sequence !== null,
      vendorKeys: [...kept.map(({ key }) => key), ...(withNanos ? [TIMESTAMP_NS] : [])],
      ingestion: slotOf("ingestion_timestamp") >= 0,
      platformSequence: slotOf("platform_sequence") >= 0,
    });
  }

  #decimalReaders(slotOf: (field: string) => number): ReadonlyMap<string, DecimalReader> {
    const { kind, settings } = this.#options;
    const { v1, v2 } = DECIMALS[kind];
    return new Map([...new Set<string>([...v1, ...v2])].map((field) => {
      const signed = field.endsWith("price") && pricesOfV2(settings.assetClass).signed === true;
      const whole = field.endsWith("volume") ? { whole: "Volumes are whole numbers." } : {};
      return [field, decimalReader({ slot: slotOf(field), field, signed, ...whole })];
    }));
  }

  interpret(): RowMeaning {
    const { settings, kind } = this.#options;
    const values = [...this.cells.values()].filter(([field]) => !this.#ownFields.has(field));
    const row = new NamedRow(new Map(values));
    agree(row, settings);
    const absentSide = kind === "trade"
      ? null
      : absentSideOf((side) => SIDE_FIELDS[side].every((name) => !row.has(name)));
    const style = this.#style = styleOf(row, pairsOf(kind, absentSide));
    this.#absentSide = absentSide;
    const symbol = symbolOf(row, settings);
    const instantName = instantNameOf(row);
    const names = DECIMALS[kind][style];
    let sharedNanos: string | null = null;
    return {
      symbol,
      instant: this.#instants[instantName],
      decimals: names.map((name) =>
        absentSide !== null && name.startsWith(absentSide) ? null : this.#decimals.get(name) ?? null
      ),
      absentSide,
      noInstant: () => new RecordError("missing", { field: instantName, value: undefined, hint: NUMBER_OR_TEXT }),
      identity: () => {
        const identity = identityOf(row, settings, kind);
        if (settings.finer !== "keep") return identity;
        // It is a text of the row's own, whichever way the row says it.
        const vendorData = new Map(identity.vendorData);
        sharedNanos = vendorData.get(TIMESTAMP_NS) ?? null;
        vendorData.delete(TIMESTAMP_NS);
        return { ...identity, vendorData };
      },
      nanosText: () => sharedNanos,
      rest: () => restOf(row, settings, kind),
    };
  }

  absentSide(absent: number): QuoteSide | null {
    const names = DECIMALS[this.kind][this.#style];
    const order = this.kind === "trade" ? [0, 1] : [0, 2, 1, 3];
    const index = order.find((index) => (absent & 1 << index) !== 0);
    const field = names[index ?? 0] ?? "price";
    if (index === undefined) return this.#absentSide;
    throw new RecordError("missing", { field, value: undefined, hint: NUMBER_OR_TEXT });
  }
}

const NUMBER_OR_TEXT = "Give a number or text.";

function pairsOf(kind: EventKind, absentSide: QuoteSide | null): readonly (readonly [string, string])[] {
  if (kind === "trade") return PAIRS.trade;
  const sides = (["bid", "ask"] as const).filter((side) => side !== absentSide);
  return sides.map((side) => [`${side}_volume`, `${side}_quantity`]);
}

/** `exchange_timestamp` is v1's name, `timestamp` is v2's: one of them. @throws {RecordError} */
function instantNameOf(row: NamedRow): "timestamp" | "exchange_timestamp" {
  if (!row.has("exchange_timestamp")) return "timestamp";
  if (!row.has("timestamp")) return "exchange_timestamp";
  throw new RecordError("unclear_version", {
    field: "timestamp",
    value: row.digits("timestamp"),
    hint: "Give it or exchange_timestamp, not both.",
  });
}

function identityOf(row: NamedRow, settings: RowSettings, kind: EventKind): SharedIdentity {
  if (kind === "quote") {
    return { qualifiers: 0, venue: "", extra: "", vendorData: vendorDataOf(row, settings, []) };
  }
  const vendorData = vendorDataOf(row, settings, ["qualifiers", "venue", "buyer_id"]);
  return {
    qualifiers: codeOf(vendorData.get("qualifiers")),
    venue: vendorData.get("venue") ?? "",
    extra: vendorData.get("buyer_id") ?? "",
    vendorData,
  };
}

function restOf(row: NamedRow, settings: RowSettings, kind: EventKind): SharedRest {
  const currency = currencyOf(row, settings);
  if (kind === "quote") return { currency, side: "UNKNOWN", conditions: [] };
  const { qualifiers } = identityOf(row, settings, kind);
  return {
    currency,
    side: row.optional("side", toTradeSide) ?? "UNKNOWN",
    conditions: conditionsOf(row, qualifiers),
  };
}

/** v2's name before v1's. */
const SEQUENCES = ["source_sequence", "sequence_number"] as const;
/** The fields of {@link SeldomValues}. */
const SELDOM = ["message_id", "platform_sequence", "ingestion_timestamp"] as const;

function sequenceReader(slotOf: (field: string) => number): IntegerReader | null {
  const readers = SEQUENCES.flatMap((field) => {
    const slot = slotOf(field);
    return slot < 0 ? [] : [integerReader({ slot, field, bits: 64 })];
  });
  const [first, second] = readers;
  if (first === undefined) return null;
  if (second === undefined) return first;
  return { read: (cells, into) => first.read(cells, into) || second.read(cells, into) };
}

/** Null where no row can have such a value. */
function seldomOf(
  { cells, settings, instant, now }: NamedPlanOptions,
  slotOf: (field: string) => number,
): SeldomValues | null {
  const messageId = { slot: slotOf("message_id"), field: "message_id" };
  const platformSequence = { slot: slotOf("platform_sequence"), field: "platform_sequence" };
  const ingestion = { slot: slotOf("ingestion_timestamp"), field: "ingestion_timestamp" };
  if (messageId.slot < 0 && platformSequence.slot < 0 && ingestion.slot < 0) return null;
  const about: Omit<RowAbout, "ingestionMicros"> = {
    settings,
    instant,
    dates: new LocalDates(settings.timeZone),
    number: 0,
  };
  return {
    messageId() {
      if (isAbsent(cells, messageId.slot)) return null;
      return uuidToBytes(toText(valueOf(cells, messageId), "message_id"));
    },
    ingestionMicros() {
      if (isAbsent(cells, ingestion.slot)) return null;
      return ingestionInstant(new NamedRow(cells.values()), { ...about, ingestionMicros: now() });
    },
    platformSequence(into: WideInteger) {
      if (isAbsent(cells, platformSequence.slot)) return null;
      into.setBig(BigInt(toLong(digitsOf(cells, platformSequence), "platform_sequence")));
      return into;
    },
  };
}
