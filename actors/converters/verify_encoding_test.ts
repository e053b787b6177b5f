import assert from "node:assert/strict";
import fc from "fast-check";
import { target, trades } from "../../tests/support/trades.ts";
import { Delivery } from "../delivery/delivery.ts";
import { encodeRows } from "../encoding/encode_rows.ts";
import type { EncodedRecord } from "../encoding/encoded_records.ts";
import type { RowsAdmitted, Target } from "../messages.ts";
import { EncodingMismatchError, verifyEncoding } from "./verify_encoding.ts";

const batch = trades(3, 0);
const from = { origin: Uint8Array.fromHex("0123456789abcdef"), firstRow: 1 };

function encoded(to: Target): EncodedRecord[] {
  const delivery = new Delivery({ rows: 3, states: [new Uint8Array(3)], refusals: [] }, () => {});
  const place = { stream: { source: "file" }, run: 1, index: 0 };
  const message: RowsAdmitted = { type: "rows_admitted", place, epoch: 1, targets: [to], batch, from, delivery };
  return [...encodeRows(message, 0, to)];
}

for (const version of ["v1", "v2"] as const) {
  Deno.test(`verifyEncoding() is content with what encodeRows() makes, and with no changed byte of it: ${version}`, () => {
    const to = target(version);
    const records = encoded(to);
    verifyEncoding({ batch, from }, to, records);
    const length = records[1]?.value.length ?? 0;
    fc.assert(fc.property(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const changed = records.map((record) => ({ ...record, value: record.value.slice() }));
      const value = changed[1]?.value ?? assert.fail();
      value[at] = (value[at] ?? 0) ^ bits;
      assert.throws(() => verifyEncoding({ batch, from }, to, changed));
    }));
  });
}

Deno.test("verifyEncoding() names the row and what differs", () => {
  const to = target("v1");
  const [first, second, third] = encoded(to);
  assert.ok(first !== undefined && second !== undefined && third !== undefined);
  const cases: readonly (readonly [EncodedRecord, string])[] = [
    [{ ...second, value: third.value }, "exchange_timestamp"],
    [{ ...second, keyText: "RIO" }, "key"],
    [{ ...second, messageId: third.messageId }, "message id"],
    [{ ...second, headers: third.headers }, "headers"],
    [{ ...second, headers: [] }, "headers"],
    [{ ...second, origin: null }, "origin"],
    [{ ...second, origin: new Uint8Array(8) }, "origin"],
    [{ ...second, row: third.row }, "row number"],
  ];
  for (const [wrong, field] of cases) {
    assert.throws(() => verifyEncoding({ batch, from }, to, [first, wrong, third]), (error) => {
      assert.ok(error instanceof EncodingMismatchError);
      assert.equal(error.field, field);
      assert.match(error.message, /^Row 2 \(line 2, byte 20\) was encoded wrongly: /);
      return true;
    });
  }
  const other = { ...to, schema: to.schema && { ...to.schema, id: 99 } };
  assert.throws(() => verifyEncoding({ batch, from }, other, [first]), {
    name: "EncodingMismatchError",
    field: "schema id",
  });
});
