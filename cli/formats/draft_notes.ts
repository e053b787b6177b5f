/**
 * What a person should know of a file beside the draft of its mapping.
 *
 * @module
 */
import { fieldNamed, REQUIRED } from "../../sources/formats/named_fields.ts";
import { marksOf } from "./number_marks.ts";
import type { SampledColumn, SampledFile } from "./sampled_columns.ts";

/** Each a sentence or two. @param name The name of the file, without folder. */
export function notesOn(sampled: SampledFile, name: string): readonly string[] {
  return [
    ...commentNotes(sampled),
    ...sampled.columns.flatMap(thousandsNote),
    ...commaNotes(sampled),
    ...foreignExchangeNotes(sampled, name),
  ];
}

function commentNotes({ comments, rows }: SampledFile): readonly string[] {
  if (comments.length === 0) return [];
  return [
    `It begins with lines that seem to be comments: ${JSON.stringify(comments[0])}. "comment": ${
      JSON.stringify(rows["comment"])
    } passes over all lines that begin so. If the last of them names the columns, write the names in "columns".`,
  ];
}

function thousandsNote({ name, values }: SampledColumn): readonly string[] {
  const marks = marksOf(values);
  if (marks?.grouping === undefined) return [];
  const grouping = marks.grouping === "?" ? "," : marks.grouping;
  const example = values.find((value) => /\D\d{3}/.test(value)) ?? values[0] ?? "";
  return [
    `${name}: ${JSON.stringify(example)} looks like a number with thousands separators: "grouping": ${
      JSON.stringify(grouping)
    } takes it in.` + (marks.grouping === "?" ? ' As "mark": "," it would be a thousandth of that.' : ""),
  ];
}

/** Names of fields, and another delimiter than a comma: two ways go. */
function commaNotes({ rows, columns }: SampledFile): readonly string[] {
  if (rows["form"] !== "delimited" || rows["delimiter"] === undefined) return [];
  const isNamed = (["trade", "quote", "reference_data"] as const).some((kind) => {
    const fields = columns.map(({ name }) => fieldNamed(kind, name));
    return !fields.includes(null) && REQUIRED[kind].every((alternatives) => {
      return alternatives.some((field) => field === "symbol" || fields.includes(field));
    });
  });
  if (!isNamed) return [];
  return [
    "Its columns are named as fields: with commas between them --format csv reads it. This draft reads it as it is.",
  ];
}

const CURRENCIES = ["EUR", "USD", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "SEK", "NOK", "DKK", "SGD", "HKD", "CNH"];
const PAIR = new RegExp(`(?:^|[^A-Z])(${CURRENCIES.join("|")})[/_-]?(${CURRENCIES.join("|")})(?:[^A-Z]|$)`);

/** Two currencies of states, in the name or in every value of a column. */
function foreignExchangeNotes({ columns }: SampledFile, name: string): readonly string[] {
  const isPair = (text: string) => {
    const [, base, quote] = PAIR.exec(text.toUpperCase()) ?? [];
    return base !== undefined && base !== quote;
  };
  const ofColumn = columns.find(({ values }) =>
    values.length > 0 && values.every((value) => value.length < 9 && isPair(value))
  );
  const pair = ofColumn?.values[0] ?? (isPair(name) ? name : null);
  if (pair === null) return [];
  return [
    `It looks like foreign exchange (${
      JSON.stringify(pair)
    }): there is no asset class for it here, so that no mapping ` +
    'loads these rows as what they are (docs/vendors.md, "What is refused").',
  ];
}
