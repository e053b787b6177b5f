import fc from "fast-check";
import assert from "node:assert/strict";
import { referenceDataV1, referenceDataV2 } from "../../tests/support/record_arbitraries.ts";
import {
  buildReferenceDataV1,
  buildReferenceDataV2,
  type ReferenceDataV1Input,
  type ReferenceDataV2Input,
} from "./build.ts";

const NOW = Date.parse("2026-01-02T03:04:05.678Z");
const UUID = "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9";
const FIXED = { clock: { now: () => NOW }, newId: () => UUID };

const MINIMAL: ReferenceDataV2Input = {
  companyId: "7078",
  symbol: "BHP",
  exchange: "ASX",
  assetClass: "equities",
  companyName: "BHP BILLITON LTD",
};

const MINIMAL_V1: ReferenceDataV1Input = {
  companyId: 7078,
  symbol: "BHP",
  companyName: "BHP BILLITON LTD",
  startDate: "05/07/2008",
};

Deno.test("buildReferenceDataV2() fills what is left out", () => {
  assert.deepEqual(buildReferenceDataV2(MINIMAL, FIXED), {
    message_id: UUID,
    company_id: "7078",
    symbol: "BHP",
    exchange: "ASX",
    asset_class: "equities",
    company_name: "BHP BILLITON LTD",
    isin: null,
    currency: null,
    listing_date: null,
    delisting_date: null,
    is_active: true,
    ingestion_timestamp: NOW * 1000,
    vendor_data: null,
  });
});

Deno.test("buildReferenceDataV2() takes dates as midnight UTC, and instants", () => {
  const dates = { listingDate: "2008-05-07", delistingDate: "2014-03-31T00:00:00.000001+10:00" };
  const company = buildReferenceDataV2({ ...MINIMAL, ...dates, timeZone: "Australia/Sydney" });
  assert.equal(company.listing_date, Date.UTC(2008, 4, 7) * 1000);
  assert.equal(company.delisting_date, Date.UTC(2014, 2, 30, 14) * 1000 + 1);
});

Deno.test("buildReferenceDataV2() takes an instrument for active until its delisting date", () => {
  const active = (input: Partial<ReferenceDataV2Input>) =>
    buildReferenceDataV2({ ...MINIMAL, ...input }, FIXED).is_active;
  assert.equal(active({ delistingDate: "2026-01-02" }), false);
  assert.equal(active({ delistingDate: "2026-01-03" }), true);
  assert.equal(active({ delistingDate: "2026-01-02", isActive: true }), true);
  assert.equal(active({ isActive: false }), false);
});

Deno.test("buildReferenceDataV2() takes company numbers, 0 among them", () => {
  assert.equal(buildReferenceDataV2({ ...MINIMAL, companyId: 0 }).company_id, "0");
  assert.equal(buildReferenceDataV2({ ...MINIMAL, companyId: 7078 }).company_id, "7078");
  assert.equal(buildReferenceDataV2({ ...MINIMAL, companyId: "BHP-1" }).company_id, "BHP-1");
});

Deno.test("buildReferenceDataV2() gives back any record that its options were made of", () => {
  fc.assert(fc.property(referenceDataV2, (record) => {
    const built = buildReferenceDataV2({
      companyId: record.company_id,
      symbol: record.symbol,
      exchange: record.exchange,
      assetClass: record.asset_class,
      companyName: record.company_name,
      isin: record.isin,
      currency: record.currency,
      listingDate: record.listing_date === null ? null : BigInt(record.listing_date),
      delistingDate: record.delisting_date === null ? null : BigInt(record.delisting_date),
      isActive: record.is_active,
      messageId: record.message_id,
      vendorData: record.vendor_data,
      ingestionTimestamp: BigInt(record.ingestion_timestamp),
    });
    assert.deepEqual(built, record);
    assert.ok(Object.isFrozen(built));
  }));
});

Deno.test("buildReferenceDataV1() gives back any record that its options were made of", () => {
  fc.assert(fc.property(referenceDataV1, (record) => {
    const built = buildReferenceDataV1({
      companyId: record.company_id,
      symbol: record.symbol,
      companyName: record.company_name,
      isin: record.isin,
      startDate: record.start_date,
      endDate: record.end_date,
    });
    assert.deepEqual(built, record);
    assert.ok(Object.isFrozen(built));
  }));
  assert.equal(buildReferenceDataV1(MINIMAL_V1).isin, "");
  assert.equal(buildReferenceDataV1(MINIMAL_V1).end_date, null);
});

Deno.test("buildReferenceDataV1() and buildReferenceDataV2() refuse bad options, each with its field and rule", () => {
  const table: [Record<string, unknown>, string, string][] = [
    [{ companyId: "" }, "companyId", "empty"],
    [{ companyId: undefined }, "companyId", "missing"],
    [{ companyId: -1 }, "companyId", "negative"],
    [{ companyId: 1.5 }, "companyId", "not_an_integer"],
    [{ companyName: undefined }, "companyName", "missing"],
    [{ isin: "" }, "isin", "empty"],
    [{ listingDate: "2008-02-30" }, "listingDate", "bad_date"],
    [{ listingDate: "9999-01-01" }, "listingDate", "out_of_range"],
    [{ listingDate: "05/07/2008" }, "listingDate", "not_iso_8601"],
    [{ delistingDate: 20140331 }, "delistingDate", "no_unit"],
    [{ isActive: "true" }, "isActive", "wrong_type"],
    [{ startDate: "05/07/2008" }, "startDate", "unknown_field"],
    [{ timestamp: 1n }, "timestamp", "unknown_field"],
  ];
  for (const [changes, field, rule] of table) {
    const input = { ...MINIMAL, ...changes } as ReferenceDataV2Input;
    assert.throws(() => buildReferenceDataV2(input), { field, rule }, `${field} ${rule}`);
  }
  const tableV1: [Record<string, unknown>, string, string][] = [
    [{ companyId: "x" }, "companyId", "not_an_integer"],
    [{ symbol: "" }, "symbol", "empty"],
    [{ startDate: undefined }, "startDate", "missing"],
    [{ startDate: "02/30/2008" }, "startDate", "bad_date"],
    [{ startDate: "2008-05-07" }, "startDate", "bad_date"],
    [{ startDate: "5/7/2008" }, "startDate", "bad_date"],
    [{ endDate: "13/01/2008" }, "endDate", "bad_date"],
    [{ endDate: "" }, "endDate", "bad_date"],
    [{ exchange: "ASX" }, "exchange", "unknown_field"],
  ];
  for (const [changes, field, rule] of tableV1) {
    const input = { ...MINIMAL_V1, ...changes } as ReferenceDataV1Input;
    assert.throws(() => buildReferenceDataV1(input), { field, rule }, `${field} ${rule}`);
  }
});
