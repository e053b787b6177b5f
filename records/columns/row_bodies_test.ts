/** What goes to WebAssembly and comes back: room, memory that grows, rows in any order, calls in turn. */
import assert from "node:assert/strict";
import { codecFor } from "../../schemas/codec.ts";
import { parseFrame } from "../../schemas/avro/wire.ts";
import { scratchBytes } from "../../wasm/scratch.ts";
import { WideInteger } from "../values/wide_integer.ts";
import { EventColumns, SharedFields } from "./event_columns.ts";
import { eventEncoderOf } from "./event_encoder.ts";
import type { OwnLayout } from "./own_layout.ts";
import type { RowBodies } from "./row_bodies.ts";

const LAYOUT: OwnLayout = { eventId: "text", sequence: true, vendorKeys: ["note"] };

function wide(value: bigint): WideInteger {
  const integer = new WideInteger();
  integer.setBig(value);
  return integer;
}

function sharedOf(symbol: string): SharedFields {
  const record = {
    message_id: "",
    trade_id: "",
    symbol,
    exchange: "ASX",
    asset_class: "equities",
    timestamp: 0,
    price: 0n,
    quantity: 0n,
    currency: "AUD",
    side: "BUY",
    trade_conditions: [],
    source_sequence: null,
    ingestion_timestamp: 0,
    platform_sequence: null,
    vendor_data: null,
  } as const;
  return new SharedFields("trade", record, "");
}

/** Trades with a note each, of some symbols in turn. */
function tradesWith(notes: readonly string[], symbols: readonly string[] = ["BHP", "RIO"]): EventColumns {
  const columns = new EventColumns("trade", 1_700_000_000_000_000, 1, LAYOUT);
  const shared = symbols.map(sharedOf);
  for (const [row, note] of notes.entries()) {
    const eventId = `trade ${row}`;
    const buffer = new TextEncoder().encode(eventId + note);
    columns.add(shared[row % shared.length] ?? assert.fail(), {
      micros: 1_394_406_006_717_000 + row,
      id: Uint32Array.of(row, 1, 2, 3),
      decimals: [wide(BigInt(row + 1) * 10n ** 8n), wide(10n ** 8n)],
      sequence: wide(BigInt(row)),
      texts: { buffer, starts: Int32Array.of(0, eventId.length), ends: Int32Array.of(eventId.length, buffer.length) },
    });
  }
  return columns;
}

const bodiesOf = (columns: EventColumns) => eventEncoderOf("trade", "v2", LAYOUT).rowsOf(columns);

function assertEncoded(
  columns: EventColumns,
  rows: readonly number[],
  schemaId = 77,
  bodies = bodiesOf(columns),
): void {
  for (const row of rows) assert.ok(bodies.takes(row));
  const { values, ends } = bodies.encode(Int32Array.from(rows), schemaId);
  assert.equal(ends.length, rows.length);
  assert.equal(ends.at(-1) ?? 0, values.length);
  for (const [at, row] of rows.entries()) {
    const { schemaId: id, body } = parseFrame(values.subarray(ends[at - 1] ?? 0, ends[at]));
    assert.equal(id, schemaId);
    // As a record, since the codec has an order of its own for entries of a map.
    assert.deepEqual(codecFor("trade", "v2").decodeUnscaled(body), columns.record(row));
  }
}

Deno.test("RowBodies finds room for rows that are longer than its guess, however often it takes", () => {
  // The guess is 512 bytes a row: 6 doublings for the first, and rows behind it that fit again.
  assertEncoded(tradesWith(["x".repeat(20_000), "", "y".repeat(700)]), [0, 1, 2]);
  assertEncoded(tradesWith(Array.from({ length: 300 }, (_, row) => "z".repeat(row * 13))), Array(300).keys().toArray());
});

Deno.test("RowBodies puts rows into memory that has to grow meanwhile", () => {
  const length = scratchBytes().length;
  assertEncoded(tradesWith(["a", "b", "c"], ["S".repeat(length), "T".repeat(2 * length)]), [0, 1, 2]);
  const before = scratchBytes().length;
  const notes = Array.from({ length: 4 }, (_, row) => String(row).repeat(before / 2));
  assertEncoded(tradesWith(notes), [0, 1, 2, 3]);
  assert.ok(scratchBytes().length > 2 * before);
});

Deno.test("RowBodies encodes rows in the order that is asked for, again and not at all", () => {
  const columns = tradesWith(["a", "b", "c", "d", "e"]);
  assertEncoded(columns, [4, 0, 2, 2, 1]);
  assertEncoded(columns, [3]);
  assertEncoded(columns, []);
});

Deno.test("RowBodies writes every id of a schema, and refuses what is none", () => {
  const columns = tradesWith(["a"]);
  for (const id of [0, 1, 0x01020304, 2 ** 31 - 1]) assertEncoded(columns, [0], id);
  for (const id of [-1, 2 ** 31, 1.5]) {
    assert.throws(() => bodiesOf(columns).encode(Int32Array.of(0), id), { name: "WireError" });
  }
  assertEncoded(columns, [0]);
});

Deno.test("RowBodies of several columns do not disturb each other", () => {
  const columns = [tradesWith(["first", "second"]), tradesWith(["x".repeat(3000), "y"])];
  const bodies: RowBodies[] = columns.map(bodiesOf);
  const kept = bodies.map((each) => each.encode(Int32Array.of(1, 0), 77).values);
  const copies = kept.map((values) => values.slice());
  for (const _ of [1, 2]) {
    for (const [at, each] of bodies.entries()) assertEncoded(columns[at] ?? assert.fail(), [0, 1], 77, each);
  }
  assert.deepEqual(kept, copies, "what was taken away stays as it is");
});

Deno.test("RowBodies refuses a row that it does not take, and is as before afterwards", () => {
  const columns = tradesWith(["a"]);
  columns.skip();
  const bodies = bodiesOf(columns);
  assert.equal(bodies.takes(1), false);
  assert.throws(() => bodies.encode(Int32Array.of(0, 1), 77), /Row 1 of the columns/);
  assertEncoded(columns, [0], 77, bodies);
});
