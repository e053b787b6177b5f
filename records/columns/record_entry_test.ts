/** Records of programs that go straight into columns, against the records that are made of them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { RecordV2, Unscaled } from "../../schemas/record_types.ts";
import { destination, destinationOf, given, outcomeOf, RECORDS } from "../../tests/support/program_records.ts";
import { type Destination, prepareRecord } from "../prepare.ts";
import { SIGNED_V2 } from "../values/price_sign.ts";
import { fromUnscaled } from "../values/decimal.ts";
import type { EventColumns } from "./event_columns.ts";
import type { EventKind } from "./own_layout.ts";
import { RecordEntry } from "./record_entry.ts";

const KINDS: readonly EventKind[] = ["trade", "quote"];

/** Puts records into columns, several into the same ones. */
class Door {
  readonly #entry: RecordEntry;
  #columns: EventColumns | null = null;
  /** Records that went into columns. */
  inColumns = 0;

  constructor(kind: EventKind, to: Destination) {
    this.#entry = new RecordEntry(kind, to);
  }

  record(value: object): Unscaled<RecordV2> {
    const outside = this.#entry.read(value);
    if (outside !== null) return outside;
    this.inColumns++;
    const columns = this.#columns ??= this.#entry.columns(0);
    this.#entry.addTo(columns);
    const record = columns.record(columns.size - 1) ?? assert.fail();
    assert.equal(record.message_id, this.#entry.messageId);
    return record;
  }
}

/** Decimals in any of the forms that a program may give. */
function decimalForm(value: unknown, form: number): unknown {
  if (typeof value !== "bigint") return value;
  const decimal = fromUnscaled(value, SIGNED_V2.scale);
  if (form === 0) return decimal.toFixed();
  if (form === 1) return decimal.toNumber();
  return form === 2 && decimal.isInteger() ? BigInt(decimal.toFixed(0)) : decimal;
}

for (const kind of KINDS) {
  Deno.test(`RecordEntry takes and refuses any ${kind} as prepareRecord does, and columns hold what that makes`, () => {
    let inColumns = 0, refused = 0;
    const ofTheMarket = RECORDS[kind].map((record) => ({ ...record, exchange: undefined, asset_class: null }));
    const records = fc.array(fc.oneof(given(kind, RECORDS[kind]), ofTheMarket), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(records, destination, fc.nat(3), (values, to, form) => {
        const door = new Door(kind, to);
        for (const value of values) {
          const entries = Object.entries(value).map(([name, field]) => [name, decimalForm(field, form)]);
          const input = Object.fromEntries(entries);
          const outcome = outcomeOf(input, () => door.record(input));
          assert.deepEqual(outcome, outcomeOf(input, () => prepareRecord(kind, input, to)));
          if (typeof outcome === "object" && outcome !== null && "rule" in outcome) refused++;
        }
        inColumns += door.inColumns;
      }),
      { numRuns: 400 },
    );
    assert.ok(inColumns > 100 && refused > 100, `${inColumns} in columns, ${refused} refused`);
  });
}

const TRADE = {
  message_id: "00112233-4455-6677-8899-aabbccddeeff",
  trade_id: "T1",
  symbol: "BHP",
  exchange: "ASX",
  asset_class: "equities",
  timestamp: 1_394_406_006_717_000,
  price: "36.78",
  quantity: 358,
  currency: "AUD",
  side: "BUY",
  trade_conditions: [],
  source_sequence: 7,
  ingestion_timestamp: 1_700_000_000_000_000,
  platform_sequence: null,
  vendor_data: { order: "A", company_id: "7078" },
};

const ASX = destinationOf({ exchange: "ASX", assetClass: "equities" });

Deno.test("RecordEntry refuses an empty currency in its first record, too", () => {
  const entry = new RecordEntry("trade", ASX);
  assert.throws(() => entry.read({ ...TRADE, currency: "" }), { rule: "empty", field: "currency" });
});

Deno.test("RecordEntry keeps nothing of an object: it may be used again at once", () => {
  const to = fc.sample(
    destination.filter(({ exchange, assetClass }) => exchange === "ASX" && assetClass === "equities"),
    1,
  );
  const entry = new RecordEntry("trade", to[0] ?? assert.fail());
  const mutable = { ...TRADE, trade_conditions: ["3"], vendor_data: { ...TRADE.vendor_data } };
  entry.read(mutable);
  const columns = entry.columns(1);
  entry.addTo(columns);
  const before = columns.record(0);
  mutable.trade_conditions.push("4");
  mutable.vendor_data.order = "B";
  mutable.vendor_data.company_id = "1";
  entry.read(mutable);
  entry.addTo(columns);
  assert.deepEqual(before?.vendor_data, { order: "A", company_id: "7078" });
  assert.deepEqual(columns.record(0), before);
  assert.deepEqual(columns.record(1)?.vendor_data, { order: "B", company_id: "1" });
});

Deno.test("RecordEntry shares what repeats, and of vendor_data only what v1 reads", () => {
  const entry = new RecordEntry("trade", ASX);
  entry.read(TRADE);
  const columns = entry.columns(1);
  for (const order of ["A", "B", "C"]) {
    entry.read({ ...TRADE, trade_id: order, vendor_data: { ...TRADE.vendor_data, order } });
    entry.addTo(columns);
  }
  assert.deepEqual(columns.layout.vendorKeys, ["order"]);
  assert.equal(new Set(columns.shared).size, 1);
});

Deno.test("RecordEntry reads inherited fields no more than prepareRecord does", () => {
  const entry = new RecordEntry("trade", ASX);
  assert.equal(entry.read(TRADE), null);
  assert.throws(() => entry.read(Object.create(TRADE)), /unclear_version/);
});
