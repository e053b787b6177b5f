import assert from "node:assert/strict";
import { isCivilDate, MICROS_PER_DAY } from "./civil_date.ts";
import { RecordError } from "../errors.ts";
import { type AmbiguousTime, LocalCalendar } from "./local_time.ts";

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;

/** What Temporal says of a local time: micros, or the rule that it breaks. */
function expected(timeZone: string, date: Temporal.PlainDate, micros: number, ambiguous: AmbiguousTime) {
  const time = new Temporal.PlainTime().add({ microseconds: micros });
  const local = date.toPlainDateTime(time);
  const earlier = local.toZonedDateTime(timeZone, { disambiguation: "earlier" });
  const later = local.toZonedDateTime(timeZone, { disambiguation: "later" });
  const instant = (zoned: Temporal.ZonedDateTime) => Number(zoned.epochNanoseconds / 1000n);
  if (earlier.equals(later)) return instant(earlier);
  if (!earlier.toPlainDateTime().equals(local)) return "nonexistent_local_time";
  return ambiguous === "refuse" ? "ambiguous_local_time" : instant(ambiguous === "earlier" ? earlier : later);
}

const TIMES = [0, 1, 29 * MINUTE, 30 * MINUTE + 7, HOUR - 1, HOUR, 90 * MINUTE, 2 * HOUR - 1, 2 * HOUR]
  .concat([135 * MINUTE, 150 * MINUTE, 3 * HOUR - 1, 3 * HOUR, 9 * HOUR + 123_456, 16 * HOUR, 23 * HOUR + 30 * MINUTE])
  .concat([MICROS_PER_DAY - 1]);

function compareAllDays(timeZone: string, from: string, to: string, ambiguous: AmbiguousTime): Set<string> {
  const calendar = new LocalCalendar(timeZone, { ambiguous });
  const faults = new Set<string>();
  const end = Temporal.PlainDate.from(to);
  let date = Temporal.PlainDate.from(from);
  for (; Temporal.PlainDate.compare(date, end) < 0; date = date.add({ days: 1 })) {
    for (const micros of TIMES) {
      const found = calendar.resolve(date.year, date.month, date.day, micros);
      const wanted = expected(timeZone, date, micros, ambiguous);
      if (found !== wanted) assert.fail(`${timeZone} ${date} + ${micros}: ${found}, not ${wanted}`);
      if (typeof found === "string") faults.add(found);
    }
  }
  return faults;
}

const GAP_AND_FOLD = ["ambiguous_local_time", "nonexistent_local_time"];

for (
  const [timeZone, faults] of [
    ["Australia/Sydney", GAP_AND_FOLD],
    ["America/New_York", GAP_AND_FOLD],
    ["Europe/London", GAP_AND_FOLD],
    ["Australia/Lord_Howe", GAP_AND_FOLD],
    ["Asia/Tokyo", []],
    ["UTC", []],
    ["+05:45", []],
  ] as const
) {
  Deno.test(`LocalCalendar.resolve() agrees with Temporal on each day from 2013 to 2015 in ${timeZone}`, () => {
    const found = compareAllDays(timeZone, "2013-01-01", "2016-01-01", "refuse");
    assert.deepEqual([...found].sort(), faults);
  });
}

Deno.test("LocalCalendar.resolve() agrees with Temporal on changes of the clocks at and around midnight", () => {
  // St. John's changed at 00:01 until 2011, so that the end of the day before happens twice; Azores and Beirut at 00:00.
  compareAllDays("America/St_Johns", "2008-10-25", "2009-03-15", "refuse");
  compareAllDays("Atlantic/Azores", "2014-03-25", "2014-11-01", "refuse");
  compareAllDays("Asia/Beirut", "2014-03-25", "2014-11-01", "refuse");
  compareAllDays("America/Sao_Paulo", "2014-10-10", "2015-03-01", "refuse");
  // Samoa skipped the whole of 30 December 2011.
  const skipped = new LocalCalendar("Pacific/Apia");
  assert.equal(skipped.resolve(2011, 12, 30, 12 * HOUR), "nonexistent_local_time");
  compareAllDays("Pacific/Apia", "2011-12-20", "2012-01-10", "refuse");
  compareAllDays("Africa/Casablanca", "2014-06-01", "2014-11-01", "refuse");
});

Deno.test("LocalCalendar.resolve() takes the earlier or the later of two instants as chosen", () => {
  for (const timeZone of ["Australia/Sydney", "Australia/Lord_Howe", "America/St_Johns"]) {
    for (const ambiguous of ["earlier", "later"] as const) {
      const faults = compareAllDays(timeZone, "2010-01-01", "2011-01-01", ambiguous);
      assert.deepEqual([...faults], ["nonexistent_local_time"]);
    }
  }
  const earlier = new LocalCalendar("Australia/Sydney", { ambiguous: "earlier" }).toMicros(2014, 4, 6, 2.5 * HOUR);
  const later = new LocalCalendar("Australia/Sydney", { ambiguous: "later" }).toMicros(2014, 4, 6, 2.5 * HOUR);
  assert.equal(later - earlier, HOUR);
});

