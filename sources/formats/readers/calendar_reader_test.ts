import assert from "node:assert/strict";
import fc from "fast-check";
import { RecordError } from "../../../records/errors.ts";
import { rowReason } from "../../../records/row_reason.ts";
import { textCells } from "../../../tests/support/one_cell.ts";
import type { CalendarInstant, DatePart, InstantContext, TimePart, ZonePart } from "./instant_options.ts";
import { instantReader } from "./instant_reader.ts";
import { ReaderOptionsError } from "./reader_options_error.ts";

const CONTEXT: InstantContext = {
  timeZone: "America/New_York",
  ambiguousTime: "refuse",
  timeUnit: null,
  earliestMicros: 0,
  finer: "keep",
  fileDate: "2016-10-24",
  mayBeOld: false,
  now: () => 0,
};
const FILE: DatePart = { from: "file" };
const date = (pattern: string) => ({ slot: 0, field: "date", pattern });
const time = (pattern: string, slot = 1) => ({ slot, field: "time", pattern });

interface Parts {
  readonly date: DatePart;
  readonly time?: TimePart | null;
  readonly zone?: ZonePart;
}

function readerOf({ date, time = null, zone = "settings" }: Parts, context: Partial<InstantContext> = {}) {
  const options: CalendarInstant = { encoding: "calendar", date, time, zone };
  const reader = instantReader(options, { ...CONTEXT, ...context });
  return (...texts: readonly string[]): string => {
    try {
      const micros = reader.read(textCells(...texts));
      return Temporal.Instant.fromEpochNanoseconds(BigInt(micros) * 1000n + BigInt(reader.nanos)).toString();
    } catch (error) {
      if (error instanceof RecordError) return rowReason(error);
      throw error;
    }
  };
}

Deno.test("CalendarReader reads the vendors' forms", () => {
  const taq = readerOf({ date: FILE, time: time("HHmmssSSSSSSSSS", 0) });
  assert.equal(taq("093000417837123"), "2016-10-24T13:30:00.417837123Z");
  const lobster = readerOf({ date: FILE, time: { slot: 0, field: "time", sinceMidnight: "s" } }, {
    fileDate: "2012-06-21",
  });
  assert.equal(lobster("34713.685155243"), "2012-06-21T13:38:33.685155243Z");
  const lean = readerOf({ date: FILE, time: { slot: 0, field: "time", sinceMidnight: "ms" } }, {
    fileDate: "2013-10-08",
  });
  assert.equal(lean("14400009.367"), "2013-10-08T08:00:00.009367Z");
  assert.equal(lean("54000006.3038"), "2013-10-08T19:00:00.0063038Z");
  const histdata = readerOf({ date: date("yyyyMMdd HHmmssSSS"), zone: { zone: "Etc/GMT+5" } });
  assert.equal(histdata("20240102 000001123"), "2024-01-02T05:00:01.123Z");
  const truefx = readerOf({ date: date("yyyyMMdd HH:mm:ss.SSS"), zone: { zone: "UTC" } });
  assert.equal(truefx("20240102 00:00:00.123"), "2024-01-02T00:00:00.123Z");
  const dukascopy = readerOf({ date: date("dd.MM.yyyy HH:mm:ss.SSS 'GMT'Z") });
  assert.equal(dukascopy("02.01.2024 09:30:00.123 GMT+0100"), "2024-01-02T08:30:00.123Z");
  const mt5 = readerOf({ date: date("yyyy.MM.dd"), time: time("HH:mm:ss.SSS"), zone: { zone: "Europe/Athens" } });
  assert.equal(mt5("2024.07.01", "00:00:00.500"), "2024-06-30T21:00:00.5Z");
  const european = readerOf({ date: date("yyyy-MM-dd HH:mm:ss,SSS"), zone: { zone: "Europe/Berlin" } });
  assert.equal(european("2024-01-02 09:00:00,123"), "2024-01-02T08:00:00.123Z");
  const lseg = readerOf({
    date: FILE,
    time: time("HH:mm:ss[.S]", 0),
    zone: { offset: { slot: 1, field: "GMT Offset" } },
  });
  assert.equal(lseg("17:01:00.378000000", "-5"), "2016-10-24T22:01:00.378Z");
  assert.equal(lseg("17:01:00", "+5.5"), "2016-10-24T11:31:00Z");
});

