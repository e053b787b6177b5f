import fc from "fast-check";
import assert from "node:assert/strict";
import type { ReferenceDataV1, ReferenceDataV2 } from "../../schemas/record_types.ts";
import { referenceDataV1 } from "../../tests/support/record_arbitraries.ts";
import { MICROS_PER_DAY } from "../values/civil_date.ts";
import { convertReferenceDataV1ToV2, convertReferenceDataV2ToV1, type PlainReferenceData } from "./convert.ts";
import { unscaledToV1 } from "../values/unscaled.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };
const LISTED = Date.UTC(2008, 4, 7) * 1000;
const ENDED = Date.UTC(2014, 2, 31) * 1000;

const V1: ReferenceDataV1 = {
  company_id: 7078,
  symbol: "BHP",
  company_name: "BHP BILLITON LTD",
  isin: "AU000000BHP4",
  start_date: "05/07/2008",
  end_date: "03/31/2014",
};

const V2: ReferenceDataV2 = {
  message_id: UUID,
  company_id: "7078",
  symbol: "BHP",
  exchange: "ASX",
  asset_class: "equities",
  company_name: "BHP BILLITON LTD",
  isin: "AU000000BHP4",
  currency: "AUD",
  listing_date: LISTED,
  delisting_date: null,
  is_active: true,
  ingestion_timestamp: NOW * 1000,
  vendor_data: { start_date: "05/07/2008", end_date: "03/31/2014" },
};

Deno.test("convertReferenceDataV1ToV2() takes the end date for the end of the extract", () => {
  assert.deepEqual(convertReferenceDataV1ToV2(V1, { ...FIXED, exchange: "asx" }), V2);
});

Deno.test("convertReferenceDataV1ToV2() takes the end date for the delisting only when told so", () => {
  const delisted = convertReferenceDataV1ToV2(V1, { ...FIXED, endDate: "delisting" });
  assert.deepEqual([delisted.delisting_date, delisted.is_active], [ENDED, false]);
  assert.deepEqual(delisted.vendor_data, V2.vendor_data);
  const later = convertReferenceDataV1ToV2({ ...V1, end_date: "01/03/2026" }, { ...FIXED, endDate: "delisting" });
  assert.equal(later.is_active, true);
  const listed = convertReferenceDataV1ToV2({ ...V1, end_date: null }, { ...FIXED, endDate: "delisting" });
  assert.deepEqual([listed.delisting_date, listed.is_active], [null, true]);
});

Deno.test("convertReferenceDataV1ToV2() makes up nothing", () => {
  const plain: PlainReferenceData = { company_id: "BHP-1", symbol: "BHP", company_name: "BHP" };
  assert.deepEqual(convertReferenceDataV1ToV2(plain, FIXED), {
    ...V2,
    company_id: "BHP-1",
    company_name: "BHP",
    exchange: "unknown",
    isin: null,
    currency: "USD",
    listing_date: null,
    vendor_data: null,
  });
  const own = { exchange: "ASX", currency: "NZD", asset_class: "options", isin: "", vendor_data: { sector: "x" } };
  const company = convertReferenceDataV1ToV2({ ...plain, ...own, start_date: "05/07/2008" });
  assert.deepEqual([company.currency, company.asset_class, company.isin], ["NZD", "options", null]);
  assert.deepEqual(company.vendor_data, { sector: "x", start_date: "05/07/2008" });
});

Deno.test("convertReferenceDataV1ToV2() refuses bad values, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ start_date: "02/30/2008" }, "start_date", "bad_date"],
    [{ start_date: "2008-05-07" }, "start_date", "bad_date"],
    [{ end_date: "31/03/2014" }, "end_date", "bad_date"],
    [{ end_date: "01/01/9999" }, "end_date", "out_of_range"],
    [{ company_id: null }, "company_id", "missing"],
    [{ company_id: -1 }, "company_id", "negative"],
    [{ sector: "x" }, "sector", "unknown_field"],
    [{ vendor_data: { start_date: "x" } }, "vendor_data.start_date", "disagrees"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...V1, ...changes } as ReferenceDataV1;
    assert.throws(() => convertReferenceDataV1ToV2(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("convertReferenceDataV2ToV1() takes the source's own dates, else those of the fields", () => {
  assert.deepEqual(convertReferenceDataV2ToV1(V2), V1);
  const built = { ...V2, vendor_data: null, isin: null, delisting_date: ENDED };
  assert.deepEqual(convertReferenceDataV2ToV1(built), { ...V1, isin: "" });
  assert.equal(convertReferenceDataV2ToV1({ ...V2, vendor_data: null }).end_date, null);
});

Deno.test("convertReferenceDataV2ToV1() refuses every loss, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ company_id: "BHP" }, "company_id", "not_an_integer"],
    [{ company_id: "007" }, "company_id", "lossy"],
    [{ listing_date: null, vendor_data: null }, "listing_date", "missing"],
    [{ listing_date: LISTED + 1, vendor_data: null }, "listing_date", "lossy"],
    [{ delisting_date: ENDED - 1, vendor_data: null }, "delisting_date", "lossy"],
    [{ listing_date: LISTED + MICROS_PER_DAY }, "listing_date", "disagrees"],
    [{ delisting_date: ENDED + MICROS_PER_DAY }, "delisting_date", "disagrees"],
    [{ vendor_data: { start_date: "May 2008" } }, "vendor_data.start_date", "bad_date"],
    [{ is_active: "yes" }, "is_active", "wrong_type"],
  ];
  for (const [changes, field, rule] of table) {
    const record = { ...V2, ...changes } as ReferenceDataV2;
    assert.throws(() => convertReferenceDataV2ToV1(record), { name: "RecordError", field, rule }, `${field} ${rule}`);
  }
});

Deno.test("v1 reference data comes back from v2 as it was, by the API and on the record path", () => {
  fc.assert(fc.property(referenceDataV1, fc.constantFrom("extract", "delisting"), (record, endDate) => {
    const v2 = convertReferenceDataV1ToV2(record, { ...FIXED, endDate });
    assert.deepEqual(convertReferenceDataV2ToV1(v2), record);
    assert.deepEqual(unscaledToV1("reference_data", v2), record);
    const [month, day, year] = record.start_date.split("/");
    assert.equal(v2.listing_date, Date.parse(`${year}-${month}-${day}T00:00:00Z`) * 1000);
    const { start_date, ...vendor } = v2.vendor_data ?? {};
    assert.equal(start_date, record.start_date);
    // Without the text the date of the field is written in the same way.
    assert.equal(convertReferenceDataV2ToV1({ ...v2, vendor_data: vendor }).start_date, record.start_date);
  }));
});