Deno.test("LocalCalendar.toMicros() gives the instant of an exchange's local time", () => {
  const calendar = new LocalCalendar("Australia/Sydney");
  // 07:57:14.754 in Sydney, 11 hours ahead of UTC, is on the UTC day before.
  const micros = calendar.toMicros(2014, 3, 10, ((7 * 60 + 57) * 60 + 14) * 1_000_000 + 754_000);
  assert.equal(micros, Date.parse("2014-03-09T20:57:14.754Z") * 1000);
});

Deno.test("LocalCalendar.toMicros() refuses days and times that do not exist, and names the field", () => {
  const calendar = new LocalCalendar("Asia/Tokyo", { field: "exchange_timestamp" });
  calendar.toMicros(2014, 2, 28, 0);
  const bad: [number, number, number, number][] = [
    [2014, 2, 30, 0],
    [2014, 13, 1, 0],
    [2014, 0, 1, 0],
    [2014, 1, 132, 0],
    [2014, 2.28, 0, 0],
    [2014, 1, 0, 0],
    [2014, 1, 1.5, 0],
    [2013, 2, 29, 0],
    [1900, 2, 29, 0],
    [NaN, 1, 1, 0],
    [-1, 1, 1, 0],
    [2014, 1, 1, -1],
    [2014, 1, 1, 0.5],
    [2014, 1, 1, NaN],
    [2014, 1, 1, MICROS_PER_DAY],
  ];
  for (const [year, month, day, micros] of bad) {
    assert.throws(
      () => calendar.toMicros(year, month, day, micros),
      (error) => error instanceof RecordError && error.rule === "bad_date" && error.field === "exchange_timestamp",
      `${year} ${month} ${day} ${micros}`,
    );
  }
  assert.throws(() => calendar.toMicros(9999, 1, 1, 0), { rule: "out_of_range" });
  assert.throws(() => calendar.toMicros(1, 1, 1, 0), { rule: "out_of_range" });
});

Deno.test("LocalCalendar.toMicros() says what to do where the clocks change", () => {
  const sydney = new LocalCalendar("Australia/Sydney");
  assert.throws(() => sydney.toMicros(2013, 10, 6, 2.5 * HOUR), {
    name: "RecordError",
    rule: "nonexistent_local_time",
    field: "timestamp",
    value: "2013-10-06T02:30:00.000000",
    message: /timestamp "2013-10-06T02:30:00.000000" is refused \(nonexistent_local_time\).*Australia\/Sydney/,
  });
  assert.throws(() => sydney.toMicros(2014, 4, 6, 2.5 * HOUR), {
    rule: "ambiguous_local_time",
    message: /Choose the earlier or the later/,
  });
});

Deno.test("LocalCalendar.toMicros() tells apart days that differ in one part only", () => {
  const calendar = new LocalCalendar("Asia/Tokyo");
  for (const [year, month, day] of [[2013, 1, 2], [2014, 1, 2], [2014, 2, 2], [2014, 2, 3], [2014, 2, 3]] as const) {
    const wanted = Date.UTC(year, month - 1, day, 3) * 1000;
    assert.equal(calendar.toMicros(year, month, day, 12 * HOUR), wanted);
  }
});

Deno.test("LocalCalendar refuses a time zone that is not known", () => {
  for (const timeZone of ["Australia/Sidney", "", "AEST+10"]) {
    assert.throws(() => new LocalCalendar(timeZone), { rule: "unknown_time_zone", field: "timeZone", value: timeZone });
  }
});

Deno.test("LocalCalendar keeps right answers when it has forgotten days", () => {
  const calendar = new LocalCalendar("Europe/London");
  const first = calendar.toMicros(1999, 7, 1, HOUR);
  const start = Temporal.PlainDate.from("2000-01-01");
  for (let days = 0; days < 5000; days += 1) {
    const { year, month, day } = start.add({ days });
    const noon = new Temporal.PlainDateTime(year, month, day, 12).toZonedDateTime("Europe/London");
    assert.equal(calendar.toMicros(year, month, day, 12 * HOUR), noon.epochMilliseconds * 1000);
  }
  assert.equal(calendar.toMicros(1999, 7, 1, HOUR), first);
});

Deno.test("isCivilDate() knows the days of each month", () => {
  let days = 0;
  for (let month = -1; month <= 14; month += 1) {
    for (let day = -1; day <= 33; day += 1) {
      days += Number(isCivilDate(2000, month, day)) + Number(isCivilDate(2014, month, day));
    }
  }
  assert.equal(days, 366 + 365);
});