Deno.test("CalendarReader reads the local times of every zone as Temporal does, on days when clocks change, too", () => {
  const zones = ["Australia/Sydney", "America/New_York", "Australia/Lord_Howe", "UTC"];
  const dates = ["2014-04-06", "2014-10-05", "2016-11-06", "2016-03-13", "2024-02-29", "2023-02-29", "2024-12-31"];
  for (const ambiguousTime of ["refuse", "earlier", "later"] as const) {
    for (const timeZone of zones) {
      const read = readerOf({ date: date("MM/dd/yyyy"), time: time("HH:mm:ss.SSSSSS") }, { timeZone, ambiguousTime });
      fc.assert(
        fc.property(fc.constantFrom(...dates), fc.nat(86_399_999_999), (day, micros) => {
          const local = Temporal.PlainTime.from("00:00").add({ microseconds: micros });
          const text = local.toString({ fractionalSecondDigits: 6 });
          const [year, month, dayOfMonth] = day.split("-");
          const found = read(`${month}/${dayOfMonth}/${year}`, text);
          assert.match(found, wantedFor({ day, text, timeZone, ambiguousTime }));
        }),
        { numRuns: 150 },
      );
    }
  }
});

/** By Temporal: the instant, or the rule. */
function wantedFor(
  { day, text, timeZone, ambiguousTime }: {
    readonly day: string;
    readonly text: string;
    readonly timeZone: string;
    readonly ambiguousTime: "refuse" | "earlier" | "later";
  },
): RegExp {
  let local: Temporal.PlainDateTime;
  try {
    local = Temporal.PlainDateTime.from(`${day}T${text}`);
  } catch {
    return /^date and time "[0-9/]+,[0-9:.]+" is refused \(bad_date\)/;
  }
  const [earlier, later] = (["earlier", "later"] as const).map((disambiguation) => {
    return local.toZonedDateTime(timeZone, { disambiguation });
  });
  if (earlier === undefined || later === undefined) throw new Error("Temporal gives both");
  if (earlier.epochNanoseconds === later.epochNanoseconds) return exactly(earlier);
  if (!earlier.toPlainDateTime().equals(local)) return /\(nonexistent_local_time\)/;
  return ambiguousTime === "refuse"
    ? /\(ambiguous_local_time\)/
    : exactly(ambiguousTime === "earlier" ? earlier : later);
}

function exactly(instant: Temporal.ZonedDateTime): RegExp {
  return new RegExp(`^${instant.toInstant().toString().replaceAll(".", "\\.")}$`);
}

Deno.test("CalendarReader says which part is wrong, and how it is written", () => {
  const read = readerOf({ date: date("MM/dd/yyyy"), time: time("HH:mm:ss.SSS") });
  const ticks = "03/10/2014", noon = "12:00:00.000";
  for (const text of ["3/10/2014", "2014-03-10", "03/10/20145", "03-10-2014", "", "0a/10/2014", "03/10/2014 "]) {
    assert.match(read(text, noon), /^date .* is refused \(bad_date\).* Dates are written MM\/dd\/yyyy\./);
  }
  for (
    const text of ["24:00:00.000", "12:60:00.000", "12:00:60.000", "12:00:00", "12:00:00.0000", "", "12.00.00.000"]
  ) {
    assert.match(read(ticks, text), /^time .* is refused \(bad_date\).* Times are written HH:mm:ss\.SSS\./);
  }
  assert.match(read("02/30/2014", noon), /^date and time "02\/30\/2014,12:00:00.000" is refused \(bad_date\)/);
  const count = readerOf({ date: FILE, time: { slot: 0, field: "time", sinceMidnight: "ms" } });
  for (const text of ["86400000", "-1", "x", "", "1e3"]) {
    assert.match(count(text), /^time .*\(bad_date\).* ms since midnight/);
  }
  assert.equal(count("86399999.999999"), "2016-10-25T03:59:59.999999999Z");
  assert.match(
    readerOf({ date: FILE, time: { slot: 0, field: "time", sinceMidnight: "s" } }, { fileDate: "2016-03-13" })("9000"),
    /^date of the file and time "2016-03-13,9000" is refused \(nonexistent_local_time\)/,
  );
  const offset = readerOf({ date: date("yyyyMMddHHmmss"), zone: { offset: { slot: 1, field: "offset" } } });
  for (const text of ["", "x", "+25", "1:5", "+11:60", "5.3"]) {
    assert.match(offset("20240102000000", text), /^offset .*\(no_offset\)/);
  }
  assert.match(offset("20240230000000", "Z"), /\(bad_date\)/);
  assert.match(offset("22550606000000", "Z"), /\(out_of_range\)/);
});

