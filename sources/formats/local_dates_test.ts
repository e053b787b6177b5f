import assert from "node:assert/strict";
import { LocalDates } from "./local_dates.ts";

Deno.test("LocalDates.of() gives the local date, around midnight and clock changes", () => {
  const dates = new LocalDates("Australia/Sydney");
  for (
    const [instant, date] of [
      ["2014-03-09T12:59:59.999999Z", "2014-03-09"],
      ["2014-03-09T13:00:00Z", "2014-03-10"],
      ["2014-04-05T12:59:59Z", "2014-04-05"],
      ["2014-04-05T13:00:00Z", "2014-04-06"],
      ["2014-04-06T13:59:59.5Z", "2014-04-06"],
      ["2014-04-06T14:00:00Z", "2014-04-07"],
      ["1969-12-31T13:59:59.999999Z", "1969-12-31"],
      ["1969-12-31T14:00:00Z", "1970-01-01"],
    ] as const
  ) {
    const micros = Number(Temporal.Instant.from(instant).epochNanoseconds / 1000n);
    assert.equal(dates.of(micros), date, instant);
    assert.equal(dates.of(micros), date, "again");
  }
});
