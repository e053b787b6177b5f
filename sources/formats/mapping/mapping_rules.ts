/**
 * What must hold between the parts of a mapping, which its schema cannot say.
 *
 * @module
 */
import { RecordError } from "../../../records/errors.ts";
import { toCurrency } from "../../../records/values/field_values.ts";
import { LocalCalendar } from "../../../records/values/local_time.ts";
import { namePatternProblem, patternHas } from "./file_names.ts";
import type { InstantField, Mapping } from "./language.ts";
import { columnsOf, isInRecord } from "./mapping_columns.ts";
import type { ConfigProblem } from "../../../config/config_error.ts";
import { DERIVED_KEYS } from "./reserved_keys.ts";

/** A mistake, without its origin. */
export type MappingProblem = Omit<ConfigProblem, "origin">;

/** Every broken rule. */
export function contentProblems(mapping: Mapping): readonly MappingProblem[] {
  return [
    ...columnProblems(mapping),
    ...nameProblems(mapping),
    ...(mapping.fields === "byName" ? byNameProblems(mapping) : [...fieldProblems(mapping), ...rowProblems(mapping)]),
    ...recordProblems(mapping),
  ];
}

function problem(key: string, reason: string, nextStep: string, value?: unknown): MappingProblem {
  return { key, ...(value === undefined ? {} : { value }), reason, nextStep };
}

/** The columns are named once, and each of them is taken or ignored. */
function columnProblems(mapping: Mapping): readonly MappingProblem[] {
  const { rows, ignored = [] } = mapping;
  const taken = columnsOf(mapping);
  const both = ignored.filter((name) => taken.some((column) => column.name === name)).map((name) => {
    return problem("ignored", "it is taken by a field, too.", "Leave it out here, or there.", name);
  });
  if (rows.form === "json") return both;
  const { columns, header } = rows;
  if (header === "present" && columns !== undefined) {
    return [...both, problem("rows.columns", "the first line names the columns.", 'Leave it out, or say "either".')];
  }
  if (header === "present" || mapping.fields === "byName") return both;
  if (columns === undefined) {
    return [...both, problem("rows.columns", "it is missing.", "Name the columns in their order.")];
  }
  const known = new Set(columns);
  const twice = [...known].filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  const unknown = taken.filter(({ name }) => !known.has(name));
  const lost = columns.filter((name) => !ignored.includes(name) && !taken.some((column) => column.name === name));
  return [
    ...both,
    ...twice.map((name) => problem("rows.columns", "it is there twice.", "Name each column once.", name)),
    ...unknown.map(({ name, place }) =>
      problem(place, "rows.columns has no such column.", "Correct one of them.", name)
    ),
    ...ignored.filter((name) => !known.has(name)).map((name) => {
      return problem("ignored", "rows.columns has no such column.", "Correct one of them.", name);
    }),
    ...lost.map((name) => {
      return problem("rows.columns", "no field takes it.", 'Keep it in "vendorData", or name it in "ignored".', name);
    }),
  ];
}

/** What is taken from names of files is in them. */
function nameProblems({ fields, fileNames = [] }: Mapping): readonly MappingProblem[] {
  const problems = fileNames.flatMap((pattern, index) => {
    const reason = namePatternProblem(pattern);
    return reason === null ? [] : [problem(`fileNames.${index}`, `${reason}.`, "Correct it.", pattern)];
  });
  if (fields === "byName" || problems.length > 0) return problems;
  const { symbol, timestamp } = fields;
  const takesSymbol = typeof symbol === "object" && "fileName" in symbol;
  const wanted = [
    ...(takesSymbol ? [{ key: "fields.symbol", part: "symbol" } as const] : []),
    ...(takesDate(timestamp) ? [{ key: "fields.timestamp", part: "date" } as const] : []),
  ];
  return wanted.flatMap(({ key, part }) => {
    const lacking = fileNames.find((pattern) => !patternHas(pattern, part));
    if (fileNames.length > 0 && (lacking === undefined || part === "date")) {
      return fileNames.some((pattern) => patternHas(pattern, part)) ? [] : [lacks(key, part, fileNames[0])];
    }
    return [lacks(key, part, lacking)];
  });
}

function lacks(key: string, part: string, pattern: string | undefined): MappingProblem {
  const what = part === "symbol" ? "{symbol}" : "a date such as {yyyy-MM-dd}";
  const where = pattern === undefined
    ? "there are no fileNames"
    : `the file name ${JSON.stringify(pattern)} does not have it`;
  return problem(key, `it is to come from the name of the file, and ${where}.`, `Give fileNames with ${what}.`);
}

/** Whether the date of the file decides on instants. */
export function takesDate(timestamp: InstantField): boolean {
  if (timestamp.as === "calendar") return "fileName" in timestamp.date;
  return timestamp.as === "epoch" && typeof timestamp.unit === "object" && "since" in timestamp.unit;
}

/** A format whose columns are named as fields says no more. */
function byNameProblems(mapping: Mapping): readonly MappingProblem[] {
  const { rows, vendorData, ignored, fileNames } = mapping;
  const { form: _form, header: _header, ...others } = { header: undefined, ...rows };
  const more = {
    vendorData,
    ignored,
    fileNames,
    ...Object.fromEntries(Object.entries(others).map(([key, value]) => [`rows.${key}`, value])),
  };
  return Object.entries(more).flatMap(([key, value]) => {
    return value === undefined ? [] : [problem(key, 'with "byName" the columns say what they are.', "Leave it out.")];
  });
}