Deno.test("CalendarReader forgets the parts of the row before", () => {
  const read = readerOf({ date: date("yyyy-MM-dd HH:mm:ss[.S]"), zone: { zone: "UTC" } });
  assert.equal(read("2024-01-02 10:00:00.123456789"), "2024-01-02T10:00:00.123456789Z");
  assert.equal(read("2024-01-02 10:00:00"), "2024-01-02T10:00:00Z");
  assert.equal(read("2024-01-02 10:00:00.5000000000"), "2024-01-02T10:00:00.5Z");
  assert.match(read("2024-01-02 10:00:00.5000000001"), /\(bad_date\)/);
  assert.match(read("2024-01-02 10:00:00."), /\(bad_date\)/);
});

Deno.test("CalendarReader refuses patterns that say too little, too much, or nothing", () => {
  const wrong: readonly [Parts, Partial<InstantContext>?][] = [
    [{ date: date("yyyy-MM") }],
    [{ date: date("yyyy-MM-dd") }],
    [{ date: date("yyyy-MM-dd HH:mm"), time: time("HH:mm") }],
    [{ date: date("yyyy-MM-dd"), time: time("HH") }],
    [{ date: date("yyyy-MM-dd"), time: time("HH:mm.SSS") }],
    [{ date: date("yyyy-MM-dd"), time: time("yyyy-MM-dd HH:mm") }],
    [{ date: date("yyyy-MM-dd yyyy HH:mm") }],
    [{ date: date("yyyy-MMM-dd HH:mm") }],
    [{ date: date("yy-MM-dd HH:mm") }],
    [{ date: date("hh:mm yyyy-MM-dd") }],
    [{ date: date("yyyy-MM-dd HH:mm:ss.SSSSSSSSSS") }],
    [{ date: date("yyyy-MM-dd HH:mm 'GMT") }],
    [{ date: date("yyyy-MM-dd HH:mmZ"), zone: { zone: "UTC" } }],
    [{ date: date("") }],
    [{ date: FILE }],
    [{ date: FILE, time: time("HH:mm") }, { fileDate: null }],
    [{ date: FILE, time: time("HH:mm") }, { fileDate: "2016-02-30" }],
  ];
  for (const [parts, context] of wrong) {
    assert.throws(() => readerOf(parts, context), ReaderOptionsError, JSON.stringify(parts));
  }
});

Deno.test("CalendarReader reads a row as it would without the rows before it", () => {
  // Of the last date and the last time a part can be read.
  const dates = ["2024-01-02", "2024-01-03", "2031-07-x1"], times = ["10:00:00.000", "10:00:00.001", "09:00:00.x00"];
  const both = { date: date("yyyy-MM-dd"), time: time("HH:mm:ss.SSS") };
  const forms: readonly Parts[] = [
    both,
    { ...both, zone: { offset: { slot: 2, field: "offset" } } },
    { date: FILE, time: time("HH:mm:ss.SSS") },
    { date: date("yyyy-MM-dd"), time: { slot: 1, field: "time", sinceMidnight: "ns" } },
  ];
  const row = fc.tuple(
    fc.constantFrom(...dates),
    fc.constantFrom(...times, "1001"),
    fc.constantFrom("Z", "+01"),
  );
  fc.assert(
    fc.property(fc.constantFrom(...forms), fc.constantFrom("keep", "refuse"), fc.array(row), (parts, finer, rows) => {
      const read = readerOf(parts, { finer });
      for (const texts of rows) assert.equal(read(...texts), readerOf(parts, { finer })(...texts));
    }),
    { numRuns: 1_000 },
  );
});
