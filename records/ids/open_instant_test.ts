import assert from "node:assert/strict";
import fc from "fast-check";
import { type FieldIdentity, messageIdOf, putForm } from "./identity.ts";
import { bytesToUuid } from "./uuid_text.ts";
import { ALL_BY_ROW, MAX_ROWS_OF_AN_INSTANT, OpenInstant } from "./open_instant.ts";

function trade(micros: number, price: number): FieldIdentity {
  return {
    dataType: "trades",
    assetClass: "equities",
    exchange: "ASX",
    symbol: "TFA",
    micros,
    price: BigInt(price),
    quantity: 1n,
    qualifiers: 0,
    venue: "",
    extra: "",
  };
}

Deno.test("OpenInstant.identify() numbers equal rows of an instant, adjacent or not", () => {
  const instant = new OpenInstant();
  const ids = [7, 8, 7, 7, 8].map((price, index) => instant.identify(trade(1000, price), index + 1));
  assert.deepEqual(ids, [
    messageIdOf(trade(1000, 7)),
    messageIdOf(trade(1000, 8)),
    messageIdOf(trade(1000, 7), { by: "ordinal", number: 1 }),
    messageIdOf(trade(1000, 7), { by: "ordinal", number: 2 }),
    messageIdOf(trade(1000, 8), { by: "ordinal", number: 1 }),
  ]);
});

Deno.test("OpenInstant.identify() forgets the counters when time moves on", () => {
  const instant = new OpenInstant();
  instant.identify(trade(1000, 7), 1);
  instant.identify(trade(1000, 8), 2);
  instant.identify(trade(1001, 7), 3);
  assert.deepEqual(instant.state(), { micros: 1001, counts: [[messageIdOf(trade(1001, 7)), 1]] });
});

Deno.test("OpenInstant.identify() tells a row earlier than the open instant apart by its row number", () => {
  const instant = new OpenInstant();
  const first = instant.identify(trade(1000, 7), 1);
  instant.identify(trade(1001, 7), 2);
  const late = instant.identify(trade(1000, 7), 3);
  assert.equal(late, messageIdOf(trade(1000, 7), { by: "row", number: 3 }));
  assert.notEqual(late, first);
  assert.notEqual(late, instant.identify(trade(1000, 7), 4));
  assert.equal(instant.state().micros, 1001, "the open instant stays the latest");
});

Deno.test("OpenInstant.identify() is bounded: further rows of an instant are told apart by row number", () => {
  const instant = new OpenInstant();
  for (let price = 0; price < MAX_ROWS_OF_AN_INSTANT; price++) instant.identify(trade(1000, price), price + 1);
  const row = MAX_ROWS_OF_AN_INSTANT + 1;
  const beyond = trade(1000, row);
  assert.equal(instant.identify(beyond, row), messageIdOf(beyond, { by: "row", number: row }));
  assert.equal(instant.identify(beyond, row + 1), messageIdOf(beyond, { by: "row", number: row + 1 }));
  assert.equal(
    instant.identify(trade(1000, 0), row + 2),
    messageIdOf(trade(1000, 0), { by: "ordinal", number: 1 }),
    "rows within the bound are counted on",
  );
  assert.equal(instant.state().counts.length, MAX_ROWS_OF_AN_INSTANT);
});

Deno.test("OpenInstant counts reference data over the whole file, because it has no instant", () => {
  const row: FieldIdentity = {
    dataType: "reference_data",
    assetClass: "equities",
    exchange: "ASX",
    symbol: "TFA",
    companyId: "1",
    companyName: "",
    isin: "",
    startDate: "",
    endDate: "",
  };
  const instant = new OpenInstant();
  assert.equal(instant.identify(row, 1), messageIdOf(row));
  instant.identify({ ...row, companyId: "2" }, 2);
  assert.equal(instant.identify(row, 3), messageIdOf(row, { by: "ordinal", number: 1 }));
});

Deno.test("OpenInstant gives the same ids from any saved state on", () => {
  const rows = fc.array(fc.record({ step: fc.integer({ min: -1, max: 1 }), price: fc.integer({ min: 0, max: 2 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(fc.property(rows, fc.nat(), (steps, cut) => {
    let micros = 1000;
    const trades = steps.map(({ step, price }) => trade(micros += step, price));
    const whole = new OpenInstant();
    const expected = trades.map((fields, index) => whole.identify(fields, index + 1));
    assert.equal(new Set(expected).size, expected.length, "every row has an id of its own");

    const at = cut % trades.length;
    const before = new OpenInstant();
    const ids = trades.slice(0, at).map((fields, index) => before.identify(fields, index + 1));
    const after = new OpenInstant(JSON.parse(JSON.stringify(before.state())));
    ids.push(...trades.slice(at).map((fields, index) => after.identify(fields, at + index + 1)));
    assert.deepEqual(ids, expected);
    assert.deepEqual(after.state(), whole.state());
  }));
});

Deno.test("OpenInstant.identify() tells every row apart by its number from the state ALL_BY_ROW on", () => {
  const instant = new OpenInstant(ALL_BY_ROW);
  const ids = [[1000, 7], [1000, 7], [2000, 8], [1500, 9]].map(([micros = 0, price = 0], index) =>
    instant.identify(trade(micros, price), index + 5)
  );
  assert.deepEqual(ids, [
    messageIdOf(trade(1000, 7), { by: "row", number: 5 }),
    messageIdOf(trade(1000, 7), { by: "row", number: 6 }),
    messageIdOf(trade(2000, 8), { by: "row", number: 7 }),
    messageIdOf(trade(1500, 9), { by: "row", number: 8 }),
  ]);
});

Deno.test("OpenInstant has a form of its own: a row of another file in between changes no id", () => {
  const [one, other] = [new OpenInstant(), new OpenInstant()];
  putForm(one.form, trade(1000, 7));
  other.identify(trade(1000, 8), 1);
  one.identifyForm(1000, 1);
  other.identify(trade(1000, 9), 2);
  assert.equal(bytesToUuid(one.form.id), messageIdOf(trade(1000, 7)));
});