function fieldProblems(mapping: Exclude<Mapping, { fields: "byName" }>): readonly MappingProblem[] {
  const { fields, vendorData = {}, dataType, oneSided, zeroIs, finer } = mapping;
  const problems: MappingProblem[] = [];
  for (const key of Object.keys(vendorData)) {
    const by = DERIVED_KEYS[key];
    // Only trades have a field for it.
    if (by !== undefined && !(key === "venue" && dataType === "quotes")) {
      problems.push(problem(`vendorData.${key}`, `the key is reserved: ${by}.`, "Use another key."));
    }
  }
  if (dataType === "trades" && oneSided !== undefined) {
    problems.push(problem("oneSided", "trades have no sides that could be absent.", "Leave it out."));
  }
  if (zeroIs !== undefined && oneSided === undefined) {
    problems.push(problem("zeroIs", "it needs oneSided beside it.", 'Say "absent" or "refuse" there.'));
  }
  problems.push(...instantProblems(fields.timestamp), ...currencyProblems(fields.currency));
  if ("trade_conditions" in fields && fields.trade_conditions !== undefined) {
    const { separator, width } = fields.trade_conditions;
    if (separator !== undefined && width !== undefined) {
      problems.push(problem("fields.trade_conditions.width", "separator is there, too.", "Give one of them."));
    }
  }
  if (finer === "keep" && fields.timestamp.as === "epoch" && isCoarse(fields.timestamp.unit)) {
    problems.push(problem("finer", "no such time is finer than microseconds.", "Leave it out."));
  }
  return problems;
}

function isCoarse(unit: Extract<InstantField, { as: "epoch" }>["unit"]): boolean {
  return unit === "us" ? false : typeof unit === "object" && "byDigits" in unit && !unit.byDigits.includes("ns");
}

function instantProblems(timestamp: InstantField): readonly MappingProblem[] {
  if (timestamp.as !== "calendar") return [];
  const { date, time, zone } = timestamp;
  const problems: MappingProblem[] = [];
  const needs = (key: string, pattern: string, tokens: readonly string[]) => {
    const lacking = tokens.filter((token) => !pattern.includes(token));
    const twice = tokens.filter((token) => pattern.split(token).length > 2);
    if (lacking.length > 0) problems.push(problem(key, `it has no ${lacking.join(" ")}.`, "Add it.", pattern));
    if (twice.length > 0) problems.push(problem(key, `it has ${twice.join(" ")} twice.`, "Correct it.", pattern));
  };
  const whole = ["yyyy", "MM", "dd", ...(time === undefined ? ["HH", "mm"] : [])];
  if ("pattern" in date) needs("fields.timestamp.date.pattern", date.pattern, whole);
  else if (time === undefined) {
    problems.push(problem("fields.timestamp.time", "the name of a file has no time of day.", "Say where it is."));
  }
  if (time !== undefined && "pattern" in time) needs("fields.timestamp.time.pattern", time.pattern, ["HH", "mm"]);
  if (typeof zone === "string") {
    try {
      new LocalCalendar(zone);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      problems.push(
        problem("fields.timestamp.zone", "there is no such time zone.", "Give one such as America/New_York.", zone),
      );
    }
  }
  return problems;
}

function currencyProblems(currency: Exclude<Mapping["fields"], "byName">["currency"]): readonly MappingProblem[] {
  if (typeof currency !== "object" || !("constant" in currency)) return [];
  try {
    toCurrency(currency.constant, "currency");
    return [];
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return [
      problem(
        "fields.currency.constant",
        "it is not the code of a currency.",
        error.rowHint ?? "Correct it.",
        currency.constant,
      ),
    ];
  }
}

/** The list of records is one, and something is taken out of it. */
function recordProblems(mapping: Mapping): readonly MappingProblem[] {
  const { rows, fields, ignored = [] } = mapping;
  if (rows.form !== "json" || rows.each === undefined || fields === "byName") return [];
  const { each } = rows;
  const isList = (path: string) => path === each || each.startsWith(`${path}.`);
  const columns = columnsOf(mapping);
  const isUsed = columns.some(({ place, name }) => place.startsWith("fields.") && isInRecord(name, each));
  const next = `The path of a value in a record begins with the list's: ${each}.KEY.`;
  return [
    ...columns.filter(({ name }) => isList(name)).map(({ name, place }) => problem(place, HOLDS_LIST, next, name)),
    ...ignored.filter(isList).map((name) => problem("ignored", HOLDS_LIST, "Leave it out.", name)),
    ...(isUsed ? [] : [problem("rows.each", "no field is taken out of the records.", next, each)]),
  ];
}

const HOLDS_LIST = "it holds the list of the records.";

function rowProblems({ rows }: Mapping): readonly MappingProblem[] {
  const { only = [], corrections } = rows;
  const problems = only.flatMap(({ keep, skip = [] }, index) => {
    return keep.filter((value) => skip.includes(value)).map((value) => {
      return problem(`rows.only.${index}`, "the value is in keep and in skip.", "Say it once.", value);
    });
  });
  if (corrections?.then === "separate") {
    problems.push(problem(
      "rows.corrections.then",
      "there are no topics of corrections yet.",
      'Say "refuse": such rows become dead letters, which keep them.',
      "separate",
    ));
  }
  if (rows.form === "delimited" && rows.trailer !== undefined) {
    if (rows.comment !== undefined && only.some(({ skip }) => skip !== undefined)) {
      problems.push(problem(
        "rows.trailer",
        "beside comments the rows are counted that are records or refused, and rows.only skips others.",
        "Leave the trailer out, or take the comments out of the files.",
      ));
    }
    if (rows.quotes !== false) {
      problems.push(
        problem("rows.trailer", "lines are counted, and a row in quotes may take several.", 'Say "quotes": false.'),
      );
    }
  }
  return problems;
}
